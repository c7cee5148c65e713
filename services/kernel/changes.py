"""What changed since a time, for who asks again and again and must miss nothing.

A trigger writes into each row when the transaction began that wrote it last. A transaction may take long and commit
after rows that began later, so whoever asks for what is newer than the last row seen would miss it. `mark` answers a
time that no transaction which is still open began before: what is committed later has at least that time, so asking
again from the mark on finds it. Some rows come twice that way, and none is missed. Only the database's clock counts.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, func, text, tuple_
from sqlmodel import Field, col, select

from services.kernel.uow import UnitOfWork

_MARK = text("""
SELECT least(now(), min(xact_start)) - interval '1 second' FROM pg_stat_activity WHERE datname = current_database()
""")
"""All that write rows of tenants do so under one role, and a role sees its own sessions. The second covers the moment
between a transaction's start and the server's telling of it."""


@dataclass(frozen=True, slots=True)
class Change:
    """A row that was written: when the transaction began that did, and its id."""

    at: datetime
    id: UUID


def written_at() -> Any:
    """The column `updated_at` of a table with the trigger `note_change`."""
    return Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now()))


async def mark(uow: UnitOfWork) -> datetime:
    """From when on to ask the next time. Ask for it before asking for the changes themselves."""
    return (await uow.session.execute(_MARK)).scalar_one()


async def changed(
    uow: UnitOfWork, table: Any, since: datetime, first: int, after: tuple[datetime, UUID] | None
) -> list[Change]:
    """A page of rows written since then, in the order of (time, id); `after` is that of the last one seen."""
    key = col(table.updated_at), col(table.id)
    statement = select(*key).where(key[0] >= since).order_by(*key).limit(first)
    if after is not None:
        statement = statement.where(tuple_(*key) > tuple_(*after))
    return [Change(at, id_) for at, id_ in await uow.session.exec(statement)]
