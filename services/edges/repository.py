"""Every query of edges, on a tenant-bound unit of work."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, func, select

from services.edges.tables import PlantEdgeRow
from services.kernel.ids import new_id
from services.kernel.uow import UnitOfWork


class PlantEdges:
    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.session = uow.session

    async def lock_all(self) -> None:
        """Nobody else of the tenant adds an edge until the transaction ends."""
        await self.session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"edges {self.uow.tenant}"}
        )

    async def named(self, name: str) -> PlantEdgeRow | None:
        return (await self.session.exec(select(PlantEdgeRow).where(PlantEdgeRow.name == name))).first()

    async def get(self, edge_id: UUID) -> PlantEdgeRow | None:
        return (await self.session.exec(select(PlantEdgeRow).where(PlantEdgeRow.id == edge_id))).first()

    async def count(self) -> int:
        return (await self.session.exec(select(func.count()).select_from(PlantEdgeRow))).one()

    async def put(self, name: str, report: dict[str, Any], seen_at: datetime, key: str) -> UUID:
        """Answers the edge's id, the same for a name that is there."""
        said = {"report": report, "seen_at": seen_at, "key": key}
        statement = insert(PlantEdgeRow).values(tenant_id=self.uow.tenant, id=new_id(), name=name, **said)
        kept = statement.on_conflict_do_update(index_elements=["tenant_id", "name"], set_=said)
        return (await self.session.execute(kept.returning(col(PlantEdgeRow.id)))).scalar_one()

    async def page(self, first: int, after: str | None) -> list[PlantEdgeRow]:
        """By name; `after` is the last one seen."""
        statement = select(PlantEdgeRow).order_by(col(PlantEdgeRow.name)).limit(first)
        if after is not None:
            statement = statement.where(PlantEdgeRow.name > after)
        return list(await self.session.exec(statement))

    async def delete(self, edge_id: UUID) -> None:
        await self.session.execute(delete(PlantEdgeRow).where(col(PlantEdgeRow.id) == edge_id))
