"""From ragged rows in physical units to scaled, split, padded blocks.

**Split.** Never by random rows, which leaks neighbours in time. The last `held_out_share` of an asset's time is held
out for the gates. The rest is cut into `parts` equal parts of time, and the last `calibration_share` of each part is
kept for thresholds. One part (the default) lets thresholds know how far a normal machine moves on after its training
rows; several parts let them see every regime of a long range. Each run of calibration rows is contiguous.

**Scale.** Per asset and signal: center = median, scale = the larger of IQR / 1.349 and a quarter of the standard
deviation within six IQR of the median (signals that mostly rest have IQR 0), over the training rows that have a value.
A constant signal gets a scale from its size, so that a move of it counts and nothing is divided by zero. A signal
without any value is unknown to the asset: it stays masked for ever.

**Rows of before.** Where an update mixes them in, they lie before an asset's new rows and are dealt by stretches spread
over all of them: of ten, one is held back to see what is remembered and two calibrate. Held-out rows are new ones only.

**Labels.** Rows of an event that somebody judged abnormal are no normal: they are taken out before the split, so that
they reach neither scale, training, calibration nor held-out rows, and no window looks over the gap. They come beside,
with the rows before them, for who chooses thresholds (`services.fleet.labels`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from services.fleet.cuts import following, leading, padded_index, thinned
from services.fleet.errors import AssetFailure

CLIP = 20.0
"""Scaled values are clipped here: a module in float32 need not answer for a sensor 20 spreads away."""
TRAIN, CALIBRATION, HELD_OUT, UNUSED = range(4)
"""Roles of rows."""
_HELD_STRETCH = 5
STRETCHES = 1 << 16
"""What an event's number is multiplied with in the parts of labelled rows: an event may have so many stretches."""
_BURST = 64
"""Neighbouring rows of an event that are kept together where it is thinned."""
_CONSTANT = 1e-3
"""A constant signal's scale, as a share of its size (at least of 1 unit)."""


@dataclass(frozen=True, slots=True)
class FleetRows:
    """Rows of many assets, asset after asset, each asset's in order of source time."""

    assets: tuple[str, ...]
    offsets: np.ndarray
    """int64 [assets + 1]: asset i owns rows offsets[i] to offsets[i + 1]."""
    values: np.ndarray
    """float64 [rows, signals] in the contract's order and units; NaN where missing."""
    event: np.ndarray | None = None
    """int32 [rows]: which of the asset's abnormal events a row belongs to, from 0; -1: none. None: no asset has any."""
    place: np.ndarray | None = None
    """int64 [rows], rising within an asset: rows whose places are more than 1 apart are no neighbours."""

    old: np.ndarray | None = None
    """bool [rows]: rows of before, which lie before an asset's new ones. None: no asset has any."""

    @classmethod
    def gather(cls, assets: Sequence[str], asset: np.ndarray, time: np.ndarray, values: np.ndarray) -> "FleetRows":
        """Order rows that come in any order; `asset` [rows] holds positions in `assets`."""
        order = np.lexsort((time, asset))
        counts = np.bincount(asset, minlength=len(assets))
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return cls(tuple(assets), offsets, np.ascontiguousarray(values[order], dtype=np.float64))

    @property
    def signals(self) -> int:
        return self.values.shape[1]

    def take(self, positions: Sequence[int]) -> "FleetRows":
        """The rows of some assets, in the order asked for."""
        lengths = np.diff(self.offsets)[list(positions)]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        starts = self.offsets[list(positions)]
        index = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths)
        return self._at(tuple(self.assets[i] for i in positions), offsets, index)

    def normal(self) -> "FleetRows":
        """Without the rows of abnormal events; those beside a gap are no neighbours."""
        if self.event is None or not (kept := self.event < 0).size or kept.all():
            return self
        before = np.concatenate([[0], np.cumsum(kept)])
        index = np.flatnonzero(kept)
        rest = self._at(self.assets, before[self.offsets], index)
        return replace(rest, event=None, place=index if self.place is None else rest.place)

    def _at(self, assets: tuple[str, ...], offsets: np.ndarray, index: np.ndarray) -> "FleetRows":
        event = None if self.event is None else self.event[index]
        place = None if self.place is None else self.place[index]
        old = None if self.old is None else self.old[index]
        return FleetRows(assets, offsets, self.values[index], event, place, old)


@dataclass(frozen=True, slots=True)
class SplitSettings:
    """How an asset's rows are divided, and how many are used at most."""

    calibration_share: float = 0.25
    held_out_share: float = 0.1
    parts: int = 1
    min_rows: int = 100
    max_train_rows: int = 4096
    """More rows than this are thinned evenly over time: wall time is bounded, the range is still covered."""
    max_calibration_rows: int = 1024
    max_held_out_rows: int = 4096
    max_labelled_rows: int = 1024
    """Of abnormal events, thinned like training rows."""
    max_old_rows: int = 1024
    """Of before, in training; never more than there are new ones."""
    max_old_calibration_rows: int = 256
    max_old_held_rows: int = 256


@dataclass(frozen=True, slots=True)
class Rows:
    """Padded rows of n assets: only the first `counts[i]` of asset i are real, the others have nothing present."""

    x: np.ndarray
    """float32 [n, rows, signals], scaled; zero where absent."""
    present: np.ndarray
    """bool [n, rows, signals]."""
    counts: np.ndarray
    """int64 [n]."""
    part: np.ndarray
    """int32 [n, rows]: rows of one part are contiguous in time; -1 is padding."""
    lead: np.ndarray
    """bool [n, rows]: kept only as history of the rows after it, or padding; never counted."""

    @property
    def width(self) -> int:
        """Rows an asset, padding included."""
        return self.x.shape[1]

    def take(self, index: np.ndarray | slice) -> "Rows":
        return Rows(self.x[index], self.present[index], self.counts[index], self.part[index], self.lead[index])

    def windows(self, history: int) -> tuple[np.ndarray, np.ndarray]:
        """x and present [n, rows, history, signals], each row last in its window; as they are for a history of 1."""
        if history == 1:
            return self.x, self.present
        index, valid = window_index(self.part, history)
        asset = np.arange(len(index))[:, None, None]
        present = self.present[asset, index] & valid[..., None]
        return self.x[asset, index] * present, present


class Scaling(NamedTuple):
    """How physical values of n assets become those a model sees."""

    center: np.ndarray
    """float64 [n, signals], physical units."""
    scale: np.ndarray
    """float64 [n, signals], physical units, above zero."""
    known: np.ndarray
    """bool [n, signals]: the others are masked."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Assets fit for training, ready to be stacked."""

    assets: tuple[str, ...]
    center: np.ndarray
    """float64 [n, signals], physical units."""
    scale: np.ndarray
    """float64 [n, signals], physical units, above zero."""
    known: np.ndarray
    """bool [n, signals]: the signal had values in training."""
    train: Rows
    calibration: Rows
    held_out: Rows
    failures: tuple[AssetFailure, ...]
    labelled: Rows | None = None
    """Rows of abnormal events, each with the rows before it; `part` is the event × `STRETCHES` plus the stretch. None
    where no asset has any."""
    old: Rows | None = None
    """Rows of before that were held back; None where no asset has any."""

    def blocks(self, size: int) -> list[np.ndarray]:
        """Positions of the assets in blocks of `size`, the longest first: alike lengths share a block, so that few wait
        for others."""
        order = np.argsort(-self.train.counts, kind="stable")
        return [order[start : start + size] for start in range(0, len(order), size)]


def window_index(part: np.ndarray, history: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions [n, rows, history] of each row's history, oldest first, and which of them lie in the row's part."""
    index = np.arange(part.shape[1])[:, None] + np.arange(1 - history, 1)
    clipped = np.maximum(index, 0)
    valid = (index >= 0) & (part[:, clipped] == part[:, :, None])
    return np.broadcast_to(clipped, valid.shape), valid


def scaled(values: np.ndarray, center: np.ndarray, scale: np.ndarray, present: np.ndarray) -> np.ndarray:
    """float32 like `values`: (value - center) / scale, clipped; zero where not present. One formula for training and
    scoring, so that a row means the same in both."""
    result = np.where(present, values, center)
    result -= center
    result /= scale
    return np.clip(result, -CLIP, CLIP, out=result).astype(np.float32)


def prepare(
    rows: FleetRows,
    essential: np.ndarray,
    split: SplitSettings | None = None,
    history: int = 1,
    smooth: int = 1,
    exogenous: np.ndarray | None = None,
    scaling: Scaling | None = None,
) -> Prepared:
    """Check, split and scale the rows of all assets; `essential` and `exogenous` are bool [signals].

    `scaling` is given for assets that are all fit, and else taken from their training rows. Calibration and held-out
    rows come with the `history` + `smooth` - 2 rows before each run of them, so that the first of a run is judged like
    any other; training rows never look into the other two.
    """
    split = split or SplitSettings()
    every, rows = rows, rows.normal()
    failures = _unfit(rows, essential, np.ones(rows.signals, bool) if exogenous is None else ~exogenous, split)
    fit = [i for i, asset in enumerate(rows.assets) if asset not in failures]
    if failures:
        every, rows = every.take(fit), rows.take(fit)
    burst = 1 if history == 1 else 8 * history
    role = _roles(rows, split, history + smooth)
    old = np.zeros(len(role), bool) if rows.old is None else rows.old
    trained = thinned(rows.offsets, (role == TRAIN) & ~old, split.max_train_rows, burst)
    if old.any():
        new = np.diff(np.concatenate([[0], np.cumsum(trained)])[rows.offsets])
        most = np.minimum(new, split.max_old_rows)
        trained |= thinned(rows.offsets, (role == TRAIN) & old, most, burst)
    train = padded_index(rows.offsets, trained)
    center, scale, known = scaling or _robust_scale(rows.values, train)

    def cut(chosen: np.ndarray) -> Rows:
        wide = chosen | leading(rows.offsets, chosen, history + smooth - 2)
        return _rows(rows, padded_index(rows.offsets, wide), chosen, Scaling(center, scale, known))

    remaining = np.repeat(rows.offsets[1:], np.diff(rows.offsets)) - np.arange(len(role))
    return Prepared(
        assets=rows.assets,
        center=center,
        scale=scale,
        known=known,
        train=_rows(rows, train, np.ones(len(role), bool), Scaling(center, scale, known)),
        calibration=cut(role == CALIBRATION),
        held_out=cut((role == HELD_OUT) & ~old & (remaining <= split.max_held_out_rows)),
        failures=tuple(failures.values()),
        old=cut((role == HELD_OUT) & old) if old.any() else None,
        labelled=_labelled(every, history + smooth - 2, split.max_labelled_rows, Scaling(center, scale, known)),
    )


def _unfit(rows: FleetRows, essential: np.ndarray, judged: np.ndarray, split: SplitSettings) -> dict[str, AssetFailure]:
    counts = np.diff(rows.offsets)
    new = counts if rows.old is None else np.diff(np.concatenate([[0], np.cumsum(~rows.old)])[rows.offsets])
    starts = np.minimum(rows.offsets[:-1], max(len(rows.values) - 1, 0))

    def any_row(flags: np.ndarray) -> np.ndarray:
        """Per asset, whether any of its rows has the flag; reduceat reads one row of the next for an empty asset."""
        if not len(flags):
            return np.zeros((len(counts), *flags.shape[1:]), bool)
        found = np.logical_or.reduceat(flags, starts, axis=0)
        return found & (counts > 0).reshape(-1, *([1] * (flags.ndim - 1)))

    infinite = np.any(any_row(np.isinf(rows.values)), axis=1)
    seen = any_row(~np.isnan(rows.values))
    lacks_essential = np.any(~seen & essential, axis=1)
    failures: dict[str, AssetFailure] = {}
    bad = (new < split.min_rows) | infinite | ~np.any(seen & judged, axis=1) | lacks_essential
    for i in np.flatnonzero(bad):
        asset = rows.assets[i]
        if new[i] < split.min_rows:
            reason = "too_few_rows", f"{new[i]} rows, at least {split.min_rows} are needed."
        elif infinite[i]:
            reason = "non_finite", "The rows hold an infinite value."
        elif not (seen[i] & judged).any():
            reason = "all_missing", "No signal that is judged has any value in the range."
        else:
            lost = ", ".join(str(f) for f in np.flatnonzero(~seen[i] & essential))
            reason = "essential_missing", f"Essential signals without any value, by position in the contract: {lost}."
        failures[asset] = AssetFailure(asset, *reason)
    return failures


def _roles(rows: FleetRows, split: SplitSettings, reach: int) -> np.ndarray:
    """int8 [rows]: the role of each row."""
    if rows.old is None:
        return _split(rows.offsets, split)
    new = np.concatenate([[0], np.cumsum(~rows.old)])[rows.offsets]
    role = np.empty(len(rows.values), np.int8)
    role[~rows.old] = _split(new, split)
    role[rows.old] = _dealt(rows.offsets - new, split, reach)
    return role


def _dealt(offsets: np.ndarray, split: SplitSettings, reach: int) -> np.ndarray:
    """int8 [old rows]: of ten stretches of an asset's rows one is held back and two calibrate, as far as there is room
    for so many; the others are trained on."""
    counts = np.diff(offsets)
    position = np.arange(offsets[-1]) - np.repeat(offsets[:-1], counts)
    stretch = position // np.repeat(np.clip(counts // 40, min(reach, 32), 128), counts) % 10
    role = np.full(len(position), TRAIN, np.int8)
    for which, code, most in (
        (np.isin(stretch, (3, 7)), CALIBRATION, split.max_old_calibration_rows),
        (stretch == _HELD_STRETCH, HELD_OUT, split.max_old_held_rows),
    ):
        role[which] = UNUSED
        role[thinned(offsets, which, most, 32)] = code
    return role


def _split(offsets: np.ndarray, split: SplitSettings) -> np.ndarray:
    """int8 [rows]: the role of each row."""
    counts = np.diff(offsets)
    total = np.repeat(counts, counts)
    position = np.arange(offsets[-1]) - np.repeat(offsets[:-1], counts)
    kept = total - (total * split.held_out_share).astype(np.int64)
    part = np.minimum(position * split.parts // np.maximum(kept, 1), split.parts - 1)
    end = -(-(part + 1) * kept // split.parts)
    length = np.minimum(kept * split.calibration_share, split.max_calibration_rows) / split.parts
    role = (position >= end - length.astype(np.int64)).astype(np.int8)
    role[position >= kept] = 2
    return role


def _rows(rows: FleetRows, index: np.ndarray, counted: np.ndarray, scaling: Scaling) -> Rows:
    at = index if rows.place is None else rows.place[index]
    breaks = np.diff(at, axis=1, prepend=at[:, :1]) > 1
    return _cut(rows, index, counted, np.cumsum(breaks, axis=1), scaling)


def _labelled(rows: FleetRows, reach: int, at_most: int, scaling: Scaling) -> Rows | None:
    """Rows of abnormal events, at most so many an asset, each stretch with up to `reach` rows before it."""
    if rows.event is None or not (marked := rows.event >= 0).any():
        return None
    chosen = thinned(rows.offsets, marked, at_most, max(_BURST, 4 * (reach + 1)))
    index = padded_index(rows.offsets, chosen | leading(rows.offsets, chosen, reach))
    event = np.append(rows.event, -1)[following(chosen)][index]
    at = index if rows.place is None else rows.place[index]
    apart = (np.diff(at, axis=1, prepend=at[:, :1]) > 1) | (np.diff(event, axis=1, prepend=event[:, :1]) != 0)
    return _cut(rows, index, chosen, event * STRETCHES + np.cumsum(apart, axis=1), scaling)


def _cut(rows: FleetRows, index: np.ndarray, counted: np.ndarray, part: np.ndarray, scaling: Scaling) -> Rows:
    """The rows at `index`, scaled; only those of `counted` [rows] count."""
    center, scale, known = scaling
    real = index >= 0
    taken = rows.values[index]
    present = ~np.isnan(taken) & real[:, :, None] & known[:, None, :]
    x = scaled(taken, center[:, None, :], scale[:, None, :], present)
    return Rows(x, present, real.sum(axis=1), np.where(real, part, -1).astype(np.int32), ~real | ~counted[index])


def _robust_scale(values: np.ndarray, index: np.ndarray) -> Scaling:
    """Center, scale [n, signals] and which signals have any value, from the rows of `index`."""
    taken = np.where((index >= 0)[:, :, None], values[index], np.nan)
    ordered = np.sort(taken, axis=1)  # NaN last
    counts = (~np.isnan(ordered)).sum(axis=1)

    def quantile(q: float) -> np.ndarray:
        place = np.maximum(counts - 1, 0) * q
        low = np.floor(place).astype(np.int64)
        high = np.minimum(low + 1, np.maximum(counts - 1, 0))
        below = np.take_along_axis(ordered, low[:, None, :], 1)[:, 0]
        above = np.take_along_axis(ordered, high[:, None, :], 1)[:, 0]
        return below + (above - below) * (place - low)

    known = counts > 0
    center = np.where(known, quantile(0.5), 0.0)
    iqr = np.where(known, quantile(0.75) - quantile(0.25), 0.0) / 1.349
    reach = np.where(iqr > 0, 6 * iqr, np.inf)[:, None, :]
    deviation = np.clip(taken - center[:, None, :], -reach, reach)
    squares = np.where(np.isnan(deviation), 0.0, deviation) ** 2
    spread = np.sqrt(squares.sum(axis=1) / np.maximum(counts, 1))
    scale = np.maximum(iqr, spread / 4)
    constant = scale <= 1e-9 * np.maximum(np.abs(center), 1e-3)
    return Scaling(center, np.where(constant, _CONSTANT * np.maximum(np.abs(center), 1.0), scale), known)
