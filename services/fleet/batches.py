"""Which rows a step of training takes of each asset, and which signals its fallback model sees of them."""

from dataclasses import dataclass, field

import numpy as np

from services.fleet.draws import combine, kept_signals, permutations

_MASKS, _CHECKED = 0x6D61736B, 0x63686563


@dataclass(slots=True)
class Batches:
    """Draws for n assets, each from counters of its own seed: they depend on no other asset."""

    seeds: np.ndarray
    """uint32 [n]"""
    counts: np.ndarray
    """int64 [n]: rows to train on, the first ones of each asset."""
    drop_share: np.ndarray
    """float64 [n]"""
    essential: np.ndarray
    """bool [signals]: never hidden."""
    batch_rows: int
    _epoch: np.ndarray | None = field(default=None, init=False)
    _order: np.ndarray = field(init=False)
    _mask_keys: np.ndarray = field(init=False)

    @property
    def steps_an_epoch(self) -> np.ndarray:
        """int64 [n]"""
        return -(-self.counts // self.batch_rows)

    def take(self, index: np.ndarray) -> "Batches":
        """The draws of some assets."""
        return Batches(self.seeds[index], self.counts[index], self.drop_share[index], self.essential, self.batch_rows)

    def drawn(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """This step's rows int64 [n, batch], and which signals the fallback sees of them float32
        [n, signals, batch]."""
        steps = self.steps_an_epoch
        epoch = step // steps
        if self._epoch is None or (epoch != self._epoch).any():
            self._epoch = epoch
            self._order = permutations(self.seeds, epoch, self.counts, int(self.counts.max()))
            self._mask_keys = combine(combine(self.seeds, _MASKS), epoch)
        # The last batch of an epoch wraps round to its first rows: every batch is full and needs no weights.
        first = (step % steps) * self.batch_rows
        place = (first[:, None] + np.arange(self.batch_rows)) % self.counts[:, None]
        rows = np.take_along_axis(self._order, place, axis=1)
        return rows, self._kept(combine(self._mask_keys[:, None], rows))

    def checked(self, rows: np.ndarray) -> np.ndarray:
        """float32 [n, signals, k]: what the fallback sees of rows [n, k] that are checked, the same in every epoch."""
        return self._kept(combine(combine(self.seeds, _CHECKED)[:, None], rows))

    def _kept(self, keys: np.ndarray) -> np.ndarray:
        kept = kept_signals(keys, len(self.essential), self.drop_share[:, None])
        kept[:, self.essential] = 1.0
        return kept
