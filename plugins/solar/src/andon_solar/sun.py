"""Where the sun stands and what a clear sky would give, from time and place alone.

Spencer's series for declination and equation of time (1971; together within half a degree), and Haurwitz's clear sky
(1945), which needs the zenith only and is the best of those that do (Reno, Hansen and Stein 2012). Both by pvlib.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pvlib import clearsky, solarposition

HOUR = np.timedelta64(3_600_000_000, "us")


@dataclass(frozen=True, slots=True)
class Site:
    """Degrees, north and east above zero."""

    latitude: float | np.ndarray
    longitude: float | np.ndarray


def direction(time: np.ndarray, site: Site) -> np.ndarray:
    """Unit vector (east, north, up) towards the sun, float64 [..., 3]; `time` datetime64 in UTC and the site's
    coordinates are broadcast together."""
    time = time.astype("datetime64[us]")
    hour = (time - time.astype("datetime64[D]")) / HOUR
    day = day_of_year(time) + hour / 24
    declination = solarposition.declination_spencer71(day)
    clock = hour + (site.longitude + solarposition.equation_of_time_spencer71(day) / 4) / 15
    turned, latitude = np.radians(15 * (clock - 12)), np.radians(site.latitude)
    flat = np.cos(declination) * np.cos(turned)
    up = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * flat
    north = np.cos(latitude) * np.sin(declination) - np.sin(latitude) * flat
    return np.stack(np.broadcast_arrays(-np.cos(declination) * np.sin(turned), north, up), axis=-1)


def clear_sky(up: np.ndarray) -> np.ndarray:
    """Global horizontal irradiance of a clear sky, W/m², like `up`, the sine of the sun's elevation."""
    zenith = np.degrees(np.arccos(np.clip(up, -1, 1))).ravel()
    return clearsky.haurwitz(pd.Series(zenith))["ghi"].to_numpy().reshape(np.shape(up))


def day_of_year(time: np.ndarray) -> np.ndarray:
    """From 1, like `time`."""
    date = time.astype("datetime64[D]")
    return (date - date.astype("datetime64[Y]").astype("datetime64[D]")).astype(int) + 1
