from dataclasses import replace

import numpy as np
import pytest

from services.fleet.golden import differences, replay
from services.fleet.pack import GOLDEN_ROWS
from services.fleet.score import FALLBACK, MAIN, NONE, Entry, Scorer


@pytest.mark.parametrize("kind", ["entries", "history_entries"])
def test_a_pack_agrees_with_itself_whoever_is_played_beside(kind, request):
    entries = request.getfixturevalue(kind)
    pack, blueprint = entries[0].pack, entries[0].blueprint
    assert pack.golden.shape == (9, 2, GOLDEN_ROWS)
    for index in (np.arange(9), np.array([7]), np.array([8, 0])):
        plain, masked = played = replay(pack, blueprint, index)
        assert set(plain.route) == {MAIN}
        assert set(masked.route) == {FALLBACK}
        assert differences(pack, index, played) == {}


@pytest.mark.parametrize(("half", "model"), [("main", "main"), ("fallback", "fallback")])
def test_another_answer_is_named(pack, blueprint, half, model):
    weights = {name: value.clone() for name, value in getattr(pack, half).items()}
    weights["layers.0.weight"][3] *= 1.02
    damaged, index = replace(pack, **{half: weights}), np.arange(9)
    found = differences(damaged, index, replay(damaged, blueprint, index))
    assert list(found) == [3]
    assert found[3].startswith(f"Its {model} model scores golden row ")


def test_a_row_that_was_answered_and_is_not_is_a_difference(pack, blueprint):
    golden = pack.golden.copy()
    golden[2, 1, 5] = np.nan
    index = np.arange(9)
    found = differences(replace(pack, golden=golden), index, replay(pack, blueprint, index))
    assert list(found) == [2]
    assert "fallback model scores golden row 5" in found[2]
    assert "it was nothing" in found[2]


def test_the_last_digits_of_a_sum_are_no_difference(pack, blueprint):
    index = np.arange(9)
    close = replace(pack, golden=pack.golden * np.float32(1 + 1e-5))
    assert differences(close, index, replay(pack, blueprint, index)) == {}


def test_golden_rows_begin_where_the_essential_signals_do(pack, blueprint):
    essential = int(np.flatnonzero(pack.essential)[0])
    present = pack.calibration.present.copy()
    silent, late = GOLDEN_ROWS + 7, pack.calibration.width - 2
    present[4, :silent, essential] = False
    present[5, :late, essential] = False
    present[6, :, essential] = False
    gappy = replace(pack, calibration=replace(pack.calibration, present=present))
    plain, _ = replay(gappy, blueprint, np.arange(9))
    route = plain.route.reshape(9, GOLDEN_ROWS)
    assert (route[:6] == MAIN).all()
    assert (route[6] == NONE).all()
    scorer = Scorer([Entry("v", "a", gappy, 4, blueprint)])
    rows = slice(silent, silent + GOLDEN_ROWS)
    values = pack.calibration.x[4, rows] * pack.scale[4] + pack.center[4]
    expected = scorer.score(np.zeros(GOLDEN_ROWS, np.int64), values, None, scorer.state()).raw
    np.testing.assert_allclose(plain.raw.reshape(9, GOLDEN_ROWS)[4], expected, rtol=1e-5)
