"""The classical reference: principal components with T² and Q, fitted to the rows that trained each asset's model.

A model that watches no better than this is not worth its keep. T² (Hotelling) says how far a row lies from the middle
of the plane in which the signals move together, Q (squared prediction error) how far off it; the raw score is their
combined index, T² / components + Q / its mean (Jackson and Mudholkar, 1979; Yue and Qin, 2001). A missing signal counts
as its mean. All of this is one quadratic form an asset, so a shift of one signal is told without scoring a row again:
raw(x + δ) = raw(x) + 2 δ (form · x) + δ² form. No loop over assets; one eigenvalue problem each, solved as a batch.

Threshold, smoothing and the rows that are asked are those of the model it is held against.
"""

from dataclasses import dataclass

import numpy as np

from services.fleet.detection import SHIFT, spread_rows, told
from services.fleet.prepare import Rows
from services.fleet.smooth import quantile, running_median
from services.fleet.train import TrainedFleet

VARIANCE_SHARE = 0.9
MOST_COMPONENTS = 8
_SMALLEST = 1e-6
"""Variance, as a share of the whole, below which a direction counts as one in which nothing moves."""
_AT_REST = 1e-3
"""Spread, in scaled units, below which a signal counts as constant and keeps the scale it has."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Of n assets, in the scaled units of their models."""

    center: np.ndarray
    """float32 [n, signals]."""
    form: np.ndarray
    """float32 [n, signals, signals], symmetric: the raw score of a row is (x - center)ᵀ form (x - center)."""


@dataclass(frozen=True, slots=True)
class ReferenceQuality:
    """float64 [n], as in `services.fleet.gates.Quality`."""

    power: np.ndarray
    false_alarm_share: np.ndarray


def reference_quality(trained: TrainedFleet, held_out: Rows) -> ReferenceQuality | None:
    """How the reference does on those held-out rows of each asset; None for models that no own rows made."""
    if trained.train is None or not trained.assets:
        return None
    judged = ~trained.exogenous
    model = fit_reference(trained.train, judged)
    rule = trained.blueprint.threshold
    judging = trained.calibration
    levels = running_median(_raw(model, judging, trained.essential), judging.part, rule.smooth_rows)
    levels[judging.lead] = np.nan
    threshold = np.maximum(quantile(levels, rule.quantile) * rule.factor, _SMALLEST)
    raw = _raw(model, held_out, trained.essential)
    value = running_median(raw / threshold[:, None], held_out.part, rule.smooth_rows)
    answered = ~held_out.lead & ~np.isnan(value)
    alarms = ((value > 1) & answered).sum(axis=1) / np.maximum(answered.sum(axis=1), 1)
    return ReferenceQuality(_power(model, held_out, raw, trained.known & judged), alarms)


def fit_reference(rows: Rows, judged: np.ndarray) -> Reference:
    """From training rows; `judged` is bool [signals]: the others span the plane as well, and are not held against a
    row. Covariances of signals with gaps are taken over the rows that have both."""
    there = rows.present.astype(np.float32)
    count = np.maximum(there.sum(axis=1), 1)
    center = rows.x.sum(axis=1) / count
    standard = (rows.x - center[:, None]) * there
    spread = np.sqrt((standard**2).sum(axis=1) / count)
    spread = np.where(spread > _AT_REST, spread, 1.0).astype(np.float32)
    standard /= spread[:, None]
    across = there.transpose(0, 2, 1)
    covariance = (standard.transpose(0, 2, 1) @ standard / np.maximum(across @ there, 1)).astype(np.float64)
    form = _form(covariance, judged)
    form /= spread[:, :, None] * spread[:, None, :]
    return Reference(center.astype(np.float32), form.astype(np.float32))


def _form(covariance: np.ndarray, judged: np.ndarray) -> np.ndarray:
    """float64 [n, signals, signals] of standardised rows."""
    variance, directions = np.linalg.eigh(covariance)  # the smallest first
    variance, directions = np.maximum(variance[:, ::-1], 0), directions[:, :, ::-1]
    whole = np.maximum(variance.sum(axis=1), _SMALLEST)
    before = (np.cumsum(variance, axis=1) - variance) / whole[:, None]
    kept = (before < VARIANCE_SHARE) & (variance > _SMALLEST * whole[:, None])
    kept[:, MOST_COMPONENTS:] = False
    plane = directions * kept[:, None]
    inverse = kept / np.where(kept, variance, 1.0) / np.maximum(kept.sum(axis=1), 1)[:, None]
    within = (plane * inverse[:, None]) @ plane.transpose(0, 2, 1)
    off = np.eye(len(judged)) - plane @ plane.transpose(0, 2, 1)
    residual = off @ (judged[:, None] * off)
    mean = np.einsum("nst,nst->n", residual, covariance)
    return within + residual / np.maximum(mean, _SMALLEST * whole)[:, None, None]


def _deviation(model: Reference, rows: Rows) -> np.ndarray:
    return (rows.x - model.center[:, None]) * rows.present


def _raw(model: Reference, rows: Rows, essential: np.ndarray) -> np.ndarray:
    """float32 [n, rows]; NaN where an essential signal is missing or all are."""
    deviation = _deviation(model, rows)
    raw = np.einsum("nrs,nrs->nr", deviation @ model.form, deviation)
    answered = np.all(rows.present | ~essential, axis=2) & rows.present.any(axis=2)
    return np.where(answered, raw, np.float32(np.nan))


def _power(model: Reference, rows: Rows, raw: np.ndarray, judged: np.ndarray) -> np.ndarray:
    """Mean over the signals that are `judged` [n, signals] of how well a standing shift is told, as for models."""
    some = spread_rows(~rows.lead)
    asset = np.arange(len(some))[:, None]
    before = raw[asset, some]
    slope = 2 * (_deviation(model, rows)[asset, some] @ model.form)
    bend = np.einsum("nss->ns", model.form)[:, None] * SHIFT**2
    there = rows.present[asset, some]
    total = np.zeros(len(some))
    for f in range(rows.x.shape[2]):
        for shift in (SHIFT, -SHIFT):
            after = before + np.where(there[:, :, f], shift * slope[:, :, f] + bend[:, :, f], 0)
            total += np.where(judged[:, f], told(before, after) / 2, 0)
    return total / np.maximum(judged.sum(axis=1), 1)
