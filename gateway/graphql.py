"""GraphQL over HTTP: POST of one JSON object, and nothing else (no GET, no batch, no multipart)."""

import asyncio
from typing import Any

import orjson
import strawberry
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from gateway.body import json_object
from gateway.context import RequestContext
from gateway.errors import Refused, graphql_errors
from gateway.state import Gateway
from gateway.telemetry import tracer
from services.kernel.rights import Principal

_ANSWERED = {OperationType.QUERY, OperationType.MUTATION}


async def graphql(request: Request) -> Response:
    gateway: Gateway = request.app.state.gateway
    body = await json_object(request, gateway.settings.graphql_body_bytes)
    query, variables, name = operation_of(body)
    result = await execute(gateway, request.state.principal, query, variables, name)
    refused = result["data"] is None and all("path" not in error for error in result.get("errors", ()))
    content = orjson.dumps(result, option=orjson.OPT_PASSTHROUGH_SUBCLASS, default=str)
    return Response(content, 400 if refused else 200, media_type="application/json")


def operation_of(body: dict[str, Any]) -> tuple[str, dict[str, Any] | None, str | None]:
    """(query, variables, operation name). Raises `Refused`."""
    query, variables, name = body.get("query"), body.get("variables"), body.get("operationName")
    if not isinstance(query, str) or not query.strip():
        raise Refused("The body has no `query`.", field="query")
    if not isinstance(variables, dict | None):
        raise Refused("`variables` must be an object.", field="variables")
    if not isinstance(name, str | None):
        raise Refused("`operationName` must be a string.", field="operationName")
    return query, variables, name


async def execute(
    gateway: Gateway, principal: Principal, query: str, variables: dict[str, Any] | None, name: str | None
) -> dict[str, Any]:
    """The response of one query or mutation, `{data, errors}`. Its units of work have ended."""
    context = gateway.context(principal)
    try:
        async with asyncio.timeout(gateway.settings.query_seconds):
            with tracer.start_as_current_span("graphql.operation"):
                result = await _run(gateway.schema, query, variables, name, context)
    except (MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError) as error:
        raise Refused("The body names no query or mutation. Subscriptions are asked over the websocket.") from error
    finally:
        await context.release()
    gateway.meters.operations.labels("request", "error" if result.errors else "ok").inc()
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = graphql_errors([_as_graphql(error) for error in result.errors])
    return answer


async def _run(
    schema: strawberry.Schema, query: str, variables: dict[str, Any] | None, name: str | None, context: RequestContext
) -> Any:
    return await schema.execute(
        query,
        variable_values=variables,
        context_value=context,
        operation_name=name,
        allowed_operation_types=_ANSWERED,
    )


def _as_graphql(error: Exception) -> GraphQLError:
    return error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
