"""The only door to serving."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from services.kernel.clock import utc_now
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.registry import api as registry
from services.registry.contracts import Alias, ModelVersion
from services.registry.errors import VersionNotFound
from services.serving import model
from services.serving.comparison import compare_shadow, latency_of
from services.serving.contracts import (
    Deployment,
    PromotedRun,
    PromotedShadows,
    ServingState,
    ShadowLatency,
    UndonePromotions,
)
from services.serving.errors import NothingToPromote, NothingToUndo, RowsRefused, ShadowNotFound
from services.serving.model import Standing
from services.serving.online import reproduce, score
from services.serving.repository import Deployments

__all__ = [
    "RowsRefused",
    "compare_shadow",
    "current_shadows",
    "deployments",
    "deployments_locked",
    "promote",
    "promote_many",
    "promote_run",
    "promote_shadows",
    "reproduce",
    "score",
    "serving_state",
    "shadow_challengers",
    "start_shadow",
    "stop_shadow",
    "stop_shadows",
    "undo_many",
    "undo_promotion",
    "undo_run",
]


async def deployments(uow: UnitOfWork, principal: Principal, asset_ids: Iterable[UUID]) -> dict[UUID, Deployment]:
    """What serves each asset; assets nothing serves are left out. Two statements, however many assets."""
    principal.require(Permission.VIEW)
    ids, store = list(asset_ids), Deployments(uow)
    shadows: dict[UUID, list[UUID]] = {}
    refusals: dict[UUID, list[tuple[UUID, str]]] = {}
    latencies: dict[UUID, list[tuple[UUID, ShadowLatency]]] = {}
    for row in await store.shadows(ids):
        shadows.setdefault(row.asset_id, []).append(row.version_id)
        if row.refusal is not None:
            refusals.setdefault(row.asset_id, []).append((row.version_id, row.refusal))
        if (latency := latency_of(row)) is not None:
            latencies.setdefault(row.asset_id, []).append((row.version_id, latency))
    return {
        row.id: Deployment(
            asset_id=row.id,
            champion=row.champion,
            shadows=tuple(shadows.get(row.id, ())),
            previous=row.previous,
            wanted_generation=row.wanted_generation,
            applied_generation=row.applied_generation,
            promoted_at=row.promoted_at,
            refusal=row.refusal,
            shadow_refusals=tuple(refusals.get(row.id, ())),
            shadow_latencies=tuple(latencies.get(row.id, ())),
        )
        for row in await store.deployments(ids)
    }


async def deployments_locked(
    uow: UnitOfWork, principal: Principal, asset_ids: Iterable[UUID]
) -> dict[UUID, Deployment]:
    """`deployments`, which nobody changes until this transaction ends."""
    await Deployments(uow).locked_generation()
    return await deployments(uow, principal, asset_ids)


async def current_shadows(uow: UnitOfWork, principal: Principal) -> list[tuple[UUID, UUID]]:
    """(asset, version) of every shadow of the tenant, the newest first."""
    principal.require(Permission.VIEW)
    rows = sorted(await Deployments(uow).shadows(), key=lambda row: (row.since, row.id), reverse=True)
    return [(row.asset_id, row.version_id) for row in rows]


async def promote(
    uow: UnitOfWork, principal: Principal, asset_id: UUID, version_id: UUID, *, keep_as_shadow: bool = False
) -> Deployment:
    """Makes the version the asset's champion and keeps the one before for `undo_promotion`; with `keep_as_shadow` it
    goes on scoring as a shadow. The cluster follows within seconds: see `Deployment.applied_generation`.

    Raises `VersionNotFound`, `NotThisAssets` or `AlreadyChampion`.
    """
    await promote_many(uow, principal, {asset_id: version_id}, keep_as_shadow=keep_as_shadow)
    return (await deployments(uow, principal, [asset_id]))[asset_id]


async def promote_many(
    uow: UnitOfWork, principal: Principal, versions: Mapping[UUID, UUID], *, keep_as_shadow: bool = False
) -> int:
    """`promote` for many assets (asset → version) in one transaction and one generation, which is answered; all or
    none. The statements are as many for ten thousand assets as for one."""
    principal.require(Permission.PROMOTE)
    if not versions:
        return await Deployments(uow).locked_generation()
    await _must_be_theirs(uow, principal, versions)
    store = Deployments(uow)
    generation = await store.next_generation()
    before = await store.standings(list(versions))
    after = {asset_id: model.promote(before[asset_id], version_id) for asset_id, version_id in versions.items()}
    await _write_champions(uow, principal, before, after, generation)
    old = [(asset_id, before[asset_id].champion) for asset_id in versions]
    if keep_as_shadow:
        await store.add_shadows([(asset_id, version) for asset_id, version in old if version], utc_now())
    await registry.clear_aliases(uow, principal, list(versions.values()), Alias.CHALLENGER)
    _publish(uow, "serving.promoted", after, generation)
    return generation


async def promote_run(uow: UnitOfWork, principal: Principal, run_id: UUID) -> PromotedRun:
    """Promotes every version of the run that passed its gates and is its asset's challenger still, in one generation.

    Raises `NothingToPromote`.
    """
    principal.require(Permission.PROMOTE)
    challengers = await registry.aliased_of_run(uow, principal, run_id, Alias.CHALLENGER)
    if not challengers:
        raise NothingToPromote(
            "The run has no version that waits to be promoted: none passed its gates, or newer ones took their place.",
            id=str(run_id),
        )
    return PromotedRun(run_id, tuple(challengers), await promote_many(uow, principal, challengers))


async def promote_shadows(uow: UnitOfWork, principal: Principal, shadows: Mapping[UUID, UUID]) -> PromotedShadows:
    """Promotes shadows (asset → version) of many assets in one transaction and one generation, all or none.

    Raises `NothingToPromote` for none, `ShadowNotFound` where one of them is no shadow of its asset any more.
    """
    principal.require(Permission.PROMOTE)
    if not shadows:
        raise NothingToPromote("Name the shadows to be promoted.", field="shadows")
    store = Deployments(uow)
    await store.locked_generation()
    standings = await store.standings(list(shadows))
    gone = [asset_id for asset_id, version_id in shadows.items() if version_id not in standings[asset_id].shadows]
    if gone:
        raise ShadowNotFound(
            f"{len(gone)} of these {len(shadows)} are no shadow of their asset any more, so none was promoted. "
            "Look again.",
            field="shadows",
            gone=len(gone),
        )
    return PromotedShadows(dict(shadows), await promote_many(uow, principal, shadows))


async def serving_state(uow: UnitOfWork, principal: Principal) -> ServingState:
    """How far the serving cluster is with all that is wanted of it."""
    principal.require(Permission.VIEW)
    return ServingState(*await Deployments(uow).generations())


async def undo_promotion(uow: UnitOfWork, principal: Principal, asset_id: UUID) -> Deployment:
    """Brings the champion before back. Raises `NothingToUndo`."""
    principal.require(Permission.PROMOTE)
    store = Deployments(uow)
    generation = await store.next_generation()
    before = await store.standings([asset_id])
    after = {asset_id: model.undo(before[asset_id])}
    await _write_champions(uow, principal, before, after, generation)
    _publish(uow, "serving.promotion_undone", after, generation)
    return (await deployments(uow, principal, [asset_id]))[asset_id]


async def undo_many(uow: UnitOfWork, principal: Principal, promoted: Mapping[UUID, UUID]) -> UndonePromotions:
    """Takes promotions (asset → the version that was promoted) back in one transaction and one generation.

    An asset is touched only while that version is its champion, so a second call undoes nothing and what somebody
    else promoted since stays; such assets are named in the answer and are no error.
    """
    principal.require(Permission.PROMOTE)
    store = Deployments(uow)
    generation = await store.locked_generation()
    before = await store.standings(list(promoted))
    after, changed_since, first_champions = model.undo_promoted(before, promoted)
    if after:
        generation = await store.next_generation()
        await _write_champions(uow, principal, before, after, generation)
        _publish(uow, "serving.promotion_undone", after, generation)
    return UndonePromotions(tuple(after), changed_since, first_champions, generation)


async def undo_run(uow: UnitOfWork, principal: Principal, run_id: UUID) -> UndonePromotions:
    """`undo_many` for all champions that the run made and that are champions still. Raises `NothingToUndo`."""
    principal.require(Permission.PROMOTE)
    champions = await registry.aliased_of_run(uow, principal, run_id, Alias.CHAMPION)
    undone = await undo_many(uow, principal, champions)
    if not undone.undone:
        raise NothingToUndo(
            "No asset has a champion of this run and another one before it to go back to.", id=str(run_id)
        )
    return undone


async def start_shadow(uow: UnitOfWork, principal: Principal, asset_id: UUID, version_id: UUID) -> Deployment:
    """Lets the version score the asset's rows beside the champion, answering nobody.

    Raises `VersionNotFound`, `NotThisAssets`, `NoChampion`, `AlreadyChampion`, `AlreadyShadow` or `TooManyShadows`.
    """
    principal.require(Permission.PROMOTE)
    await _must_be_theirs(uow, principal, {asset_id: version_id})
    store = Deployments(uow)
    generation = await store.next_generation()
    model.start_shadow((await store.standings([asset_id]))[asset_id], version_id)
    await store.add_shadows([(asset_id, version_id)], utc_now())
    await store.touch([asset_id], generation)
    uow.enqueue("serving.publish_wanted", generation=generation)
    return (await deployments(uow, principal, [asset_id]))[asset_id]


async def stop_shadow(uow: UnitOfWork, principal: Principal, asset_id: UUID, version_id: UUID) -> Deployment:
    """Raises `ShadowNotFound`."""
    principal.require(Permission.PROMOTE)
    store = Deployments(uow)
    generation = await store.next_generation()
    model.stop_shadow((await store.standings([asset_id]))[asset_id], version_id)
    await store.remove_shadows([version_id])
    await store.touch([asset_id], generation)
    uow.enqueue("serving.publish_wanted", generation=generation)
    uow.announce("serving.shadow_stopped", asset_ids=[str(asset_id)], version_ids=[str(version_id)])
    return (await deployments(uow, principal, [asset_id]))[asset_id]


async def stop_shadows(uow: UnitOfWork, principal: Principal, shadows: Mapping[UUID, UUID]) -> int:
    """Ends shadows (asset → version) of many assets in one generation; answers how many. What is no shadow any more is
    left alone."""
    principal.require(Permission.PROMOTE)
    store = Deployments(uow)
    await store.locked_generation()
    standings = await store.standings(list(shadows))
    mine = {asset_id: version for asset_id, version in shadows.items() if version in standings[asset_id].shadows}
    if mine:
        generation = await store.next_generation()
        await store.remove_shadows(list(mine.values()))
        await store.touch(list(mine), generation)
        uow.enqueue("serving.publish_wanted", generation=generation)
        told = {"asset_ids": [str(id_) for id_ in mine], "version_ids": [str(id_) for id_ in mine.values()]}
        uow.announce("serving.shadow_stopped", **told)
    return len(mine)


async def shadow_challengers(uow: UnitOfWork, principal: Principal, version_ids: Sequence[UUID]) -> list[UUID]:
    """Starts a shadow for each of these versions whose asset has another champion and room for one more, and answers
    the ids of those started. Versions that fit the rules less are left as they are: they wait for a person."""
    principal.require(Permission.PROMOTE)
    versions = await registry.get_versions(uow, principal, version_ids)
    store = Deployments(uow)
    generation = await store.next_generation()
    standings = await store.standings([version.asset_id for version in versions])
    fit = [version for version in versions if _may_shadow(standings[version.asset_id], version)]
    await store.add_shadows([(version.asset_id, version.id) for version in fit], utc_now())
    await store.touch([version.asset_id for version in fit], generation)
    if fit:
        uow.enqueue("serving.publish_wanted", generation=generation)
    return [version.id for version in fit]


def _may_shadow(standing: Standing, version: ModelVersion) -> bool:
    try:
        model.start_shadow(standing, version.id)
    except (model.NoChampion, model.AlreadyChampion, model.AlreadyShadow, model.TooManyShadows):
        return False
    return True


async def _must_be_theirs(uow: UnitOfWork, principal: Principal, versions: Mapping[UUID, UUID]) -> None:
    """Each version (asset → version) was made for its asset. Raises `VersionNotFound` or `NotThisAssets`."""
    found = await registry.assets_of_versions(uow, principal, list(versions.values()))
    for asset_id, version_id in versions.items():
        if version_id not in found:
            raise VersionNotFound("There is no such model version.", id=str(version_id))
        model.must_belong(asset_id, found[version_id])


async def _write_champions(
    uow: UnitOfWork,
    principal: Principal,
    before: Mapping[UUID, Standing],
    after: Mapping[UUID, Standing],
    generation: int,
) -> None:
    store = Deployments(uow)
    champions = [standing.champion for standing in after.values() if standing.champion is not None]
    await registry.set_aliases(uow, principal, champions, Alias.CHAMPION)
    await store.put_champions(after, generation, utc_now())
    await store.remove_shadows(
        [version for id_, then in after.items() for version in before[id_].shadows - then.shadows]
    )


def _publish(uow: UnitOfWork, news: str, after: Mapping[UUID, Standing], generation: int) -> None:
    uow.enqueue("serving.publish_wanted", generation=generation)
    uow.announce(
        news,
        asset_ids=[str(asset_id) for asset_id in after],
        version_ids=[str(standing.champion) for standing in after.values()],
    )
