"""Who comes to a workbench's own name: let in with a ticket once, then with a cookie, asked for anew every few seconds.

The cookie is of the workbench's name only, and that name is in what it stands for, so a visit to one opens no other.
"""

import time
from collections import OrderedDict
from contextlib import suppress
from functools import partial
from html import escape
from urllib.parse import urlsplit
from uuid import UUID

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketState

from gateway.errors import OriginRefused, expected, message_of, problem, report
from gateway.shield import problem_response
from gateway.state import Turnstile
from gateway.workbench.headers import GIVEN, cookies
from gateway.workbench.links import ENTER, Links
from gateway.workbench.passing import Ways, pass_on
from gateway.workbench.seals import COOKIE, TICKET
from gateway.workbench.sockets import join
from services.enclaves import api as enclaves
from services.enclaves.platform import Platform
from services.kernel.errors import DomainError
from services.kernel.ids import TenantId
from services.workbench import api as workbench
from services.workbench.contracts import Entrance
from services.workbench.errors import WorkbenchNotFound

_KEPT_S = 3.0
"""How long a visit is believed without asking again."""
_REMEMBERED = 2_000
_ABSENT = "This workbench is not open here, or your time in it is over. Open it from the portal."
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Workbench</title>
<body style="font:1rem/1.5 system-ui;max-width:36rem;margin:4rem auto;padding:0 1rem">
<h1 style="font-size:1.25rem">The workbench is not open</h1><p>{message}</p>
<p><a href="{portal}">To the portal</a></p>"""


class Workbenches:
    """Middleware: takes what comes to a workbench's name, and leaves all else to the gateway."""

    def __init__(
        self,
        app: ASGIApp,
        platform: Platform,
        links: Links,
        live: Turnstile,
        recheck_s: float,
    ) -> None:
        self._app = app
        self._platform = platform
        self._addresses = links.addresses
        self._seals = links.seals
        self._live = live
        self._recheck_s = recheck_s
        self._ways = Ways()
        self._known: OrderedDict[tuple[TenantId, UUID], tuple[float, Entrance]] = OrderedDict()
        self._cookie = "__Host-andon_workbench" if links.addresses.secure else "andon_workbench"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hosts = Headers(scope=scope).getlist("host") if scope["type"] in ("http", "websocket") else []
        named = self._addresses.workbench(hosts[0]) if len(hosts) == 1 else None
        if named is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(named, scope, receive, send)
        else:
            await self._websocket(named, scope, receive, send)

    async def _request(self, named: UUID, scope: Scope, receive: Receive, send: Send) -> None:
        request, begun = Request(scope, receive), False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            if request.url.path == ENTER:
                await (await self._enter(named, request))(scope, receive, watched)
                return
            _check_page(request.headers, request.method)
            await pass_on(self._ways, await self._entrance(named, request.headers), scope, receive, watched)
        except Exception as error:  # noqa: BLE001  the one place where any error becomes an answer
            if not begun:
                await self._refusal(request, error)(scope, receive, watched)
            elif expected(error) is None:
                report(error)

    async def _websocket(self, named: UUID, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        try:
            _check_page(websocket.headers, "WEBSOCKET")
            tenant, visit = self._visit(websocket.headers)
            async with self._live.enter(tenant):
                found = await self._entrance(named, websocket.headers)
                await join(websocket, found, partial(self._ask, named, tenant, visit), self._recheck_s)
        except Exception as error:  # noqa: BLE001  as above
            if (known := expected(error)) is None:
                report(error)
            if websocket.application_state is not WebSocketState.DISCONNECTED:
                with suppress(RuntimeError):  # the browser has gone meanwhile
                    await websocket.close(1011, known.code if known else "INTERNAL")

    async def _enter(self, named: UUID, request: Request) -> Response:
        """Uses a ticket up and gives its cookie. Raises `WorkbenchNotFound`."""
        tenant, visit = self._seals.open(TICKET, request.query_params.get("ticket", ""))
        async with self._platform.database.unit(tenant) as uow:
            await workbench.use_visit(uow, visit, self._platform.clock())
            await uow.commit()
        await self._ask(named, tenant, visit)
        response = RedirectResponse("/lab", status_code=303, headers={**GIVEN, "Cache-Control": "no-store"})
        response.set_cookie(
            self._cookie,
            self._seals.close(COOKIE, tenant, visit),
            path="/",
            secure=self._addresses.secure,
            httponly=True,
            samesite="lax",
        )
        return response

    async def _entrance(self, named: UUID, headers: Headers) -> Entrance:
        """Raises `WorkbenchNotFound`, `WorkbenchNotReady`."""
        tenant, visit = self._visit(headers)
        kept = self._known.get((tenant, visit))
        if kept is not None and kept[0] > time.monotonic():
            return _of(named, kept[1])
        return await self._ask(named, tenant, visit)

    async def _ask(self, named: UUID, tenant: TenantId, visit: UUID) -> Entrance:
        self._known.pop((tenant, visit), None)
        async with self._platform.database.unit(tenant) as uow:
            found = await workbench.entrance(uow, enclaves.grounded(self._platform), visit)
        self._known[tenant, visit] = (time.monotonic() + _KEPT_S, found)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return _of(named, found)

    def _visit(self, headers: Headers) -> tuple[TenantId, UUID]:
        return self._seals.open(COOKIE, cookies(headers).get(self._cookie, ""))

    def _refusal(self, request: Request, error: Exception) -> Response:
        if "text/html" not in request.headers.get("accept", "") or not isinstance(error, DomainError):
            response = problem_response(error)
        else:
            portal = escape(f"{self._platform.public_url}/workbench", quote=True)
            page = _PAGE.format(message=escape(message_of(error)), portal=portal)
            response = HTMLResponse(page, problem(error)[0])
        response.headers.update({**GIVEN, "Cache-Control": "no-store"})
        return response


def _of(named: UUID, found: Entrance) -> Entrance:
    """Raises `WorkbenchNotFound` when the visit is to another one."""
    if found.workbench_id != named:
        raise WorkbenchNotFound(_ABSENT)
    return found


def _check_page(headers: Headers, method: str) -> None:
    """Raises `OriginRefused` for what another page asks for, be it another workbench's: only its own acts and reads
    here. JupyterLab checks its XSRF token as well."""
    origin, host = headers.get("origin"), headers.get("host", "").lower()
    safe = method in ("GET", "HEAD", "OPTIONS")
    strange = urlsplit(origin).netloc.lower() != host if origin is not None else not safe
    fetched = headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
    if strange or (fetched and headers.get("sec-fetch-mode") != "navigate"):
        raise OriginRefused("This page is not this workbench's, so it may not act in it.", origin=(origin or "")[:200])
