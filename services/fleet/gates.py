"""What gates judge: numbers per asset, measured on held-out rows through the scorer that serves. No limit lives
here."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.fleet.detection import SHIFT, spread_rows, told
from services.fleet.pack import Pack
from services.fleet.prepare import Rows
from services.fleet.score import NONE, Entry, Scorer

_ROWS = 512
_LOSSES = 4
"""Planned losses of several signals at once, beside each single one."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Of n entries; float64 [n] unless said."""

    rows: np.ndarray
    answered_share: np.ndarray
    false_alarm_share: np.ndarray
    """Share of answered held-out rows above the threshold."""
    power: np.ndarray
    """How well a standing shift of one signal (3 spreads) is told from held-out rows, mean 2·AUC - 1 over signals."""
    baseline_power: np.ndarray
    """The same by the plain distance from the asset's normal (mean square of scaled values)."""


@dataclass(frozen=True, slots=True)
class SensorLoss:
    """Of n entries under m planned losses."""

    masks: np.ndarray
    """bool [m, signals]: signals that are left."""
    false_alarm_share: np.ndarray
    """float64 [n, m]; NaN where the loss takes an essential signal, which no model answers."""
    answered_share: np.ndarray
    """float64 [n, m]."""
    expected_loss: np.ndarray
    """float64 [n, m]."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Challenger against champion on the same held-out rows; pairs of entries of the same asset."""

    champion: Quality
    challenger: Quality


def held_out_quality(entries: Sequence[Entry], held_out: Rows, packs_rows: np.ndarray | None = None) -> Quality:
    """Quality of entries; entry i is judged by rows `packs_rows[i]` (default i) of `held_out`, which are scaled by the
    entry's own center and scale."""
    scorer = Scorer(entries)
    rows = first_rows(held_out.take(np.arange(len(entries)) if packs_rows is None else packs_rows))
    values = physical(scorer, rows)
    return _quality(scorer, values, rows)


def compare(champions: Sequence[Entry], challengers: Sequence[Entry], held_out: Rows) -> Comparison:
    """Both on the challengers' held-out rows (row i of `held_out` belongs to pair i, scaled as challenger i's pack
    says)."""
    new, old = Scorer(challengers), Scorer(champions)
    rows = first_rows(held_out)
    values = physical(new, rows)
    return Comparison(champion=_quality(old, values, rows), challenger=_quality(new, values, rows))


def old_ground(champions: Sequence[Entry], challengers: Sequence[Entry]) -> Comparison:
    """Both on the rows that calibrated the champions, which these have with them: rows of the time that each champion
    knows, and none that trained it. Pairs as in `compare`."""
    new, old = Scorer(challengers), Scorer(champions)
    rows = first_rows(calibration_of(champions))
    values = physical(old, rows)
    return Comparison(champion=_quality(old, values, rows), challenger=_quality(new, values, rows))


def calibration_of(entries: Sequence[Entry]) -> Rows:
    """The rows that calibrated each entry, in their order, whatever packs they are in."""
    places: dict[int, list[int]] = {}
    for place, entry in enumerate(entries):
        places.setdefault(id(entry.pack), []).append(place)
    each = [
        entries[of_pack[0]].pack.calibration.take(np.array([entries[place].index for place in of_pack]))
        for of_pack in places.values()
    ]
    return joined(each).take(np.argsort(np.concatenate([np.array(of_pack) for of_pack in places.values()])))


def joined(parts: Sequence[Rows]) -> Rows:
    """One after the other, padded to the widest."""
    width = max(part.width for part in parts)

    def padded(array: np.ndarray, value: float) -> np.ndarray:
        missing = [(0, 0), (0, width - array.shape[1]), *[(0, 0)] * (array.ndim - 2)]
        return np.pad(array, missing, constant_values=value)

    return Rows(
        np.concatenate([padded(part.x, 0) for part in parts]),
        np.concatenate([padded(part.present, False) for part in parts]),
        np.concatenate([part.counts for part in parts]),
        np.concatenate([padded(part.part, -1) for part in parts]),
        np.concatenate([padded(part.lead, True) for part in parts]),
    )


def sensor_loss(entries: Sequence[Entry], held_out: Rows, seed: int = 0) -> SensorLoss:
    """Every single signal gone, then a few planned sets of a quarter of the signals."""
    scorer = Scorer(entries)
    rows = first_rows(held_out)
    values = physical(scorer, rows)
    masks = planned_losses(entries[0].pack, seed)
    shape = len(entries), len(masks)
    false_alarms, answered, loss = np.full(shape, np.nan), np.zeros(shape), np.ones(shape)
    for m, mask in enumerate(masks):
        block, real = _replay(scorer, np.where(mask, values, np.nan), rows)
        route, value = block.route.reshape(real.shape), block.value.reshape(real.shape)
        can = real & (route != NONE)
        count = can.sum(axis=1)
        answered[:, m] = count / np.maximum(real.sum(axis=1), 1)
        some = count > 0
        false_alarms[some, m] = ((value > 1) & can).sum(axis=1)[some] / count[some]
        expected = np.where(can, block.expected_loss.reshape(real.shape), 0).sum(axis=1)
        loss[some, m] = expected[some] / count[some]
    return SensorLoss(masks, false_alarms, answered, loss)


def planned_losses(pack: Pack, seed: int = 0) -> np.ndarray:
    """bool [m, signals]: each signal alone, then sets of a quarter of those that are not essential."""
    signals = len(pack.essential)
    optional = np.flatnonzero(~pack.essential)
    masks = [np.arange(signals) != f for f in range(signals)]
    generator = np.random.default_rng(seed)
    if len(optional) > 2:
        for _ in range(_LOSSES):
            gone = generator.choice(optional, max(2, len(optional) // 4), replace=False)
            masks.append(~np.isin(np.arange(signals), gone))
    return np.array(masks)


def first_rows(rows: Rows) -> Rows:
    """At most the first rows of a bound number, so that gates of a fleet take seconds."""
    cut = slice(0, _ROWS)
    counts = np.minimum(rows.counts, _ROWS)
    return Rows(rows.x[:, cut], rows.present[:, cut], counts, rows.part[:, cut], rows.lead[:, cut])


def physical(scorer: Scorer, rows: Rows) -> np.ndarray:
    """float64 [n, rows, signals] in physical units, NaN where absent; padding rows are all absent."""
    values = rows.x.astype(np.float64) * scorer.scale[:, None] + scorer.center[:, None]
    return np.where(rows.present, values, np.nan)


def _replay(scorer: Scorer, values: np.ndarray, rows: Rows):
    real = ~rows.lead
    slots = np.repeat(np.arange(len(values)), values.shape[1])
    return scorer.score(slots, values.reshape(-1, values.shape[2]), None, scorer.state()), real


def _quality(scorer: Scorer, values: np.ndarray, rows: Rows) -> Quality:
    block, real = _replay(scorer, values, rows)
    route, value = block.route.reshape(real.shape), block.value.reshape(real.shape)
    answered = real & (route != NONE)
    count = np.maximum(answered.sum(axis=1), 1)
    power, baseline = _powers(scorer, values, real)
    return Quality(
        rows=real.sum(axis=1).astype(np.float64),
        answered_share=answered.sum(axis=1) / np.maximum(real.sum(axis=1), 1),
        false_alarm_share=((value > 1) & answered).sum(axis=1) / count,
        power=power,
        baseline_power=baseline,
    )


def _powers(scorer: Scorer, values: np.ndarray, real: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Power of the models and of the plain distance, over at most 64 rows spread over the held-out rows.

    The shift stands: all rows move up, then all rows move down, so that a model with history sees it in its whole
    window and not as a jump to and fro.
    """
    n, _, signals = values.shape
    index = spread_rows(real)
    width = index.shape[1]
    clean = np.take_along_axis(values, index[:, :, None], 1)
    slots = np.repeat(np.arange(n), width)

    def both(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        raw = scorer.score(slots, rows.reshape(-1, signals), None, scorer.state()).raw.reshape(n, width)
        scaled = (rows - scorer.center[:, None]) / scorer.scale[:, None]
        return raw, np.nanmean(np.where(np.isnan(scaled), 0.0, scaled) ** 2, axis=2)

    normal = both(clean)
    judged = scorer.known & scorer.judged
    sums = np.zeros((2, n))
    for f in range(signals):
        for shift in (SHIFT, -SHIFT):
            moved = clean.copy()
            moved[:, :, f] += shift * scorer.scale[:, f, None]
            for k, (before, after) in enumerate(zip(normal, both(moved), strict=True)):
                sums[k] += np.where(judged[:, f], told(before, after) / 2, 0)
    known = np.maximum(judged.sum(axis=1), 1)
    return sums[0] / known, sums[1] / known
