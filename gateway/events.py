"""GraphQL over server-sent events, for scripts: `curl` can follow a subscription.

Spoken as `graphql-sse` does in its mode of distinct connections: one request, one operation; each answer is an event
`next`, and `complete` comes last. What is wrong with the operation itself comes as an answer too, as that protocol
wants it: a browser's `EventSource` shows nothing of a refused request.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import StreamingResponse

from gateway.auth import UNAUTHORISED_CLOSE
from gateway.documents import Operation
from gateway.errors import graphql_errors
from gateway.follow import Closed, NotBegun, answers, watch
from gateway.state import Gateway
from services.kernel.errors import Exhausted, Unauthorised, Unavailable
from services.kernel.rights import Principal

MEDIA_TYPE = "text/event-stream"
_QUIET_S = 10.0
"""After so long without news a comment is sent, by which both sides learn of a broken connection."""
_COMMENT = b":\n\n"
COMPLETE = b"event: complete\ndata:\n\n"


def events(request: Request, gateway: Gateway, asked: Operation) -> StreamingResponse:
    """The answers of a subscription."""
    return StreamingResponse(
        _events(request, gateway, asked),
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(request: Request, gateway: Gateway, asked: Operation) -> AsyncIterator[bytes]:
    principal: Principal = request.state.principal
    context = gateway.context(principal, request.state.account)
    watching = asyncio.create_task(watch(request, gateway, principal))
    outcome = "left"
    try:
        async with gateway.live.enter(principal.tenant), aclosing(answers(gateway, asked, context)) as source:
            async for answer in _or_quiet(source, watching):
                yield _COMMENT if answer is None else event(answer)
        outcome = "ok"
    except NotBegun as refused:
        outcome = "error"
        yield event({"errors": graphql_errors(refused.errors)})
    except (Exhausted, Unavailable) as full:
        outcome = "error"
        yield event({"errors": graphql_errors([GraphQLError(str(full), original_error=full)])})
    except Closed as closed:
        error = Unauthorised(closed.reason) if closed.code == UNAUTHORISED_CLOSE else Unavailable(closed.reason)
        yield event({"errors": graphql_errors([GraphQLError(closed.reason, original_error=error)])})
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        gateway.meters.operations.labels("subscription", outcome).inc()
        await context.release()
    yield COMPLETE


async def _or_quiet(
    source: AsyncIterator[dict[str, Any]], watching: "asyncio.Task[None]"
) -> AsyncIterator[dict[str, Any] | None]:
    """Each answer, and None when there was none for a while. Raises what `watching` raises."""
    following: asyncio.Future[Any] | None = None
    try:
        while True:
            following = following or asyncio.ensure_future(anext(source))
            done, _ = await asyncio.wait({following, watching}, timeout=_QUIET_S, return_when=asyncio.FIRST_COMPLETED)
            if watching in done:
                watching.result()
            if not done:
                yield None
                continue
            ended, following = following, None
            try:
                yield ended.result()
            except StopAsyncIteration:
                return
    finally:
        if following is not None:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


def event(answer: dict[str, Any]) -> bytes:
    return b"event: next\ndata: " + orjson.dumps(answer, default=str) + b"\n\n"
