"""Recorded rows, answered again by the models as they are kept: what was judged is what will answer.

The rows are the newest of each asset as the history has them, in physical units. They are scored by the models in the
memory of who made them, and by the same models read back from the bytes that serving is given; by both in the same two
messages, as rows come on a stream, so that every bit must be the same: kernels differ in the last digits by how many
rows they are given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from services.fleet.artefact import read_pack
from services.fleet.prepare import FleetRows
from services.fleet.score import Entry, Scorer, ScoreState

RECORDED_ROWS = 32


def newest(rows: FleetRows, assets: Sequence[str]) -> np.ndarray:
    """float64 [assets, RECORDED_ROWS, signals]: the last rows of each, NaN before the first."""
    place = {asset: i for i, asset in enumerate(rows.assets)}
    order = np.array([place[asset] for asset in assets], np.int64)
    index = rows.offsets[1:][order][:, None] + np.arange(-RECORDED_ROWS, 0)
    real = index >= rows.offsets[:-1][order][:, None]
    return np.where(real[:, :, None], rows.values[np.maximum(index, 0)], np.nan)


def answered_otherwise(entries: Sequence[Entry], files: Mapping[str, bytes], rows: np.ndarray) -> np.ndarray:
    """int64 [n]: how many of the rows [n, rows, signals] get another answer from the pack in `files` than from
    `entries`, its models in memory. Raises like `read_pack`."""
    kept = read_pack(files, entries[0].pack.digest)
    judged, stored = _played(entries, rows), _played([replace(entry, pack=kept) for entry in entries], rows)
    return (judged != stored).any(axis=2).sum(axis=1)


def _played(entries: Sequence[Entry], rows: np.ndarray) -> np.ndarray:
    """float64 [n, rows, 3]: what reaches people of each answer, in two messages of half of the rows."""
    scorer = Scorer(entries)
    state = scorer.state()
    return np.concatenate([_said(scorer, part, state) for part in np.array_split(rows, 2, axis=1)], axis=1)


def _said(scorer: Scorer, rows: np.ndarray, state: ScoreState) -> np.ndarray:
    """Value, route and coverage, numbers also where there is no answer."""
    slots = np.repeat(np.arange(len(rows)), rows.shape[1])
    block = scorer.score(slots, rows.reshape(-1, rows.shape[2]), None, state)
    answers = np.stack([np.nan_to_num(block.value, nan=-1.0), block.route, block.coverage], axis=1)
    return answers.reshape(len(rows), -1, 3)
