"""Who asks: a session cookie, or an API key in `Authorization: Bearer andon_…`. The tenant comes from there only.

A cookie is sent by the browser whoever wrote the page, so what comes with a cookie must also come from our own origin.
"""

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketClose

from gateway.errors import OriginRefused, expected, report
from gateway.settings import GatewaySettings
from gateway.shield import problem_response
from gateway.state import Gateway
from services.budgets.contracts import Budget
from services.budgets.errors import BudgetSpent
from services.enclaves.platform import Platform
from services.kernel.acting import acts
from services.kernel.errors import Unauthorised
from services.kernel.rights import Principal
from services.tenancy import api as tenancy

COOKIE = "andon_session"
_SAFE = ("GET", "HEAD", "OPTIONS")
_LONGEST = 512

UNAUTHORISED_CLOSE, FORBIDDEN_CLOSE, INTERNAL_CLOSE, LATER_CLOSE = 4401, 4403, 1011, 1013


async def authenticate(connection: HTTPConnection, platform: Platform) -> Principal:
    """The principal behind the connection's credential, who acts from here on. Raises `Unauthorised`, and `Forbidden`
    while the tenant is closed."""
    principal = await _principal(connection, platform)
    acts(principal)
    return principal


async def _principal(connection: HTTPConnection, platform: Platform) -> Principal:
    if header := connection.headers.get("authorization"):
        scheme, _, secret = header.partition(" ")
        if scheme.lower() != "bearer" or not secret.startswith("andon_") or len(secret) > _LONGEST:
            raise Unauthorised("The header must read `Authorization: Bearer andon_…` with an API key.")
        return await tenancy.principal_of_key(platform.database, secret)
    if (token := connection.cookies.get(COOKIE)) and len(token) <= _LONGEST:
        return await tenancy.principal_of_session(platform.database, token)
    raise Unauthorised("Sign in, or send an API key in `Authorization: Bearer andon_…`.")


def check_origin(connection: HTTPConnection, settings: GatewaySettings) -> None:
    """Raises `OriginRefused` for a page of another site that acts with our cookie. Programs send no `Origin`."""
    origin = connection.headers.get("origin")
    if origin is None or "authorization" in connection.headers:
        return
    same = urlsplit(origin).netloc == connection.headers.get("host", "") and origin != "null"
    if not same and origin not in settings.trusted_origins:
        raise OriginRefused("This page is not part of Andon, so it may not act in your name.", origin=origin[:200])


async def admit(connection: HTTPConnection, gateway: Gateway) -> None:
    """Puts the principal and their tenant's account on the connection, and takes one call from its budget. Raises
    `Unauthorised`, `BudgetSpent`."""
    state, secret = connection.scope["state"], _secret(connection)
    if known := gateway.budgets.last_seen(secret):
        state["principal"], account = known  # for the log of a call that goes no further
        account.check(Budget.REQUESTS)
        del state["principal"]
    state["principal"] = principal = await authenticate(connection, gateway.platform)
    state["account"] = account = await gateway.budgets.account(principal.tenant)
    account.take(Budget.REQUESTS, 1)
    gateway.budgets.seen(secret, principal)


def _secret(connection: HTTPConnection) -> str:
    """What the connection's principal is known by, good or not."""
    return connection.headers.get("authorization") or connection.cookies.get(COOKIE, "")


class GuardedRoute(Route):
    """A route that nobody reaches without a credential. All routes are, but those that `gateway.app` lists as open."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"]["route"] = self.path
        connection = HTTPConnection(scope, receive)
        gateway: Gateway = connection.app.state.gateway
        if scope["method"] not in _SAFE:
            check_origin(connection, gateway.settings)
        await admit(connection, gateway)
        await super().handle(scope, receive, send)


class GuardedSocket(WebSocketRoute):
    """The same for a websocket: refused before it is accepted."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"]["route"] = self.path
        connection = HTTPConnection(scope, receive)
        gateway: Gateway = connection.app.state.gateway
        try:
            check_origin(connection, gateway.settings)
            await admit(connection, gateway)
        except BudgetSpent as spent:
            if "websocket.http.response" in scope.get("extensions", {}):
                await problem_response(spent)(scope, receive, send)
            else:
                await WebSocketClose(LATER_CLOSE, spent.code)(scope, receive, send)
            return
        except Exception as error:  # noqa: BLE001  the reason goes into the close code, a defect into the log
            if (known := expected(error)) is None:
                report(error)
            code = (
                UNAUTHORISED_CLOSE if isinstance(known, Unauthorised) else FORBIDDEN_CLOSE if known else INTERNAL_CLOSE
            )
            await WebSocketClose(code=code, reason=(known.code if known else "INTERNAL"))(scope, receive, send)
            return
        await super().handle(scope, receive, send)
