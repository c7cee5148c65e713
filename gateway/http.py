"""Sessions, health and metrics."""

import hmac
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from gateway.auth import COOKIE, check_origin
from gateway.body import json_object
from gateway.errors import Refused
from gateway.state import Gateway
from services.kernel.clock import utc_now
from services.kernel.errors import Forbidden, Unauthorised
from services.tenancy import api as tenancy
from services.tenancy.contracts import OpenedSession

CREDENTIAL_BYTES = 8 * 1024


async def sign_in(request: Request) -> Response:
    """POST `{tenant, email, password}`: opens a session and sets its cookie."""
    gateway: Gateway = request.app.state.gateway
    check_origin(request, gateway.settings)
    body = await json_object(request, CREDENTIAL_BYTES)
    slug, email, password = (text_of(body, name) for name in ("tenant", "email", "password"))
    who = (slug, email.lower())
    gateway.throttle.check(who)
    try:
        opened = await tenancy.login(gateway.platform.database, slug, email, password, browser_of(request))
    except Unauthorised:
        gateway.throttle.failed(who)
        raise
    gateway.throttle.succeeded(who)
    return signed_in(gateway, opened)


async def sign_out(request: Request) -> Response:
    """DELETE: ends the session of the cookie, if there is one."""
    gateway: Gateway = request.app.state.gateway
    check_origin(request, gateway.settings)
    if token := request.cookies.get(COOKIE):
        await tenancy.end_session(gateway.platform.database, token)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path=_path(gateway), httponly=True, samesite="lax")
    return response


async def session(request: Request) -> Response:
    return await (sign_in if request.method == "POST" else sign_out)(request)


async def login(request: Request) -> Response:
    """GET with a one-time link's token: opens the session and goes to the portal.

    A link that is no longer good, or whose tenant is closed, brings a browser to the sign-in page, which says so; a
    program gets the error.
    """
    gateway: Gateway = request.app.state.gateway
    token = request.query_params.get("token", "")
    try:
        if not token:
            raise Refused("This address needs the token of a login link. Ask an admin for a link.", field="token")
        opened = await tenancy.redeem_login_link(gateway.platform.database, token, browser_of(request))
    except (Refused, Unauthorised, Forbidden) as error:
        if "text/html" not in request.headers.get("accept", ""):
            raise
        why = "closed" if isinstance(error, Forbidden) else "link"
        return RedirectResponse(f"{gateway.settings.base_path}/sign-in?why={why}", status_code=303)
    response = RedirectResponse(f"{gateway.settings.base_path}/", status_code=303)
    set_cookie(response, gateway, opened)
    return response


async def healthz(request: Request) -> Response:
    """Whether this process can serve: it can if the database answers."""
    gateway: Gateway = request.app.state.gateway
    async with gateway.platform.database.engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
    return JSONResponse({"status": "ok"})


async def metrics(request: Request) -> Response:
    """For the platform operator's scraper, who is no tenant: asks for the scrape token."""
    gateway: Gateway = request.app.state.gateway
    token = gateway.settings.scrape_token
    given = request.headers.get("authorization", "").encode()
    wanted = f"Bearer {token.get_secret_value()}".encode() if token else b""
    if not wanted or not hmac.compare_digest(given, wanted):
        raise Unauthorised("Metrics are for the platform operator: send the scrape token.")
    return Response(generate_latest(gateway.meters.registry), media_type=CONTENT_TYPE_LATEST)


def signed_in(gateway: Gateway, opened: OpenedSession) -> Response:
    """Who is signed in now; the session is in the cookie only."""
    response = JSONResponse(
        {
            "tenant": {"slug": opened.tenant.slug, "name": opened.tenant.name},
            "member": {"name": opened.member.name, "email": opened.member.email, "role": opened.member.role.name},
            "expiresAt": opened.expires_at.isoformat(),
        }
    )
    set_cookie(response, gateway, opened)
    return response


def browser_of(request: Request) -> str:
    return request.headers.get("user-agent", "")


def text_of(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(f"`{name}` is missing.", field=name)
    return value


def set_cookie(response: Response, gateway: Gateway, opened: OpenedSession) -> None:
    response.set_cookie(
        COOKIE,
        opened.token,
        max_age=int((opened.expires_at - utc_now()).total_seconds()),
        path=_path(gateway),
        secure=gateway.settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )


def _path(gateway: Gateway) -> str:
    return gateway.settings.base_path or "/"
