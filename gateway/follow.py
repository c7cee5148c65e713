"""Live operations, whatever they travel over: their answers, and the end that comes when their credential does."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, NoReturn

from graphql import GraphQLError
from starlette.requests import HTTPConnection
from strawberry.types.execution import PreExecutionError

from gateway.auth import FORBIDDEN_CLOSE, UNAUTHORISED_CLOSE, authenticate
from gateway.context import RequestContext
from gateway.documents import Operation
from gateway.errors import expected, graphql_errors, report
from gateway.state import Gateway
from services.kernel.errors import Forbidden, Unauthorised
from services.kernel.rights import Principal

_UNCHECKED = 2
"""Looks at the credential that may fail in a row because the database is away."""


class Closed(Exception):
    """The connection is to be closed, with a code of `graphql-transport-ws`."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class NotBegun(Exception):
    """The operation was refused before it began."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__()
        self.errors = errors


async def answers(gateway: Gateway, asked: Operation, context: RequestContext) -> AsyncGenerator[dict[str, Any]]:
    """Each answer of a subscription, as `{data, errors}`, the first one with what it cost. Raises `NotBegun`."""
    source = await gateway.schema.subscribe(
        asked.query, variable_values=asked.variables, context_value=context, operation_name=asked.name
    )
    told: dict[str, Any] | None = None
    async with aclosing(source):
        async for result in source:
            if isinstance(result, PreExecutionError):
                raise NotBegun(result.errors or [])
            answer: dict[str, Any] = {"data": result.data}
            if told is None:  # it is measured when the first answer is asked for
                answer |= (told := context.extensions())
            if result.errors:
                answer["errors"] = graphql_errors(result.errors)
            yield answer
            await context.release()


async def watch(connection: HTTPConnection, gateway: Gateway, principal: Principal) -> NoReturn:
    """Looks at the connection's credential until it no longer says what it said; then raises `Closed`."""
    unchecked = 0
    while True:
        await asyncio.sleep(gateway.settings.recheck_seconds)
        try:
            found = await authenticate(connection, gateway.platform)
            unchecked = 0
        except Unauthorised as error:
            raise Closed(UNAUTHORISED_CLOSE, "Your session or key has ended") from error
        except Forbidden as error:
            raise Closed(FORBIDDEN_CLOSE, error.code) from error
        except Exception as error:
            if expected(error) is None:
                report(error)
            unchecked += 1
            if unchecked >= _UNCHECKED:
                raise Closed(1013, "The credential cannot be checked now") from error
            continue
        if found != principal:
            raise Closed(UNAUTHORISED_CLOSE, "Your rights have changed; connect again")
