"""The range of an occasion, judged from real rows."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from fans import NOW, Fans, after, stored

from services.kernel.ids import new_id
from services.retraining import steps
from services.retraining.steps import Group
from services.suitability.contracts import Fitness, Range

pytestmark = pytest.mark.platform


@pytest.fixture(scope="module")
async def fans(platform, tenant, principal) -> AsyncIterator[Fans]:
    async with stored(platform, tenant, principal) as found:
        yield found


def group(fans: Fans, keys: list[str], start: float, end: float, lookback_days: int = 1) -> Group:
    occasions = {fans.ids[key]: new_id() for key in keys}
    return Group("fans", Range(after(start), after(end)), occasions, lookback_days, NOW)


async def test_a_range_that_fits_is_taken(fans):
    asked = group(fans, ["f0", "f2"], 600, 4800)
    found = await steps.judge(fans.platform, fans.principal, asked)
    assert (found.taken, found.unfit, found.note) == (asked.asked, {}, "")
    assert found.judged.verdict is Fitness.FITS


async def test_the_nearest_better_range_within_the_lookback_is_taken_for_one_asset(fans):
    found = await steps.judge(fans.platform, fans.principal, group(fans, ["f1"], 120, 5100))
    assert found.taken.start >= after(5400 * 0.5)
    assert found.judged.verdict is Fitness.FITS
    assert found.unfit == {}
    assert found.note.startswith("The range that was due does not suit: ")
    assert found.note.endswith(" The nearest better one is taken. ")


async def test_a_better_range_outside_the_lookback_is_not(fans):
    early = Group("fans", Range(after(120), after(5100)), {fans.ids["f1"]: new_id()}, 1, NOW + timedelta(days=2))
    found = await steps.judge(fans.platform, fans.principal, early)
    assert (found.judged, list(found.unfit)) == (None, [fans.ids["f1"]])
    assert "Speed" in found.unfit[fans.ids["f1"]]


async def test_of_several_those_that_do_not_fit_are_left_out_with_the_reason(fans):
    found = await steps.judge(fans.platform, fans.principal, group(fans, ["f0", "f1", "f2", "f3"], 600, 4800))
    assert set(found.unfit) == {fans.ids["f1"], fans.ids["f3"]}
    assert found.judged.verdict is Fitness.FITS
    assert {one.asset_id for one in found.judged.assets} == {fans.ids["f0"], fans.ids["f2"]}
