"""Every query of plugins, on a tenant-bound unit of work."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import defer
from sqlmodel import col, func, select

from services.kernel.arrays import among
from services.kernel.uow import UnitOfWork
from services.plugins.tables import EnablingRow, PipelineVersionRow


class Enablings:
    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.session = uow.session

    async def all(self) -> dict[str, EnablingRow]:
        """By plugin; there are few."""
        rows = await self.session.exec(select(EnablingRow).order_by(col(EnablingRow.plugin)))
        return {row.plugin: row for row in rows}

    async def locked(self, plugin: str) -> EnablingRow | None:
        """Nobody else changes it until the transaction ends."""
        statement = select(EnablingRow).where(EnablingRow.plugin == plugin).with_for_update()
        return (await self.session.exec(statement.execution_options(populate_existing=True))).first()

    async def own(self, names: Collection[str] | None, ids: Collection[UUID] | None) -> list[EnablingRow]:
        """Those of packages that the tenant registered itself and that bear one of these names or ids, by name."""
        statement = select(EnablingRow).where(col(EnablingRow.plugin).in_(select(PipelineVersionRow.plugin)))
        if names is not None:
            statement = statement.where(col(EnablingRow.plugin).in_(names))
        if ids is not None:
            statement = statement.where(among(col(EnablingRow.id), ids))
        return list(await self.session.exec(statement.order_by(col(EnablingRow.plugin))))

    async def own_page(self, first: int, after: str | None) -> list[EnablingRow]:
        """By name; `after` is the last one seen."""
        statement = select(EnablingRow).where(col(EnablingRow.plugin).in_(select(PipelineVersionRow.plugin)))
        if after is not None:
            statement = statement.where(EnablingRow.plugin > after)
        return list(await self.session.exec(statement.order_by(col(EnablingRow.plugin)).limit(first)))


class PipelineVersions:
    """What the tenant registered itself. What wheels say of their notebooks is read only where it is asked for: it may
    be long."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.session = uow.session

    async def lock_all(self) -> None:
        """Nobody else of the tenant registers anything until the transaction ends."""
        await self.session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"pipelines {self.uow.tenant}"}
        )

    async def used(self) -> list[PipelineVersionRow]:
        """Those that the tenant uses, by name."""
        row, said = PipelineVersionRow, EnablingRow
        same = (col(said.plugin) == row.plugin) & (col(said.version) == row.version) & col(said.enabled)
        statement = select(row).join(said, same).options(_LIGHT).order_by(col(row.plugin))
        return list(await self.session.exec(statement))

    async def all(self) -> list[PipelineVersionRow]:
        """By name, the newest version first."""
        order = (col(PipelineVersionRow.plugin), col(PipelineVersionRow.number).desc())
        return list(await self.session.exec(select(PipelineVersionRow).options(_LIGHT).order_by(*order)))

    async def of(self, names: Collection[str]) -> list[tuple[PipelineVersionRow, Any]]:
        """With what each says of its proof; by name, the newest first."""
        row = PipelineVersionRow
        statement = select(row, col(row.link)["proof"]).where(col(row.plugin).in_(names)).options(_LIGHT)
        return list(await self.session.exec(statement.order_by(col(row.plugin), col(row.number).desc())))

    async def get(self, version_id: UUID) -> PipelineVersionRow | None:
        statement = select(PipelineVersionRow).where(PipelineVersionRow.id == version_id).options(_LIGHT)
        return (await self.session.exec(statement)).first()

    async def whole(self, ids: Collection[UUID]) -> list[PipelineVersionRow]:
        """With what their wheels say of their notebooks."""
        return list(await self.session.exec(select(PipelineVersionRow).where(among(col(PipelineVersionRow.id), ids))))

    async def newest_number(self, plugin: str) -> int:
        statement = select(func.max(col(PipelineVersionRow.number))).where(PipelineVersionRow.plugin == plugin)
        return (await self.session.exec(statement)).one() or 0

    async def add(self, row: PipelineVersionRow) -> None:
        self.session.add(row)
        await self.session.flush()


_LIGHT = defer(PipelineVersionRow.link)  # pyright: ignore[reportArgumentType]
