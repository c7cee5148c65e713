"""What a drill's sensors show: hidden causes, mixed by the drill's own parts, plus noise.

A row is base + spread · (mixing · causes + wear) + noise. The causes are the recipe, its load, the day's warmth and
two slow moods; they move every signal by several times its noise, which is why a plain limit on a signal sees little.
Wear moves a few signals against the others: it breaks the correlation long before it leaves the range.
"""

from dataclasses import dataclass

import numpy as np

from andon_laser_drill.draws import key, normal, uniform, wave
from andon_laser_drill.life import DAY, PARTS

CAUSES = 5
RECIPES = 4
_NOISE = 0.12
"""Noise of a reading in units of the signal's spread."""
_WEAR = 1.5
"""Full wear in units of the signal's spread: inside what recipes and days do to it, several times its noise."""

_BASE = (42.0, 310.0, 12.0, 38.0, 4.0, 4.2, 3.0, 3.2, 14.0, 21.0, 92.0, 38.0, -82.0, 1.1, 8.0, -6.0)
_SPREAD = (2.4, 16.0, 9.0, 2.1, 0.5, 0.5, 0.6, 0.6, 0.7, 0.6, 3.1, 4.0, 1.8, 0.15, 5.0, 5.0)
_WORN = {  # part: signals it shifts, up or down
    "lens": {2: 1.0, 3: 1.0, 0: -0.7, 14: 0.6},
    "galvo X": {4: 1.0, 6: 1.0, 14: 0.8, 13: 0.5},
    "pump diode": {10: 1.0, 0: -0.8, 1: -0.6, 9: 0.6},
    "beam expander": {14: 1.0, 15: -1.0, 2: 0.7, 1: -0.5},
}


@dataclass(frozen=True, slots=True)
class Physics:
    """Parameters of a plant; every method takes drills [rows] and seconds since the origin [rows]."""

    seed: int
    signals: int

    def clean(
        self, drill: np.ndarray, at: np.ndarray, generation: np.ndarray, wear: np.ndarray, part: np.ndarray
    ) -> np.ndarray:
        """float64 [rows, signals] in the contract's units."""
        base, spread, mixing = self._parts(drill, generation)
        level = np.einsum("rsc,rc->rs", mixing, self.causes(drill, at))
        level += _WEAR * wear[:, None] * self._worn()[part]
        second = at.astype(np.int64)[:, None]
        level += _NOISE * normal(key(self.seed, 10, drill[:, None], second, np.arange(self.signals)[None, :]))
        return base + spread * level

    def causes(self, drill: np.ndarray, at: np.ndarray) -> np.ndarray:
        """float64 [rows, 5]: recipe, load of the recipe, warmth of the day, two slow moods; about one spread each."""
        shift = (25 + 50 * uniform(key(self.seed, 11, drill))) * 60
        block = np.floor(at / shift).astype(np.int64)
        recipe = (key(self.seed, 12, drill, block) % np.uint64(RECIPES)).astype(np.int64)
        warmth = np.sin(2 * np.pi * at / DAY + 0.6 * uniform(key(self.seed, 13, drill)))
        load = 0.6 * np.clip(normal(key(self.seed, 14, drill, block)), -1.8, 1.8)
        slow = wave((self.seed, 15, drill), at, 3_600.0)
        mood = wave((self.seed, 16, drill), at, 7 * 3_600.0)
        return np.stack([(recipe - 1.5) / 1.1, load, warmth, 0.7 * slow, 0.7 * mood], axis=1)

    def _parts(self, drill: np.ndarray, generation: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """base, spread [rows, signals] and mixing [rows, signals, causes] of each row's drill and generation."""
        pairs, which = np.unique(np.stack([drill, generation], axis=1), axis=0, return_inverse=True)
        which = which.ravel()
        owner, era = pairs[:, :1], pairs[:, 1:]
        signal = np.arange(self.signals)[None, :]
        typical = np.resize(_BASE, self.signals), np.resize(_SPREAD, self.signals)
        own = normal(key(self.seed, 20, owner, signal)) * 1.5
        # A replaced part moves a third of the signals to a new normal and changes how they answer to the causes.
        moved = (uniform(key(self.seed, 21, owner, era, signal)) < 1 / 3) & (era > 0)
        own = own + np.where(moved, 2.5 * normal(key(self.seed, 22, owner, era, signal)), 0.0)
        gain = 0.8 + 0.4 * uniform(key(self.seed, 23, owner, np.where(moved, era, 0), signal))
        cause = np.arange(CAUSES)[None, None, :]
        plan = normal(key(self.seed, 24, signal[..., None], cause)) * 0.55
        own_mixing = normal(
            key(self.seed, 25, owner[..., None], np.where(moved, era, 0)[..., None], signal[..., None], cause)
        )
        mixing = plan + 0.25 * own_mixing
        return (typical[0] + own * typical[1])[which], (typical[1] * gain)[which], mixing[which]

    def _worn(self) -> np.ndarray:
        """float64 [parts, signals]: direction of full wear."""
        worn = np.zeros((len(PARTS), self.signals))
        for row, part in enumerate(PARTS):
            for signal, amount in _WORN[part].items():
                worn[row, signal] = amount
        return worn
