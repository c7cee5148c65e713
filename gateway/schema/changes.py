"""Connections by change: what was written since a time, for integrators who poll."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from gateway.relay import Edge, Page
from gateway.schema.kit import Info, aware, connect, read_time_and_id
from services.kernel import changes
from services.kernel.changes import Change
from services.kernel.errors import Invalid
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork

SINCE = (
    "With `updatedSince`, instead: what was written since then, the longest ago first, and no other filter. Take the "
    "time from `pollMark`."
)


async def changed(
    info: Info,
    listing: str,
    since: datetime,
    first: int,
    after: str | None,
    use_case: Callable[..., Awaitable[list[Change]]],
    load: Callable[[list[UUID]], Awaitable[list[Any]]],
    **filters: object,
) -> Page[Any]:
    """A page of what changed. Raises `Invalid` with another filter: what no longer matches it would be missed."""
    if given := [name for name, value in filters.items() if value is not None]:
        raise Invalid(f"`updatedSince` takes no other filter: leave out `{given[0]}`.", field="updatedSince")
    start = aware(since, "updatedSince")

    async def ask(size: int, behind: object) -> list[Change]:
        return await info.context.read(use_case, start, size, behind)

    key = lambda change: (change.at, change.id)  # noqa: E731
    page = await connect(info, f"{listing}/changed", first, after, ask, key, read_time_and_id)
    rows = await load([edge.node.id for edge in page.edges])
    edges = [_edge(row, edge) for row, edge in zip(rows, page.edges, strict=True) if row is not None]
    return Page(tuple(edges), page.page_info)


def _edge(row: Any, change: Edge[Change]) -> Edge[Any]:
    """The row in its change's place."""
    return Edge(row, lambda _: change.cursor)


async def _mark(uow: UnitOfWork, principal: Principal) -> datetime:
    principal.require(Permission.VIEW)
    return await changes.mark(uow)


@strawberry.type
class ChangesQuery:
    @strawberry.field(
        description="The `updatedSince` of the next poll. Ask for it alone, before the lists themselves: what is "
        "committed later than it was answered is found from it on, however long its transaction took."
    )
    async def poll_mark(self, info: Info) -> datetime:
        return await info.context.read(_mark)
