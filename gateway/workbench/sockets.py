"""A websocket of a browser, joined with one of a JupyterLab: as fast as the slower side takes it, until either ends."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.datastructures import Headers
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.frames import CloseCode
from websockets.typing import Subprotocol

from gateway.workbench.headers import handshake
from services.kernel.errors import DomainError
from services.workbench.contracts import Entrance
from services.workbench.errors import WorkbenchNotReady

OVER_CLOSE = 4401
"""The visit is over: signed out, the right lost, the workbench stopped."""
_OPEN_S, _CLOSE_S = 10.0, 5.0
_MOST_BYTES = 256 * 1024 * 1024
"""Of one message of a kernel: a large picture, not a leak of memory."""
_WAITING = 4
"""Messages that are read ahead of a slow browser."""
_MAY_BE_SENT = frozenset({1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013})


async def join(
    websocket: WebSocket, entrance: Entrance, check: Callable[[], Awaitable[object]], every_s: float
) -> None:
    """`check` is asked every so often whether the visit still holds; what it raises ends both sides. Raises
    `WorkbenchNotReady` before the browser's side is accepted when nobody answers, or JupyterLab refuses."""
    scope, headers = websocket.scope, Headers(scope=websocket.scope)
    query = scope["query_string"].decode("latin-1")
    target = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
    try:
        far = await unix_connect(
            entrance.socket,
            f"ws://{headers['host']}{target}",
            additional_headers=handshake(headers, entrance.token),
            subprotocols=[Subprotocol(name) for name in scope.get("subprotocols", ())] or None,
            user_agent_header=None,
            compression=None,
            max_size=_MOST_BYTES,
            max_queue=_WAITING,
            open_timeout=_OPEN_S,
            close_timeout=_CLOSE_S,
        )
    except (OSError, InvalidHandshake, TimeoutError) as error:
        raise WorkbenchNotReady(f"The workbench does not take this connection: {error}.") from error
    async with far:
        await websocket.accept(subprotocol=far.subprotocol)
        await _until_one_ends(websocket, far, check, every_s)


async def _until_one_ends(
    near: WebSocket, far: ClientConnection, check: Callable[[], Awaitable[object]], every_s: float
) -> None:
    tasks = [asyncio.create_task(each) for each in (_up(near, far), _down(near, far), _hold(near, check, every_s))]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _up(near: WebSocket, far: ClientConnection) -> None:
    while True:
        message = await near.receive()
        if message["type"] == "websocket.disconnect":
            await far.close(_sendable(message.get("code")))
            return
        data = message.get("bytes")
        try:
            await far.send(message["text"] if data is None else data)
        except ConnectionClosed:
            return  # the other direction says why


async def _down(near: WebSocket, far: ClientConnection) -> None:
    try:
        async for message in far:
            await (near.send_text(message) if isinstance(message, str) else near.send_bytes(message))
        code, reason = far.close_code, far.close_reason
    except ConnectionClosed as closed:
        code, reason = CloseCode.INTERNAL_ERROR, str(closed)
    except WebSocketDisconnect:
        return
    await near.close(_sendable(code), (reason or "")[:100])


async def _hold(near: WebSocket, check: Callable[[], Awaitable[object]], every_s: float) -> None:
    while True:
        await asyncio.sleep(every_s)
        try:
            await check()
        except DomainError as over:
            await near.close(OVER_CLOSE, over.code)
            return


def _sendable(code: int | None) -> int:
    """A close code that may stand in a frame: 1005 and 1006 only tell that there was none."""
    return code if code in _MAY_BE_SENT or (code is not None and 3000 <= code < 5000) else 1000
