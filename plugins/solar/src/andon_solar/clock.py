"""Stamps that are whole hours off, such as those of a clock that follows daylight saving and claims that it does not.

The middle between a day's first and last power is solar noon, whatever the clouds did between. How far the stamps have
it from where the sun puts it tells the clock's error, day by day; a path through the days that seldom changes (Viterbi
1967) tells the days on which the clock was moved.
"""

from dataclasses import dataclass

import numpy as np
from pvlib import solarposition

from andon_solar.sun import HOUR, Site, day_of_year

_MINUTE = HOUR // 60
_LEVELS = (0.03, 0.05, 0.1)
"""Shares of the plant's usual peak that begin and end its day. Lower ones are met by what a meter shows at night."""
_HOURS = np.arange(-3, 4)
"""Errors that are considered."""
_SURPRISE = 45.0
"""Minutes that a single day can speak against its neighbours: an outage at dawn says little."""
_MOVED = 150.0
"""What a change of the clock costs, in such minutes: several days must speak for it."""


@dataclass(frozen=True, slots=True)
class Shift:
    """From this day on, and until the next, stamps are `hours` later than the time in UTC that they claim to be."""

    day: np.datetime64
    hours: int


def noon_error(time: np.ndarray, power: np.ndarray, site: Site) -> tuple[np.ndarray, np.ndarray]:
    """Days datetime64[D] (of the site's mean solar time) with power, and by how many minutes the stamps have the middle
    of their daylight later than the sun; the median over several levels of power that end a day, NaN where a day
    reached none. `time` [rows] is in UTC, at any pace up to an hour."""
    there = np.isfinite(power)
    time, power = time[there], power[there]
    solar = time + _longitude(site)
    day = solar.astype("datetime64[D]")
    days, which = np.unique(day, return_inverse=True)
    minutes, peak = (solar - day) / _MINUTE, np.quantile(power, 0.99)
    pace = float(np.median(np.diff(np.unique(time)) / _MINUTE))
    middles = np.full((len(_LEVELS), len(days)), np.nan)
    for middle, level in zip(middles, _LEVELS, strict=True):
        bright = power > level * peak
        first, last = np.full(len(days), np.inf), np.full(len(days), -np.inf)
        np.minimum.at(first, which[bright], minutes[bright])
        np.maximum.at(last, which[bright], minutes[bright])
        lit = last >= first
        middle[lit] = (first[lit] + last[lit] + pace) / 2
    seen = np.isfinite(middles).any(axis=0)
    noon = 720 - solarposition.equation_of_time_spencer71(day_of_year(days[seen]))
    return days[seen], np.nanmedian(middles[:, seen], axis=0) - noon


def shifts(time: np.ndarray, power: np.ndarray, site: Site) -> list[Shift]:
    """When the error of the clock is which, oldest first; a single one of 0 hours where all is well. Empty without
    power."""
    if not (np.isfinite(power) & (power > 0)).any():
        return []
    days, error = noon_error(time, power, site)
    rest = (error + 30) % 60 - 30
    cost = np.minimum(np.abs(error[:, None] - 60 * _HOURS - np.median(rest)), _SURPRISE)
    path = _HOURS[_cheapest(cost)]
    begins = np.flatnonzero(np.concatenate([[True], path[1:] != path[:-1]]))
    return [Shift(days[place], int(path[place])) for place in begins]


def _cheapest(cost: np.ndarray) -> np.ndarray:
    """The path [days] through states whose cost [days, states] with `_MOVED` for each change is least."""
    total, back = cost[0], np.zeros(cost.shape, int)
    for day in range(1, len(cost)):
        moved = total.min() + _MOVED
        back[day] = np.where(total <= moved, np.arange(len(total)), total.argmin())
        total = np.minimum(total, moved) + cost[day]
    path = np.zeros(len(cost), int)
    path[-1] = total.argmin()
    for day in range(len(cost) - 1, 0, -1):
        path[day - 1] = back[day, path[day]]
    return path


def _longitude(site: Site) -> np.timedelta64:
    """By how much mean solar time is later than UTC."""
    return np.timedelta64(round(float(site.longitude) * 240e6), "us")
