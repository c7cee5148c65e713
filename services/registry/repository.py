"""Every query of the registry, on a tenant-bound unit of work."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, text
from sqlmodel import col, select

from services.kernel.arrays import among
from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.kernel.idset import IdSet
from services.kernel.uow import UnitOfWork
from services.registry.contracts import Alias
from services.registry.tables import AliasRow, VersionRow

_NEXT_NUMBERS = text("""
    INSERT INTO model (tenant_id, id, asset_id, last_number)
    SELECT :tenant, u.id, u.asset, 1 FROM unnest(CAST(:ids AS uuid[]), CAST(:assets AS uuid[])) AS u (id, asset)
    ORDER BY u.asset
    ON CONFLICT (tenant_id, asset_id) DO UPDATE SET last_number = model.last_number + 1
    RETURNING asset_id, last_number
""")
_POINT = text("""
    INSERT INTO model_alias (tenant_id, id, asset_id, alias, version_id, set_at)
    SELECT :tenant, u.id, u.asset, :alias, u.version, :now
    FROM unnest(CAST(:ids AS uuid[]), CAST(:assets AS uuid[]), CAST(:versions AS uuid[])) AS u (id, asset, version)
    ORDER BY u.asset
    ON CONFLICT (tenant_id, asset_id, alias) DO UPDATE SET version_id = excluded.version_id, set_at = excluded.set_at
""")
_POINTED = text("""
    SELECT v.asset_id, v.id
    FROM unnest(CAST(:runs AS uuid[]), CAST(:assets AS uuid[])) AS u (run, asset)
    JOIN model_version v ON v.run_id = u.run AND v.asset_id = u.asset
    JOIN model_alias a ON a.tenant_id = v.tenant_id AND a.version_id = v.id AND a.alias = :alias
""")
_OWN_CHAMPION = text("""
    SELECT a.asset_id FROM model_alias a JOIN model_version v ON v.tenant_id = a.tenant_id AND v.id = a.version_id
    WHERE a.alias = 'champion' AND a.asset_id = ANY(CAST(:assets AS uuid[])) AND v.lineage->>'borrowed_from' IS NULL
""")
_CHAMPIONS_OF = text("""
    SELECT v.lineage->>'plugin' AS plugin, count(*) AS assets FROM model_alias a
    JOIN model_version v ON v.tenant_id = a.tenant_id AND v.id = a.version_id
    WHERE a.alias = 'champion' AND v.lineage->>'plugin' = ANY(:plugins) GROUP BY 1
""")
_OF_ONE_PACK = text("""
    WITH champion AS (
      SELECT v.id, v.artefact_digest, v.index FROM model_alias a
      JOIN model_version v ON v.tenant_id = a.tenant_id AND v.id = a.version_id
      WHERE a.alias = 'champion' AND v.lineage->>'blueprint' = :blueprint AND v.lineage->>'contract_id' = :contract
        AND v.lineage->>'blueprint_version' = :version AND v.lineage->>'borrowed_from' IS NULL
    )
    SELECT id FROM champion WHERE artefact_digest = (
      SELECT artefact_digest FROM champion GROUP BY artefact_digest ORDER BY count(*) DESC, max(id::text) DESC LIMIT 1
    ) ORDER BY index
""")


class Versions:
    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.session = uow.session

    async def next_numbers(self, asset_ids: Iterable[UUID]) -> dict[UUID, int]:
        """Takes the next number of each asset's line. The rows stay locked until the transaction ends, and are locked
        in the order of ids, so two runs over the same assets wait for one another and never for ever."""
        ids = list(asset_ids)
        known = {"tenant": self.uow.tenant, "ids": [new_id() for _ in ids], "assets": ids}
        return {row.asset_id: row.last_number for row in await self.session.execute(_NEXT_NUMBERS, known)}

    def add(self, rows: Iterable[VersionRow]) -> None:
        self.session.add_all(rows)

    async def of_run(self, run_id: UUID, asset_ids: Sequence[UUID]) -> list[VersionRow]:
        statement = select(VersionRow).where(VersionRow.run_id == run_id, among(col(VersionRow.asset_id), asset_ids))
        return list(await self.session.exec(statement))

    async def by_ids(self, ids: Sequence[UUID]) -> list[VersionRow]:
        return list(await self.session.exec(select(VersionRow).where(among(col(VersionRow.id), ids))))

    async def page(self, asset_id: UUID, first: int, after: int | None) -> list[VersionRow]:
        """Newest first, below the number `after`."""
        statement = select(VersionRow).where(VersionRow.asset_id == asset_id)
        if after is not None:
            statement = statement.where(VersionRow.number < after)
        return list(await self.session.exec(statement.order_by(col(VersionRow.number).desc()).limit(first)))

    async def aliases_of(self, version_ids: Sequence[UUID]) -> dict[UUID, set[Alias]]:
        found: dict[UUID, set[Alias]] = {}
        statement = select(AliasRow.version_id, AliasRow.alias).where(among(col(AliasRow.version_id), version_ids))
        for version_id, alias in await self.session.exec(statement):
            found.setdefault(version_id, set()).add(Alias(alias))
        return found

    async def assets_of(self, version_ids: Sequence[UUID]) -> dict[UUID, UUID]:
        """The asset of each version that exists."""
        statement = select(VersionRow.id, VersionRow.asset_id).where(among(col(VersionRow.id), version_ids))
        return dict((await self.session.exec(statement)).all())

    async def blueprints_of(self, version_ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
        """Key and version of the blueprint of each version that exists."""
        lineage: Any = col(VersionRow.lineage)
        columns = col(VersionRow.id), lineage["blueprint"].astext, lineage["blueprint_version"].astext
        found = await self.session.execute(select(*columns).where(among(columns[0], version_ids)))
        return {id_: (blueprint, version) for id_, blueprint, version in found}

    async def pointed(self, runs: Mapping[UUID, UUID], alias: Alias) -> dict[UUID, UUID]:
        """The version at which the alias points, by asset, where the asset's run of `runs` made it."""
        known = {"runs": list(runs.values()), "assets": list(runs), "alias": alias.value}
        return {row.asset_id: row.id for row in await self.session.execute(_POINTED, known)}

    async def aliased(self, asset_ids: Sequence[UUID], alias: Alias) -> list[VersionRow]:
        statement = (
            select(VersionRow)
            .join(AliasRow, (AliasRow.tenant_id == VersionRow.tenant_id) & (AliasRow.version_id == VersionRow.id))  # pyright: ignore[reportArgumentType]
            .where(AliasRow.alias == alias.value, among(col(AliasRow.asset_id), asset_ids))
        )
        return list(await self.session.exec(statement))

    async def with_own_champion(self, asset_ids: Sequence[UUID]) -> set[UUID]:
        return set((await self.session.execute(_OWN_CHAMPION, {"assets": list(asset_ids)})).scalars())

    def championed(self) -> IdSet:
        mine = AliasRow.alias == Alias.CHAMPION.value
        return IdSet(select(col(AliasRow.asset_id)).where(mine))  # pyright: ignore[reportArgumentType]

    async def count_champions_of(self, plugins: Collection[str]) -> dict[str, int]:
        found = await self.session.execute(_CHAMPIONS_OF, {"plugins": list(plugins)})
        return {row.plugin: row.assets for row in found}

    async def champions_of_one_pack(self, blueprint: str, version: str, contract_id: UUID) -> list[UUID]:
        known = {"blueprint": blueprint, "version": version, "contract": str(contract_id)}
        return list((await self.session.execute(_OF_ONE_PACK, known)).scalars())

    async def aliased_of_run(self, run_id: UUID, alias: Alias) -> dict[UUID, UUID]:
        statement = (
            select(VersionRow.asset_id, VersionRow.id)
            .join(AliasRow, (AliasRow.tenant_id == VersionRow.tenant_id) & (AliasRow.version_id == VersionRow.id))  # pyright: ignore[reportArgumentType]
            .where(VersionRow.run_id == run_id, AliasRow.alias == alias.value)
            .order_by(col(VersionRow.asset_id))
        )
        return dict((await self.session.exec(statement)).all())

    async def alias_counts(self, run_id: UUID) -> dict[Alias, int]:
        statement = (
            select(AliasRow.alias, func.count())
            .join(VersionRow, (AliasRow.tenant_id == VersionRow.tenant_id) & (AliasRow.version_id == VersionRow.id))  # pyright: ignore[reportArgumentType]
            .where(VersionRow.run_id == run_id)
            .group_by(AliasRow.alias)
        )
        return {Alias(alias): count for alias, count in await self.session.exec(statement)}

    async def point(self, alias: Alias, versions: Mapping[UUID, UUID]) -> None:
        """Points the alias at versions (version → its asset), in the order of assets."""
        known = {"ids": [new_id() for _ in versions], "assets": list(versions.values()), "versions": list(versions)}
        await self.session.execute(_POINT, known | {"tenant": self.uow.tenant, "alias": alias.value, "now": utc_now()})

    async def unpoint(self, version_ids: Sequence[UUID], alias: Alias) -> None:
        await self.session.execute(
            delete(AliasRow).where(among(col(AliasRow.version_id), version_ids), col(AliasRow.alias) == alias.value)
        )
