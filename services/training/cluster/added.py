"""Gates that plugins add, asked where the models are: a plugin's code runs in its tenant's box and nowhere else."""

import logging
from collections.abc import Sequence

import numpy as np

from andon_sdk.plugin import Gate, HeldOut
from services.fleet.gates import first_rows, physical
from services.fleet.prepare import Rows
from services.fleet.score import NONE, Entry, Scorer
from services.training.cluster.messages import Answer

log = logging.getLogger(__name__)

_LONGEST = 200


def answers(
    gates: Sequence[Gate], entries: Sequence[Entry], held_out: Rows, signals: Sequence[str]
) -> list[tuple[Answer, ...]]:
    """What each of the gates says of each entry, in their order. Never raises for what a gate does."""
    if not gates:
        return [()] * len(entries)
    shown = rows_shown(entries, first_rows(held_out), signals)
    by_gate = [_asked(gate, shown, len(entries)) for gate in gates]
    return list(zip(*by_gate, strict=True))


def rows_shown(entries: Sequence[Entry], held_out: Rows, signals: Sequence[str]) -> HeldOut:
    """What a gate is given. The rows that only lead in are among them, and have no score."""
    scorer = Scorer(entries)
    values = physical(scorer, held_out)

    def score(rows: np.ndarray) -> np.ndarray:
        if rows.shape != values.shape:
            raise ValueError(f"rows must have the shape {values.shape}, these have {rows.shape}")
        slots = np.repeat(np.arange(len(rows)), rows.shape[1])
        block = scorer.score(slots, rows.reshape(-1, rows.shape[2]), None, scorer.state())
        said = np.where(block.route != NONE, block.value, np.float32(np.nan)).reshape(rows.shape[:2])
        return np.where(held_out.lead, np.float32(np.nan), said)

    return HeldOut(tuple(signals), values, score(values), scorer.scale.copy(), score)


def _asked(gate: Gate, shown: HeldOut, assets: int) -> list[Answer]:
    try:
        found = np.asarray(gate.measure(shown), np.float64)
        if found.shape != (assets,):
            raise ValueError(f"measure must return {assets} numbers, one for each asset, it returned {found.shape}")
    except Exception as error:  # whatever a plugin raises is a verdict of its gate
        log.exception("the gate %s failed", gate.key)
        problem = f"The check failed: {type(error).__name__}: {str(error)[:_LONGEST]}"
        return [Answer(gate.key, None, problem)] * assets
    return [
        Answer(gate.key, value) if finite else Answer(gate.key, None, "The check gave no number for this machine.")
        for value, finite in zip(found.tolist(), np.isfinite(found), strict=True)
    ]
