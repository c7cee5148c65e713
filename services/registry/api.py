"""The only door to the registry."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

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


async def set_alias(uow: UnitOfWork, principal: Principal, version_id: UUID, alias: Alias) -> ModelVersion:
    """Points the alias of the version's asset at it. Raises `VersionNotFound`."""
    return (await set_aliases(uow, principal, [version_id], alias))[0]


async def set_aliases(
    uow: UnitOfWork, principal: Principal, version_ids: Sequence[UUID], alias: Alias
) -> list[ModelVersion]:
    """Points the alias at a version for many assets at once; the versions are of different assets.

    Raises `VersionNotFound` if one is absent, and then changes nothing. Announces `registry.challenger_set`.
    """
    principal.require(Permission.TRAIN if alias is Alias.CHALLENGER else Permission.PROMOTE)
    if not version_ids:
        return []
    store = Versions(uow)
    rows = {row.id: row for row in await store.by_ids(version_ids)}
    if missing := [version_id for version_id in version_ids if version_id not in rows]:
        raise VersionNotFound("There is no such model version.", id=str(missing[0]))
    ordered = [rows[version_id] for version_id in version_ids]
    await store.point(alias, ordered)
    if alias is Alias.CHALLENGER:
        uow.announce(
            "registry.challenger_set",
            asset_ids=[str(row.asset_id) for row in ordered],
            version_ids=[str(row.id) for row in ordered],
        )
    return await _contracts(store, ordered)


async def clear_aliases(uow: UnitOfWork, principal: Principal, asset_ids: Sequence[UUID], alias: Alias) -> None:
    """Harmless where the alias points nowhere."""
    principal.require(Permission.PROMOTE)
    await Versions(uow).unpoint(asset_ids, alias)


async def aliased_of_run(uow: UnitOfWork, principal: Principal, run_id: UUID, alias: Alias) -> list[ModelVersion]:
    """The run's versions at which the alias points still, in the order of their assets' ids."""
    principal.require(Permission.VIEW)
    store = Versions(uow)
    return await _contracts(store, await store.aliased_of_run(run_id, alias))


async def alias_counts(uow: UnitOfWork, principal: Principal, run_id: UUID) -> dict[Alias, int]:
    """How many of the run's versions each alias points at still; aliases that point at none are left out."""
    principal.require(Permission.VIEW)
    return await Versions(uow).alias_counts(run_id)


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
    lineage |= {"run_id": str(version.lineage.run_id), "contract_id": str(version.lineage.contract_id)}
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
    known |= {"run_id": UUID(known["run_id"]), "contract_id": UUID(known["contract_id"])}
    return Lineage(**known)
