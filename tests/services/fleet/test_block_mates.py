"""The scores of a row depend on its own version's rows before it, and on nothing it shares a call with."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st
from small_fleet import fleet_rows

from services.fleet.score import Entry, Scorer

PLANT = fleet_rows(9).values.reshape(9, 240, 6)
NAMES = ("value", "raw", "threshold", "coverage", "expected_loss", "route", "used")


@pytest.fixture(scope="module")
def scorer(entries: list[Entry], history_entries: list[Entry]) -> Scorer:
    """Eighteen slots: two versions of each of nine assets, with and without a history."""
    return Scorer([*entries, *history_entries])


def scored(scorer: Scorer, slots: np.ndarray, values: np.ndarray, cuts: list[int]) -> dict[str, np.ndarray]:
    """Answers in calls that end at `cuts`, sorted by slot and then by order of arrival."""
    state = scorer.state()
    bounds = [0, *sorted(cut % (len(slots) + 1) for cut in cuts), len(slots)]
    calls = [scorer.score(slots[a:b], values[a:b], None, state) for a, b in pairwise(bounds)]
    order = np.argsort(slots, kind="stable")
    return {name: np.concatenate([getattr(call, name) for call in calls])[order] for name in NAMES}


def same(found: dict[str, np.ndarray], expected: dict[str, np.ndarray], rows: np.ndarray | slice = slice(None)) -> None:
    for name in NAMES:
        if expected[name].dtype == np.float32:
            np.testing.assert_allclose(found[name], expected[name][rows], rtol=5e-5, atol=1e-6, err_msg=name)
        else:
            np.testing.assert_array_equal(found[name], expected[name][rows], err_msg=name)


@tries(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(1, 150),
    served=st.integers(1, 18),
    missing=st.sampled_from([0.0, 0.02, 0.3]),
    cuts=st.lists(st.integers(0, 10_000), max_size=6),
    chunk=st.sampled_from([5, 64, 65_536]),
)
def test_scores_do_not_depend_on_block_mates(
    scorer: Scorer, seed: int, rows: int, served: int, missing: float, cuts: list[int], chunk: int
) -> None:
    draw = np.random.default_rng(seed)
    slots = draw.permutation(18)[:served][draw.integers(0, served, rows)]
    values = PLANT[slots % 9, draw.integers(0, 240, rows)]
    values[draw.random(values.shape) < missing] = np.nan
    expected = scored(scorer, slots, values, [])
    by_slot = np.argsort(slots, kind="stable")

    mixed = draw.permutation(slots)  # other neighbours; the rows of one slot stay in order
    shuffled = np.empty_like(values)
    shuffled[np.argsort(mixed, kind="stable")] = values[by_slot]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("services.fleet.score._CHUNK", chunk)
        same(scored(scorer, mixed, shuffled, cuts), expected)

    alone = slots[0]
    same(scored(scorer, slots[slots == alone], values[slots == alone], cuts), expected, slots[by_slot] == alone)
