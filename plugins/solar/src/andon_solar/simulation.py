"""Solar plants with known truth: weather that neighbours share, dirt that rain washes off, inverters that stop, clocks
that follow daylight saving."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
from pvlib import irradiance

from andon_sdk.plugin import DemoAsset, DemoEvent, DemoPlant, DemoRows
from andon_solar.contract import (
    AIR_TEMPERATURE,
    CLEAR_SKY,
    IRRADIANCE,
    POWER,
    SOLAR_PLANT,
    SUN_EAST,
    SUN_UP,
    WIND_SPEED,
)
from andon_solar.sun import HOUR, Site, clear_sky, day_of_year, direction

NEIGHBOURS = 25
"""Plants of one region."""
LOSS_BLOCK = 60 * 24
"""Hours in which a plant loses an inverter at most once; in the first of them none."""
_LOST_SHARE = 0.35
"""Of the blocks."""
_CLOCKS = 40
"""One plant in so many stamps what a clock in Berlin says, less an hour, and calls it UTC."""
_BERLIN = "Europe/Berlin"


@dataclass(frozen=True, slots=True)
class Truth:
    """What only the simulator knows, [plants] or [plants, blocks]."""

    inverters: np.ndarray
    stops: np.ndarray
    """Hours since the origin at which an inverter stops; infinite where none does in that block."""
    runs_again: np.ndarray
    which: np.ndarray
    """Its number, from 1."""
    clock: np.ndarray
    """bool [plants]: the clock follows daylight saving."""

    def lost(self, hours: np.ndarray) -> np.ndarray:
        """Inverters that stand still, int [hours, plants]; `hours` since the origin."""
        at = hours[:, None, None]
        return ((at >= self.stops) & (at < self.runs_again)).sum(axis=2)


@dataclass(frozen=True, slots=True)
class SolarSimulation:
    """The life of a fleet from `origin`: the same for the same seed, whatever slices are asked for."""

    origin: datetime
    assets: tuple[DemoAsset, ...]
    seed: int
    site: Site
    truth: Truth
    normal: np.ndarray
    """float64 [plants, 3]: where the modules face (east, north, up)."""
    washed: np.ndarray
    """float64 [plants, 2]: days from rain to rain, and from the last rain to the origin."""

    @classmethod
    def of(cls, origin: datetime, seed: int, assets: tuple[DemoAsset, ...]) -> "SolarSimulation":
        many, draw = len(assets), np.random.default_rng([seed, 1])
        region = np.arange(many) // NEIGHBOURS
        places = np.random.default_rng([seed, 2]).uniform((36, -4), (52, 20), (region.max() + 1, 2))[region]
        near = draw.uniform(-0.3, 0.3, (many, 2))
        tilt, turned = np.radians(draw.uniform(15, 35, many)), np.radians(draw.uniform(-35, 35, many))
        flat = np.sin(tilt)
        normal = np.stack([flat * np.sin(turned), -flat * np.cos(turned), np.cos(tilt)], axis=1)
        washed = np.stack([draw.uniform(25, 60, many), draw.uniform(0, 25, many)], axis=1)
        site = Site(*(places + near).T)
        clock = np.arange(many) % _CLOCKS == 7
        return cls(origin.astimezone(UTC), assets, seed, site, _truth(seed, many, clock), normal, washed)

    def rows(self, start: datetime, end: datetime, every_s: float | None = None) -> DemoRows:
        """All readings with start ≤ time < end, one an hour or one every `every_s` where that is longer."""
        step = max(round((every_s or 3600.0) / 3600.0), 1)
        first, last = (max(int(np.ceil((at - self.origin).total_seconds() / 3600 / step)), 0) for at in (start, end))
        hours = np.arange(first, max(last, first)) * step
        values = self.values(hours)
        time = np.datetime64(self.origin.replace(tzinfo=None), "us") + hours * HOUR
        plants = len(self.assets)
        asset = np.tile(np.arange(plants), len(hours))
        return DemoRows(asset, np.repeat(time, plants), values.reshape(-1, values.shape[2]))

    def values(self, hours: np.ndarray) -> np.ndarray:
        """float64 [hours, plants, signals] in the contract's units; `hours` since the origin, as stamped."""
        late = np.where(self.truth.clock, _summer(self.origin, hours)[:, None], 0)
        shown = np.full((*late.shape, len(SOLAR_PLANT.signals)), np.nan)
        shown[..., SUN_EAST:] = self._sun(hours[:, None])
        shown[..., CLEAR_SKY] = clear_sky(shown[..., SUN_UP])
        hidden = self._weather(hours[:, None] - late)
        shown[..., [IRRADIANCE, AIR_TEMPERATURE, WIND_SPEED]] = hidden[..., :3]
        shown[..., POWER] = self._power(hours, hours[:, None] - late, hidden)
        low, high = np.array([[signal.low, signal.high] for signal in SOLAR_PLANT.signals]).T
        return np.clip(shown, low, high)

    def events(self, start: datetime, end: datetime) -> tuple[DemoEvent, ...]:
        """Inverters that stopped and that run again, with start ≤ time < end, in order of time."""
        truth, found = self.truth, list[DemoEvent]()
        for kind, times, what in (("failure", truth.stops, "stopped"), ("maintenance", truth.runs_again, "runs again")):
            for plant, block in np.argwhere(np.isfinite(times)):
                time = self.origin + timedelta(hours=float(times[plant, block]))
                note = f"Inverter {truth.which[plant, block]} of {truth.inverters[plant]} {what}."
                if start <= time < end:
                    found.append(DemoEvent(self.assets[plant].key, kind, time, note, "inverter"))
        return tuple(sorted(found, key=lambda event: (event.time, event.asset)))

    def _sun(self, hours: np.ndarray) -> np.ndarray:
        """Towards the sun in the middle of the hour [hours, plants, 3]."""
        origin = np.datetime64(self.origin.replace(tzinfo=None), "us")
        return direction(origin + hours * HOUR + HOUR // 2, self.site)

    def _weather(self, hours: np.ndarray) -> np.ndarray:
        """Irradiance, air temperature, wind and the sine of the sun's elevation [hours, plants, 4]."""
        up, plants = self._sun(hours)[..., 2], len(self.assets)
        region = np.arange(plants) // NEIGHBOURS
        slow, quick, warm, breeze = (
            _wave(np.random.default_rng([self.seed, 3, kind]), hours, period, region)
            for kind, period in enumerate((30.0, 3.0, 60.0, 12.0))
        )
        own = _wave(np.random.default_rng([self.seed, 4]), hours, 2.0, np.arange(plants))
        cloud = 1 / (1 + np.exp(0.6 - 1.6 * (slow + 0.5 * quick + 0.15 * own)))
        origin = np.datetime64(self.origin.replace(tzinfo=None), "us")
        season = np.cos(2 * np.pi * (day_of_year(origin + hours * HOUR) - 20) / 365)
        air = 13 - 10 * season + 4 * warm + 8 * np.maximum(up, 0) * (1 - cloud)
        wind = 3 * np.exp(0.5 * breeze)
        return np.stack([clear_sky(up) * (1.06 - 0.85 * cloud), air, wind, up], axis=-1)

    def _power(self, stamped: np.ndarray, hours: np.ndarray, weather: np.ndarray) -> np.ndarray:
        """AC power [hours, plants] in W/kWp."""
        flat, air, wind, up = np.moveaxis(weather, -1, 0)
        origin = np.datetime64(self.origin.replace(tzinfo=None), "us")
        zenith = np.degrees(np.arccos(np.clip(up, -1, 1)))
        parts = irradiance.erbs(flat, zenith, np.broadcast_to(day_of_year(origin + hours * HOUR), up.shape))
        facing = np.maximum((self._sun(hours) * self.normal).sum(axis=-1), 0)
        diffuse = parts["dhi"] * (1 + self.normal[:, 2]) / 2
        plane = np.where(up > 0, parts["dni"] * facing + diffuse, 0.0)
        cell = air + plane / (25 + 6.8 * wind)  # Faiman 2008
        dirt = 0.0006 * ((hours / 24 + self.washed[:, 1]) % self.washed[:, 0])
        noise = 1 + 0.01 * _wave(np.random.default_rng([self.seed, 5]), hours, 1.0, np.arange(len(self.assets)))
        full = 0.95 * plane * (1 - 0.004 * (cell - 25)) * (1 - dirt) * noise
        running = 1 - self.truth.lost(stamped) / self.truth.inverters
        return np.clip(full, 0, 850) * running


def _truth(seed: int, plants: int, clock: np.ndarray, blocks: int = 30) -> Truth:
    draw = np.random.default_rng([seed, 6])
    inverters = draw.integers(4, 11, plants)
    lost = draw.random((plants, blocks)) < _LOST_SHARE
    lost[:, 0] = False
    begins = (np.arange(blocks) + draw.uniform(0.05, 0.7, (plants, blocks))) * LOSS_BLOCK
    stops = np.where(lost, np.floor(begins), np.inf)
    again = stops + np.floor(draw.uniform(4, 12, (plants, blocks)) * 24)
    return Truth(inverters, stops, again, draw.integers(1, inverters[:, None] + 1, (plants, blocks)), clock)


def _summer(origin: datetime, hours: np.ndarray) -> np.ndarray:
    """By how many hours a clock in Berlin is ahead of its winter time, int [hours]."""
    utc = pd.DatetimeIndex(np.datetime64(origin.replace(tzinfo=None), "us") + hours * HOUR)
    wall = utc.tz_localize("UTC").tz_convert(_BERLIN).tz_localize(None)
    return ((wall - utc) // pd.Timedelta(hours=1)).to_numpy().astype(int) - 1


def _wave(draw: np.random.Generator, hours: np.ndarray, period: float, member: np.ndarray) -> np.ndarray:
    """A random curve of each plant's member [hours, plants], mean 0, with a normal draw every `period` hours and lines
    between; the first draws are the same however long it is. It begins two hours before the origin."""
    at = np.broadcast_to((hours + 2) / period, (len(hours), len(member)))
    knot = np.floor(at).astype(int)
    knots = draw.normal(size=(int(knot.max(initial=0)) + 2, int(member.max()) + 1))
    share = at - knot
    return knots[knot, member] * (1 - share) + knots[knot + 1, member] * share


def solar_plants(plants: int = 24) -> DemoPlant:
    """A fleet of any size, of regions of 25 plants."""
    assets = tuple(
        DemoAsset(f"solar-{i + 1:03d}", f"Solar plant {i + 1}", f"Group {i // 5 + 1}", f"Region {i // NEIGHBOURS + 1}")
        for i in range(plants)
    )

    def simulate(origin: datetime, seed: int) -> SolarSimulation:
        return SolarSimulation.of(origin, seed, assets)

    title = f"{plants} solar plants"
    return DemoPlant("solar-plants", title, SOLAR_PLANT.key, "solar-watch", assets, simulate, solar_plants)
