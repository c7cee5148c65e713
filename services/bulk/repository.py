"""Every query of transfers, on a tenant-bound unit of work."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.bulk.contracts import JobState
from services.bulk.model import UNFINISHED
from services.bulk.tables import PieceRow, RejectionRow, TransferRow, UploadRow
from services.kernel.arrays import among
from services.kernel.ids import new_id
from services.kernel.uow import UnitOfWork

_AT_ONCE = 100
"""That a sweep clears away."""


class Bulk:
    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.session = uow.session

    async def upload(self, upload_id: UUID, *, lock: bool = False) -> UploadRow | None:
        statement = select(UploadRow).where(UploadRow.id == upload_id)
        return (await self.session.exec(_locked(statement) if lock else statement)).first()

    async def expired_uploads(self, now: datetime) -> list[UUID]:
        """Some of those whose time is over."""
        statement = select(UploadRow.id).where(col(UploadRow.expires_at) < now).limit(_AT_ONCE)
        return list(await self.session.exec(statement))

    async def forget_uploads(self, ids: Collection[UUID]) -> None:
        await self.session.execute(delete(UploadRow).where(among(col(UploadRow.id), ids)))

    async def staged_bytes(self) -> int:
        """Of all files that are staged now, those included that an import reads."""
        return (await self.session.exec(select(func.sum(col(UploadRow.bytes))))).one() or 0

    async def get(self, transfer_id: UUID, *, lock: bool = False) -> TransferRow | None:
        """`lock` keeps others from changing it until the transaction ends."""
        statement = select(TransferRow).where(TransferRow.id == transfer_id)
        return (await self.session.exec(_locked(statement) if lock else statement)).first()

    async def by_ids(self, ids: Collection[UUID]) -> list[TransferRow]:
        return list(await self.session.exec(select(TransferRow).where(among(col(TransferRow.id), ids))))

    async def page(
        self, kinds: Collection[str], states: Collection[JobState] | None, first: int, after: UUID | None
    ) -> list[TransferRow]:
        """Newest first: ids are ordered in time."""
        statement = select(TransferRow).where(col(TransferRow.kind).in_(kinds))
        if states is not None:
            statement = statement.where(col(TransferRow.state).in_([state.value for state in states]))
        if after is not None:
            statement = statement.where(TransferRow.id < after)
        return list(await self.session.exec(statement.order_by(col(TransferRow.id).desc()).limit(first)))

    async def unfinished(self) -> int:
        states = [state.value for state in UNFINISHED]
        statement = select(func.count()).select_from(TransferRow).where(col(TransferRow.state).in_(states))
        return (await self.session.exec(statement)).one()

    async def begun_since(self, start: datetime) -> tuple[int, datetime | None]:
        """How many transfers were begun since then, and when the first of them was."""
        created = col(TransferRow.created_at)
        found = await self.session.exec(select(func.count(), func.min(created)).where(created >= start))
        return found.one()

    async def claim(self, now: datetime, silent: datetime) -> TransferRow | None:
        """The oldest transfer that nobody has, or whose worker was not heard of since `silent`."""
        left = or_(col(TransferRow.state) == JobState.WAITING.value, col(TransferRow.heartbeat_at) < silent)
        statement = select(TransferRow).where(col(TransferRow.ended_at).is_(None), left)
        statement = statement.order_by(col(TransferRow.id)).limit(1).with_for_update(skip_locked=True)
        row = (await self.session.exec(statement)).first()
        if row is not None:
            if row.state == JobState.WAITING.value:
                row.state, row.started_at = JobState.RUNNING.value, now
            row.attempt, row.tries, row.heartbeat_at = row.attempt + 1, row.tries + 1, now
            await self.session.flush()
        return row

    async def beat(self, transfer_id: UUID, attempt: int, now: datetime, **values: Any) -> JobState | None:
        """Says that the worker of that attempt is alive; None where the transfer is another's or over."""
        mine = (
            (col(TransferRow.id) == transfer_id)
            & (col(TransferRow.attempt) == attempt)
            & col(TransferRow.ended_at).is_(None)
        )
        statement = update(TransferRow).where(mine).values(heartbeat_at=now, **values)
        found = (await self.session.execute(statement.returning(col(TransferRow.state)))).first()
        return JobState(found[0]) if found else None

    async def add_piece(self, transfer_id: UUID, number: int, rows: int, size: int) -> None:
        self.session.add(
            PieceRow(tenant_id=self.uow.tenant, transfer_id=transfer_id, number=number, rows=rows, bytes=size)
        )
        await self.session.flush()

    async def pieces(self, transfer_id: UUID) -> list[PieceRow]:
        statement = select(PieceRow).where(PieceRow.transfer_id == transfer_id).order_by(col(PieceRow.number))
        return list(await self.session.exec(statement))

    async def forget_pieces(self, transfer_ids: Collection[UUID]) -> None:
        await self.session.execute(delete(PieceRow).where(among(col(PieceRow.transfer_id), transfer_ids)))

    async def forget_results(self, transfer_ids: Collection[UUID]) -> None:
        await self.forget_pieces(transfer_ids)
        mine = among(col(TransferRow.id), transfer_ids)
        await self.session.execute(update(TransferRow).where(mine).values(bytes=None))

    async def reject(self, transfer_id: UUID, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            own = {"tenant_id": self.uow.tenant, "transfer_id": transfer_id}
            values = [{**own, "id": new_id(), **row} for row in rows]
            await self.session.execute(insert(RejectionRow).on_conflict_do_nothing(), values)

    async def rejections(self, transfer_id: UUID, first: int, after: int | None) -> list[RejectionRow]:
        """In the order of the file, behind the row `after`."""
        statement = select(RejectionRow).where(RejectionRow.transfer_id == transfer_id)
        if after is not None:
            statement = statement.where(RejectionRow.row > after)
        return list(await self.session.exec(statement.order_by(col(RejectionRow.row)).limit(first)))

    async def results_over(self, now: datetime) -> list[UUID]:
        """Some of those whose result is past its time."""
        over = col(TransferRow.expires_at) < now, col(TransferRow.bytes).is_not(None)
        return list(await self.session.exec(select(TransferRow.id).where(*over).limit(_AT_ONCE)))

    async def forget_old(self, before: datetime) -> None:
        old = col(TransferRow.ended_at) < before, col(TransferRow.bytes).is_(None)
        await self.session.execute(delete(TransferRow).where(*old), execution_options={"synchronize_session": False})


def _locked(statement: Any) -> Any:
    return statement.with_for_update().execution_options(populate_existing=True)
