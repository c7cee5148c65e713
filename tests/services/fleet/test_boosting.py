"""Trees in arrays answer as the library that grew them."""

import lightgbm
import numpy as np
import torch

from andon_sdk.plugin import FitRows, Inputs
from andon_sdk.plugin.boosting import DEPTH, TREES, boosting_score, expected, fit_boosting

ROWS, SIGNALS = 400, 4
PARAMETERS = {"shrinkage": torch.tensor(0.2), "leaf_rows": torch.tensor(20.0)}


def bent_rows(gaps: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Signals that hang together in bends, and which values are there."""
    draw = np.random.default_rng(0)
    cause = draw.uniform(-2, 2, ROWS)
    x = np.stack([cause, np.abs(cause), np.where(cause > 0.5, 1.0, -1.0), np.sin(2 * cause)], axis=1)
    x = (x + 0.05 * draw.normal(size=x.shape)).astype(np.float32)
    present = torch.from_numpy((draw.random(x.shape) >= gaps).astype(np.float32))
    return torch.from_numpy(x) * present, present


def fitted(x: torch.Tensor, present: torch.Tensor, exogenous: tuple[int, ...] = ()):
    return fit_boosting(FitRows(x, present, x, present, Inputs(SIGNALS, exogenous=exogenous)), PARAMETERS)


def grown(x: torch.Tensor, present: torch.Tensor, signal: int) -> np.ndarray:
    """What LightGBM itself says of the signal in rows with other gaps."""
    inputs = np.where(present.numpy() > 0, x.numpy(), np.nan)
    inputs[:, signal] = np.nan
    taught = present[:, signal].numpy() > 0
    settings = {"learning_rate": 0.2, "min_data_in_leaf": 20, "num_leaves": 2**DEPTH, "max_depth": DEPTH}
    settings |= {"num_threads": 1, "deterministic": True, "force_row_wise": True, "verbosity": -1}
    data = lightgbm.Dataset(inputs[taught], x[taught, signal].numpy(), params={"verbosity": -1})
    booster = lightgbm.train(settings, data, TREES)
    fewer = inputs.copy()
    fewer[::3, (signal + 1) % SIGNALS] = np.nan
    return np.asarray(booster.predict(fewer))


def test_arrays_say_what_the_library_says():
    for gaps in (0.0, 0.2):
        x, present = bent_rows(gaps)
        model = fitted(x, present)
        for signal in range(SIGNALS):
            seen = present.clone()
            seen[::3, (signal + 1) % SIGNALS] = 0
            found = expected(model, x * seen, seen)[:, signal]
            np.testing.assert_allclose(found, grown(x, present, signal), rtol=1e-4, atol=1e-5)


def test_a_bend_is_learned_and_a_move_stands_out():
    x, present = bent_rows(0.0)
    model = fitted(x, present)
    moved = x.clone()
    moved[:, 1] += 1.0
    clean, shifted = boosting_score(model, x, present, present), boosting_score(model, moved, present, present)
    assert clean.sum(1).median() < 0.01
    assert shifted[:, 1].median() > 0.2
    assert int(shifted.mean(0).argmax()) == 1


def test_what_is_missing_or_not_judged_adds_nothing():
    x, present = bent_rows(0.2)
    model = fitted(x, present, exogenous=(0,))
    assert (model["leaf"][0] == 0).all()
    judged = present * torch.tensor([0.0, 1.0, 1.0, 1.0])
    assert (boosting_score(model, x, present, judged)[judged == 0] == 0).all()


def test_a_signal_with_too_few_rows_is_expected_at_its_center():
    x, present = bent_rows(0.0)
    present[30:, 2] = 0
    model = fitted(x * present, present)
    assert (expected(model, x, present)[:, 2] == 0).all()
