import numpy as np
import pytest
from small_fleet import fleet_rows

from andon_sdk.plugin import Inputs
from services.fleet.score import FALLBACK, MAIN, NONE, Entry, Scorer
from services.fleet.smooth import running_median


def stream(entries: list[Entry], rows: int = 1500, missing: float = 0.03) -> tuple[np.ndarray, np.ndarray]:
    """Rows of random slots, in order, with values missing at random."""
    draw = np.random.default_rng(11)
    plant = fleet_rows(9, 400).values.reshape(9, 400, 6)
    slots = draw.integers(0, len(entries), rows)
    values = plant[slots % 9, draw.integers(0, 400, rows)].copy()
    values[draw.random(values.shape) < missing] = np.nan
    return slots, values


def columns(block):
    return {
        name: getattr(block, name) for name in ("value", "raw", "threshold", "route", "expected_loss", "used", "top")
    }


@pytest.mark.parametrize("kind", ["entries", "history_entries"])
@pytest.mark.parametrize("size", [1, 7, 256])
def test_row_by_row_equals_blocks(kind, size, request):
    entries = request.getfixturevalue(kind)
    slots, values = stream(entries, 300 if size == 1 else 1500)
    scorer = Scorer(entries)
    whole = columns(scorer.score(slots, values, None, scorer.state()))
    state = scorer.state()
    pieces = [
        columns(scorer.score(slots[i : i + size], values[i : i + size], None, state))
        for i in range(0, len(slots), size)
    ]
    for name, expected in whole.items():
        joined = np.concatenate([piece[name] for piece in pieces])
        if expected.dtype == np.float32:
            np.testing.assert_allclose(joined, expected, rtol=2e-5, atol=1e-6, err_msg=name)
        else:
            np.testing.assert_array_equal(joined, expected, err_msg=name)


def test_score_equals_the_plain_module(entries, blueprint, pack):
    import torch
    from torch.func import functional_call

    values = fleet_rows(9).values[240 * 4 : 240 * 4 + 5]
    scorer = Scorer(entries)
    block = scorer.score(np.full(5, 4), values, None, scorer.state(), explain_above=-np.inf)
    x = torch.tensor((values - pack.center[4]) / pack.scale[4], dtype=torch.float32).clamp(-20, 20)
    weights = {name: value[4] for name, value in pack.main.items()}
    module = blueprint.module(Inputs(6))
    expected = blueprint.score(functional_call(module, weights, (x, torch.ones_like(x))), x, torch.ones_like(x))
    np.testing.assert_allclose(block.raw, expected.sum(1).detach().numpy(), rtol=1e-4)
    assert (block.top[:, 0] == expected.argmax(1).numpy()).all()
    np.testing.assert_allclose(block.threshold, pack.levels[4, 0], rtol=1e-6)


def test_routes_hysteresis_and_essential(entries):
    scorer = Scorer(entries)
    values = np.repeat(fleet_rows(9).values[:1], 16, axis=0)
    values[2, 3] = np.nan
    values[10, 0] = np.nan
    block = scorer.score(np.zeros(16, int), values, None, scorer.state())
    # Row 2 lacks signal 3, which counts again with its fifth value in a row; row 10 lacks the essential signal 0.
    assert block.route.tolist() == [MAIN] * 2 + [FALLBACK] * 5 + [MAIN] * 3 + [NONE] * 5 + [MAIN]
    assert np.isnan(block.value[10])
    assert block.expected_loss[10] == 1
    assert block.coverage[[0, 2, 10]].tolist() == [1.0, pytest.approx(5 / 6), pytest.approx(5 / 6)]
    assert 0 < block.expected_loss[2] < 0.6


def test_no_set_of_lost_signals_leaves_a_row_unanswered(entries):
    scorer = Scorer(entries)
    masks = np.array([[True] + [bool(bits >> f & 1) for f in range(5)] for bits in range(32)])
    values = np.where(masks, fleet_rows(9).values[7], np.nan)
    for slot in range(9):
        block = scorer.score(np.full(32, slot), values, None, scorer.state())
        assert (block.route != NONE).all()
        assert np.isfinite(block.value).all()


def test_scores_are_causal(entries):
    slots, values = stream(entries)
    scorer = Scorer(entries)
    before = scorer.score(slots, values, None, scorer.state()).value[:700]
    values[700:] = 1e6
    np.testing.assert_array_equal(scorer.score(slots, values, None, scorer.state()).value[:700], before)


def test_masks_keep_false_alarms_low(entries):
    """A threshold that belongs to the mask: normal rows stay normal whatever is missing."""
    scorer = Scorer(entries)
    rows = fleet_rows(9).values.reshape(9, 240, 6)[:, :150].reshape(-1, 6).copy()
    for lost in range(1, 6):
        values = rows.copy()
        values[:, lost] = np.nan
        block = scorer.score(np.repeat(np.arange(9), 150), values, None, scorer.state())
        assert (block.value > 1).mean() < 0.05


def test_shadows_do_not_touch_the_champion(entries, history_entries):
    slots, values = stream(entries)
    alone = Scorer(entries)
    expected = alone.score(slots, values, None, alone.state())
    both = Scorer([*history_entries, *entries])
    answer = both.score(np.concatenate([slots + 9, slots]), np.tile(values, (2, 1)), None, both.state())
    np.testing.assert_allclose(answer.value[: len(slots)], expected.value, rtol=2e-5, atol=1e-6)
    np.testing.assert_array_equal(answer.route[: len(slots)], expected.route)


def test_a_swap_of_stacks_keeps_the_state_of_unchanged_versions(entries, history_entries):
    slots, values = stream(entries)
    old = Scorer(entries)
    expected = old.score(slots, values, None, old.state())
    state = old.state()
    old.score(slots[:700], values[:700], None, state)
    new = Scorer([*history_entries[:4], *reversed(entries)], carry=old)
    place = np.array([new.slot_of[f"v-asset-{i}"] for i in range(9)])
    block = new.score(place[slots[700:]], values[700:], None, new.carry_over(state))
    np.testing.assert_allclose(block.value, expected.value[700:], rtol=2e-5, atol=1e-6)
    np.testing.assert_array_equal(block.threshold, expected.threshold[700:])
    with pytest.raises(ValueError, match="another scorer"):
        new.score(slots, values, None, state)


def test_a_stack_goes_on_where_several_stood(entries):
    slots, values = stream(entries)
    whole = Scorer(entries)
    expected = whole.score(slots, values, None, whole.state())
    parts = [Scorer(entries[:4]), Scorer(entries[4:])]
    states = [part.state() for part in parts]
    early = np.arange(len(slots)) < 700
    for number, (part, state) in enumerate(zip(parts, states, strict=True)):
        mine = early & ((slots >= 4) == number)
        part.score(slots[mine] - 4 * number, values[mine], None, state)
    together = Scorer(entries)
    block = together.score(slots[700:], values[700:], None, together.carry_over(*states))
    np.testing.assert_allclose(block.value, expected.value[700:], rtol=2e-5, atol=1e-6)
    np.testing.assert_array_equal(block.route, expected.route[700:])


def test_only_abnormal_rows_name_their_signals(entries):
    slots, values = np.repeat(np.arange(9), 100), fleet_rows(9).values.reshape(9, 240, 6)[:, :100].reshape(-1, 6).copy()
    values[slots == 3, 2] += 30  # one asset is far off, the others are as always
    scorer = Scorer(entries)
    block = scorer.score(slots, values, None, scorer.state())
    every = scorer.score(slots, values, None, scorer.state(), explain_above=-np.inf)
    abnormal = block.value > 1
    assert 0 < abnormal.sum() < len(slots) / 2
    np.testing.assert_array_equal(block.top, np.where(abnormal[:, None], every.top, -1))
    np.testing.assert_array_equal(block.share, np.where(abnormal[:, None], every.share, 0))
    assert (every.top[np.isfinite(every.value), 0] >= 0).all()
    assert (block.top[abnormal & (slots == 3), 0] == 2).mean() > 0.9


def test_empty_block(entries):
    scorer = Scorer(entries)
    block = scorer.score(np.zeros(0, int), np.zeros((0, 6)), None, scorer.state())
    assert block.value.shape == (0,)
    assert block.top.shape == (0, 3)


def test_running_median_restarts_with_each_part():
    raw = np.array([[5.0, 1.0, 3.0, 9.0, 7.0]])
    assert running_median(raw, np.array([[0, 0, 0, 1, 1]]), 3).tolist() == [[5.0, 3.0, 3.0, 9.0, 8.0]]
