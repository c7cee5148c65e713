"""Middleware around every answer: errors become problem documents, hosts are checked, security headers are set."""

import re

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from gateway.errors import HostRefused, MethodRefused, Refused, RouteNotFound, problem

_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "font-src 'self' data:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'self'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Errors:
    """Turns what a route raises into `{code, message, facts, field, traceId}` with the right status."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001  the one place where any error becomes an answer
            response = problem_response(error)
            if scope["type"] == "http" and not started:
                await response(scope, receive, watched)


def problem_response(error: BaseException) -> Response:
    status, headers, body = problem(error)
    return Response(orjson.dumps(body), status, headers, media_type="application/problem+json")


async def refused(request: Request, error: Exception) -> Response:
    """Starlette's own refusals in our words."""
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return problem_response(RouteNotFound("There is nothing at this address."))
    if error.status_code == 405:
        return problem_response(MethodRefused("This address does not take this method."))
    return problem_response(Refused(str(error.detail)[:200]))


class Hosts:
    """Answers only to names we were told are ours, read from `Host` strictly: no user part, no path, no query."""

    def __init__(self, app: ASGIApp, trusted: tuple[str, ...]) -> None:
        self.app = app
        self.names = frozenset(name.lower() for name in trusted if not name.startswith("*."))
        self.suffixes = tuple(name[1:].lower() for name in trusted if name.startswith("*."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and not self.knows(Headers(scope=scope).getlist("host")):
            if scope["type"] == "websocket":
                await WebSocketClose(code=4403, reason="HOST_REFUSED")(scope, receive, send)
                return
            raise HostRefused(
                "This gateway does not answer to that host name. An admin can add it to the trusted hosts."
            )
        await self.app(scope, receive, send)

    def knows(self, hosts: list[str]) -> bool:
        if len(hosts) != 1 or (match := _HOST.fullmatch(hosts[0])) is None:
            return False
        name = match[1].lower()
        return name in self.names or (bool(self.suffixes) and name.endswith(self.suffixes))


class SecurityHeaders:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def adorned(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, adorned)
