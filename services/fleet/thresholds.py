"""What a mask does to a model: its threshold, and the detection power it costs.

Both are measured on the asset's own calibration rows with the mask laid over them, for many (model, mask) pairs at
once. A threshold is `quantile` of the causally smoothed raw scores × `factor`, or what labelled events make of it
(`services.fleet.labels`). Power is the mean over all known
signals of how well a standing shift of that signal alone (3 spreads, up and down) is told from the same rows
untouched, 2·AUC - 1; a missing signal's shift cannot be seen, so what the others do not make up for shows as loss.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from andon_sdk.plugin import Threshold
from services.fleet.estimators import ScoringStack
from services.fleet.labels import Evidence, LeftOut, chosen, left_out
from services.fleet.prepare import CLIP, Rows
from services.fleet.smooth import quantile, running_median
from services.fleet.stack import Weights, select

SHIFT = 3.0
_POWER_ROWS = 32
_CHUNK_ROWS = 32_768
_SMALLEST = 1e-6


@dataclass(frozen=True, slots=True)
class Levels:
    """Of n pairs of a model and a mask; float32 [n]."""

    threshold: np.ndarray
    """Raw score above which a row is abnormal; NaN where no calibration row could be answered under the mask."""
    typical: np.ndarray
    """Median smoothed score of calibration, in units of the threshold."""
    power: np.ndarray
    """0 to 1."""


class Calibration(Protocol):
    """Rows of n assets, in memory (`Rows`) or still in their packs (`SlotRows`)."""

    @property
    def width(self) -> int:
        """Rows an asset, padding included."""
        ...

    def take(self, index: np.ndarray, /) -> Rows: ...


@dataclass(frozen=True, slots=True)
class Judged:
    """Models [n, ...] with the rows that judge them."""

    stack: ScoringStack
    weights: Weights
    calibration: Calibration
    essential: np.ndarray
    """bool [n, signals]."""
    known: np.ndarray
    """bool [n, signals]."""
    labelled: Calibration | None = None
    """Rows of events that were judged abnormal, as `Prepared.labelled` has them."""

    @property
    def width(self) -> int:
        """Rows that judge a pair."""
        return max(self.calibration.width, self.labelled.width if self.labelled else 0)


def levels(judged: Judged, models: np.ndarray, rows_of: np.ndarray, masks: np.ndarray, rule: Threshold) -> Levels:
    """Levels of pairs: weights `models` [pairs], calibration rows of asset `rows_of` [pairs], `masks` bool [pairs,
    signals]."""
    width, signals = judged.width, judged.essential.shape[1]
    power_rows = min(_POWER_ROWS, judged.calibration.width) * (signals + 1)
    chunk = max(1, _CHUNK_ROWS // (max(width, power_rows) * judged.stack.history))
    parts = [
        _chunk(judged, models[i : i + chunk], rows_of[i : i + chunk], masks[i : i + chunk], rule)
        for i in range(0, len(models), chunk)
    ]
    if not parts:
        return Levels(*(np.zeros(0, np.float32) for _ in range(3)))
    return Levels(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def label_figures(judged: Judged, rule: Threshold) -> LeftOut | None:
    """How labels change what the models [n] find of events, every known signal present; None where there are none."""
    if judged.labelled is None:
        return None
    every = np.arange(len(judged.known))
    chunk = max(1, _CHUNK_ROWS // (judged.width * judged.stack.history))
    parts: list[LeftOut] = []
    for i in range(0, len(every), chunk):
        at = every[i : i + chunk]
        normal, *_ = _smoothed(judged, judged.calibration, at, at, judged.known[at], rule)
        parts.append(left_out(_evidence(judged, judged.labelled, normal, at, at, judged.known[at], rule)))
    return LeftOut(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _chunk(
    judged: Judged, models: np.ndarray, rows_of: np.ndarray, masks: np.ndarray, rule: Threshold
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    smoothed, rows, x, present = _smoothed(judged, judged.calibration, models, rows_of, masks, rule)
    threshold = np.maximum(quantile(smoothed, rule.quantile) * rule.factor, _SMALLEST)
    if judged.labelled is not None:
        threshold = chosen(_evidence(judged, judged.labelled, smoothed, models, rows_of, masks, rule))
    typical = quantile(smoothed, 0.5) / threshold
    weights = select(judged.weights, torch.from_numpy(models))
    power = _power(judged, weights, rows_of, rows.counts, x, present)
    return threshold.astype(np.float32), typical.astype(np.float32), power.astype(np.float32)


def _smoothed(
    judged: Judged, source: Calibration, models: np.ndarray, rows_of: np.ndarray, masks: np.ndarray, rule: Threshold
) -> tuple[np.ndarray, Rows, np.ndarray, np.ndarray]:
    """Smoothed scores [pairs, rows], NaN for rows that do not count or have no answer; the rows, and what the models
    saw of them."""
    rows = source.take(rows_of)
    x, present = rows.windows(judged.stack.history)
    present = present & (masks[:, None, :] if present.ndim == 3 else masks[:, None, None, :])
    raw = _raw(judged.stack, select(judged.weights, torch.from_numpy(models)), x, present)
    now = rows.present & masks[:, None, :]
    judged_signals = judged.stack.judged.numpy() > 0
    answered = (now & judged_signals).any(axis=2) & (now | ~judged.essential[rows_of][:, None, :]).all(axis=2)
    smoothed = running_median(np.where(answered, raw, np.nan), rows.part, rule.smooth_rows)
    smoothed[rows.lead] = np.nan
    return smoothed, rows, x, present


def _evidence(
    judged: Judged,
    labelled: Calibration,
    normal: np.ndarray,
    models: np.ndarray,
    rows_of: np.ndarray,
    masks: np.ndarray,
    rule: Threshold,
) -> Evidence:
    scores, rows, *_ = _smoothed(judged, labelled, models, rows_of, masks, rule)
    bare = np.maximum(quantile(normal, rule.quantile), _SMALLEST)
    plain = np.maximum(bare * rule.factor, _SMALLEST)
    return Evidence.of(normal, scores, rows.part, plain, bare)


def _raw(stack: ScoringStack, weights: Weights, x: np.ndarray, present: np.ndarray) -> np.ndarray:
    seen = torch.from_numpy(present.astype(np.float32))
    return stack.scores(weights, torch.from_numpy(np.ascontiguousarray(x)) * seen, seen).sum(dim=2).numpy()


def _power(
    judged: Judged, weights: Weights, rows_of: np.ndarray, counts: np.ndarray, x: np.ndarray, present: np.ndarray
) -> np.ndarray:
    """Mean over known signals of 2·AUC - 1 between shifted and clean calibration rows, below zero counted as zero."""
    count = np.maximum(counts, 1)
    width = min(_POWER_ROWS, x.shape[1])
    spread = np.arange(width)[None, :] * count[:, None] // width
    pair = np.arange(len(x))[:, None]
    x, present = x[pair, spread], present[pair, spread]
    pairs, signals = len(x), x.shape[-1]
    shift = np.where(np.arange(width) % 2 == 0, SHIFT, -SHIFT).astype(np.float32)
    standing = np.eye(signals, dtype=np.float32)[:, None, :] * shift[None, :, None]
    if x.ndim == 4:  # the whole history has moved: a standing shift, not a jump of the last row
        standing = standing[:, :, None, :]
    moved = np.clip(x[:, None] + standing, -CLIP, CLIP).reshape(pairs, signals * width, *x.shape[2:])
    everything = np.concatenate([x, moved], axis=1)
    raw = _raw(judged.stack, weights, everything, np.concatenate([present] * (signals + 1), axis=1))
    clean, shifted = raw[:, :width], raw[:, width:].reshape(pairs, signals, width)
    auc = _auc(clean[:, None, :], shifted)
    known = judged.known[rows_of] & (judged.stack.judged.numpy() > 0)
    return (np.maximum(2 * auc - 1, 0) * known).sum(axis=1) / np.maximum(known.sum(axis=1), 1)


def _auc(clean: np.ndarray, shifted: np.ndarray) -> np.ndarray:
    """Chance that a shifted row scores above a clean one [..., rows] → [...]; ties count half."""
    difference = shifted[..., :, None] - clean[..., None, :]
    return (difference > 0).mean(axis=(-1, -2)) + 0.5 * (difference == 0).mean(axis=(-1, -2))
