"""The known truth: when each drill wears, stops, is repaired and serviced, and which sensor fails when."""

from dataclasses import dataclass

import numpy as np

from andon_laser_drill.draws import key, uniform

DAY = 86_400.0
WEAR = 30 * DAY
"""From the first trace of wear to the stop, 29 to 31 days."""
REPAIR = 4 * 3_600.0
SERVICE = 20 * DAY
"""Between two services of a drill, which change nothing."""
_GENERATIONS = 40
_OUTAGE = 6 * 3_600.0

PARTS = ("lens", "galvo X", "pump diode", "beam expander")


@dataclass(frozen=True, slots=True)
class Life:
    """Times in seconds since the plant's origin, [drills, generations]: a generation is a drill with one set of
    parts."""

    onset: np.ndarray
    stop: np.ndarray
    back: np.ndarray
    """Running again, with a new part."""
    part: np.ndarray
    """int64: position in PARTS of the part that wears."""

    @classmethod
    def of(cls, drills: int, seed: int) -> "Life":
        drill, generation = np.arange(drills)[:, None], np.arange(_GENERATIONS)[None, :]
        # A third of the drills start wearing within three weeks, so that a demo has something to tell.
        early = (drill % 3 == 0) & (generation == 0)
        draw = uniform(key(seed, 1, drill, generation))
        healthy = np.where(early, (12 + 8 * draw) * DAY, (45 + 90 * draw) * DAY)
        wearing = WEAR + (uniform(key(seed, 2, drill, generation)) - 0.5) * 2 * DAY
        back = np.cumsum(healthy + wearing + REPAIR, axis=1)
        stop = back - REPAIR
        part = (key(seed, 3, drill, generation) % np.uint64(len(PARTS))).astype(np.int64)
        return cls(onset=stop - wearing, stop=stop, back=back, part=part)

    def generation(self, drill: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Which set of parts [rows] drills `drill` [rows] have at `at` [rows]."""
        lane = float(self.back[:, -1].max()) + DAY
        lanes = (self.back + np.arange(len(self.back))[:, None] * lane).ravel()
        found = np.searchsorted(lanes, drill * lane + at, side="right") - drill * self.back.shape[1]
        return np.minimum(found, self.back.shape[1] - 1)

    def wear(self, drill: np.ndarray, at: np.ndarray, generation: np.ndarray) -> np.ndarray:
        """0 to 1 [rows]: quick at first and then slowly on, as a coating burns in; half is reached after three days."""
        age = np.maximum(at - self.onset[drill, generation], 0.0)
        return 0.8 * (1 - np.exp(-age / (3 * DAY))) + 0.2 * age / WEAR

    def stopped(self, drill: np.ndarray, at: np.ndarray, generation: np.ndarray) -> np.ndarray:
        return at >= self.stop[drill, generation]


def outages(seed: int, drill: np.ndarray, at: np.ndarray, signals: int) -> tuple[np.ndarray, np.ndarray]:
    """Which readings [rows, signals] are lost, and which stand still since when (seconds; NaN where not).

    Every six hours each sensor draws its fate: dead or intermittent (a second in three lost) about once in 25 days,
    stuck about once in 250; sensors of the laser itself a tenth of that.
    """
    block = np.floor(at / _OUTAGE).astype(np.int64)[:, None]
    signal = np.arange(signals)[None, :]
    fate = uniform(key(seed, 4, drill[:, None], block, signal)) * np.where(signal < 2, 10.0, 1.0)
    start = (block + 0.6 * uniform(key(seed, 5, drill[:, None], block, signal))) * _OUTAGE
    on = (at[:, None] >= start) & (at[:, None] < start + 0.4 * _OUTAGE)
    dead = on & (fate < 0.005)
    rare = np.nonzero(on & (fate >= 0.005) & (fate < 0.010))
    lost = dead
    lost[rare] = uniform(key(seed, 6, drill[rare[0]], at[rare[0]].astype(np.int64), rare[1])) < 1 / 3
    return lost, np.where(on & (fate >= 0.010) & (fate < 0.011), start, np.nan)
