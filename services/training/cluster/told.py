"""What is told of a block's new models beside what gates judge, as fields of `Measured`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from services.fleet.artefact import main_judged, main_levels
from services.fleet.gates import Quality, compare, held_out_quality
from services.fleet.score import Entry
from services.fleet.thresholds import label_figures
from services.fleet.train import TrainedFleet
from services.training.cluster.messages import Measured

Told = Mapping[int, Mapping[str, Any]]
"""Fields by position, where there is something to tell."""


def with_told(measured: Sequence[Measured], *told: Told) -> list[Measured]:
    """`measured` with all that is told of each."""
    found = list(measured)
    for each in told:
        for position, fields in each.items():
            found[position] = replace(found[position], **fields)
    return found


def of_labels(trained: TrainedFleet, entries: Sequence[Entry]) -> Told:
    """What labelled events changed, where an asset has any; all entries are of the new pack."""
    figures = label_figures(main_judged(trained), trained.blueprint.threshold)
    if figures is None or not (at := np.flatnonzero(figures.events)).size:
        return {}
    plain = replace(entries[0].pack, labelled=None, levels=main_levels(trained, labels=False))
    before = held_out_quality([replace(entries[int(i)], pack=plain) for i in at], trained.held_out, at)
    return {
        int(i): {
            "label_events": int(figures.events[i]),
            "label_found": int(figures.labelled[i]),
            "label_found_before": int(figures.plain[i]),
            "label_false_alarm_share_before": float(share) if np.isfinite(share) else 1.0,
        }
        for i, share in zip(at, before.false_alarm_share, strict=True)
    }


def of_before(trained: TrainedFleet, entries: Sequence[Entry], champions: Mapping[int, Entry]) -> Told:
    """How new models and champions (by position) do on the rows of before that were held back, where there are any."""
    if trained.old is None:
        return {}
    rows = (~trained.old.lead).sum(axis=1)
    at = [position for position in sorted(champions) if rows[position]]
    if not at:
        return {}
    found = compare([champions[i] for i in at], [entries[i] for i in at], trained.old.take(np.array(at)))
    before, after = _qualities(found.champion), _qualities(found.challenger)
    return {
        position: {
            "remembered_rows": int(rows[position]),
            "old_quality_before": float(before[i]),
            "old_quality_after": float(after[i]),
        }
        for i, position in enumerate(at)
    }


def _qualities(measured: Quality) -> np.ndarray:
    """What is no number counts as the worst."""
    return np.nan_to_num(measured.power, nan=0.0) * (1 - np.nan_to_num(measured.false_alarm_share, nan=1.0))
