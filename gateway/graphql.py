"""GraphQL over HTTP: POST of one JSON object, and nothing else (no GET, no batch, no multipart).

The answer is JSON, or events where they are asked for; status and form follow GraphQL over HTTP
(https://graphql.github.io/graphql-over-http/draft/).
"""

import asyncio
from typing import Any

import orjson
import strawberry
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from gateway import events
from gateway.accept import preferred
from gateway.auth import GuardedRoute
from gateway.body import json_object
from gateway.context import RequestContext
from gateway.documents import Operation
from gateway.errors import NotAcceptable, Refused, graphql_errors, problem
from gateway.state import Gateway
from gateway.telemetry import tracer
from services.budgets.errors import BudgetSpent

_JSON = "application/json"
"""Whoever asks for it by name takes 200 for any answer, as clients did before there was a form of GraphQL's own."""
_FORMS = (_JSON, "application/graphql-response+json", events.MEDIA_TYPE)
_ANSWERED = {OperationType.QUERY, OperationType.MUTATION}


class GraphQLRoute(GuardedRoute):
    """Says that the budget of requests is used up as GraphQL clients read it."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().handle(scope, receive, send)
        except BudgetSpent as spent:
            errors = graphql_errors([GraphQLError(spent.message, original_error=spent)])
            await _answer({"errors": errors}, *problem(spent)[:2])(scope, receive, send)


async def graphql(request: Request) -> Response:
    gateway: Gateway = request.app.state.gateway
    accept = request.headers.get("accept", "*/*")
    if (form := preferred(accept, _FORMS)) is None:
        raise NotAcceptable(f"An answer can be one of {', '.join(_FORMS)}.")
    body = await json_object(request, gateway.settings.graphql_body_bytes)
    asked = gateway.documents.operation(body, request.state.principal)
    if form == events.MEDIA_TYPE and gateway.documents.is_subscription(asked):
        return events.events(request, gateway, asked)
    context = gateway.context(request.state.principal, request.state.account, request.headers["host"])
    result = await execute(gateway, context, asked)
    if form == events.MEDIA_TYPE:
        return Response(events.event(result) + events.COMPLETE, media_type=form)
    if context.spent:
        return _answer(result, *problem(context.spent)[:2], form)
    lenient = form == _JSON and _JSON in accept.lower()
    return _answer(result, 200 if "data" in result or lenient else 400, {}, form)


def _answer(result: dict[str, Any], status: int, headers: dict[str, str], form: str = _JSON) -> Response:
    content = orjson.dumps(result, option=orjson.OPT_PASSTHROUGH_SUBCLASS, default=str)
    return Response(content, status, headers, media_type=form)


async def execute(gateway: Gateway, context: RequestContext, asked: Operation) -> dict[str, Any]:
    """The response of one query or mutation: `{data, errors, extensions}`, without `data` when it was refused before it
    began. Its units of work have ended."""
    try:
        async with asyncio.timeout(gateway.settings.query_seconds):
            with tracer.start_as_current_span("graphql.operation"):
                result = await _run(gateway.schema, asked, context)
    except (MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError) as error:
        raise Refused(
            "The body names no query or mutation. A subscription needs the websocket, or `Accept: text/event-stream`."
        ) from error
    finally:
        await context.release()
    gateway.meters.operations.labels("request", "error" if result.errors else "ok").inc()
    if not result.errors:
        return {"data": result.data} | context.extensions()
    errors = graphql_errors([_as_graphql(error) for error in result.errors])
    refused = result.data is None and all("path" not in error for error in errors)
    return ({"errors": errors} if refused else {"data": result.data, "errors": errors}) | context.extensions()


async def _run(schema: strawberry.Schema, asked: Operation, context: RequestContext) -> Any:
    return await schema.execute(
        asked.query,
        variable_values=asked.variables,
        context_value=context,
        operation_name=asked.name,
        allowed_operation_types=_ANSWERED,
    )


def _as_graphql(error: Exception) -> GraphQLError:
    return error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
