"""What passes between a browser and a JupyterLab, and what does not."""

from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers

Pairs = list[tuple[bytes, bytes]]

XSRF = "_xsrf"
"""The one cookie that passes: JupyterLab's own against other pages. A notebook can neither read ours nor set one."""

_HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"proxy-authenticate", b"proxy-authorization", b"te"}
    | {b"trailer", b"transfer-encoding", b"upgrade"}
)
"""RFC 9110, 7.6.1: of one connection, not of what is sent over it."""
_NOT_IN = _HOP_BY_HOP | {b"authorization", b"cookie", b"forwarded", b"expect"}
_NOT_OUT = (
    _HOP_BY_HOP
    | {b"set-cookie", b"server", b"date", b"content-security-policy", b"x-frame-options"}
    | {
        b"content-security-policy-report-only",
        b"access-control-allow-origin",
        b"access-control-allow-credentials",
    }
)
_OF_THE_HANDSHAKE = b"sec-websocket-"

GIVEN = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' data: blob:; connect-src 'self'; "
        "worker-src 'self' blob:; frame-src 'self' data: blob:; object-src 'none'; base-uri 'self'; "
        "form-action 'self'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""Set on every answer. The box has no network; without `'self'` a notebook's page would be a way around that."""


def inward(headers: Headers, token: str) -> Pairs:
    """For JupyterLab: with its token, without credentials of ours."""
    dropped = _NOT_IN | _named(headers.getlist("connection"))
    passed = [(name, value) for name, value in headers.raw if name not in dropped and not _of_a_proxy(name)]
    passed.append((b"authorization", f"token {token}".encode()))
    if (xsrf := cookies(headers).get(XSRF)) is not None:
        passed.append((b"cookie", f"{XSRF}={xsrf}".encode("latin-1")))
    return passed


def outward(headers: Iterable[tuple[bytes, bytes]]) -> Pairs:
    """For the browser."""
    found = [(name.lower(), value) for name, value in headers]
    dropped = _NOT_OUT | _named(value.decode("latin-1") for name, value in found if name == b"connection")
    passed = [(name, value) for name, value in found if name not in dropped]
    wanted = f"{XSRF}=".encode()
    passed += [(name, value) for name, value in found if name == b"set-cookie" and value.startswith(wanted)]
    return [*passed, *((name.lower().encode(), value.encode()) for name, value in GIVEN.items())]


def handshake(headers: Headers, token: str) -> list[tuple[str, str]]:
    """What goes with a websocket's opening, beside what the library says itself."""
    passed = [(name, value) for name, value in inward(headers, token) if not name.startswith(_OF_THE_HANDSHAKE)]
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in passed if name != b"host"]


def cookies(headers: Headers) -> dict[str, str]:
    """As the browser sent them; none where they cannot be read."""
    jar = SimpleCookie()
    try:
        for line in headers.getlist("cookie"):
            jar.load(line)
    except CookieError:
        return {}
    return {name: morsel.coded_value for name, morsel in jar.items()}


def _named(connection: Iterable[str]) -> frozenset[bytes]:
    """Headers that `Connection` names as being of this connection only."""
    return frozenset(word.strip().lower().encode("latin-1") for line in connection for word in line.split(","))


def _of_a_proxy(name: bytes) -> bool:
    """Nobody in a box is told who asks from where, nor led to believe it."""
    return name.startswith((b"x-forwarded-", b"x-real-")) or name in {b"x-scheme"}
