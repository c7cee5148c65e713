"""Every query of snapshots."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.datasets.contracts import Snapshot
from services.datasets.tables import SnapshotTable
from services.kernel.ids import new_id
from services.kernel.uow import UnitOfWork


async def keep(uow: UnitOfWork, snapshot: Snapshot) -> None:
    """Harmless when it is kept already."""
    values = {name: getattr(snapshot, name) for name in Snapshot.__dataclass_fields__}
    statement = insert(SnapshotTable).values(tenant_id=uow.tenant, id=new_id(), **values)
    await uow.session.exec(statement.on_conflict_do_nothing(index_elements=["tenant_id", "digest"]))


async def by_digest(uow: UnitOfWork, digest: str) -> SnapshotTable | None:
    return (await uow.session.exec(select(SnapshotTable).where(col(SnapshotTable.digest) == digest))).one_or_none()


async def page(uow: UnitOfWork, first: int, after: tuple[datetime, UUID] | None) -> Sequence[SnapshotTable]:
    created, key = col(SnapshotTable.created_at), col(SnapshotTable.id)
    query = select(SnapshotTable).order_by(created.desc(), key.desc()).limit(first)
    if after is not None:
        query = query.where(tuple_(created, key) < tuple_(*after))
    return (await uow.session.exec(query)).all()
