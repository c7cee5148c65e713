"""What the holder of an invitation may ask: what it is to, and to become a member. The link is the credential."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.auth import check_origin
from gateway.body import json_object
from gateway.http import CREDENTIAL_BYTES, browser_of, signed_in, text_of
from gateway.state import Gateway
from services.tenancy import api as tenancy


async def read(request: Request) -> Response:
    """POST `{token}`: the tenant, the address and the role that the invitation is for."""
    gateway: Gateway = request.app.state.gateway
    check_origin(request, gateway.settings)
    body = await json_object(request, CREDENTIAL_BYTES)
    found = await tenancy.read_invitation(gateway.platform.database, text_of(body, "token"))
    return JSONResponse(
        {
            "tenant": {"slug": found.tenant.slug, "name": found.tenant.name},
            "email": found.invitation.email,
            "role": found.invitation.role.name,
            "invitedBy": found.invitation.invited_by,
            "expiresAt": found.invitation.expires_at.isoformat(),
        }
    )


async def accept(request: Request) -> Response:
    """POST `{token, name, password}`: makes the holder a member, opens a session and sets its cookie."""
    gateway: Gateway = request.app.state.gateway
    check_origin(request, gateway.settings)
    body = await json_object(request, CREDENTIAL_BYTES)
    token, name, password = (text_of(body, field) for field in ("token", "name", "password"))
    database = gateway.platform.database
    return signed_in(gateway, await tenancy.accept_invitation(database, token, name, password, browser_of(request)))
