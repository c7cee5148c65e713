import numpy as np
import pytest
import torch
from andon_robot_arm.contract import JOINTS, ROBOT_ARM, SPEEDS, WATCHED
from andon_robot_arm.phases import ALIKE, HISTORY, KEPT, NEIGHBOURS, PHASES, fit_phases, phase_score
from andon_robot_arm.plugin import (
    ROBOT_ARM_PHASES,
    alarm_rules,
    blueprints,
    contracts,
    demo_plants,
    suitability_factors,
)

from andon_sdk.plugin import FitRows, Importance, Inputs

SIGNALS = len(ROBOT_ARM.signals)
INPUTS = Inputs(SIGNALS, HISTORY, tuple(i for i in range(SIGNALS) if i not in WATCHED))


def motion(rows: int, seed: int) -> torch.Tensor:
    """Windows [rows, history, signals] of an arm that rests, turns its joints one way, or the other; in each of these
    every joint draws another current."""
    chance = np.random.default_rng(seed)
    way = chance.integers(-1, 2, rows)
    x = chance.normal(0, 0.1, (rows, HISTORY, SIGNALS)).astype(np.float32)
    x[..., SPEEDS] += 3 * way[:, None, None]
    x[..., : len(WATCHED)] += way[:, None, None] + 0.1 * np.arange(len(WATCHED))
    return torch.from_numpy(x)


def fitted(abnormal: torch.Tensor | None = None, rows: int = 900):
    x = motion(rows, 0)
    ones = torch.ones_like(x)
    labels = () if abnormal is None else (abnormal, torch.ones_like(abnormal))
    return fit_phases(FitRows(x, ones, x, ones, INPUTS, *labels), {})


@pytest.fixture(scope="module")
def plain():
    return fitted()


def scored(model, x: torch.Tensor, seen: torch.Tensor | None = None) -> torch.Tensor:
    seen = torch.ones_like(x) if seen is None else seen
    judged = seen[:, -1].clone()
    judged[:, list(INPUTS.exogenous)] = 0
    return phase_score(model, x * seen, seen, judged)


def resting_as_if_it_turned(rows: int) -> torch.Tensor:
    """Currents of a movement, speeds of rest: nothing that lies outside of what each signal shows."""
    x = motion(400, 5)
    x = x[x[:, -1, SPEEDS[0]] > 2][:rows]
    x[..., list(SPEEDS)] = 0
    return x


def test_declarations_belong_together():
    assert contracts() == [ROBOT_ARM]
    every = (*blueprints(), *alarm_rules(), *suitability_factors(), *demo_plants())
    assert [one.contract for one in every] == ["robot-arm"] * 4
    assert demo_plants()[0].blueprint == ROBOT_ARM_PHASES.key
    assert blueprints() == [ROBOT_ARM_PHASES]


def test_currents_are_judged_and_no_signal_is_essential():
    assert [ROBOT_ARM.keys[i] for i in WATCHED] == [*(f"current_j{j}" for j in range(JOINTS)), "tool_current"]
    assert [ROBOT_ARM.keys[i] for i in SPEEDS] == [f"speed_j{j}" for j in range(JOINTS)]
    assert all(signal.importance is not Importance.ESSENTIAL for signal in ROBOT_ARM.signals)


def test_a_row_is_compared_with_rows_of_its_own_phase(plain):
    usual, strange = (scored(plain, x).sum(1) for x in (motion(100, 1), resting_as_if_it_turned(20)))
    assert strange.min() > 10 * usual.max()
    # Without the speeds nobody knows the phase, and the same rows are like many others.
    blind = torch.ones(20, HISTORY, SIGNALS)
    blind[..., list(SPEEDS)] = 0
    assert scored(plain, resting_as_if_it_turned(20), blind).sum(1).max() < 10 * usual.max()


@pytest.mark.parametrize("joint", [0, 3, 6])
def test_the_signal_that_differs_is_named(plain, joint):
    x = motion(50, 2)
    x[..., joint] += 1.0
    parts = scored(plain, x)
    assert (parts.argmax(dim=1) == joint).all()
    assert (parts[:, joint] > 0.8 * parts.sum(1)).all()
    assert (parts[:, list(INPUTS.exogenous)] == 0).all()


@pytest.mark.parametrize("gone", [(6,), (0, 3), (SPEEDS[2],)])
def test_missing_signals_have_no_say(plain, gone):
    x = motion(30, 3)
    seen = torch.ones_like(x)
    seen[..., list(gone)] = 0
    said = scored(plain, x, seen)
    other = x.clone()
    other[..., list(gone)] = 100.0
    assert torch.equal(scored(plain, other, seen), said)
    assert (said[:, list(gone)] == 0).all()
    whole = scored(plain, x).sum(1)
    assert 0.3 < (said.sum(1) / whole).median() < 3


def test_what_resembles_labelled_rows_counts_and_what_nobody_saw_still_does(plain):
    def lifted(rows: int, seed: int, joint: int) -> torch.Tensor:
        x = motion(rows, seed)
        x[..., joint] += 0.6
        return x

    taught = fitted(lifted(60, 7, 2))
    normal = motion(100, 1)
    known, unknown = lifted(40, 8, 2), lifted(40, 8, 4)
    before = scored(plain, known).sum(1).median() / scored(plain, unknown).sum(1).median()
    assert 0.5 < before < 2
    said = {name: scored(taught, x).sum(1) for name, x in (("normal", normal), ("known", known), ("unknown", unknown))}
    assert said["known"].min() > 3 * said["normal"].max()
    assert said["known"].median() > 2 * said["unknown"].median()
    assert said["unknown"].min() > said["normal"].max()


def test_a_model_has_the_same_shapes_whatever_it_was_fitted_on():
    few, many = fitted(rows=120), fitted(motion(20, 4), rows=3 * KEPT)
    assert {name: value.shape for name, value in few.items()} == {name: value.shape for name, value in many.items()}
    assert few["normal"].shape == (KEPT, HISTORY * len(WATCHED))
    assert (few["usual"].shape, few["phases"].shape) == ((PHASES + 1,), (PHASES, JOINTS))
    assert int(few["normal_seen"].any(dim=1).sum()) == 120
    assert ALIKE < NEIGHBOURS
    # Remembered rows that have nothing are near to nothing.
    assert torch.isfinite(scored(few, motion(50, 9))).all()


def test_too_few_rows_with_a_phase_are_refused():
    x = motion(100, 0)
    seen = torch.ones_like(x)
    seen[20:, :, SPEEDS[0]] = 0
    with pytest.raises(ValueError, match="20 rows have the speed of every joint, at least 32 must"):
        fit_phases(FitRows(x, seen, x, seen, INPUTS), {})
