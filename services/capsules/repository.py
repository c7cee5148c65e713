"""Every query of capsules, on a tenant-bound unit of work."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.capsules.contracts import CapsuleState, ScoreRef
from services.capsules.tables import CapsuleRow
from services.kernel.arrays import among
from services.kernel.ids import new_id
from services.kernel.uow import UnitOfWork

_AT_ONCE = 100
"""That a sweep clears away."""


class Capsules:
    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.session = uow.session

    async def get(self, capsule_id: UUID, *, lock: bool = False) -> CapsuleRow | None:
        statement = select(CapsuleRow).where(CapsuleRow.id == capsule_id)
        if lock:
            statement = statement.with_for_update().execution_options(populate_existing=True)
        return (await self.session.exec(statement)).first()

    async def of_score(self, score: ScoreRef) -> CapsuleRow | None:
        """Locked until the transaction ends."""
        statement = select(CapsuleRow).where(
            CapsuleRow.asset_id == score.asset_id,
            CapsuleRow.version_id == score.version_id,
            CapsuleRow.shadow == score.shadow,
            CapsuleRow.time == score.time,
        )
        return (await self.session.exec(statement.with_for_update())).first()

    async def begin(self, score: ScoreRef, by: str, now: datetime, until: datetime) -> None:
        """A row for the score, unless there is one."""
        values = {
            "tenant_id": self.uow.tenant,
            "id": new_id(),
            "asset_id": score.asset_id,
            "version_id": score.version_id,
            "shadow": score.shadow,
            "time": score.time,
            "state": CapsuleState.MAKING.value,
            "differences": [],
            "models": [],
            "rows": 0,
            "created_by": by,
            "created_at": now,
            "expires_at": until,
        }
        await self.session.execute(insert(CapsuleRow).values(values).on_conflict_do_nothing())

    async def by_ids(self, ids: Collection[UUID]) -> list[CapsuleRow]:
        return list(await self.session.exec(select(CapsuleRow).where(among(col(CapsuleRow.id), ids))))

    async def page(self, first: int, after: UUID | None, asset_id: UUID | None, kept: bool) -> list[CapsuleRow]:
        """Newest first: ids are ordered in time."""
        statement = select(CapsuleRow)
        if asset_id is not None:
            statement = statement.where(CapsuleRow.asset_id == asset_id)
        if kept:
            statement = statement.where(col(CapsuleRow.kept_as).is_not(None))
        if after is not None:
            statement = statement.where(CapsuleRow.id < after)
        return list(await self.session.exec(statement.order_by(col(CapsuleRow.id).desc()).limit(first)))

    async def remove(self, ids: Collection[UUID]) -> None:
        await self.session.execute(delete(CapsuleRow).where(among(col(CapsuleRow.id), ids)))

    async def over(self, now: datetime) -> list[UUID]:
        """Some of those whose time is over."""
        statement = select(CapsuleRow.id).where(col(CapsuleRow.expires_at) < now).limit(_AT_ONCE)
        return list(await self.session.exec(statement))
