from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import select
from statements import statements

from services.kernel.errors import Forbidden
from services.kernel.ids import new_id
from services.kernel.rights import RIGHTS, Principal, Role
from services.kernel.tables import OutboxRow
from services.kernel.uow import UnitOfWork
from services.registry import api as registry
from services.registry.contracts import Alias
from services.registry.errors import VersionNotFound
from services.serving import api
from services.serving.contracts import ServingState, UndonePromotions
from services.serving.errors import (
    AlreadyChampion,
    NoChampion,
    NothingToPromote,
    NothingToUndo,
    NotThisAssets,
    ShadowNotFound,
)
from services.serving.jobs import wanted_state
from services.serving.repository import Deployments

pytestmark = pytest.mark.platform


async def news(uow: UnitOfWork, prefix: str = "serving.") -> list[tuple[str, dict[str, Any]]]:
    await uow.session.flush()
    rows = await uow.session.exec(select(OutboxRow).order_by(OutboxRow.sequence))
    return [(row.name, row.payload) for row in rows if row.name.startswith(prefix)]


async def test_promote_moves_alias_deployment_and_generation_in_one_transaction(
    uow: UnitOfWork, principal: Principal, make_plant: Any
) -> None:
    plant = await make_plant(uow, principal)
    asset, (first, second, _) = plant.assets[0], plant.versions[0]
    deployed = await api.promote(uow, principal, asset, first)
    assert (deployed.champion, deployed.previous, deployed.shadows) == (first, None, ())
    assert (deployed.wanted_generation, deployed.applied_generation) == (1, 0)
    await api.start_shadow(uow, principal, asset, second)
    await registry.set_alias(uow, principal, second, Alias.CHALLENGER)
    deployed = await api.promote(uow, principal, asset, second, keep_as_shadow=True)
    assert (deployed.champion, deployed.previous, deployed.shadows) == (second, first, (first,))
    assert deployed.wanted_generation == 3
    version = (await registry.get_versions(uow, principal, [second]))[0]
    assert version.aliases == {Alias.CHAMPION}
    assert await news(uow) == [
        ("serving.publish_wanted", {"generation": 1}),
        ("serving.promoted", {"asset_ids": [str(asset)], "version_ids": [str(first)]}),
        ("serving.publish_wanted", {"generation": 2}),
        ("serving.publish_wanted", {"generation": 3}),
        ("serving.promoted", {"asset_ids": [str(asset)], "version_ids": [str(second)]}),
    ]


async def test_undo_brings_the_champion_before_back(uow: UnitOfWork, principal: Principal, make_plant: Any) -> None:
    plant = await make_plant(uow, principal)
    asset, (first, second, _) = plant.assets[0], plant.versions[0]
    await api.promote(uow, principal, asset, first)
    with pytest.raises(NothingToUndo):
        await api.undo_promotion(uow, principal, asset)
    await api.promote(uow, principal, asset, second)
    deployed = await api.undo_promotion(uow, principal, asset)
    assert (deployed.champion, deployed.previous) == (first, second)
    found = await registry.aliased(uow, principal, [asset], Alias.CHAMPION)
    assert found[asset].id == first


async def test_what_must_not_be_promoted(
    uow: UnitOfWork, principal: Principal, other_principal: Principal, make_plant: Any
) -> None:
    plant = await make_plant(uow, principal)
    asset, (first, *_) = plant.assets[0], plant.versions[0]
    await api.promote(uow, principal, asset, first)
    with pytest.raises(AlreadyChampion):
        await api.promote(uow, principal, asset, first)
    with pytest.raises(NotThisAssets):
        await api.promote(uow, principal, asset, plant.versions[1][0])
    with pytest.raises(VersionNotFound):
        await api.promote(uow, principal, asset, new_id())
    partner = Principal(principal.tenant, new_id(), "member", "Pia", RIGHTS[Role.PARTNER], Role.PARTNER)
    with pytest.raises(Forbidden):
        await api.promote(uow, partner, asset, plant.versions[0][1])
    assert (await api.deployments(uow, principal, plant.assets))[asset].champion == first


async def test_many_assets_are_promoted_in_one_generation(
    uow: UnitOfWork, principal: Principal, make_plant: Any
) -> None:
    plant = await make_plant(uow, principal, count=30)
    wanted = {asset: versions[0] for asset, versions in zip(plant.assets, plant.versions, strict=True)}
    assert await api.promote_many(uow, principal, wanted) == 1
    deployed = await api.deployments(uow, principal, plant.assets)
    assert {asset: row.champion for asset, row in deployed.items()} == wanted
    assert {row.wanted_generation for row in deployed.values()} == {1}
    state = await wanted_state(uow, principal)
    assert {row.asset: (row.champion.version, row.champion.index) for row in state.assets} == {
        asset: (version, index) for index, (asset, version) in enumerate(wanted.items())
    }
    assert state.contracts[0].signals == ("a", "b", "c", "d")
    assert state.contracts[0].importance == ("essential", "optional", "optional", "optional")


async def test_many_assets_are_promoted_with_the_statements_of_one(
    uow: UnitOfWork, principal: Principal, make_plant: Any, platform: Any
) -> None:
    plant = await make_plant(uow, principal, count=40)
    sent = []
    for some in (slice(0, 1), slice(1, 40)):
        wanted = {asset: versions[0] for asset, versions in zip(plant.assets[some], plant.versions[some], strict=True)}
        with statements(platform.platform.database) as asked:
            await api.promote_many(uow, principal, wanted)
            await uow.session.flush()
        sent.append(len(asked))
    assert sent[0] == sent[1] > 0


async def test_what_a_run_left_is_promoted_in_one_go(uow: UnitOfWork, principal: Principal, make_plant: Any) -> None:
    plant = await make_plant(uow, principal, count=5)
    older, newer = ([versions[i] for versions in plant.versions] for i in (0, 1))
    [run] = {version.lineage.run_id for version in await registry.get_versions(uow, principal, newer)}
    with pytest.raises(NothingToPromote):
        await api.promote_run(uow, principal, run)
    await registry.set_aliases(uow, principal, older[:1] + newer[1:4], Alias.CHALLENGER)
    assert await registry.alias_counts(uow, principal, run) == {Alias.CHALLENGER: 3}
    done = await api.promote_run(uow, principal, run)
    assert await registry.alias_counts(uow, principal, run) == {Alias.CHAMPION: 3}
    assert (done.run_id, set(done.asset_ids), done.wanted_generation) == (run, set(plant.assets[1:4]), 1)
    rows = await api.deployments(uow, principal, plant.assets)
    assert {asset: row.champion for asset, row in rows.items()} == dict(zip(plant.assets[1:4], newer[1:4], strict=True))
    left = await registry.aliased(uow, principal, plant.assets, Alias.CHALLENGER)
    assert {asset: version.id for asset, version in left.items()} == {plant.assets[0]: older[0]}
    assert await api.serving_state(uow, principal) == ServingState(1, 0)
    with pytest.raises(NothingToPromote):
        await api.promote_run(uow, principal, run)


async def test_what_a_run_promoted_is_taken_back_in_one_go(
    uow: UnitOfWork, principal: Principal, make_plant: Any
) -> None:
    plant = await make_plant(uow, principal, count=4)
    older, newer, newest = ([versions[i] for versions in plant.versions] for i in range(3))
    [run] = {version.lineage.run_id for version in await registry.get_versions(uow, principal, newer)}
    await api.promote_many(uow, principal, dict(zip(plant.assets[:3], older[:3], strict=True)))
    with pytest.raises(NothingToUndo):
        await api.undo_run(uow, principal, run)
    await api.promote_many(uow, principal, dict(zip(plant.assets, newer, strict=True)))
    await api.promote(uow, principal, plant.assets[0], newest[0])
    undone = await api.undo_run(uow, principal, run)
    assert (set(undone.undone), undone.first_champions) == (set(plant.assets[1:3]), (plant.assets[3],))
    rows = await api.deployments(uow, principal, plant.assets)
    assert [rows[asset].champion for asset in plant.assets] == [newest[0], older[1], older[2], newer[3]]
    with pytest.raises(NothingToUndo):
        await api.undo_run(uow, principal, run)


async def test_promotions_are_taken_back_in_one_generation_where_they_still_hold(
    uow: UnitOfWork, principal: Principal, make_plant: Any
) -> None:
    plant = await make_plant(uow, principal, count=4)
    back, also_back, changed, first = plant.assets
    older, newer, newest = zip(*plant.versions, strict=True)
    await api.promote_many(uow, principal, dict(zip(plant.assets[:3], older[:3], strict=True)))
    promoted = dict(zip(plant.assets, newer, strict=True))
    await api.promote_many(uow, principal, promoted)
    await api.promote(uow, principal, changed, newest[2])

    done = await api.undo_many(uow, principal, promoted)
    assert done == UndonePromotions((back, also_back), (changed,), (first,), 4)
    rows = await api.deployments(uow, principal, plant.assets)
    assert [rows[asset].champion for asset in plant.assets] == [older[0], older[1], newest[2], newer[3]]
    assert [rows[asset].wanted_generation for asset in plant.assets] == [4, 4, 3, 2]
    found = await registry.aliased(uow, principal, plant.assets, Alias.CHAMPION)
    assert {asset: version.id for asset, version in found.items()} == {asset: rows[asset].champion for asset in rows}
    undone = [payload for name, payload in await news(uow) if name == "serving.promotion_undone"]
    assert [payload["asset_ids"] for payload in undone] == [[str(back), str(also_back)]]

    again = await api.undo_many(uow, principal, promoted)
    assert again == UndonePromotions((), (back, also_back, changed), (first,), 4)
    assert await api.deployments(uow, principal, plant.assets) == rows
    assert await api.serving_state(uow, principal) == ServingState(4, 0)


async def test_taking_back_many_promotions_costs_as_many_statements_as_a_few(
    uow: UnitOfWork, principal: Principal, make_plant: Any
) -> None:
    async def statements(count: int) -> int:
        plant = await make_plant(uow, principal, count=count)
        for versions in list(zip(*plant.versions, strict=True))[:2]:
            promoted = dict(zip(plant.assets, versions, strict=True))
            await api.promote_many(uow, principal, promoted)
        seen: list[str] = []

        def note(*arguments: Any) -> None:
            seen.append(arguments[2])

        engine: Any = uow.session.get_bind()
        event.listen(engine, "before_cursor_execute", note)
        done = await api.undo_many(uow, principal, promoted)
        event.remove(engine, "before_cursor_execute", note)
        assert len(done.undone) == count
        return len(seen)

    few, many = await statements(5), await statements(60)
    assert 0 < few == many


async def test_challengers_become_shadows_only_beside_a_champion(
    uow: UnitOfWork, principal: Principal, make_plant: Any
) -> None:
    plant = await make_plant(uow, principal)
    (a1, a2, _), (b1, _, _) = plant.versions
    await api.promote(uow, principal, plant.assets[0], a1)
    assert await api.shadow_challengers(uow, principal, [a2, b1]) == [a2]
    assert await api.shadow_challengers(uow, principal, [a2, b1]) == []
    assert (await api.deployments(uow, principal, plant.assets))[plant.assets[0]].shadows == (a2,)
    with pytest.raises(NoChampion):
        await api.start_shadow(uow, principal, plant.assets[1], b1)
    stopped = await api.stop_shadow(uow, principal, plant.assets[0], a2)
    assert stopped.shadows == ()
    told = {"asset_ids": [str(plant.assets[0])], "version_ids": [str(a2)]}
    assert (await news(uow))[-1] == ("serving.shadow_stopped", told)


async def test_what_the_cluster_made_of_it(uow: UnitOfWork, principal: Principal, make_plant: Any) -> None:
    plant = await make_plant(uow, principal)
    (a1, a2, _), (b1, _, _) = plant.versions
    await api.promote_many(uow, principal, {plant.assets[0]: a1, plant.assets[1]: b1})
    await api.start_shadow(uow, principal, plant.assets[0], a2)
    store = Deployments(uow)
    await store.note_applied(2, {b1: "It answers NaN.", a2: "It hangs."})
    rows = await api.deployments(uow, principal, plant.assets)
    a, b = rows[plant.assets[0]], rows[plant.assets[1]]
    assert (a.wanted_generation, a.applied_generation, a.refusal) == (2, 2, None)
    assert a.shadow_refusals == ((a2, "It hangs."),)
    assert (b.wanted_generation, b.applied_generation, b.refusal) == (1, 0, "It answers NaN.")
    await store.note_applied(1, {a1: "an old state, come late"})
    assert (await api.deployments(uow, principal, plant.assets))[plant.assets[0]].refusal is None
    await store.note_applied(2, {})
    rows = await api.deployments(uow, principal, plant.assets)
    assert [(row.applied_generation, row.refusal, row.shadow_refusals) for row in rows.values()] == [(2, None, ())] * 2


async def test_how_long_shadows_take_beside_their_champions(
    uow: UnitOfWork, principal: Principal, make_plant: Any
) -> None:
    plant = await make_plant(uow, principal)
    (a1, a2, a3), (b1, b2, _) = plant.versions
    await api.promote_many(uow, principal, {plant.assets[0]: a1, plant.assets[1]: b1})
    for asset, version in ((0, a2), (0, a3), (1, b2)):
        await api.start_shadow(uow, principal, plant.assets[asset], version)
    store = Deployments(uow)
    await store.note_applied(4, {}, {a1: 0.004, a2: 0.25, b2: 0.001})
    await store.note_applied(4, {})
    rows = await api.deployments(uow, principal, plant.assets)
    [(version, took)] = rows[plant.assets[0]].shadow_latencies
    assert (version, took.shadow_s, took.champion_s, took.limit_s, took.slow) == (a2, 0.25, 0.004, 0.1, True)
    assert rows[plant.assets[1]].shadow_latencies == ()


async def test_shadows_of_many_assets_are_promoted_or_ended_in_one_generation(
    uow: UnitOfWork, principal: Principal, make_plant: Any
) -> None:
    plant = await make_plant(uow, principal)
    (a1, a2, a3), (b1, b2, _) = plant.versions
    ids = plant.assets[:2]
    await api.promote_many(uow, principal, dict(zip(ids, (a1, b1), strict=True)))
    for asset, version in ((ids[0], a2), (ids[0], a3), (ids[1], b2)):
        await api.start_shadow(uow, principal, asset, version)
    with pytest.raises(ShadowNotFound) as caught:
        await api.promote_shadows(uow, principal, {ids[0]: a2, ids[1]: b1})
    assert (caught.value.field, caught.value.facts) == ("shadows", {"gone": 1})
    with pytest.raises(NothingToPromote):
        await api.promote_shadows(uow, principal, {})
    assert (await api.serving_state(uow, principal)).wanted_generation == 4
    done = await api.promote_shadows(uow, principal, {ids[0]: a2, ids[1]: b2})
    assert (done.promoted, done.wanted_generation) == ({ids[0]: a2, ids[1]: b2}, 5)
    rows = await api.deployments(uow, principal, ids)
    assert [(rows[id_].champion, rows[id_].shadows) for id_ in ids] == [(a2, (a3,)), (b2, ())]
    assert await api.stop_shadows(uow, principal, {ids[0]: a3, ids[1]: b2}) == 1
    assert (await news(uow))[-1] == (
        "serving.shadow_stopped",
        {"asset_ids": [str(ids[0])], "version_ids": [str(a3)]},
    )
    undone = await api.undo_many(uow, principal, done.promoted)
    assert set(undone.undone) == set(ids)
