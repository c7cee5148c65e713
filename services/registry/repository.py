"""Every query of the registry, on a tenant-bound unit of work."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, literal_column
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.kernel.uow import UnitOfWork
from services.registry.contracts import Alias
from services.registry.tables import AliasRow, ModelRow, VersionRow

ROWS_A_STATEMENT = 5_000
"""The wire takes 65,535 parameters a statement."""


def _slices(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    return (rows[start : start + ROWS_A_STATEMENT] for start in range(0, len(rows), ROWS_A_STATEMENT))


class Versions:
    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.session = uow.session

    async def next_numbers(self, asset_ids: Iterable[UUID]) -> dict[UUID, int]:
        """Takes the next number of each asset's line. The rows stay locked until the transaction ends, and are locked
        in the order of ids, so two runs over the same assets wait for one another and never for ever."""
        rows = [
            {"tenant_id": self.uow.tenant, "id": new_id(), "asset_id": asset_id, "last_number": 1}
            for asset_id in sorted(asset_ids)
        ]
        numbers: dict[UUID, int] = {}
        for some in _slices(rows):
            statement = insert(ModelRow).values(some)
            statement = statement.on_conflict_do_update(
                index_elements=["tenant_id", "asset_id"], set_={"last_number": literal_column("model.last_number + 1")}
            ).returning(col(ModelRow.asset_id), col(ModelRow.last_number))
            numbers |= {row.asset_id: row.last_number for row in await self.session.execute(statement)}
        return numbers

    def add(self, rows: Iterable[VersionRow]) -> None:
        self.session.add_all(rows)

    async def of_run(self, run_id: UUID, asset_ids: Sequence[UUID]) -> list[VersionRow]:
        statement = select(VersionRow).where(VersionRow.run_id == run_id, col(VersionRow.asset_id).in_(asset_ids))
        return list(await self.session.exec(statement))

    async def by_ids(self, ids: Sequence[UUID]) -> list[VersionRow]:
        return list(await self.session.exec(select(VersionRow).where(col(VersionRow.id).in_(ids))))

    async def page(self, asset_id: UUID, first: int, after: int | None) -> list[VersionRow]:
        """Newest first, below the number `after`."""
        statement = select(VersionRow).where(VersionRow.asset_id == asset_id)
        if after is not None:
            statement = statement.where(VersionRow.number < after)
        return list(await self.session.exec(statement.order_by(col(VersionRow.number).desc()).limit(first)))

    async def aliases_of(self, version_ids: Sequence[UUID]) -> dict[UUID, set[Alias]]:
        found: dict[UUID, set[Alias]] = {}
        for row in await self.session.exec(select(AliasRow).where(col(AliasRow.version_id).in_(version_ids))):
            found.setdefault(row.version_id, set()).add(Alias(row.alias))
        return found

    async def aliased(self, asset_ids: Sequence[UUID], alias: Alias) -> list[VersionRow]:
        statement = (
            select(VersionRow)
            .join(AliasRow, (AliasRow.tenant_id == VersionRow.tenant_id) & (AliasRow.version_id == VersionRow.id))  # pyright: ignore[reportArgumentType]
            .where(AliasRow.alias == alias.value, col(AliasRow.asset_id).in_(asset_ids))
        )
        return list(await self.session.exec(statement))

    async def aliased_of_run(self, run_id: UUID, alias: Alias) -> list[VersionRow]:
        statement = (
            select(VersionRow)
            .join(AliasRow, (AliasRow.tenant_id == VersionRow.tenant_id) & (AliasRow.version_id == VersionRow.id))  # pyright: ignore[reportArgumentType]
            .where(VersionRow.run_id == run_id, AliasRow.alias == alias.value)
            .order_by(col(VersionRow.asset_id))
        )
        return list(await self.session.exec(statement))

    async def alias_counts(self, run_id: UUID) -> dict[Alias, int]:
        statement = (
            select(AliasRow.alias, func.count())
            .join(VersionRow, (AliasRow.tenant_id == VersionRow.tenant_id) & (AliasRow.version_id == VersionRow.id))  # pyright: ignore[reportArgumentType]
            .where(VersionRow.run_id == run_id)
            .group_by(AliasRow.alias)
        )
        return {Alias(alias): count for alias, count in await self.session.exec(statement)}

    async def point(self, alias: Alias, versions: Sequence[VersionRow]) -> None:
        rows = [
            {
                "tenant_id": self.uow.tenant,
                "id": new_id(),
                "asset_id": version.asset_id,
                "alias": alias.value,
                "version_id": version.id,
                "set_at": utc_now(),
            }
            for version in sorted(versions, key=lambda version: version.asset_id)
        ]
        for some in _slices(rows):
            statement = insert(AliasRow).values(some)
            fresh = {"version_id": statement.excluded.version_id, "set_at": statement.excluded.set_at}
            await self.session.execute(
                statement.on_conflict_do_update(index_elements=["tenant_id", "asset_id", "alias"], set_=fresh)
            )

    async def unpoint(self, asset_ids: Sequence[UUID], alias: Alias) -> None:
        await self.session.execute(
            delete(AliasRow).where(col(AliasRow.asset_id).in_(asset_ids), col(AliasRow.alias) == alias.value)
        )
