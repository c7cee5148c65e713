"""Sets of ids that meet in the database.

A service that knows which rows are meant hands this through its door, and the service whose rows they are narrows its
own query by it. The ids are not read on the way, so a set of ten thousand costs what one of ten does, and neither
service reads the other's tables.
"""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Select, TextualSelect, select


@dataclass(frozen=True, slots=True)
class Places:
    """Where each asset of a tenant stands; good within the unit of work it was asked for."""

    statement: Select[UUID, UUID, str, str] = field(repr=False)
    """Selects `asset_id`, `line_id`, and the names `site` and `line`. For repositories only."""


@dataclass(frozen=True, slots=True)
class IdSet:
    """Ids in one tenant; good within the unit of work it was asked for."""

    statement: Select[UUID] | TextualSelect = field(repr=False)
    """Selects one column, the ids. For repositories only."""


def in_both(one: IdSet | None, other: IdSet | None) -> IdSet | None:
    """Ids that are in both sets; None stands for every id."""
    if one is None or other is None:
        return one or other
    first, second = one.statement.subquery(), other.statement.subquery()
    return IdSet(select(next(iter(first.c))).where(next(iter(first.c)).in_(select(next(iter(second.c))))))
