"""Every query of edges, on a tenant-bound unit of work."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, delete, or_, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, func, select

from services.edges.contracts import Tag
from services.edges.tables import EdgeSourceRow, EdgeTagRow, PlantEdgeRow
from services.kernel.ids import new_id
from services.kernel.uow import UnitOfWork

_PUT_TAGS = text("""
    INSERT INTO edge_tag (tenant_id, id, edge_id, source, position, address, title, unit, path)
    SELECT :tenant, t.id, :edge, :source, CAST(:start AS int) + t.place - 1, t.address, t.title, t.unit,
      ARRAY(SELECT jsonb_array_elements_text(p.path))
    FROM unnest(CAST(:ids AS uuid[]), CAST(:addresses AS text[]), CAST(:titles AS text[]), CAST(:units AS text[]))
      WITH ORDINALITY AS t (id, address, title, unit, place)
    JOIN jsonb_array_elements(CAST(:paths AS jsonb)) WITH ORDINALITY AS p (path, place) USING (place)
""")
_ELSEWHERE = text("""
    SELECT m.asset ->> 'asset_id', e.name, s.source
    FROM edge_source s JOIN plant_edge e ON e.tenant_id = s.tenant_id AND e.id = s.edge_id,
      LATERAL jsonb_array_elements(s.mapping) AS m (asset)
    WHERE s.id <> :but AND m.asset ->> 'asset_id' = ANY(CAST(:assets AS text[])) ORDER BY 1 LIMIT 1
""")


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

    async def source(self, edge_id: UUID, source: str, *, lock: bool = False) -> EdgeSourceRow | None:
        statement = select(EdgeSourceRow).where(EdgeSourceRow.edge_id == edge_id, EdgeSourceRow.source == source)
        return (await self.session.exec(statement.with_for_update() if lock else statement)).first()

    async def put_source(self, edge_id: UUID, source: str) -> EdgeSourceRow:
        """The row, locked, made where it is missing."""
        new = {"tenant_id": self.uow.tenant, "id": new_id(), "edge_id": edge_id, "source": source}
        empty = {"version": 0, "mapping": [], "why": "", "tags": 0}
        await self.session.execute(insert(EdgeSourceRow).values(**new, **empty).on_conflict_do_nothing())
        row = await self.source(edge_id, source, lock=True)
        assert row is not None
        return row

    async def sources(self, edge_id: UUID) -> list[EdgeSourceRow]:
        """All of an edge, by name."""
        statement = select(EdgeSourceRow).where(EdgeSourceRow.edge_id == edge_id)
        return list(await self.session.exec(statement.order_by(col(EdgeSourceRow.source))))

    async def mapped_elsewhere(self, assets: Sequence[UUID], but: UUID) -> tuple[UUID, str, str] | None:
        """One of these assets that another source feeds than that row's: (asset, edge's name, source)."""
        found = await self.session.execute(_ELSEWHERE, {"assets": [str(asset) for asset in assets], "but": but})
        row = found.first()
        return None if row is None else (UUID(row[0]), row[1], row[2])

    async def put_tags(self, edge_id: UUID, source: str, tags: Sequence[Tag], start: int) -> None:
        """These instead of all from `start` on."""
        await self.session.execute(
            delete(EdgeTagRow).where(
                col(EdgeTagRow.edge_id) == edge_id,
                col(EdgeTagRow.source) == source,
                col(EdgeTagRow.position) >= start,
            )
        )
        said = {
            "ids": [new_id() for _ in tags],
            "addresses": [tag.address for tag in tags],
            "titles": [tag.title for tag in tags],
            "units": [tag.unit for tag in tags],
            "paths": json.dumps([tag.path for tag in tags]),
        }
        known = {"tenant": self.uow.tenant, "edge": edge_id, "source": source, "start": start}
        await self.session.execute(_PUT_TAGS, known | said)

    async def tags(self, edge_id: UUID, source: str, search: str, first: int, after: int | None) -> list[EdgeTagRow]:
        """In the order in which they were found; `search` is part of address, title or path, in any case."""
        statement = select(EdgeTagRow).where(EdgeTagRow.edge_id == edge_id, EdgeTagRow.source == source)
        if search:
            path = func.array_to_string(col(EdgeTagRow.path), " ", type_=String)
            texts = (col(EdgeTagRow.address), col(EdgeTagRow.title), path)
            statement = statement.where(or_(*(text.icontains(search, autoescape=True) for text in texts)))
        if after is not None:
            statement = statement.where(EdgeTagRow.position > after)
        return list(await self.session.exec(statement.order_by(col(EdgeTagRow.position)).limit(first)))

    async def delete(self, edge_id: UUID) -> None:
        """With what was said of its sources."""
        for row in (EdgeTagRow, EdgeSourceRow):
            await self.session.execute(delete(row).where(col(row.edge_id) == edge_id))
        await self.session.execute(delete(PlantEdgeRow).where(col(PlantEdgeRow.id) == edge_id))
