"""The stated error rates, over seeds: 400 shadows of each kind, each looked at on every one of 365 days."""

from collections.abc import Callable

import numpy as np
import pytest

from services.verdicts.contracts import Judged, Verdict
from services.verdicts.sequential import ALPHA, MARGIN, judge, judge_each, pooled

DAYS, SEEDS = 365, 400
BETTER, EQUAL, WORSE, NOT_YET = (
    Verdict.ENOUGH_BETTER,
    Verdict.ENOUGH_EQUAL,
    Verdict.ENOUGH_WORSE,
    Verdict.NOT_YET,
)


def signs(draw: np.ndarray, won: float, lost: float) -> np.ndarray:
    return np.where(draw < won, 1.0, np.where(draw < won + lost, -1.0, 0.0))


def verdicts(draws: Callable[[np.random.Generator], np.ndarray]) -> tuple[dict[Verdict, int], float]:
    """How often each is said of shadows whose gains [days, assets] are drawn so, and the median of days it took."""
    found, took = dict.fromkeys(Verdict, 0), list[int]()
    for seed in range(SEEDS):
        gains = draws(np.random.default_rng(seed))
        judged = judge(np.clip(gains.sum(axis=1), -1, 1), gains.mean(axis=1))
        found[judged.verdict] += 1
        took.append(judged.decided_after or DAYS + 1)
    return found, float(np.median(took))


def of_one(won: float, lost: float) -> tuple[dict[Verdict, int], float]:
    return verdicts(lambda rng: signs(rng.random((DAYS, 1)), won, lost))


def of_twenty(won: float, lost: float) -> tuple[dict[Verdict, int], float]:
    return verdicts(lambda rng: signs(rng.random((DAYS, 20)), won, lost))


def test_a_better_an_equal_and_a_worse_shadow_of_one_asset_are_told_apart():
    assert of_one(won=0.2, lost=0.02) == ({BETTER: 400, EQUAL: 0, WORSE: 0, NOT_YET: 0}, 48.5)
    assert of_one(won=0.02, lost=0.2) == ({BETTER: 0, EQUAL: 0, WORSE: 400, NOT_YET: 0}, 50.0)
    assert of_one(won=0.01, lost=0.01) == ({BETTER: 0, EQUAL: 400, WORSE: 0, NOT_YET: 0}, 121.0)


def test_of_a_fleet_sooner():
    assert of_twenty(won=0.1, lost=0.01) == ({BETTER: 400, EQUAL: 0, WORSE: 0, NOT_YET: 0}, 9.5)
    assert of_twenty(won=0.01, lost=0.1) == ({BETTER: 0, EQUAL: 0, WORSE: 400, NOT_YET: 0}, 10.0)


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.3])
def test_equals_are_seldom_called_different(rate: float):
    for found, _ in (of_one(rate, rate), of_twenty(rate, rate)):
        assert found[BETTER] + found[WORSE] <= 2 * ALPHA * SEEDS


def test_a_difference_as_large_as_the_margin_is_seldom_called_equal():
    for found, _ in (of_one(0.02 + MARGIN, 0.02), of_one(0.02, 0.02 + MARGIN), of_twenty(0.1 + MARGIN, 0.1)):
        assert found[EQUAL] <= ALPHA * SEEDS


def test_days_that_befall_all_assets_alike_count_once():
    """A heat wave: on a tenth of the days all twenty win, on another they lose."""
    found, _ = verdicts(lambda rng: np.repeat(signs(rng.random((DAYS, 1)), 0.1, 0.1), 20, axis=1))
    assert found[BETTER] + found[WORSE] <= 2 * ALPHA * SEEDS


def test_a_first_answer_stands_and_the_wait_is_told():
    none, some = np.zeros(30), np.zeros(30)
    some[[3, 9, 20]] = 1
    assert judge(none, none) == Judged(NOT_YET, 30, None, 63)
    assert judge(some, some) == Judged(NOT_YET, 30, None, 55)
    assert judge(none[:0], none[:0]) == Judged(NOT_YET, 0, None, None)
    turned = np.concatenate([np.ones(20), -np.ones(200)])
    assert judge(turned, turned) == Judged(BETTER, 220, 8, None)


def test_many_assets_are_judged_as_each_by_itself():
    """Days on which an asset was not seen are as if they had not been."""
    random = np.random.default_rng(0)
    net = np.stack(
        [
            signs(random.random(200), 0.3, 0.02),
            signs(random.random(200), 0.02, 0.3),
            signs(random.random(200), 0.0, 0.0),
            signs(random.random(200), 0.2, 0.1),
        ]
    )
    seen = random.random(net.shape) < 0.8
    net = np.where(seen, net, 0.0)
    found = judge_each(net, seen)
    assert found == [judge(mine[there], mine[there]) for mine, there in zip(net, seen, strict=True)]
    assert [one.verdict for one in found] == [BETTER, WORSE, EQUAL, NOT_YET]
    assert judge_each(np.zeros((2, 0)), np.zeros((2, 0), bool)) == [Judged(NOT_YET, 0, None, None)] * 2


def test_the_mean_of_capitals_is_no_more_than_one_where_nothing_gains():
    """Though the same befalls all assets of a day: their product would say that it is known a hundred times over."""
    said = []
    for seed in range(SEEDS):
        same = np.tile(signs(np.random.default_rng(seed).random(60), 0.1, 0.1), (10, 1))
        said.append(pooled(same, np.ones(same.shape, bool)))
    assert np.mean(np.array(said) >= 1 / ALPHA) <= ALPHA
    gaining = signs(np.random.default_rng(0).random((10, 60)), 0.3, 0.02)
    assert (
        pooled(gaining, np.ones(gaining.shape, bool)) > 1 / ALPHA > 1 > pooled(-gaining, np.ones(gaining.shape, bool))
    )
    assert pooled(np.zeros((0, 0)), np.zeros((0, 0), bool)) == 1
