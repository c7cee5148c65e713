"""Subscriptions over the `graphql-transport-ws` protocol (the older protocol is not spoken).

The credential is that of the handshake, and is looked at again while the socket lives: a session that ended, a key
that was revoked, a role that changed or a tenant that was closed ends it within a minute.
"""

import asyncio
from contextlib import aclosing
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.auth import LATER_CLOSE, UNAUTHORISED_CLOSE
from gateway.budgets import Account
from gateway.context import RequestContext
from gateway.errors import graphql_errors
from gateway.follow import Closed, NotBegun, answers, watch
from gateway.state import Gateway
from services.budgets.contracts import Budget
from services.kernel.errors import Exhausted, Unavailable
from services.kernel.rights import Principal

PROTOCOL = "graphql-transport-ws"
MOST_OPERATIONS = 50
_INIT_S = 10.0


async def subscriptions(websocket: WebSocket) -> None:
    gateway: Gateway = websocket.app.state.gateway
    if PROTOCOL not in websocket.scope.get("subprotocols", ()):
        await websocket.close(4406, "Subprotocol not acceptable")
        return
    await websocket.accept(subprotocol=PROTOCOL)
    principal: Principal = websocket.state.principal
    gateway.meters.sockets.inc()
    try:
        async with gateway.live.enter(principal.tenant):
            await Talk(websocket, gateway, principal, websocket.state.account).run()
    except (Exhausted, Unavailable) as full:
        await websocket.close(LATER_CLOSE, str(full))
    finally:
        gateway.meters.sockets.dec()


class Talk:
    """One socket, from its acceptance to its end."""

    def __init__(self, websocket: WebSocket, gateway: Gateway, principal: Principal, account: Account) -> None:
        self.websocket = websocket
        self.gateway = gateway
        self.principal = principal
        self.account = account
        self.operations: dict[str, asyncio.Task[None]] = {}
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        chores = [
            asyncio.create_task(self._listen()),
            asyncio.create_task(watch(self.websocket, self.gateway, self.principal)),
        ]
        try:
            done, _ = await asyncio.wait(chores, return_when=asyncio.FIRST_COMPLETED)
            for chore in done:
                chore.result()
        except Closed as closed:
            await self.websocket.close(closed.code, closed.reason)
        except WebSocketDisconnect:
            return
        finally:
            tasks = [*chores, *self.operations.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self) -> None:
        try:
            async with asyncio.timeout(_INIT_S):
                first = await self._receive()
        except TimeoutError as error:
            raise Closed(4408, "Connection initialisation timeout") from error
        if first.get("type") != "connection_init":
            raise Closed(UNAUTHORISED_CLOSE, "Unauthorized")
        await self._send({"type": "connection_ack"})
        while True:
            await self._take(await self._receive())

    async def _receive(self) -> dict[str, Any]:
        text = await self.websocket.receive_text()
        if len(text) > self.gateway.settings.graphql_body_bytes:
            raise Closed(4400, "Message too large")
        try:
            message = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise Closed(4400, "Message is not JSON") from error
        if not isinstance(message, dict):
            raise Closed(4400, "Message is no object")
        return message

    async def _take(self, message: dict[str, Any]) -> None:
        kind, id = message.get("type"), message.get("id")
        if kind == "ping":
            await self._send({"type": "pong"})
        elif kind == "subscribe" and isinstance(id, str) and isinstance(message.get("payload"), dict):
            await self._start(id, message["payload"])
        elif kind == "complete" and isinstance(id, str):
            if task := self.operations.pop(id, None):
                task.cancel()
        elif kind == "connection_init":
            raise Closed(4429, "Too many initialisation requests")
        elif kind != "pong":
            raise Closed(4400, "Message not understood")

    async def _start(self, id: str, payload: dict[str, Any]) -> None:
        if id in self.operations:
            raise Closed(4409, f"Subscriber for {id[:64]} already exists")
        if len(self.operations) >= MOST_OPERATIONS:
            await self._fail(id, [GraphQLError(f"At most {MOST_OPERATIONS} subscriptions on one socket.")])
            return
        self.operations[id] = asyncio.create_task(self._operate(id, payload))

    async def _operate(self, id: str, payload: dict[str, Any]) -> None:
        context = self.gateway.context(self.principal, self.account)
        outcome = "error"
        try:
            if await self._follow(id, payload, context):
                await self._send({"id": id, "type": "complete"})
                outcome = "ok"
        except WebSocketDisconnect:
            outcome = "left"
        except Exception as error:  # noqa: BLE001  it becomes the answer; a defect is logged by `graphql_errors`
            await self._fail(id, [GraphQLError(str(error), original_error=error)])
        finally:
            self.gateway.meters.operations.labels("subscription", outcome).inc()
            if self.operations.get(id) is asyncio.current_task():
                del self.operations[id]
            await context.release()

    async def _follow(self, id: str, payload: dict[str, Any], context: RequestContext) -> bool:
        """Sends each answer; False when the operation was refused before it began."""
        self.account.take(Budget.REQUESTS, 1)
        asked = self.gateway.documents.operation(payload, self.principal)
        try:
            async with aclosing(answers(self.gateway, asked, context)) as source:
                async for answer in source:
                    await self._send({"id": id, "type": "next", "payload": answer})
        except NotBegun as refused:
            await self._fail(id, refused.errors)
            return False
        return True

    async def _fail(self, id: str, errors: list[GraphQLError]) -> None:
        await self._send({"id": id, "type": "error", "payload": graphql_errors(errors)})

    async def _send(self, message: dict[str, Any]) -> None:
        async with self._turn:
            await self.websocket.send_text(orjson.dumps(message, default=str).decode())
