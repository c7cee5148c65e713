"""A score has the same bits whatever it shares a call with: what a capsule of it rests on."""

from itertools import pairwise

import numpy as np
import pytest
from families import ESTIMATORS, FAMILIES, FREE
from small_fleet import SIGNALS, fleet_rows

from andon_sdk.plugin import Recipe
from services.fleet.artefact import pack_of
from services.fleet.make import make_fleet
from services.fleet.score import Entry, Scorer

ASSETS, ROWS = 9, 240
ESSENTIAL = np.arange(SIGNALS) == 0
NAMES = ("value", "raw", "smoothed", "threshold", "coverage", "expected_loss", "route", "used", "top", "share")


def entries_of(recipe: Recipe, rows: int, name: str) -> list[Entry]:
    """Models of nine assets. Packs with more rows have wider calibrations."""
    quick = {"epochs": 3} if "epochs" in recipe.own else {}
    pack = pack_of(make_fleet(recipe, fleet_rows(ASSETS, rows), ESSENTIAL, FREE, quick, {}, seed=0))
    return [Entry(f"{name}-{asset}", asset, pack, place, recipe) for place, asset in enumerate(pack.assets)]


def scored(entries: list[Entry], slots: np.ndarray, values: np.ndarray, cuts: list[int]) -> dict[str, np.ndarray]:
    """Answers of a new scorer in calls that end at `cuts`."""
    scorer = Scorer(entries)
    state = scorer.state()
    calls = [scorer.score(slots[a:b], values[a:b], None, state, -np.inf) for a, b in pairwise([0, *cuts, len(slots)])]
    return {name: np.concatenate([getattr(call, name) for call in calls]) for name in NAMES}


@pytest.mark.parametrize("recipe", [*FAMILIES.values(), *ESTIMATORS.values()], ids=lambda recipe: recipe.key)
def test_bits_do_not_depend_on_block_mates(recipe: Recipe) -> None:
    draw = np.random.default_rng(7)
    narrow, wide = entries_of(recipe, ROWS, "narrow"), entries_of(recipe, 2 * ROWS, "wide")
    mates = [*narrow, *wide]
    slots = np.concatenate([np.repeat(draw.permutation(18), draw.integers(1, 40, 18)), draw.integers(0, 18, 100)])
    values = fleet_rows(ASSETS, ROWS).values.reshape(ASSETS, ROWS, -1)[slots % 9, draw.integers(0, ROWS, len(slots))]
    lost = draw.random((len(slots), SIGNALS)) < 0.03
    lost[draw.random(len(slots)) < 0.5] = False
    values[lost] = np.nan
    together = scored(mates, slots, values, [])
    by_rows = scored(mates, slots, values, list(range(1, len(slots))))
    for name in NAMES:
        np.testing.assert_array_equal(by_rows[name], together[name], err_msg=name)
    for slot in range(len(mates)):
        mine = slots == slot
        alone = scored([mates[slot]], np.zeros(mine.sum(), int), values[mine], [3])
        for name in NAMES:
            np.testing.assert_array_equal(alone[name], together[name][mine], err_msg=f"{name} of {slot}")
    assert {0, 1} <= set(together["route"].tolist())
