"""Scores of made-up machines: one row an hour, and a rule of two rows up and two rows down, so that every figure can be
counted by hand."""

import numpy as np

from andon_sdk.plugin import AlarmRule
from services.verdicts.contracts import Compared, Labels, Scores
from services.verdicts.evidence import compare

RULE = AlarmRule("r", "R", "c", raise_rows=2, of_rows=2, clear_rows=2)
START = np.datetime64("2026-01-01T00:00:00", "us")
HOUR = np.timedelta64(1, "h")
Spans = list[tuple[int, int]]


def values(hours: int, *high: tuple[int, int]) -> np.ndarray:
    """0.5 but for 2.0 in [start, end) hours: an alarm is on from the second row of each to the second after it."""
    found = np.full(hours, 0.5)
    for start, end in high:
        found[start:end] = 2.0
    return found


def labels(failures: Spans | None = None, periods: list[tuple[int, int, int, bool]] | None = None) -> Labels:
    """Failures as (asset, hour), periods as (asset, from hour, to hour, abnormal)."""
    failures, periods = failures or [], periods or []
    return Labels(
        np.array([asset for asset, _ in failures], np.int64),
        START + np.array([hour for _, hour in failures], np.int64) * HOUR,
        np.array([period[0] for period in periods], np.int64),
        START + np.array([period[1] for period in periods], np.int64) * HOUR,
        START + np.array([period[2] for period in periods], np.int64) * HOUR,
        np.array([period[3] for period in periods], bool),
    )


def run(champion: list[np.ndarray], shadow: list[np.ndarray], said: Labels | None = None) -> Compared:
    asset = np.concatenate([np.full(len(rows), i) for i, rows in enumerate(champion)])
    time = np.concatenate([START + np.arange(len(rows)) * HOUR for rows in champion])
    scores = Scores(asset, time, np.concatenate(champion), np.concatenate(shadow))
    return compare(RULE, scores, said or labels(), len(champion), 3600.0)
