"""Domain errors → answers, in one place.

| error           | HTTP status | union member       |
|-----------------|-------------|--------------------|
| `NotFound`      | 404         | `NotFoundError`    |
| `Forbidden`     | 403         | `ForbiddenError`   |
| `Unauthorised`  | 401         | none: the request is refused before a resolver runs |
| `Invalid`       | 422         | `InvalidError`     |
| `Conflict`      | 409         | `ConflictError`    |
| `Exhausted`     | 429         | `ExhaustedError`   |
| `Unavailable`   | 503         | `UnavailableError` |
| `Refused` below | its own     | none: about the request itself |

A body that is too large is 413 and one that cannot be read 400, wherever that is found.

A database or stream that cannot be reached is `Unavailable`, a text that no database keeps `Invalid`. Anything else
is masked as `INTERNAL`, and logged once with the trace id that the answer carries. The same holds for requests,
mutations and subscriptions.
"""

import math
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar

import nats.errors
import structlog
from graphql import GraphQLError
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from gateway.telemetry import trace_id
from services.bulk import errors as bulk
from services.kernel.errors import (
    Conflict,
    DomainError,
    Exhausted,
    Forbidden,
    Invalid,
    NotFound,
    Unauthorised,
    Unavailable,
)
from services.readings import errors as readings

MOST_ERRORS = 5
LONGEST_MESSAGE = 400
LONGEST_FACT = 400
LONGEST_LIST, LONGEST_ITEM = 20, 100

_OF_THE_QUERY = (GraphQLError, CannotGetOperationTypeError, InvalidOperationTypeError, MissingQueryError)

log = structlog.get_logger("andon.gateway")


@dataclass(frozen=True, slots=True)
class Kind:
    status: int
    member: str | None


class Refused(DomainError):
    """The request itself is not taken, whatever it asks for."""

    status: ClassVar[int] = 400
    code = "BAD_REQUEST"


class BodyTooLarge(Refused):
    status = 413
    code = "BODY_TOO_LARGE"


class MediaTypeRefused(Refused):
    status = 415
    code = "MEDIA_TYPE_REFUSED"


class HostRefused(Refused):
    status = 421
    code = "HOST_REFUSED"


class OriginRefused(Refused):
    status = 403
    code = "ORIGIN_REFUSED"


class RouteNotFound(Refused):
    status = 404
    code = "ROUTE_NOT_FOUND"


class MethodRefused(Refused):
    status = 405
    code = "METHOD_REFUSED"


class NotAcceptable(Refused):
    status = 406
    code = "NOT_ACCEPTABLE"


class RangeRefused(Refused):
    status = 416
    code = "RANGE_REFUSED"


class DocumentUnknown(Refused):
    status = 404
    code = "DOCUMENT_UNKNOWN"


class QueryTooCostly(Refused):
    """A query over one of the limits in `gateway.limits`."""

    code = "QUERY_TOO_COSTLY"


_KINDS: dict[type[DomainError], Kind] = {
    readings.BodyTooLarge: Kind(413, "InvalidError"),
    readings.TooManyRows: Kind(413, "InvalidError"),
    readings.BodyUnreadable: Kind(400, "InvalidError"),
    readings.EmptyBody: Kind(400, "InvalidError"),
    bulk.FileTooLarge: Kind(413, "InvalidError"),
    bulk.FileEmpty: Kind(400, "InvalidError"),
    NotFound: Kind(404, "NotFoundError"),
    Forbidden: Kind(403, "ForbiddenError"),
    Unauthorised: Kind(401, None),
    Invalid: Kind(422, "InvalidError"),
    Conflict: Kind(409, "ConflictError"),
    Exhausted: Kind(429, "ExhaustedError"),
    Unavailable: Kind(503, "UnavailableError"),
}


def kind_of(error: DomainError) -> Kind:
    """By the nearest base that the table names. A bare `DomainError` is a part of ours that is broken: 503."""
    if isinstance(error, Refused):
        return Kind(error.status, None)
    for base in type(error).__mro__:
        if base in _KINDS:
            return _KINDS[base]
    return _KINDS[Unavailable]


def expected(error: BaseException) -> DomainError | None:
    """The domain error that `error` is or stands for; None for a defect of ours."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    ):
        return Unavailable("The database cannot be reached. Nothing was changed; try again in a moment.")
    if isinstance(error, DataError) and "NUL" in str(error.orig):  # the one character that Postgres keeps in no text
        return Invalid("A text holds the character U+0000, which cannot be kept. Send it without.")
    if isinstance(error, nats.errors.Error | ConnectionError):
        return Unavailable("The stream or the object store cannot be reached. Try again in a moment.")
    if isinstance(error, TimeoutError):
        return Unavailable("This took too long and was stopped. Ask for less, or try again in a moment.")
    return None


def message_of(error: DomainError) -> str:
    """The message, cut where it quotes something long: an answer that refuses stays under 4 kB."""
    return cut(error.message, LONGEST_MESSAGE)


def facts_of(error: DomainError) -> dict[str, Any]:
    """The error's facts as JSON: numbers, strings and lists of them stay, anything else becomes its text."""
    return {key: _plain(value) for key, value in error.facts.items()}


def field_of(error: DomainError) -> str | None:
    return None if error.field is None else cut(error.field, LONGEST_ITEM)


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def problem(error: BaseException) -> tuple[int, dict[str, str], dict[str, Any]]:
    """(status, headers, JSON body) for an error of a request; logs what nobody expected."""
    known = expected(error)
    if known is None:
        report(error)
        return 500, {}, _internal()
    headers: dict[str, str] = {}
    status = kind_of(known).status
    if isinstance(known, Exhausted):
        headers["Retry-After"] = str(max(1, math.ceil(known.retry_after)))
    elif status == 503:
        headers["Retry-After"] = str(max(1, math.ceil(float(str(known.facts.get("retry_after", 1))))))
    elif status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="andon"'
    return status, headers, describe(known)


def describe(error: DomainError) -> dict[str, Any]:
    """`{code, message, facts, field, traceId}`."""
    return {
        "code": error.code,
        "message": message_of(error),
        "facts": facts_of(error),
        "field": field_of(error),
        "traceId": trace_id(),
    }


def graphql_errors(errors: list[GraphQLError]) -> list[dict[str, Any]]:
    """At most five errors as the GraphQL response shows them, masked where we did not expect them."""
    return [_graphql_error(error) for error in errors[:MOST_ERRORS]]


def _graphql_error(error: GraphQLError) -> dict[str, Any]:
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    shown: dict[str, Any] = {"message": cut(error.message, LONGEST_MESSAGE)}
    if cause is None or isinstance(cause, _OF_THE_QUERY) or _of_a_literal(error, cause):
        shown["extensions"] = {"code": "QUERY_INVALID"}
    elif known := expected(cause):
        shown = {"message": message_of(known), "extensions": describe(known)}
    else:
        report(cause)
        body = _internal()
        shown = {"message": body["message"], "extensions": body}
    if error.locations:
        shown["locations"] = [{"line": place.line, "column": place.column} for place in error.locations[:1]]
    if error.path:
        shown["path"] = error.path
    return shown


def _of_a_literal(error: GraphQLError, cause: BaseException) -> bool:
    """Whether a scalar could not read a value in the query, such as an `Int` of 5,000 digits. Nothing has run yet, so
    there is no path."""
    return bool(error.nodes) and error.path is None and isinstance(cause, ValueError | OverflowError)


def report(error: BaseException) -> None:
    """One log entry for what nobody expected, with the trace id the answer carries."""
    log.error("unexpected error", error=type(error).__name__, trace=trace_id(), exc_info=error)


def _internal() -> dict[str, Any]:
    message = "Something went wrong on our side. The trace id finds it in our logs."
    return {"code": "INTERNAL", "message": message, "facts": {}, "field": None, "traceId": trace_id()}


def _plain(value: object, most: int = LONGEST_FACT) -> Any:
    if isinstance(value, int | float | bool | None):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each, LONGEST_ITEM) for each in islice(value, LONGEST_LIST)]
    return cut(str(value), most)
