"""The only door to the registry."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from services.kernel.changes import Change, changed
from services.kernel.idset import IdSet
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.registry.contracts import Alias, Lineage, ModelVersion, NewVersion
from services.registry.errors import VersionNotFound
from services.registry.repository import Versions
from services.registry.tables import VersionRow


async def register(uow: UnitOfWork, principal: Principal, versions: Sequence[NewVersion]) -> list[ModelVersion]:
    """Adds a version to each asset's line, in one statement a table, and answers them in the order given.

    Idempotent by (run, asset): what a run registered before is answered as it stands. All versions are of one run.
    """
    principal.require(Permission.TRAIN)
    if not versions:
        return []
    store = Versions(uow)
    run_id = versions[0].lineage.run_id
    if any(version.lineage.run_id != run_id for version in versions):
        raise ValueError("register takes the versions of one run")
    there = {row.asset_id: row for row in await store.of_run(run_id, [version.asset_id for version in versions])}
    fresh = [version for version in versions if version.asset_id not in there]
    if fresh:
        numbers = await store.next_numbers(version.asset_id for version in fresh)
        rows = [_row(uow, version, numbers[version.asset_id]) for version in fresh]
        store.add(rows)
        await uow.session.flush()
        there |= {row.asset_id: row for row in rows}
    return await _contracts(store, [there[version.asset_id] for version in versions])


async def get_versions(uow: UnitOfWork, principal: Principal, ids: Sequence[UUID]) -> list[ModelVersion]:
    """Those of `ids` that exist, in no order."""
    principal.require(Permission.VIEW)
    store = Versions(uow)
    return await _contracts(store, await store.by_ids(ids))


async def list_versions(
    uow: UnitOfWork, principal: Principal, asset_id: UUID, first: int = 50, after: int | None = None
) -> list[ModelVersion]:
    """A page of an asset's versions, newest first; `after` is the number of the last version seen."""
    principal.require(Permission.VIEW)
    store = Versions(uow)
    return await _contracts(store, await store.page(asset_id, first, after))


async def changed_versions(
    uow: UnitOfWork, principal: Principal, since: datetime, first: int = 50, after: tuple[datetime, UUID] | None = None
) -> list[Change]:
    """A page of versions written since then, as `kernel.changes` has it."""
    principal.require(Permission.VIEW)
    return await changed(uow, VersionRow, since, first, after)


async def set_alias(uow: UnitOfWork, principal: Principal, version_id: UUID, alias: Alias) -> ModelVersion:
    """Points the alias of the version's asset at it. Raises `VersionNotFound`."""
    await set_aliases(uow, principal, [version_id], alias)
    return (await get_versions(uow, principal, [version_id]))[0]


async def set_aliases(uow: UnitOfWork, principal: Principal, version_ids: Sequence[UUID], alias: Alias) -> None:
    """Points the alias at a version for many assets at once; the versions are of different assets.

    Raises `VersionNotFound` if one is absent, and then changes nothing. Announces `registry.challenger_set`.
    """
    principal.require(Permission.TRAIN if alias is Alias.CHALLENGER else Permission.PROMOTE)
    if not version_ids:
        return
    store = Versions(uow)
    versions = await store.assets_of(version_ids)
    if missing := [version_id for version_id in version_ids if version_id not in versions]:
        raise VersionNotFound("There is no such model version.", id=str(missing[0]))
    await store.point(alias, versions)
    if alias is Alias.CHALLENGER:
        uow.announce(
            "registry.challenger_set",
            asset_ids=[str(versions[version_id]) for version_id in version_ids],
            version_ids=[str(version_id) for version_id in version_ids],
        )


async def clear_aliases(uow: UnitOfWork, principal: Principal, version_ids: Sequence[UUID], alias: Alias) -> None:
    """Takes the alias off those of the versions that have it."""
    principal.require(Permission.PROMOTE)
    await Versions(uow).unpoint(version_ids, alias)


async def assets_of_versions(uow: UnitOfWork, principal: Principal, version_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The asset of each version that exists, and no more of it: for sets of thousands."""
    principal.require(Permission.VIEW)
    return await Versions(uow).assets_of(version_ids)


async def blueprints_of(
    uow: UnitOfWork, principal: Principal, version_ids: Sequence[UUID]
) -> dict[UUID, tuple[str, str]]:
    """Key and version of the blueprint of each version that exists, and no more of it: for sets of thousands."""
    principal.require(Permission.VIEW)
    return await Versions(uow).blueprints_of(version_ids)


async def aliased_of_runs(
    uow: UnitOfWork, principal: Principal, runs: Mapping[UUID, UUID], alias: Alias
) -> dict[UUID, UUID]:
    """The id of the version at which the alias points, by asset, where it is of that asset's run (asset → run)."""
    principal.require(Permission.VIEW)
    return await Versions(uow).pointed(runs, alias)


async def aliased_of_run(uow: UnitOfWork, principal: Principal, run_id: UUID, alias: Alias) -> dict[UUID, UUID]:
    """The ids of the run's versions at which the alias points still, by asset, in the order of their assets' ids."""
    principal.require(Permission.VIEW)
    return await Versions(uow).aliased_of_run(run_id, alias)


async def alias_counts(uow: UnitOfWork, principal: Principal, run_id: UUID) -> dict[Alias, int]:
    """How many of the run's versions each alias points at still; aliases that point at none are left out."""
    principal.require(Permission.VIEW)
    return await Versions(uow).alias_counts(run_id)


async def with_own_champion(uow: UnitOfWork, principal: Principal, asset_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the assets that have a champion which is not borrowed."""
    principal.require(Permission.VIEW)
    return await Versions(uow).with_own_champion(asset_ids)


async def championed(uow: UnitOfWork, principal: Principal) -> IdSet:
    """Assets that have a champion, to narrow another service's query by."""
    principal.require(Permission.VIEW)
    return Versions(uow).championed()


async def count_champions_of(uow: UnitOfWork, principal: Principal, plugins: Collection[str]) -> dict[str, int]:
    """Assets whose champion a blueprint of a plugin made, by plugin; those without any are left out."""
    principal.require(Permission.VIEW)
    return await Versions(uow).count_champions_of(plugins)


async def champions_of_one_pack(
    uow: UnitOfWork, principal: Principal, blueprint: str, blueprint_version: str, contract_id: UUID
) -> tuple[UUID, ...]:
    """Champions of that blueprint and contract which lie in one pack, that with the most of them, in its order. Models
    that are borrowed themselves are left out."""
    principal.require(Permission.VIEW)
    return tuple(await Versions(uow).champions_of_one_pack(blueprint, blueprint_version, contract_id))


async def aliased(
    uow: UnitOfWork, principal: Principal, asset_ids: Iterable[UUID], alias: Alias
) -> dict[UUID, ModelVersion]:
    """The version the alias points at, by asset; assets without one are left out."""
    principal.require(Permission.VIEW)
    store = Versions(uow)
    found = await _contracts(store, await store.aliased(list(asset_ids), alias))
    return {version.asset_id: version for version in found}


def _row(uow: UnitOfWork, version: NewVersion, number: int) -> VersionRow:
    lineage = asdict(version.lineage)
    lineage = {key: str(value) if isinstance(value, UUID) else value for key, value in lineage.items()}
    return VersionRow(
        tenant_id=uow.tenant,
        asset_id=version.asset_id,
        run_id=version.lineage.run_id,
        number=number,
        artefact_digest=version.artefact_digest,
        index=version.index,
        lineage=lineage,
        metrics=dict(version.metrics),
    )


async def _contracts(store: Versions, rows: Sequence[VersionRow]) -> list[ModelVersion]:
    aliases = await store.aliases_of([row.id for row in rows])
    return [
        ModelVersion(
            id=row.id,
            asset_id=row.asset_id,
            number=row.number,
            artefact_digest=row.artefact_digest,
            index=row.index,
            lineage=_lineage(row.lineage),
            metrics=row.metrics,
            aliases=frozenset(aliases.get(row.id, ())),
            created_at=row.created_at,
        )
        for row in rows
    ]


def _lineage(stored: Mapping[str, Any]) -> Lineage:
    known = dict(stored)
    known |= {key: UUID(known[key]) for key in ("run_id", "contract_id", "borrowed_from") if known.get(key)}
    return Lineage(**known)
