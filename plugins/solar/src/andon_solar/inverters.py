"""How many of a plant's inverters give nothing, told from clouds by what the weather explains."""

import numpy as np

from andon_solar.contract import DAY

_BEFORE = 14
"""Days that say what is usual; dirt moves less in so many."""
_NEAR = 0.25
"""Share of an inverter by which what is missing may differ from a whole number of them."""
_LIGHT = 0.5
"""Of the usual energy of a day: on darker ones nothing is said, and what was said stays."""
_SPREADS, _LEAST_SPREAD = 3.0, 0.01
"""A share that is missing is more than so many robust deviations of the days before, which are so large at least."""
_UNSURE = 0.04
"""The spread where most of the days before were short themselves; what is expected is then taken at its word."""


def inverters_lost(power: np.ndarray, expected: np.ndarray, inverters: np.ndarray) -> np.ndarray:
    """How many inverters are missing, int [rows, plants]; `power` and `expected` [rows, plants] are hourly and in one
    unit, NaN where missing; `inverters` [plants] is how many there are.

    An inverter that stops takes its share of the energy away, whatever the sky does, so the energy of the last 24 hours
    is short of what was expected by a whole number of shares, compared with the median of the two weeks before. Nothing
    is said in the first days, for want of those.
    """
    known = np.isfinite(power) & np.isfinite(expected)
    given, due = (_last_day(np.where(known, values, 0.0)) for values in (power, expected))
    missing, sound = np.zeros(power.shape, int), np.full(power.shape, np.nan)
    for row in range(DAY - 1, len(power)):
        days = np.arange(row - DAY, max(row - _BEFORE * DAY, DAY - 1) - 1, -DAY)
        ratio = given[row] / np.maximum(due[row], 1e-9)
        sound[row] = ratio
        if len(days) < _BEFORE // 2:
            continue
        before = sound[days]
        enough = np.isfinite(before).sum(axis=0) >= _BEFORE // 4
        before = np.where(enough, before, 1.0)
        usual = np.nanmedian(before, axis=0)
        spread = np.nanmedian(np.abs(before - usual), axis=0) * 1.4826
        spread = np.where(enough, np.maximum(spread, _LEAST_SPREAD), _UNSURE)
        short = 1 - ratio / usual
        whole = np.rint(short * inverters)
        apart = (whole == 0) | (short > _SPREADS * spread)
        told = (np.abs(short * inverters - whole) < _NEAR) & apart & (due[row] > _LIGHT * np.median(due[days], axis=0))
        missing[row] = np.where(told, np.maximum(whole, 0), missing[row - 1])
        sound[row, missing[row] > 0] = np.nan
    return missing


def _last_day(values: np.ndarray) -> np.ndarray:
    """Sums over the 24 rows that end with each row, like `values`; of the first rows, over those that there are."""
    sums = np.cumsum(values, axis=0)
    return sums - np.concatenate([np.zeros_like(sums[:DAY]), sums[:-DAY]])
