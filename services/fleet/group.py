"""Slots of one blueprint and shape: their weights in one stack, and what is learned about masks they met."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from andon_sdk.plugin import Recipe
from services.fleet.errors import BlueprintUnfit
from services.fleet.estimators import stack_of
from services.fleet.pack import Pack
from services.fleet.slots import Slots
from services.fleet.stack import select
from services.fleet.thresholds import Judged, Levels, levels

_TILES, _LEAST = 1024, 32
"""Rows of a call of the stack at most, and what their number is a multiple of.

Kernels differ in a sum's last digits by the shape that they are given. So every row is a product of its own, one row
high, and rows fill a call up to a multiple that no vector leaves a rest of: then a row's numbers are the same whatever
it shares a block with, which `tests/services/fleet/test_same_bits.py` holds bit by bit."""
_SPAN = 1.5
"""So many times as many models are scored where they lie, some with no row, rather than copied together."""
_MAX_PAIRS = 1_000_000


class Group:
    """Models 0..n-1 of the stack are the main models of slots 0..n-1, n..2n-1 their fallbacks."""

    def __init__(self, blueprint: Recipe, members: Sequence[tuple[Pack, int]]) -> None:
        first = members[0][0]
        self.n = len(members)
        self.rule, self.return_rows = first.threshold, first.return_rows
        self.stack = stack_of(blueprint, len(first.essential), first.exogenous)
        if self.stack.history != first.history_rows:
            raise BlueprintUnfit(
                f"{blueprint.key}: the pack was trained on {first.history_rows} rows of history, "
                f"the installed blueprint asks for {blueprint.history_rows}"
            )
        slots = Slots(members)
        self.center = slots.gathered(lambda pack: pack.center)
        self.scale = slots.gathered(lambda pack: pack.scale)
        self.known = slots.gathered(lambda pack: pack.known)
        self.essential = slots.gathered(lambda pack: np.broadcast_to(pack.essential, pack.known.shape))
        self.full = Levels(*np.ascontiguousarray(slots.gathered(lambda pack: pack.levels).astype(np.float32).T))
        weights = {name: slots.weights(name) for name in first.main}
        self._rows, self._labelled = slots.calibration(), slots.labelled()
        self.judged = Judged(self.stack, weights, self._rows, self.essential, self.known, self._labelled)
        self._widths = np.stack([rows.widths() for rows in (self._rows, self._labelled or self._rows)], axis=1)
        self._masks: dict[bytes, int] = {}
        self._pairs = np.zeros(0, np.int64)
        self._pair_threshold = np.zeros(0, np.float32)
        self._pair_loss = np.zeros(0, np.float32)

    @staticmethod
    def kind(blueprint: Recipe, pack: Pack) -> object:
        """Packs of one kind can share a stack."""
        shapes = tuple(sorted((name, tuple(value.shape[1:])) for name, value in pack.main.items()))
        rows = pack.return_rows, pack.history_rows, pack.exogenous.tobytes()
        return blueprint.key, pack.blueprint_version, pack.threshold, rows, shapes

    def contributions(self, slots: np.ndarray, fallback: np.ndarray, x: np.ndarray, used: np.ndarray) -> np.ndarray:
        """float32 [rows, signals]: what each signal adds to the raw score of rows x and used
        [rows, (history,) signals], scaled."""
        models = slots + self.n * fallback
        order = np.argsort(models, kind="stable")
        models = models[order]
        rows, seen = (torch.from_numpy(np.ascontiguousarray(part[order]))[:, None] for part in (x, used))
        parts = torch.empty(len(models), x.shape[-1])
        for i in range(0, len(models), _TILES):
            part = slice(i, i + _TILES)
            parts[part] = self._scores(models[part], rows[part], seen[part])[:, 0]
        result = np.empty((len(x), x.shape[-1]), np.float32)
        result[order] = parts.numpy()
        return np.nan_to_num(result, copy=False, nan=1e30, posinf=1e30, neginf=-1e30)

    def _scores(self, models: np.ndarray, rows: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        """Contributions [rows, 1, signals] of rows, each of its model; models are sorted."""
        low, span = int(models[0]), int(models[-1] + 1 - models[0])
        wide = -(-span // _LEAST) * _LEAST
        if span > _SPAN * len(models) or wide > 2 * self.n or (models[1:] == models[:-1]).any():
            filled = -(-len(models) // _LEAST) * _LEAST
            models = np.concatenate([models, np.repeat(models[-1:], filled - len(models))])
            weights = select(self.judged.weights, torch.from_numpy(models))
            found = self.stack.scores(weights, _filled(rows, filled), _filled(seen, filled))
            return found[: len(rows)]
        low = min(low, 2 * self.n - wide)
        weights = {name: value[low : low + wide] for name, value in self.judged.weights.items()}
        if span == len(models):
            first = int(models[0]) - low
            rows, seen = (_filled(part, wide, first) for part in (rows, seen))
            return self.stack.scores(weights, rows, seen)[first : first + span]
        at = torch.from_numpy(models - low)
        rows, seen = (part.new_zeros(wide, *part.shape[1:]).index_copy_(0, at, part) for part in (rows, seen))
        return self.stack.scores(weights, rows, seen)[at]

    def levels_of(self, slots: np.ndarray, fallback: np.ndarray, used: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Threshold and expected loss [rows]; those of masks not met before are measured first, all at once."""
        threshold = self.full.threshold[slots].copy()
        loss = np.zeros(len(slots), np.float32)
        lacking = np.flatnonzero(fallback)
        if len(self._pairs) > _MAX_PAIRS:  # learned again when met again; bounds memory
            self._masks, self._pairs = {}, self._pairs[:0]
            self._pair_threshold, self._pair_loss = self._pair_threshold[:0], self._pair_loss[:0]
        if len(lacking):
            bits = np.packbits(used[lacking], axis=1)
            kinds, which = np.unique(bits, axis=0, return_inverse=True)
            ids = np.array([self._masks.setdefault(kind.tobytes(), len(self._masks)) for kind in kinds], np.int64)
            keys = (slots[lacking] << 32) | ids[which.ravel()]
            wanted, sample = np.unique(keys, return_index=True)
            fresh = ~np.isin(wanted, self._pairs, assume_unique=True)
            if fresh.any():
                at = lacking[sample[fresh]]
                self._learn(wanted[fresh], slots[at], used[at])
            found = np.searchsorted(self._pairs, keys)
            threshold[lacking], loss[lacking] = self._pair_threshold[found], self._pair_loss[found]
        return threshold, loss

    def carry(self, old: "Group", pairs: Sequence[tuple[int, int]]) -> None:
        """Take over what `old` learned of masks, for `pairs` of (slot here, slot there)."""
        if not pairs or not len(old._pairs):
            return
        here_of = np.full(old.n, -1, np.int64)
        here, there = np.array(pairs).T
        here_of[there] = here
        names = list(old._masks)
        ids = np.array([self._masks.setdefault(name, len(self._masks)) for name in names], np.int64)
        slots = here_of[old._pairs >> 32]
        kept = slots >= 0
        keys = (slots << 32) | ids[old._pairs & 0xFFFFFFFF]
        self._insert(keys[kept], old._pair_threshold[kept], old._pair_loss[kept])

    def _learn(self, keys: np.ndarray, slots: np.ndarray, masks: np.ndarray) -> None:
        """Slots whose packs have rows of one length are judged together: a threshold, too, is the same whatever shares
        the stack with its model."""
        widths, which = np.unique(self._widths[slots], axis=0, return_inverse=True)
        for number, (width, labelled) in enumerate(widths.tolist()):
            mine = np.flatnonzero(which.ravel() == number)
            alike = replace(
                self.judged,
                calibration=self._rows.of_width(width),
                labelled=self._labelled and self._labelled.of_width(labelled),
            )
            self._learn_alike(alike, keys[mine], slots[mine], masks[mine])

    def _learn_alike(self, judged: Judged, keys: np.ndarray, slots: np.ndarray, masks: np.ndarray) -> None:
        found = levels(judged, slots + self.n, slots, masks, self.rule)
        threshold = np.where(np.isnan(found.threshold), self.full.threshold[slots], found.threshold)
        loss = np.clip(1 - found.power / np.maximum(self.full.power[slots], 1e-6), 0, 1)
        self._insert(keys, threshold, loss)

    def _insert(self, keys: np.ndarray, threshold: np.ndarray, loss: np.ndarray) -> None:
        keys = np.concatenate([self._pairs, keys])
        order = np.argsort(keys, kind="stable")
        self._pairs = keys[order]
        self._pair_threshold = np.concatenate([self._pair_threshold, threshold.astype(np.float32)])[order]
        self._pair_loss = np.concatenate([self._pair_loss, loss.astype(np.float32)])[order]


def _filled(part: torch.Tensor, rows: int, first: int = 0) -> torch.Tensor:
    """As many rows as asked for, those of `part` from `first` on, the others zero."""
    if len(part) == rows:
        return part
    result = part.new_zeros(rows, *part.shape[1:])
    result[first : first + len(part)] = part
    return result
