"""What the gates need to know of a block's new models, measured through the scorer that serves."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services.fleet.gates import (
    Comparison,
    Quality,
    SensorLoss,
    compare,
    first_rows,
    held_out_quality,
    old_ground,
    sensor_loss,
)
from services.fleet.prepare import Rows
from services.fleet.reference import ReferenceQuality, reference_quality
from services.fleet.score import Entry, Scorer
from services.fleet.train import TrainedFleet
from services.training.cluster.messages import Measured

LATENCY_ROWS = 1000
_REPEATS = 3


@dataclass(frozen=True, slots=True)
class Beside:
    """What the models of a block are held against, as far as there is such a thing."""

    champions: Comparison | None
    """On the held-out rows, of the assets at `places`."""
    places: Mapping[int, int]
    """Where in `champions` an asset is, by its position."""
    ground: Comparison | None
    """On the champions' own old ground, of the assets at `ground_places`."""
    ground_places: Mapping[int, int]
    reference: ReferenceQuality | None


def measure(
    trained: TrainedFleet,
    entries: Sequence[Entry],
    champions: Mapping[int, Entry],
    closed: Collection[int],
    range_rows: Mapping[str, int],
    seed: int,
) -> list[Measured]:
    """One for each entry, in their order; `champions` by position, where the asset has one that reads the same rows.
    At positions of `closed` the old ground of the champion is not asked for."""
    quality = held_out_quality(entries, trained.held_out)
    losses = sensor_loss(entries, trained.held_out, seed)
    places = sorted(champions)
    open_ground = [position for position in places if position not in closed]
    beside = Beside(
        _compared(entries, champions, places, trained.held_out),
        {position: i for i, position in enumerate(places)},
        old_ground([champions[i] for i in open_ground], [entries[i] for i in open_ground]) if open_ground else None,
        {position: i for i, position in enumerate(open_ground)},
        reference_quality(trained, first_rows(trained.held_out)),
    )
    return [_measured(trained, position, quality, losses, beside, range_rows) for position in range(len(entries))]


def _compared(
    entries: Sequence[Entry], champions: Mapping[int, Entry], places: Sequence[int], held_out: Rows
) -> Comparison | None:
    """Champions and challengers on the challengers' held-out rows."""
    if not places:
        return None
    old, new = [champions[i] for i in places], [entries[i] for i in places]
    return compare(old, new, held_out.take(np.array(places)))


def _measured(
    trained: TrainedFleet,
    i: int,
    quality: Quality,
    losses: SensorLoss,
    beside: Beside,
    range_rows: Mapping[str, int],
) -> Measured:
    answerable = ~(~losses.masks & trained.essential).any(axis=1)
    single = answerable & ((~losses.masks).sum(axis=1) == 1)
    champion = _pair(beside.champions.champion if beside.champions else None, beside.places.get(i))
    old = _pair(beside.ground.challenger if beside.ground else None, beside.ground_places.get(i))
    champion_old = _pair(beside.ground.champion if beside.ground else None, beside.ground_places.get(i))
    reference = _pair(beside.reference, i)
    ground_rows = beside.ground.champion.rows[beside.ground_places[i]] if beside.ground and old[0] is not None else None
    return Measured(
        rows=int(quality.rows[i]),
        range_rows=range_rows[trained.assets[i]],
        known=int(trained.known[i].sum()),
        answered_share=_number(quality.answered_share[i], 0.0),
        false_alarm_share=_number(quality.false_alarm_share[i], 1.0),
        power=_number(quality.power[i], 0.0),
        baseline_power=_number(quality.baseline_power[i], 0.0),
        loss_main=_number(trained.train_loss[i, 0], 0.0),
        loss_fallback=_number(trained.train_loss[i, 1], 0.0),
        sensor_false_alarm_share=_number(losses.false_alarm_share[i, answerable].max(initial=0.0), 1.0),
        sensor_answered_share=_number(losses.answered_share[i, answerable].min(initial=1.0), 0.0),
        sensor_expected_loss=_number(losses.expected_loss[i, single].mean() if single.any() else 0.0, 1.0),
        champion_power=champion[0],
        champion_false_alarm_share=champion[1],
        smooth_rows=trained.blueprint.threshold.smooth_rows,
        sensor_losses=int(answerable.sum()),
        reference_power=reference[0],
        reference_false_alarm_share=reference[1],
        old_rows=None if ground_rows is None else int(ground_rows),
        old_power=old[0],
        old_false_alarm_share=old[1],
        champion_old_power=champion_old[0],
        champion_old_false_alarm_share=champion_old[1],
    )


def _pair(quality: Quality | ReferenceQuality | None, place: int | None) -> tuple[float, float] | tuple[None, None]:
    """Power and share of false alarms, where they were measured."""
    if quality is None or place is None:
        return None, None
    return _number(quality.power[place], 0.0), _number(quality.false_alarm_share[place], 1.0)


def _number(value: float, otherwise: float) -> float:
    """A measurement that is no number counts as the worst one."""
    return float(value) if np.isfinite(value) else otherwise


def latency_ms(entries: Sequence[Entry], held_out: Rows) -> float:
    """Milliseconds to score a block of 1,000 held-out rows with these models: the best of a few, after a first one."""
    scorer = Scorer(entries)
    slots = np.arange(LATENCY_ROWS) % len(entries)
    turn = np.arange(LATENCY_ROWS) // len(entries) % np.maximum(held_out.counts[slots], 1)
    x, present = held_out.x[slots, turn], held_out.present[slots, turn]
    values = np.where(present, x * scorer.scale[slots] + scorer.center[slots], np.nan)
    state = scorer.state()
    taken: list[float] = []
    for _ in range(_REPEATS + 1):
        start = time.perf_counter()
        scorer.score(slots, values, None, state)
        taken.append(time.perf_counter() - start)
    return min(taken[1:]) * 1000
