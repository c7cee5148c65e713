"""From the history and the labels of a tenant to a proposal."""

import numpy as np
import pytest
from shadow_plant import hour, made, values
from statements import statements

from services.kernel.errors import Forbidden
from services.kernel.ids import new_id
from services.kernel.rights import Principal
from services.serving import api as serving
from services.serving.errors import ShadowNotFound
from services.verdicts import api, history
from services.verdicts.contracts import Advice, FleetKey, Outcome, Stretch, Verdict

pytestmark = pytest.mark.platform


@pytest.fixture(scope="module")
async def plant(platform, principal):
    """Pump 0 fails at hour 1000: the champion says so 95 hours before, the shadow nine days sooner. On pump 1 the
    champion cries wolf every second day; pump 2's shadow leaves 5 % of the rows unanswered."""
    silent = values()
    silent[100:172] = np.nan
    wolf = values(*((start, start + 8) for start in range(20, 1400, 48)))
    said = [(values((901, 1001)), values((685, 700), (901, 1001))), (wolf, values()), (values(), silent)]
    return await made(platform.platform, principal, said, {0: 1000})


async def test_what_a_shadow_is_worth(platform, principal, plant):
    asked = [(plant.assets[i], plant.shadows[i]) for i in range(3)]
    found = await api.evidence(platform.platform, principal, asked)
    first = found[asked[0]]
    assert (first.start, first.end, first.asset_ids) == (hour(0), hour(1439), (plant.assets[0],))
    assert (first.figures.rows, first.figures.targets, first.figures.earlier_s) == (1440, 1, 216 * 3600)
    assert first.proposal.sentence == (
        f"Would have warned 9 days earlier before the failure of {hour(1000):%Y-%m-%d}; "
        f"not enough to tell: wait about {first.judged.days_left} days more."
    )
    assert first.examples == (Stretch(0, hour(689), hour(728), True, 2.0),)
    wolf = found[asked[1]]
    assert (wolf.figures.false_champion, wolf.figures.false_shadow) == (23, 0)
    assert wolf.figures.false_rate_champion == pytest.approx(23 * 30 / (1439 / 24))
    assert (wolf.judged.verdict, wolf.judged.decided_after, wolf.proposal.advice) == (
        Verdict.ENOUGH_BETTER, 16, Advice.PROMOTE,
    )  # fmt: skip
    silent = found[asked[2]]
    assert (silent.figures.unanswered_shadow, silent.figures.unanswered_champion) == (0.05, 0.0)
    assert [reason.code for reason in silent.proposal.reasons] == ["unanswered_more"]


async def test_the_shadows_of_a_run_together(platform, principal, plant):
    found = await api.run_evidence(platform.platform, principal, plant.run_id)
    assert set(found.asset_ids) == set(plant.assets)
    assert (found.figures.rows, found.figures.false_champion, found.figures.targets) == (3 * 1440, 23, 1)
    assert found.figures.false_rate_champion == pytest.approx(23 * 30 / (3 * 1439 / 24))
    assert found.judged.verdict is Verdict.ENOUGH_BETTER


async def test_statements_are_as_many_for_three_as_for_one(platform, principal, plant):
    asked = [(plant.assets[i], plant.shadows[i]) for i in range(3)]
    with statements(platform.platform.database) as of_one:
        await api.evidence(platform.platform, principal, asked[:1])
    with statements(platform.platform.database) as of_three:
        await api.evidence(platform.platform, principal, asked)
    assert len(of_one) == len(of_three) > 0


async def test_of_too_many_rows_the_newest_days_are_read(platform, principal, plant, monkeypatch):
    monkeypatch.setattr(history, "MOST_ROWS", 2 * 24 * 10)
    asked = (plant.assets[1], plant.shadows[1])
    found = (await api.evidence(platform.platform, principal, [asked]))[asked]
    assert (found.start, found.figures.rows) == (hour(50 * 24), 240)


async def test_what_is_no_shadow_is_left_out(platform, principal, other_principal, plant):
    ask = (plant.assets[0], plant.shadows[0])
    assert await api.evidence(platform.platform, principal, [(ask[0], plant.champions[0]), (new_id(), ask[1])]) == {}
    assert await api.evidence(platform.platform, other_principal, [ask]) == {}
    with pytest.raises(ShadowNotFound):
        await api.run_evidence(platform.platform, principal, new_id())
    with pytest.raises(ShadowNotFound):
        await api.run_evidence(platform.platform, other_principal, plant.run_id)
    nobody = Principal(principal.tenant, new_id(), "member", "Nobody", frozenset(), None)
    with pytest.raises(Forbidden):
        await api.evidence(platform.platform, nobody, [ask])
    with pytest.raises(Forbidden):
        await api.run_evidence(platform.platform, nobody, plant.run_id)


async def test_a_shadow_without_a_row_waits_and_one_that_ended_is_none(platform, tenant, principal):
    plant = await made(platform.platform, principal, [(values(), values()[:0])], {})
    ask = (plant.assets[0], plant.shadows[0])
    found = (await api.evidence(platform.platform, principal, [ask]))[ask]
    assert (found.start, found.proposal.sentence) == (None, "No rows yet that both scored; wait.")
    async with platform.unit(tenant) as uow:
        await serving.stop_shadow(uow, principal, *ask)
        await uow.commit()
    assert await api.evidence(platform.platform, principal, [ask]) == {}


async def test_a_fleet_of_shadows(platform, tenant, principal, other_principal):
    """Pumps of two contracts under one blueprint; of a pump with two shadows the newer one stands."""
    key = FleetKey(f"b-{new_id()}", "1")
    wolf, calm = values(*((start, start + 8) for start in range(20, 1400, 48))), values()
    said = [(wolf, calm), (calm, wolf), (calm, calm)]
    first = await made(platform.platform, principal, said, {}, key.blueprint)
    second = await made(platform.platform, principal, [(wolf, calm)], {}, key.blueprint)
    found = await api.fleet_evidence(platform.platform, principal, key)
    assert [(one.asset_id, one.shadow, one.outcome, one.gain) for one in found.standings] == [
        (first.assets[1], first.shadows[1], Outcome.WORSE, -22),
        (first.assets[2], first.shadows[2], Outcome.UNDECIDED, 0),
        (first.assets[0], first.shadows[0], Outcome.BETTER, 22),
        (second.assets[0], second.shadows[0], Outcome.BETTER, 22),
    ]
    assert (found.start, found.end, found.advice) == (hour(0), hour(1439), Advice.PROMOTE)
    assert found.sentence == "2 of 4 agree or are better (2 better, 1 undecided, 1 worse): promote these 2?"
    assert {one.asset_id for one in found.agreed()} == {first.assets[0], second.assets[0]}
    assert found.better > 40
    assert found.worse > 40
    alone = await api.evidence(platform.platform, principal, [(first.assets[1], first.shadows[1])])
    assert alone[first.assets[1], first.shadows[1]].judged == found.standings[0].judged
    async with platform.unit(tenant) as uow:
        assert [one.shadows for one in await api.fleets(uow, principal) if one.key == key] == [4]
    with pytest.raises(ShadowNotFound):
        await api.fleet_evidence(platform.platform, other_principal, key)
    with pytest.raises(ShadowNotFound):
        await api.fleet_evidence(platform.platform, principal, FleetKey(key.blueprint, "2"))


async def test_a_large_fleet_costs_as_many_statements_as_a_small_one(platform, principal):
    counted = []
    for count in (2, 8):
        key = FleetKey(f"b-{new_id()}", "1")
        await made(platform.platform, principal, [(values(), values())] * count, {}, key.blueprint)
        with statements(platform.platform.database) as seen:
            assert len((await api.fleet_evidence(platform.platform, principal, key)).standings) == count
        counted.append(len(seen))
    assert counted[0] == counted[1] > 0
