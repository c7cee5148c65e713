from datetime import timedelta

import pytest
from fans import ROWS, after
from statements import statements

from services.assets.errors import AssetNotFound
from services.events import api as events
from services.events.contracts import EventKind, EventLabel, NewEvent
from services.kernel.errors import Forbidden
from services.kernel.ids import new_id
from services.kernel.rights import Principal
from services.suitability import api
from services.suitability.contracts import Fitness, Range
from services.suitability.errors import SuitabilityInvalid

pytestmark = pytest.mark.platform


async def ask(fans, keys, *ranges):
    wanted = [Range(after(a), after(b)) for a, b in ranges]
    return await api.assess(fans.platform, fans.principal, [fans.ids[key] for key in keys], wanted)


def bad(found) -> dict[str, str]:
    return {one.code: one.verdict.value for one in found.factors if one.verdict is not Fitness.FITS}


async def test_a_range_of_one_asset(fans):
    found = await ask(fans, ["f0"], (600, 4800))
    assert (found.verdict, bad(found), found.rows, found.asked) == (Fitness.FITS, {}, 4200, 1)
    assert {one.code for one in found.factors} == {
        "rows", "gaps", "missing", "coverage", "dead", "units", "core_events", "known_abnormal", "outliers",
        "contamination", "other_regime", "regimes", "clock",
    }  # fmt: skip
    assert found.better is None
    assert [one.asset_id for one in found.assets] == [fans.ids["f0"]]


async def test_a_spoilt_range_comes_with_a_better_one(fans):
    found = await ask(fans, ["f1"], (120, 5100))
    assert found.verdict is Fitness.DOES_NOT_FIT
    assert found.factors[0].code == "missing"
    assert found.factors[0].value == pytest.approx(2850 / 4980, abs=0.01)
    assert found.factors[0].facts == {"signal": "speed", "signalTitle": "Speed"}
    assert found.better_verdict is Fitness.FITS
    again = await api.assess(fans.platform, fans.principal, [fans.ids["f1"]], [found.better])
    assert again.verdict is Fitness.FITS


async def test_an_asset_without_rows(fans):
    found = await ask(fans, ["f3"], (0, 5000))
    assert (found.verdict, found.rows) == (Fitness.DOES_NOT_FIT, 0)
    assert found.factors[0].code in {"rows", "gaps"}


async def test_a_fleet_is_one_verdict_and_names_its_worst(fans):
    found = await ask(fans, ["f0", "f1", "f2", "f3"], (600, 4800))
    assert (found.verdict, found.asked, len(found.assets)) == (Fitness.DOES_NOT_FIT, 4, 4)
    assert [one.asset_id for one in found.assets[:2]] == [fans.ids["f3"], fans.ids["f1"]]
    assert found.better is None
    good = await ask(fans, ["f0", "f2"], (600, 4800))
    assert (good.verdict, good.rows) == (Fitness.FITS, 8400)


async def test_statements_do_not_grow_with_assets(fans):
    with statements(fans.platform.database) as one:
        await ask(fans, ["f0"], (600, 4700))
    with statements(fans.platform.database) as many:
        await ask(fans, ["f0", "f1", "f2", "f3"], (600, 4700))
    assert len(many) == len(one)


async def test_what_several_ranges_are_composed_of(fans):
    found = await ask(fans, ["f0"], (600, 2600), (3000, 3060))
    assert (found.rows, found.better) == (2060, None)
    assert [(one.rows, one.verdict) for one in found.ranges] == [
        (2000, Fitness.FITS),
        (60, Fitness.DOES_NOT_FIT),
    ]
    assert [round(one.share, 3) for one in found.ranges] == [0.971, 0.029]
    assert found.verdict is Fitness.FITS


async def test_recorded_events_and_labels_count(fans, platform, tenant, principal):
    async with platform.unit(tenant) as uow:
        made = await events.record_event(
            uow, principal, NewEvent(fans.ids["f2"], EventKind.PART_REPLACED, after(2700), part="Blade")
        )
        await uow.commit()
    found = await ask(fans, ["f2"], (600, 4800))
    assert bad(found)["other_regime"] == "does_not_fit"
    assert bad(found)["core_events"] == "does_not_fit"
    later = await ask(fans, ["f2"], (3400, 5200))
    assert "core_events" not in bad(later)
    async with platform.unit(tenant) as uow:
        await events.retract_event(uow, principal, made.id)
        await uow.commit()
    assert bad(await ask(fans, ["f2"], (600, 4800))) == {}
    async with platform.unit(tenant) as uow:
        await events.label_range(uow, principal, [fans.ids["f2"]], EventLabel.ABNORMAL, after(700), after(1700))
        await uow.commit()
    assert bad(await ask(fans, ["f2"], (600, 4800)))["known_abnormal"] == "does_not_fit"


@pytest.mark.parametrize(
    ("ranges", "field"), [([], "ranges"), ([(5, 5)], "ranges"), ([(9e9, 9e9 + 1)], "ranges"), ([(0, 9)] * 13, "ranges")]
)
async def test_questions_that_cannot_be_answered(fans, ranges, field):
    with pytest.raises(SuitabilityInvalid) as caught:
        await ask(fans, ["f0"], *ranges)
    assert caught.value.field == field


async def test_none_and_strangers(fans, other_principal):
    with pytest.raises(SuitabilityInvalid):
        await ask(fans, [], (0, 9))
    with pytest.raises(AssetNotFound):
        await api.assess(fans.platform, fans.principal, [new_id()], [Range(after(0), after(9))])
    with pytest.raises(AssetNotFound):
        await api.assess(fans.platform, other_principal, [fans.ids["f0"]], [Range(after(0), after(9))])
    nobody = Principal(fans.principal.tenant, new_id(), "key", "Nobody", frozenset())
    with pytest.raises(Forbidden):
        await api.assess(fans.platform, nobody, [fans.ids["f0"]], [Range(after(0), after(9))])


async def test_longer_than_the_budget_is_looked_at_day_by_day(fans, monkeypatch):
    monkeypatch.setattr("services.suitability.window.MOST_CELLS", 700_000)
    found = await api.assess(
        fans.platform, fans.principal, [fans.ids["f0"]], [Range(after(0) - timedelta(days=3), after(ROWS))]
    )
    assert found.rows in {0, ROWS}
