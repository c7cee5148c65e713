"""How good a forecast is, against those that cost nothing.

Skill is 1 - RMSE / RMSE of a reference, over hours of daylight that all of them answer (Murphy 1988; Yang et al. 2020).
"""

from dataclasses import dataclass

import numpy as np

from andon_solar.contract import CLEAR_SKY, DAY, POWER, SUN_UP

DAYLIGHT = 0.05
"""Sine of the sun's elevation (some three degrees) from which on an hour counts."""


@dataclass(frozen=True, slots=True)
class Skill:
    """Errors in the unit of the power, over the same hours."""

    rmse: float
    yesterday: float
    """Of the same hour a day before."""
    smart: float
    """Of the clear-sky index `horizon` hours before, or where it was dark then the day's before, under today's sky."""
    clear_sky: float
    """Of what this plant gives under a clear sky, fitted to the hours before those that are judged."""
    hours: int

    def against(self, reference: float) -> float:
        return 1 - self.rmse / reference


def skill(values: np.ndarray, forecast: np.ndarray, first: int, horizon: int) -> Skill:
    """Of forecasts [rows] in the unit of the power for hourly rows [rows, signals] without gaps, judged from row
    `first` on; the references know nothing later than `horizon` hours before the hour."""
    power, sky = values[:, POWER], values[:, CLEAR_SKY]
    references = {
        "yesterday": earlier(power, DAY * -(-horizon // DAY)),
        "smart": smart_persistence(power, sky, horizon),
        "clear_sky": sky * clear_gain(power[:first], sky[:first]),
    }
    judged = (np.arange(len(power)) >= first) & (values[:, SUN_UP] > DAYLIGHT) & np.isfinite(power + forecast)
    for reference in references.values():
        judged &= np.isfinite(reference)
    errors = {name: rmse(reference[judged], power[judged]) for name, reference in references.items()}
    return Skill(rmse(forecast[judged], power[judged]), **errors, hours=int(judged.sum()))


def rmse(forecast: np.ndarray, power: np.ndarray) -> float:
    return float(np.sqrt(np.mean((forecast - power) ** 2)))


def earlier(values: np.ndarray, hours: int) -> np.ndarray:
    return np.concatenate([np.full(hours, np.nan), values[: len(values) - hours]])


def smart_persistence(power: np.ndarray, sky: np.ndarray, horizon: int) -> np.ndarray:
    """Clear-sky index of `horizon` hours before, times the clear sky; where the sun was low then, yesterday's."""
    index = np.where(sky > 50, power / np.maximum(sky, 50), np.nan)
    near, day = earlier(index, horizon), earlier(index, DAY * -(-horizon // DAY))
    return sky * np.where(np.isfinite(near), near, day)


def clear_gain(power: np.ndarray, sky: np.ndarray) -> float:
    """Power for each unit of a clear sky's irradiance: the 90th percentile of it, when the sun is up."""
    bright = (sky > 200) & np.isfinite(power)
    return float(np.quantile(power[bright] / sky[bright], 0.9))
