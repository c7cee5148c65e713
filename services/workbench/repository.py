"""Every query of workbenches, on a tenant-bound unit of work."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.enclaves.contracts import ClusterState
from services.kernel.ids import new_id
from services.kernel.uow import UnitOfWork
from services.workbench.tables import VisitTable, WorkbenchTable


class Workbenches:
    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._session = uow.session

    async def keep(self, member_id: UUID, name: str) -> WorkbenchTable:
        """The member's row, locked; made, as stopped, if needed."""
        row = {"member_id": member_id, "member": name, "wanted": False, "start": 0, "detail": ""}
        values = {"tenant_id": self._uow.tenant, "id": new_id(), "state": ClusterState.STOPPED.value, **row}
        await self._session.execute(insert(WorkbenchTable).values(**values).on_conflict_do_nothing())
        statement = select(WorkbenchTable).where(WorkbenchTable.member_id == member_id).with_for_update()
        return (await self._session.exec(statement)).one()

    async def of_member(self, member_id: UUID) -> WorkbenchTable | None:
        statement = select(WorkbenchTable).where(WorkbenchTable.member_id == member_id)
        return (await self._session.exec(statement)).one_or_none()

    async def get(self, id: UUID, *, lock: bool = False) -> WorkbenchTable | None:
        return await self._session.get(WorkbenchTable, (self._uow.tenant, id), with_for_update=lock or None)

    async def all(self) -> list[WorkbenchTable]:
        """By the member's name."""
        return list(await self._session.exec(select(WorkbenchTable).order_by(col(WorkbenchTable.member))))

    async def live(self) -> list[WorkbenchTable]:
        """Those that are wanted, or have something left to end; locked."""
        unfinished = or_(col(WorkbenchTable.wanted), col(WorkbenchTable.secret).is_not(None))
        return list(await self._session.exec(select(WorkbenchTable).where(unfinished).with_for_update()))

    async def add_visit(self, row: WorkbenchTable, session_id: UUID | None, good_until: datetime) -> UUID:
        visit = VisitTable(
            tenant_id=self._uow.tenant,
            workbench_id=row.id,
            start=row.start,
            session_id=session_id,
            good_until=good_until,
        )
        self._session.add(visit)
        return visit.id

    async def use_visit(self, id: UUID, now: datetime) -> bool:
        """Whether it was good, and unused until now."""
        visit = col(VisitTable.id) == id
        fresh = update(VisitTable).where(visit, col(VisitTable.used_at).is_(None), col(VisitTable.good_until) > now)
        used = await self._session.execute(fresh.values(used_at=now).returning(col(VisitTable.id)))
        return used.scalar_one_or_none() is not None

    async def visit(self, id: UUID) -> VisitTable | None:
        return await self._session.get(VisitTable, (self._uow.tenant, id))

    async def forget_visits(self, workbench_id: UUID) -> None:
        await self._session.execute(delete(VisitTable).where(col(VisitTable.workbench_id) == workbench_id))
