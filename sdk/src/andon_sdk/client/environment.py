"""Where Andon is and who asks, as environment variables say it."""

import os

from andon_sdk.client.errors import NotSignedIn

URL, KEY = "ANDON_URL", "ANDON_KEY"
PORTAL = "ANDON_PORTAL_URL"
"""By which people's browsers reach the portal, where a program reaches Andon by another address."""


def place_and_key() -> tuple[str, str]:
    """Raises `NotSignedIn` when one is missing."""
    if missing := [name for name in (URL, KEY) if not os.environ.get(name)]:
        raise NotSignedIn(
            f"{' and '.join(missing)} {'are' if len(missing) > 1 else 'is'} not set. In a workbench both are; "
            "elsewhere set the gateway's address and an API key of yours."
        )
    return os.environ[URL], os.environ[KEY]
