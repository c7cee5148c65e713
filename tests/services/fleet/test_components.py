"""T² and Q as the papers write them, in float64, against the estimator."""

import numpy as np
import torch

from andon_sdk.plugin import FitRows, Inputs
from andon_sdk.plugin.components import components_score, fit_components

ROWS, SIGNALS = 300, 6
SHARE = {"variance_share": torch.tensor(0.9)}


def rows_of_two_causes(seed: int = 0) -> np.ndarray:
    draw = np.random.default_rng(seed)
    causes = draw.normal(size=(ROWS, 2))
    return causes @ draw.normal(size=(2, SIGNALS)) + 0.2 * draw.normal(size=(ROWS, SIGNALS)) + draw.normal(size=SIGNALS)


def fitted(x: np.ndarray, present: np.ndarray | None = None, most: int = 8):
    there = torch.ones(x.shape) if present is None else torch.from_numpy(present).float()
    seen = torch.from_numpy(x).float() * there
    return fit_components(FitRows(seen, there, seen, there, Inputs(SIGNALS)), SHARE, most)


def asked(model, x: np.ndarray, present: np.ndarray | None = None) -> np.ndarray:
    there = torch.ones(x.shape) if present is None else torch.from_numpy(present).float()
    return components_score(model, torch.from_numpy(x).float() * there, there, there).double().numpy()


def plane_of(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Standardised rows, all variances and directions, largest first."""
    standard = (x - x.mean(0)) / x.std(0)
    variance, directions = np.linalg.eigh(standard.T @ standard / len(x))
    return standard, variance[::-1], directions[:, ::-1]


def test_a_complete_row_has_the_t2_and_q_of_the_textbook():
    x = rows_of_two_causes()
    standard, variance, directions = plane_of(x)
    kept = int(np.searchsorted(np.cumsum(variance) / variance.sum(), 0.9)) + 1
    place = standard @ directions[:, :kept]
    t2 = (place**2 / variance[:kept]).sum(1)
    q = ((standard - place @ directions[:, :kept].T) ** 2).sum(1)
    off = variance[kept:].sum()
    parts = asked(fitted(x), x)
    assert kept == 2
    np.testing.assert_allclose(parts.sum(1), t2 / kept + q / off, rtol=1e-3)
    np.testing.assert_allclose(parts.sum(1).mean(), 2.0, rtol=1e-3)  # each half is 1 on average
    assert (parts >= 0).all()


def test_a_missing_signal_is_expected_from_the_others():
    """The place in the plane by inverting the covariance of what is there, row by row."""
    x = rows_of_two_causes()
    standard, variance, directions = plane_of(x)
    kept = 2
    noise = variance[kept:].sum() / (SIGNALS - kept)
    plane = directions[:, :kept]
    covariance = plane * (variance[:kept] - noise) @ plane.T + noise * np.eye(SIGNALS)
    present = np.random.default_rng(1).random((40, SIGNALS)) < 0.6
    present[:, 0] = True
    found = asked(fitted(x), x[:40], present)
    for row, there in enumerate(present):
        across = (plane * variance[:kept])[there]
        place = across.T @ np.linalg.solve(covariance[np.ix_(there, there)], standard[row, there])
        residual = ((standard[row] - plane @ place) ** 2)[there].sum()
        expected = (place**2 / variance[:kept]).sum() / kept + residual / variance[kept:].sum()
        np.testing.assert_allclose(found[row].sum(), expected, rtol=5e-3)
    assert (found[~present] == 0).all()


def test_gaps_in_training_leave_the_plane_where_it_is():
    x = rows_of_two_causes()
    gaps = np.random.default_rng(2).random(x.shape) < 0.9
    whole, part = asked(fitted(x), x).sum(1), asked(fitted(x, gaps), x).sum(1)
    assert np.corrcoef(whole, part)[0, 1] > 0.98


def test_a_constant_signal_counts_when_it_moves():
    x = rows_of_two_causes()
    x[:, 3] = 0.0
    model = fitted(x)
    moved = x[:1].copy()
    moved[0, 3] = 1.0
    before, after = asked(model, x[:1])[0], asked(model, moved)[0]
    assert after[3] > 1.0 > before[3]
    assert np.isfinite(after).all()


def test_one_signal_is_a_plane_of_its_own():
    x = torch.randn(50, 1, generator=torch.Generator().manual_seed(0))
    there = torch.ones_like(x)
    model = fit_components(FitRows(x, there, x, there, Inputs(1)), SHARE)
    distance = ((x - x.mean()) ** 2 / x.var(correction=0))[:, 0]
    torch.testing.assert_close(components_score(model, x, there, there)[:, 0], distance, rtol=1e-3, atol=1e-4)


def test_components_are_bound():
    x = np.random.default_rng(0).normal(size=(ROWS, SIGNALS))
    assert fitted(x, most=3)["directions"].shape == (SIGNALS, 3)
    assert int((fitted(x, most=3)["variance"] > 0).sum()) == 3
