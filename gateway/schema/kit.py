"""What every module of the schema is made of: nodes, connections, typed errors, mutations that name their right."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, ClassVar, Generic, Protocol, TypeVar, Union
from uuid import UUID

import orjson
import strawberry
from strawberry.extensions import FieldExtension
from strawberry.scalars import JSON

from gateway.context import RequestContext
from gateway.errors import expected, facts_of, field_of, kind_of, message_of
from gateway.executor import LOADED, SHOWN, Loaded
from gateway.relay import Page, global_id, page_size
from gateway.telemetry import tracer
from services.kernel.errors import DomainError, Exhausted, Invalid
from services.kernel.idempotency import LONGEST_KEY, Claim
from services.kernel.rights import Permission, Principal, Role

T = TypeVar("T")

Info = strawberry.Info[RequestContext, None]
strawberry.enum(Role, description="What a member may do, as a set of rights.")
strawberry.enum(Permission, description="One right. Every mutation says which one it needs.")


class Identified(Protocol):
    id: UUID


@strawberry.interface(description="Anything with an id of its own.")
class Node:
    represents: ClassVar[type]
    """The contract that this type shows; resolvers return it as it is."""

    @classmethod
    def is_type_of(cls, value: Any, info: Any) -> bool:
        return isinstance(value, cls.represents)

    @strawberry.field(
        description="Opaque; unique over all kinds.",
        metadata={SHOWN: lambda kind, parent: global_id(kind, parent.id)},
    )
    @staticmethod
    def id(parent: strawberry.Parent[Identified], info: Info) -> strawberry.ID:
        return strawberry.ID(global_id(str(info.path.typename), parent.id))


def loaded(shown: Any, loader: str, by: str = "id", **options: Any) -> Any:
    """A field shown as `shown`, whose value `context.loaders` has by an attribute of the parent; null where that is."""

    async def resolve(parent: strawberry.Parent[Any], info: Info) -> Any:
        key = getattr(parent, by)
        return None if key is None else await getattr(info.context.loaders, loader).load(key)

    return strawberry.field(resolve, graphql_type=shown, metadata={LOADED: Loaded(loader, by)}, **options)


class Shows:
    """Base of types that project a contract without being nodes, so that unions can tell them."""

    represents: ClassVar[type]

    @classmethod
    def is_type_of(cls, value: Any, info: Any) -> bool:
        return isinstance(value, cls.represents)


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Edge(Generic[T]):
    node: T
    cursor: str


@strawberry.type
class Connection(Generic[T]):
    edges: list[Edge[T]]
    page_info: PageInfo


@strawberry.type
class Measure:
    """A named number."""

    key: str
    value: float


@strawberry.type
class Contribution:
    """A signal and its share of a score, 0 to 1."""

    signal: str
    share: float


@strawberry.interface(name="Error", description="Why nothing happened.")
class ErrorInterface:
    code: str = strawberry.field(description="Stable; `docs/reference/errors.md` lists all of them.")
    message: str = strawberry.field(description="What, why and the next step, in English.")
    field: str | None = strawberry.field(description="Where in the input, if it is about one place.")
    facts: JSON = strawberry.field(description="Parameters of the message, for texts in other languages.")


@strawberry.type(description="Absent, or not yours: the two are one answer.")
class NotFoundError(ErrorInterface): ...


@strawberry.type(description="You are known, and lack the right.")
class ForbiddenError(ErrorInterface): ...


@strawberry.type(description="The input is wrong.")
class InvalidError(ErrorInterface): ...


@strawberry.type(description="The input is right; the present state does not allow it.")
class ConflictError(ErrorInterface): ...


@strawberry.type(description="A quota or limit is used up.")
class ExhaustedError(ErrorInterface):
    retry_after: float = strawberry.field(description="Seconds.")


@strawberry.type(description="A part that is needed is down; try again.")
class UnavailableError(ErrorInterface): ...


MEMBERS: dict[str, type[ErrorInterface]] = {
    member.__name__: member
    for member in (NotFoundError, ForbiddenError, InvalidError, ConflictError, ExhaustedError, UnavailableError)
}


def answer(error: DomainError) -> ErrorInterface:
    """The union member for a domain error. Raises the error again when unions have no place for it."""
    kind = kind_of(error)
    if kind.member is None:
        raise error
    known: dict[str, Any] = {"code": error.code, "message": message_of(error), "field": field_of(error)}
    known["facts"] = facts_of(error)
    if isinstance(error, Exhausted):
        known["retry_after"] = error.retry_after
    return MEMBERS[kind.member](**known)


@strawberry.input
class Keyed:
    """Base of every mutation's input."""

    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Up to 200 characters of yours. Sent again within 24 hours with the same input, the mutation "
        "answers what it answered and does nothing; with another input it is refused.",
    )


def claim_of(mutation: str, principal: Principal, input: Keyed) -> Claim | None:
    """What the input's key stands for; None without a key. Raises `Invalid`."""
    key = input.idempotency_key
    if key is None:
        return None
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
        raise Invalid(f"`idempotencyKey` must have 1 to {LONGEST_KEY} printable characters.", field="idempotencyKey")
    asked = {name: value for name, value in asdict(input).items() if name != "idempotency_key"}
    digest = hashlib.sha256(orjson.dumps([mutation, asked], default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return Claim(principal.actor, key, digest)


class Needs(FieldExtension):
    """Names the right a mutation needs, heeds its idempotency key, and turns the domain's errors into members of its
    union."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: strawberry.Info[Any, Any], **arguments: Any
    ) -> Any:
        with tracer.start_as_current_span(f"graphql.{info.field_name}"):
            try:
                info.context.principal.require(self.permission)
                info.context.claim = claim_of(info.field_name, info.context.principal, arguments["input"])
                return await next_(source, info, **arguments)
            except Exception as error:
                if (known := expected(error)) is None:
                    raise
                return answer(known)


def result(name: str, member: Any) -> Any:
    """The union a mutation answers: the object, or one of the errors."""
    return Annotated[Union[(member, *MEMBERS.values())], strawberry.union(name)]


def mutation(permission: Permission, name: str, member: Any, description: str) -> Any:
    """A mutation that needs `permission` and answers the union `name` of `member` and the errors."""
    return strawberry.mutation(
        graphql_type=result(name, member),
        description=f"{description} Needs `{permission.name}`.",
        extensions=[Needs(permission)],
        metadata={"permission": permission},
    )


def aware(value: datetime | None, field: str) -> Any:
    """A time with an offset. Raises `Invalid` for one without: a plant's clock and ours need not agree."""
    if value is not None and value.tzinfo is None:
        raise Invalid(f"`{field}` has no offset from UTC: write 2026-03-01T12:00:00Z.", field=field)
    return value


def measures(values: Any) -> list[Measure]:
    return [Measure(key=key, value=value) for key, value in sorted(values.items())]


def contributions(top: Any) -> list[Contribution]:
    return [Contribution(signal=signal, share=share) for signal, share in top]


async def connect(
    info: Info,
    listing: str,
    first: int,
    after: str | None,
    ask: Callable[..., Awaitable[list[Any]]],
    key: Callable[[Any], tuple[Any, ...]],
    read: Callable[[list[str]], Any],
) -> Page[Any]:
    """A page of a listing: asks for one row more than is shown, so that it knows whether more follow."""
    size = page_size(first)
    start = None if after is None else read(info.context.cursors.read(listing, after))
    return info.context.cursors.page(listing, await ask(size + 1, start), size, key)


def read_id(key: list[str]) -> UUID:
    return UUID(key[0])


def read_number(key: list[str]) -> int:
    return int(key[0])


def read_place(key: list[str]) -> tuple[bool, int]:
    """Of a listing that puts some first: whether it is one of those, and its place."""
    return key[0] == "1", int(key[1])


def read_key_and_id(key: list[str]) -> tuple[str, UUID]:
    return key[0], UUID(key[1])


def read_time_and_id(key: list[str]) -> tuple[datetime, UUID]:
    return datetime.fromisoformat(key[0]), UUID(key[1])
