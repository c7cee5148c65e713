"""What the gates need to know of a block's new models, measured through the scorer that serves."""

import time
from collections.abc import Mapping, Sequence

import numpy as np

from services.fleet.gates import Quality, SensorLoss, compare, held_out_quality, sensor_loss
from services.fleet.prepare import Rows
from services.fleet.score import Entry, Scorer
from services.fleet.train import TrainedFleet
from services.training.cluster.messages import Measured

LATENCY_ROWS = 1000
_REPEATS = 3


def measure(
    trained: TrainedFleet,
    entries: Sequence[Entry],
    champions: Mapping[int, Entry],
    range_rows: Mapping[str, int],
    seed: int,
) -> list[Measured]:
    """One for each entry, in their order; `champions` by position, where the asset has one that reads the same rows."""
    quality = held_out_quality(entries, trained.held_out)
    losses = sensor_loss(entries, trained.held_out, seed)
    beside = _champions(entries, champions, trained.held_out)
    return [
        _measured(trained, position, quality, losses, beside.get(position), range_rows)
        for position in range(len(entries))
    ]


def _champions(
    entries: Sequence[Entry], champions: Mapping[int, Entry], held_out: Rows
) -> dict[int, tuple[float, float]]:
    """Power and share of false alarms of each champion on its challenger's held-out rows."""
    if not champions:
        return {}
    positions = sorted(champions)
    found = compare(
        [champions[position] for position in positions],
        [entries[position] for position in positions],
        held_out.take(np.array(positions)),
    ).champion
    return {
        position: (_number(found.power[i], 0.0), _number(found.false_alarm_share[i], 1.0))
        for i, position in enumerate(positions)
    }


def _measured(
    trained: TrainedFleet,
    i: int,
    quality: Quality,
    losses: SensorLoss,
    champion: tuple[float, float] | None,
    range_rows: Mapping[str, int],
) -> Measured:
    answerable = ~(~losses.masks & trained.essential).any(axis=1)
    single = answerable & ((~losses.masks).sum(axis=1) == 1)
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
        champion_power=champion[0] if champion else None,
        champion_false_alarm_share=champion[1] if champion else None,
        smooth_rows=trained.blueprint.threshold.smooth_rows,
        sensor_losses=int(answerable.sum()),
    )


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
