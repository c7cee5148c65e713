"""A request of a browser, passed to a JupyterLab and its answer back: neither is ever held as a whole."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator

import httpx
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from gateway.workbench.headers import inward, outward
from services.workbench.contracts import Entrance
from services.workbench.errors import WorkbenchNotReady

_CONNECT_S, _WRITE_S = 5.0, 60.0
_MOST_SOCKETS = 500


class Ways:
    """Connections to JupyterLabs. None is kept open after its answer: a box counts the open ones to see that it is
    looked at."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, httpx.AsyncHTTPTransport] = OrderedDict()

    def to(self, socket: str) -> httpx.AsyncHTTPTransport:
        way = self._known.pop(socket, None) or httpx.AsyncHTTPTransport(
            uds=socket,
            verify=False,
            trust_env=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )
        self._known[socket] = way
        if len(self._known) > _MOST_SOCKETS:
            self._known.popitem(last=False)
        return way


async def pass_on(ways: Ways, entrance: Entrance, scope: Scope, receive: Receive, send: Send) -> None:
    """Raises `WorkbenchNotReady` when nobody answers. Whichever side goes away first, the other is hung up on."""
    request = Request(scope, receive)
    read = asyncio.Event()
    asked = httpx.Request(
        request.method,
        httpx.URL("http://workbench").copy_with(raw_path=_target(scope)),
        headers=inward(request.headers, entrance.token),
        content=_body(request, read),
        extensions={"timeout": {"connect": _CONNECT_S, "write": _WRITE_S, "read": None, "pool": None}},
    )
    if not isinstance(asked.stream, httpx.AsyncByteStream):  # there is no body to wait for
        read.set()
    answering = asyncio.create_task(_answer(ways, entrance, asked, send))
    leaving = asyncio.create_task(_left(request, read))
    try:
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if answering.done():
            answering.result()
    finally:
        for task in (answering, leaving):
            task.cancel()
        await asyncio.gather(answering, leaving, return_exceptions=True)


async def _answer(ways: Ways, entrance: Entrance, asked: httpx.Request, send: Send) -> None:
    try:
        answer = await ways.to(entrance.socket).handle_async_request(asked)
    except httpx.TransportError as error:
        raise WorkbenchNotReady("The workbench does not answer. It may have ended; the portal tells why.") from error
    try:
        headers = outward(answer.headers.raw)
        await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
        async for piece in answer.aiter_raw():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        await answer.aclose()


def _body(request: Request, read: asyncio.Event) -> AsyncIterator[bytes] | None:
    if "transfer-encoding" not in request.headers and request.headers.get("content-length", "0") == "0":
        return None

    async def pieces() -> AsyncIterator[bytes]:
        async for piece in request.stream():
            yield piece
        read.set()

    return pieces()


async def _left(request: Request, read: asyncio.Event) -> None:
    """Returns when the browser has gone. Its body is read by another until then."""
    await read.wait()
    while True:
        try:
            if (await request.receive())["type"] == "http.disconnect":
                return
        except ClientDisconnect:
            return


def _target(scope: Scope) -> bytes:
    query: bytes = scope["query_string"]
    return scope["raw_path"] + (b"?" + query if query else b"")
