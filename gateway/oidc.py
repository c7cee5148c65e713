"""Log-in by a provider of identity: which there are, the way there and the way back.

The way there is asked for by the sign-in page, as JSON and from our own origin, and leaves a cookie: only the browser
that began a log-in can end it. The way back is where the provider sends the browser. Each tenant has an address of its
own for it, so what is meant for one never arrives at another.
"""

from collections.abc import Hashable
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from gateway.auth import check_origin
from gateway.body import json_object
from gateway.http import CREDENTIAL_BYTES, browser_of, set_cookie, text_of
from gateway.state import Gateway
from services.enclaves import api as enclaves
from services.enclaves.platform import Ground
from services.kernel.errors import DomainError, Exhausted, Forbidden, Unavailable
from services.kernel.uow import Database
from services.oidc import api as oidc
from services.oidc.api import Issuers
from services.oidc.contracts import Returned
from services.oidc.errors import IdentityUnknown, LoginAttemptRefused, LoginProviderNotFound, LoginRefused

COOKIE = "andon_login"
_LONGEST = 4096
"""Of a code or state; providers' are of a few hundred characters."""


async def offered(request: Request) -> Response:
    """GET: `{providers: [{id, name}]}` for the buttons of a tenant's sign-in page."""
    gateway: Gateway = request.app.state.gateway
    found = await oidc.offered_providers(gateway.platform.database, request.path_params["tenant"])
    return JSONResponse({"providers": [{"id": str(each.id), "name": each.name} for each in found]})


async def start(request: Request) -> Response:
    """POST `{provider}`: `{url}`, where the browser is to go; sets the cookie that it must come back with."""
    gateway: Gateway = request.app.state.gateway
    check_origin(request, gateway.settings)
    body = await json_object(request, CREDENTIAL_BYTES)
    provider, who = _uuid(text_of(body, "provider")), _who(request)
    gateway.throttle.check(who)
    slug = request.path_params["tenant"]
    begun = await oidc.begin_login(*_means(gateway), slug, provider, _callback(request))
    response = JSONResponse({"url": begun.url})
    response.set_cookie(
        COOKIE,
        begun.browser,
        max_age=begun.seconds,
        path=_path(request),
        secure=gateway.settings.secure_cookies,
        httponly=True,
        samesite="lax",  # it must come with a navigation that another site began
    )
    return response


async def callback(request: Request) -> Response:
    """GET with what the provider says: opens the session and goes to the portal.

    What is refused brings a browser to the sign-in page, which says why; a program gets the error.
    """
    gateway: Gateway = request.app.state.gateway
    who = _who(request)
    try:
        gateway.throttle.check(who)
        slug, returned = request.path_params["tenant"], _returned(request)
        opened = await oidc.finish_login(*_means(gateway), slug, returned, browser_of(request))
    except DomainError as error:
        if isinstance(error, LoginRefused | IdentityUnknown):  # others cost no provider anything, and guess nothing
            gateway.throttle.failed(who)
        if "text/html" not in request.headers.get("accept", ""):
            raise
        return RedirectResponse(f"{gateway.settings.base_path}/sign-in?why={_why(error)}", status_code=303)
    gateway.throttle.succeeded(who)
    response = RedirectResponse(f"{gateway.settings.base_path}/", status_code=303)
    set_cookie(response, gateway, opened)
    response.delete_cookie(COOKIE, path=_path(request), httponly=True, samesite="lax")
    return response


def _means(gateway: Gateway) -> tuple[Database, Ground, Issuers]:
    platform = gateway.platform
    return platform.database, enclaves.grounded(platform), gateway.issuers


def _returned(request: Request) -> Returned:
    """What stands in the address; what stands there twice, or is too long, stands for nothing."""
    query = request.query_params

    def only(name: str) -> str | None:
        values = query.getlist(name)
        return values[0] if len(values) == 1 and len(values[0]) <= _LONGEST else None

    browser = request.cookies.get(COOKIE, "")
    error = "several" if any(len(query.getlist(name)) > 1 for name in ("code", "iss", "error")) else only("error")
    return Returned(only("state") or "", only("code"), only("iss"), error, browser[:_LONGEST])


def _who(request: Request) -> Hashable:
    """Whose failures are counted: who comes from that address to that tenant."""
    return "oidc", request.path_params["tenant"], request.client.host if request.client else ""


def _why(error: DomainError) -> str:
    """For the sign-in page."""
    kinds = {IdentityUnknown: "unknown", LoginAttemptRefused: "over", Forbidden: "closed", Unavailable: "away"}
    kinds[Exhausted] = "often"
    return next((why for kind, why in kinds.items() if isinstance(error, kind)), "refused")


def _callback(request: Request) -> str:
    """The address that providers send browsers back to, as the browser that asks knows us: the host is one that we
    answer to, and an admin told the provider of it."""
    gateway: Gateway = request.app.state.gateway
    scheme = "https" if gateway.settings.secure_cookies else request.url.scheme
    return f"{scheme}://{request.headers['host']}{_path(request)}/callback"


def _path(request: Request) -> str:
    gateway: Gateway = request.app.state.gateway
    return f"{gateway.settings.base_path}/v1/oidc/{request.path_params['tenant']}"


def _uuid(text: str) -> UUID:
    """Raises `LoginProviderNotFound`: malformed and absent are one answer."""
    try:
        return UUID(text)
    except ValueError:
        raise LoginProviderNotFound("There is no such provider.", field="provider") from None
