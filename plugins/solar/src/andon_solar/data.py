"""Rows of the contract from recordings that are public: NREL's PVDAQ and UK Power Networks.

Each reader takes the path of a file, averages to hours and puts the sun's place beside them. Stamps become UTC; an hour
without any value has none (NaN).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from andon_solar.contract import (
    AIR_TEMPERATURE,
    CLEAR_SKY,
    IRRADIANCE,
    POWER,
    SOLAR_PLANT,
    SUN_EAST,
    SUN_UP,
)
from andon_solar.sun import HOUR, Site, clear_sky, direction

SYSTEM_50 = Site(39.74, -105.18)
SELLINDGE = Site(51.10, 0.98)
SYSTEM_50_KWP = 3_400.0
SELLINDGE_KWP = 44_000.0
_MOUNTAIN = np.timedelta64(7, "h")


@dataclass(frozen=True, slots=True)
class Recording:
    """One plant: `time` [rows] datetime64[us], UTC, the start of each hour without gaps; `values` [rows, signals] in
    the contract's order and units."""

    time: np.ndarray
    values: np.ndarray


def read_pvdaq_hourly(path: Path) -> Recording:
    """System 50 with the weather of the NSRDB, from the file whose stamps are mended (`time_mst`, UTC-7)."""
    table = pq.read_table(path)
    time = table["time_mst"].to_numpy().astype("datetime64[us]") + _MOUNTAIN
    found = recording(time, table["ac_kw"].to_numpy().astype(float) / SYSTEM_50_KWP * 1_000, SYSTEM_50)
    for column, place in (("ghi", IRRADIANCE), ("temp_air", AIR_TEMPERATURE)):
        found.values[:, place] = hourly(time, table[column].to_numpy().astype(float), found.time)
    return found


def read_pvdaq_raw(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Time [rows] datetime64[us], UTC if the stamps were what they claim, and AC power [rows] in kW, as recorded."""
    table = pq.read_table(path)
    return table["measured_on"].to_numpy().astype("datetime64[us]"), table["ac_power_2"].to_numpy().astype(float)


def read_ukpn(path: Path) -> Recording:
    """Sellindge, 44 MW; the file has no weather. Its stamps were put forward twice in summer, as if what a clock in
    London said had been taken for UTC and turned into London's time again: `andon_solar.clock` finds them two hours
    late from each March to October. So they are put back twice."""
    time, power = read_ukpn_raw(path)
    once = utc_of(time, "Europe/London")
    return recording(utc_of(once, "Europe/London"), power * 1e6 / SELLINDGE_KWP, SELLINDGE)


def read_ukpn_raw(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Time [rows] datetime64[us] as stamped, and power [rows] in MW, as recorded."""
    table = pq.read_table(path)
    return table["time"].to_numpy().astype("datetime64[us]"), table["mw"].to_numpy().astype(float)


def utc_of(wall: np.ndarray, zone: str) -> np.ndarray:
    """datetime64[us] in UTC of what a clock on the wall said, in order of time: where it goes back, the hour that comes
    twice is told apart by the order."""
    wall = wall.astype("datetime64[us]")
    before = wall < np.maximum.accumulate(wall)
    index = pd.DatetimeIndex(wall).tz_localize(zone, ambiguous=~before, nonexistent="shift_forward")
    return index.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[us]")


def recording(time: np.ndarray, power: np.ndarray, site: Site) -> Recording:
    """Power [rows] in W/kWp at any times, in UTC, as rows of the contract; weather is left out."""
    start, end = time.min().astype("datetime64[h]"), time.max().astype("datetime64[h]") + 1
    hours = np.arange(start, end).astype("datetime64[us]")
    values = np.full((len(hours), len(SOLAR_PLANT.signals)), np.nan)
    values[:, POWER] = hourly(time, power, hours)
    values[:, SUN_EAST:] = direction(hours + HOUR // 2, site)
    values[:, CLEAR_SKY] = clear_sky(values[:, SUN_UP])
    return Recording(hours, values)


def hourly(time: np.ndarray, values: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """Mean of the values [rows] within each hour; NaN where there is none."""
    there = np.isfinite(values)
    place = ((time[there] - hours[0]) // HOUR).astype(int)
    sums = np.bincount(place, values[there], len(hours))
    counts = np.bincount(place, minlength=len(hours))
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
