"""What the newest rows of n assets are beside their references, in one signal. Arrays in, arrays out."""

from dataclasses import dataclass

import numpy as np

from services.drift.contracts import FINDINGS, Finding
from services.drift.measure import FEWEST_ROWS, HIGH, LOW, MIDDLE, Reference, Spread, figure
from services.suitability.contracts import CONVERSIONS

UNIT_FAR = 6.0
"""Figures from which on a forgotten conversion is looked for; below, anything fits one."""
UNIT_NEAR = 0.5
"""How near to the converted reference the newest rows must lie, in its spreads."""
MOSTLY = 0.7
"""Share of the figure that a mere shift must explain."""
UNITS = tuple(name for name, _, _ in CONVERSIONS)


@dataclass(frozen=True, slots=True)
class Found:
    """[n] each."""

    finding: np.ndarray
    """int8, a position in `FINDINGS`."""
    figure: np.ndarray
    """NaN where silent."""
    limit: np.ndarray
    unit: np.ndarray
    """int8: a position in `UNITS`, -1 for none."""
    rows: np.ndarray
    before: np.ndarray
    """[n, 3]: low, median and high of the reference; NaN without a value."""
    now: np.ndarray


def judge(newest: Spread, of: Reference) -> Found:
    """The worse reason comes first: what has no value has nothing else to be said of it."""
    found = figure(newest.quantiles, of)
    n = len(found)
    unit = _unit(newest.quantiles, of, found)
    with np.errstate(invalid="ignore", divide="ignore"):
        shift = np.abs((newest.quantiles - of.quantiles).mean(1)) / of.scale
        over = found > of.limit
        choices = [
            (newest.count == 0, Finding.MISSING),
            (newest.count < FEWEST_ROWS, Finding.FEW_ROWS),
            (of.scale == 0, Finding.NEVER_MOVED),
            (~np.isfinite(of.limit), Finding.NO_REFERENCE),
            (newest.flat & of.lively, Finding.STILL),
            (over & (unit >= 0), Finding.UNIT),
            (over & (shift >= MOSTLY * found), Finding.SHIFTED),
            (over, Finding.SPREAD),
        ]
    codes = [FINDINGS.index(finding) for _, finding in choices]
    finding = np.select([condition for condition, _ in choices], codes, FINDINGS.index(Finding.ALIKE)).astype(np.int8)
    silent = np.isin(finding, codes[:5])
    return Found(
        finding,
        np.where(silent, np.nan, found),
        np.where(silent, np.nan, of.limit),
        np.where(finding == FINDINGS.index(Finding.UNIT), unit, -1).astype(np.int8),
        newest.count,
        _shown(of.quantiles) if n else np.empty((0, 3)),
        _shown(newest.quantiles) if n else np.empty((0, 3)),
    )


def _shown(quantiles: np.ndarray) -> np.ndarray:
    return np.stack([quantiles[:, LOW], quantiles[:, MIDDLE].mean(1), quantiles[:, HIGH]], axis=1)


def _unit(newest: np.ndarray, of: Reference, found: np.ndarray) -> np.ndarray:
    """int8 [n]: the conversion that brings the reference nearest to the newest rows, -1 where none brings it near."""
    which = np.full(len(found), -1, np.int8)
    far = np.flatnonzero(found > UNIT_FAR)
    now, before, scale = newest[far], of.quantiles[far], of.scale[far]
    best = np.full(len(far), UNIT_NEAR)
    for position, (_, factor, offset) in enumerate(CONVERSIONS):
        away = np.abs(now - (before * factor + offset)).mean(1) / (scale * factor)
        better = away < best
        best[better], which[far[better]] = away[better], position
    return which
