"""Every query of the door."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.kernel.arrays import among
from services.kernel.ids import new_id
from services.kernel.uow import UnitOfWork
from services.readings.tables import IngestReceiptTable, QuarantinedRowTable


async def quarantine(uow: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Keeps the rows; those of a batch and row number that are kept already are left as they are."""
    if rows:
        values = [{"tenant_id": uow.tenant, "id": new_id(), **row} for row in rows]
        statement = insert(QuarantinedRowTable).on_conflict_do_nothing(index_elements=["tenant_id", "batch", "row"])
        await uow.session.exec(statement, params=values)


async def forget_quarantined(uow: UnitOfWork, before: datetime) -> None:
    table = QuarantinedRowTable
    await uow.session.exec(delete(table).where(col(table.tenant_id) == uow.tenant, col(table.received_at) < before))


async def quarantined(
    uow: UnitOfWork, first: int, after: tuple[datetime, UUID] | None
) -> Sequence[QuarantinedRowTable]:
    """A page, the newest first; `after` is the (received_at, id) of the last row of the page before."""
    received, key = col(QuarantinedRowTable.received_at), col(QuarantinedRowTable.id)
    query = select(QuarantinedRowTable).order_by(received.desc(), key.desc()).limit(first)
    if after is not None:
        query = query.where(tuple_(received, key) < tuple_(*after))
    return (await uow.session.exec(query)).all()


async def quarantined_by_ids(uow: UnitOfWork, ids: Collection[UUID]) -> Sequence[QuarantinedRowTable]:
    query = select(QuarantinedRowTable).where(among(col(QuarantinedRowTable.id), ids))
    return (await uow.session.exec(query)).all()


async def receipt(uow: UnitOfWork, key: str, since: datetime) -> IngestReceiptTable | None:
    table = IngestReceiptTable
    query = select(table).where(col(table.key) == key, col(table.created_at) >= since)
    return (await uow.session.exec(query)).one_or_none()


async def keep_receipt(
    uow: UnitOfWork, key: str, digest: str, body: dict[str, Any], now: datetime, since: datetime
) -> bool:
    """False when another request kept one under this key meanwhile. Receipts from before `since` are forgotten."""
    table = IngestReceiptTable
    await uow.session.exec(delete(table).where(col(table.tenant_id) == uow.tenant, col(table.created_at) < since))
    values = {
        "tenant_id": uow.tenant, "id": new_id(), "key": key, "digest": digest, "receipt": body, "created_at": now,
    }  # fmt: skip
    statement = insert(table).values(values).on_conflict_do_nothing(index_elements=["tenant_id", "key"])
    return (await uow.session.exec(statement.returning(col(table.id)))).first() is not None
