"""The destinations of the plugins that are installed here."""

from andon_sdk.destination.contracts import Destination
from andon_sdk.plugin.loading import by_key


def installed() -> dict[str, Destination]:
    """By key. Raises `PluginError` for a plugin that cannot be used, or a key that two of them offer."""
    return by_key("destinations")
