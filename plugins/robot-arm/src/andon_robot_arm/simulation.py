"""A cell of robot arms with known truth: which joint wears, since when, and when it stops the arm."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from andon_robot_arm.contract import JOINTS, ROBOT_ARM
from andon_robot_arm.draws import uniform
from andon_robot_arm.physics import Physics
from andon_sdk.plugin import DemoAsset, DemoEvent, DemoPlant, DemoRows

DAY = 86_400.0
WEAR = 12 * DAY
"""From the first trace of wear to the stop."""
REPAIR = 3 * 3_600.0
_GENERATIONS = 40
_LOST = 0.002
"""Chance of a reading to be lost."""
_CHUNK_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class ArmSimulation:
    """The life of a cell from `origin`: the same for the same seed, whatever slices are asked for."""

    origin: datetime
    assets: tuple[DemoAsset, ...]
    physics: Physics
    stop: np.ndarray
    """float64 [arms, generations]: seconds at which the joint that wears stops the arm."""
    joint: np.ndarray
    """int64 [arms, generations]: which joint that is."""

    @classmethod
    def of(cls, origin: datetime, seed: int, assets: tuple[DemoAsset, ...]) -> "ArmSimulation":
        arm, generation = np.arange(len(assets))[:, None], np.arange(_GENERATIONS)[None, :]
        draw = uniform(seed, 1, arm, generation)
        # Every third arm begins to wear within days, so that a demo has something to tell.
        sound = np.where((arm % 3 == 0) & (generation == 0), (3 + 3 * draw) * DAY, (40 + 60 * draw) * DAY)
        stop = np.cumsum(sound + WEAR + REPAIR, axis=1) - REPAIR
        joint = np.floor(JOINTS * uniform(seed, 2, arm, generation)).astype(np.int64)
        return cls(origin.astimezone(UTC), assets, Physics(seed), stop, joint)

    def rows(self, start: datetime, end: datetime, every_s: float | None = None) -> DemoRows:
        """All readings with start ≤ time < end, one a second or one every `every_s`; none while an arm stands."""
        step = every_s or 1.0
        first = max(0, int(np.ceil((start - self.origin).total_seconds() / step)))
        last = max(first, int(np.ceil((end - self.origin).total_seconds() / step)))
        ticks = max(1, _CHUNK_ROWS // len(self.assets))
        parts = [self._slice(np.arange(i, min(i + ticks, last)) * step) for i in range(first, last, ticks)]
        if not parts:
            return DemoRows(np.zeros(0, np.int64), np.zeros(0, "datetime64[us]"), np.zeros((0, len(ROBOT_ARM.signals))))
        arm, at, values = (np.concatenate(column) for column in zip(*parts, strict=True))
        origin = np.datetime64(self.origin.replace(tzinfo=None), "us")
        return DemoRows(arm, origin + (at * 1e6).round().astype("timedelta64[us]"), values)

    def events(self, start: datetime, end: datetime) -> tuple[DemoEvent, ...]:
        """Failures and replaced joints with start ≤ time < end, in order of time."""
        found: list[DemoEvent] = []
        for kind, times in (("failure", self.stop), ("part_replaced", self.stop + REPAIR)):
            low, high = ((border - self.origin).total_seconds() for border in (start, end))
            for arm, generation in np.argwhere((times >= low) & (times < high)):
                part = f"joint {self.joint[arm, generation]}"
                note = f"Stopped: {part} is worn out." if kind == "failure" else f"New gear in {part}."
                time = self.origin + timedelta(seconds=float(times[arm, generation]))
                found.append(DemoEvent(self.assets[arm].key, kind, time, note, part))
        return tuple(sorted(found, key=lambda event: (event.time, event.asset)))

    def _slice(self, ticks: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        arms = len(self.assets)
        arm, at = np.tile(np.arange(arms), len(ticks)), np.repeat(ticks, arms)
        generation = np.minimum((at[:, None] >= self.stop[arm] + REPAIR).sum(axis=1), _GENERATIONS - 1)
        running = at < self.stop[arm, generation]
        arm, at, generation = arm[running], at[running], generation[running]
        worn = np.clip(1 - (self.stop[arm, generation] - at) / WEAR, 0, 1)
        values = self.physics.values(arm, at, generation, worn, self.joint[arm, generation])
        second, signal = np.round(at * 10).astype(np.int64)[:, None], np.arange(values.shape[1])
        values[uniform(self.physics.seed, 3, arm[:, None], second, signal) < _LOST] = np.nan
        return arm, at, values


def arm_plant(arms: int = 12) -> DemoPlant:
    """A plant of any size; six arms a line, four lines a site."""
    assets = tuple(
        DemoAsset(f"arm-{i + 1:02d}", f"Robot arm {i + 1}", f"Cell {i // 6 + 1}", f"Site {i // 24 + 1}")
        for i in range(arms)
    )

    def simulate(origin: datetime, seed: int) -> ArmSimulation:
        return ArmSimulation.of(origin, seed, assets)

    return DemoPlant("robot-arms", f"{arms} robot arms", ROBOT_ARM.key, "robot-arm-phases", assets, simulate, arm_plant)
