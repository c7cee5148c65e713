"""A plant of laser drills with known truth."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from andon_laser_drill.contract import drill_contract
from andon_laser_drill.life import PARTS, SERVICE, Life, outages
from andon_laser_drill.physics import Physics
from andon_sdk.plugin import DemoAsset, DemoEvent, DemoPlant, DemoRows

_CHUNK_ROWS = 200_000


@dataclass(frozen=True, slots=True)
class DrillSimulation:
    """The life of a plant from `origin`: the same for the same seed, whatever slices are asked for."""

    origin: datetime
    assets: tuple[DemoAsset, ...]
    life: Life
    physics: Physics
    seed: int
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(
        cls, origin: datetime, seed: int, assets: tuple[DemoAsset, ...], extra_signals: int = 0
    ) -> "DrillSimulation":
        signals = drill_contract(extra_signals).signals
        return cls(
            origin.astimezone(UTC),
            assets,
            Life.of(len(assets), seed),
            Physics(seed, len(signals)),
            seed,
            np.array([signal.low for signal in signals]),
            np.array([signal.high for signal in signals]),
        )

    def rows(self, start: datetime, end: datetime, every_s: float | None = None) -> DemoRows:
        """All readings with start ≤ time < end, one a second or one every `every_s`; none while a drill stands."""
        step = every_s or 1.0
        first = max(0, int(np.ceil((start - self.origin).total_seconds() / step)))
        last = max(first, int(np.ceil((end - self.origin).total_seconds() / step)))
        drills = len(self.assets)
        ticks = max(1, _CHUNK_ROWS // drills)
        parts = [self._slice(np.arange(i, min(i + ticks, last)) * step) for i in range(first, last, ticks)]
        if not parts:
            nothing = np.zeros((0, self.physics.signals))
            return DemoRows(np.zeros(0, np.int64), np.zeros(0, "datetime64[us]"), nothing)
        asset, at, values = (np.concatenate(column) for column in zip(*parts, strict=True))
        origin = np.datetime64(self.origin.replace(tzinfo=None), "us")
        return DemoRows(asset, origin + (at * 1e6).round().astype("timedelta64[us]"), values)

    def events(self, start: datetime, end: datetime) -> tuple[DemoEvent, ...]:
        """Failures, replaced parts and services with start ≤ time < end, in order of time."""
        after, before = (start - self.origin).total_seconds(), (end - self.origin).total_seconds()
        found: list[tuple[float, DemoEvent]] = []
        for kind, times in (("failure", self.life.stop), ("part_replaced", self.life.back)):
            for drill, generation in np.argwhere((times >= after) & (times < before)):
                part = PARTS[self.life.part[drill, generation]]
                note = f"Stopped: {part} worn out." if kind == "failure" else f"New {part} fitted and adjusted."
                found.append(self._event(drill, kind, float(times[drill, generation]), note, part))
        for number in range(max(1, int(np.floor(after / SERVICE))), int(np.ceil(before / SERVICE)) + 1):
            for drill in range(len(self.assets)):
                at = number * SERVICE + drill * 1_800.0
                if after <= at < before:
                    found.append(self._event(drill, "maintenance", at, "Cleaned and checked; no part changed.", None))
        return tuple(event for _, event in sorted(found, key=lambda pair: (pair[0], pair[1].asset)))

    def _event(self, drill: int, kind: str, at: float, note: str, part: str | None) -> tuple[float, DemoEvent]:
        time = self.origin + timedelta(seconds=float(at))
        return float(at), DemoEvent(self.assets[drill].key, kind, time, note, part)

    def _slice(self, ticks: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        drills = len(self.assets)
        drill, at = np.tile(np.arange(drills), len(ticks)), np.repeat(ticks, drills)
        generation = self.life.generation(drill, at)
        running = ~self.life.stopped(drill, at, generation)
        drill, at, generation = drill[running], at[running], generation[running]
        values = self._clean(drill, at, generation)
        lost, since = outages(self.seed, drill, at, self.physics.signals)
        row, signal = np.nonzero(~np.isnan(since))
        if len(row):  # a stuck sensor shows what it showed when it got stuck
            held = self._clean(drill[row], np.floor(since[row, signal]), generation[row])
            values[row, signal] = held[np.arange(len(row)), signal]
        values[lost] = np.nan
        return drill, at, np.clip(values, self.low, self.high)

    def _clean(self, drill: np.ndarray, at: np.ndarray, generation: np.ndarray) -> np.ndarray:
        wear = self.life.wear(drill, at, generation)
        return self.physics.clean(drill, at, generation, wear, self.life.part[drill, generation])


def drill_plant(drills: int = 24, extra_signals: int = 0) -> DemoPlant:
    """A plant of any size; eight drills a line, four lines a site."""
    assets = tuple(
        DemoAsset(f"drill-{i + 1:02d}", f"Laser drill {i + 1}", f"Line {i // 8 + 1}", f"Site {i // 32 + 1}")
        for i in range(drills)
    )

    def simulate(origin: datetime, seed: int) -> DrillSimulation:
        return DrillSimulation.of(origin, seed, assets, extra_signals)

    contract = drill_contract(extra_signals)
    title = f"{drills} laser drills"
    return DemoPlant(contract.key + "s", title, contract.key, "laser-drill-watch", assets, simulate, drill_plant)
