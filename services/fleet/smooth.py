"""The causal running median: a value depends on rows before it and itself, never on later ones."""

import numpy as np


def window_median(windows: np.ndarray) -> np.ndarray:
    """Median over the last axis ignoring NaN; NaN where all are."""
    ordered = np.sort(windows, axis=-1)
    count = (~np.isnan(ordered)).sum(axis=-1)
    low = np.take_along_axis(ordered, np.maximum(count - 1, 0)[..., None] // 2, -1)[..., 0]
    high = np.take_along_axis(ordered, (count // 2)[..., None].clip(max=ordered.shape[-1] - 1), -1)[..., 0]
    return np.where(count > 0, low + (high - low) / 2, np.nan).astype(windows.dtype)


def running_median(raw: np.ndarray, part: np.ndarray, width: int) -> np.ndarray:
    """Smoothed scores [..., rows] over at most `width` rows of the same part of time; NaN where `raw` is NaN.

    `part` broadcasts against `raw`. A part starts with the rows it has.
    """
    part = np.broadcast_to(part, raw.shape)
    back = np.arange(raw.shape[-1])[:, None] - np.arange(width)[None, :]
    index = np.maximum(back, 0)
    windows = np.where((back >= 0) & (part[..., index] == part[..., :, None]), raw[..., index], np.nan)
    return np.where(np.isnan(raw), np.nan, window_median(windows.astype(raw.dtype)))


def quantile(values: np.ndarray, q: float) -> np.ndarray:
    """Quantile over the last axis ignoring NaN; NaN where all are."""
    ordered = np.sort(values, axis=-1)
    count = (~np.isnan(ordered)).sum(axis=-1)
    place = np.maximum(count - 1, 0) * q
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, np.maximum(count - 1, 0))
    below = np.take_along_axis(ordered, low[..., None], -1)[..., 0]
    above = np.take_along_axis(ordered, high[..., None], -1)[..., 0]
    return np.where(count > 0, below + (above - below) * (place - low), np.nan)
