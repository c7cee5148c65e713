"""Where workbenches are: `<id>.<base>`, a name and so an origin for each.

On one machine the base is `localhost`, which browsers look for nowhere else; elsewhere `ANDON_GATEWAY_WORKBENCH_URL`
says what it is.
"""

import re
from urllib.parse import urlsplit
from uuid import UUID

from services.kernel.errors import Unavailable

PATTERN = re.compile(r"(https?)://\*\.([a-z0-9-]+(?:\.[a-z0-9-]+)*)(:[0-9]{1,5})?")
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
_LABEL = r"([0-9a-f]{32})"


class WorkbenchAddressMissing(Unavailable):
    """The portal is reached by a name, and workbenches were given none."""

    code = "WORKBENCH_ADDRESS_MISSING"


class Addresses:
    def __init__(self, url: str | None) -> None:
        """`url` is like `https://*.workbench.example.net`; None for this machine's own browsers."""
        self._url = url
        found = PATTERN.fullmatch(url) if url else None
        base, port = (found[2], "(?::[0-9]{1,5})?") if found else ("localhost", "(?::[0-9]{1,5})?")
        self._host = re.compile(rf"{_LABEL}\.{re.escape(base)}{port}")
        self.secure = url is not None and url.startswith("https:")

    def origin(self, workbench: UUID, host: str) -> str:
        """Of a workbench, for a browser that has the portal at `host`. Raises `WorkbenchAddressMissing`."""
        if self._url is not None:
            return self._url.replace("*", workbench.hex)
        place = urlsplit(f"//{host}")
        if place.hostname not in _LOCAL:
            raise WorkbenchAddressMissing(
                "Workbenches have no address that your browser could reach. Ask the platform's operator to set "
                "ANDON_GATEWAY_WORKBENCH_URL."
            )
        return f"http://{workbench.hex}.localhost{f':{place.port}' if place.port else ''}"

    def workbench(self, host: str) -> UUID | None:
        """Whose name a `Host` is; None for any other."""
        found = self._host.fullmatch(host.lower())
        return UUID(hex=found[1]) if found else None


def clashes(url: str, portal: str) -> bool:
    """Whether pages under `url` could set cookies that the portal at `portal` would be sent: one's name ends with the
    other's."""
    found, name = PATTERN.fullmatch(url), urlsplit(portal).hostname or ""
    assert found is not None, "the settings have looked at it"
    return f".{found[2]}".endswith(f".{name}") or f".{name}".endswith(f".{found[2]}")
