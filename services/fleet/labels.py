"""What a few labelled events say about a threshold.

Without labels a threshold is the blueprint's `quantile` of normal scores × its `factor`: the factor stands for what
nobody knows. Events that somebody judged abnormal tell more. Between the plain threshold and the bare quantile, which
keeps false alarms on calibration rows within what the blueprint allows (1 - quantile), the threshold is sought that
tells events from normal rows best: Youden's index (W. J. Youden, 1950), the mean share of an event's rows above it less
the share of normal rows above it. Every event counts once, however long it lasted, since its rows are not independent.
Of several that are as good, to 0.02, the highest
is taken.

Few events are weak evidence, so the threshold goes only a part of the way there: events / (events + `PRIOR_EVENTS`) of
it on the scale of logarithms, as in the theory of credibility (H. Bühlmann, 1967). Labels never raise a threshold, and
where a mask hides what made an event abnormal they do not move that mask's.
"""

from typing import NamedTuple

import numpy as np

from services.fleet.prepare import STRETCHES

PRIOR_EVENTS = 2.0
"""So many events weigh as much as what is assumed without any."""
MOST_EVENTS = 32
"""Of an asset, the newest."""
_STEPS = 32
_ALIKE = 0.02
"""Of Youden's index: within it candidates are as good as each other."""


class Evidence(NamedTuple):
    """Of n pairs of a model and a mask: smoothed raw scores, NaN where there is none."""

    normal: np.ndarray
    """float [n, rows]."""
    labelled: np.ndarray
    """float [n, labelled rows]."""
    event: np.ndarray
    """int [n, labelled rows]: -1 where a row belongs to none."""
    plain: np.ndarray
    """float [n]: the threshold without labels, as `lowest`, the lowest that is allowed."""
    lowest: np.ndarray

    @classmethod
    def of(
        cls, normal: np.ndarray, labelled: np.ndarray, part: np.ndarray, plain: np.ndarray, lowest: np.ndarray
    ) -> "Evidence":
        """`part` is that of the labelled rows, as `Prepared.labelled` has it."""
        return cls(normal, labelled, part // STRETCHES, plain, np.minimum(lowest, plain))


def chosen(evidence: Evidence) -> np.ndarray:
    """float [n]: the thresholds; the plain one where no event has a score."""
    found, there, false, candidates = _shares(evidence)
    count = there.sum(axis=1)
    mean = found.sum(axis=1) / np.maximum(count, 1)[:, None]
    return _shrunk(candidates, mean - false, count)


class LeftOut(NamedTuple):
    """int64 [n]."""

    events: np.ndarray
    """Events with a score."""
    plain: np.ndarray
    """Of these, those found with the plain threshold: a row of theirs lies above it."""
    labelled: np.ndarray
    """Those found with the threshold that all others of the asset choose: each is judged by what did not know it."""


def left_out(evidence: Evidence) -> LeftOut:
    """How labels do on events that they did not see, by leaving out one after the other."""
    found, there, false, candidates = _shares(evidence)
    count = there.sum(axis=1)
    n, events, steps = found.shape
    others = np.maximum(count - 1, 0)
    mean = (found.sum(axis=1, keepdims=True) - found) / np.maximum(others, 1)[:, None, None]
    gain = (mean - false[:, None]).reshape(-1, steps)
    each = _shrunk(np.repeat(candidates, events, axis=0), gain, np.repeat(others, events)).reshape(n, events)
    highest = np.full((n, events), -np.inf)
    for event in range(events):  # of one asset: at most MOST_EVENTS
        mine = np.where(evidence.event == event, evidence.labelled, -np.inf)
        highest[:, event] = np.nan_to_num(mine, nan=-np.inf).max(axis=1, initial=-np.inf)
    before = (highest > evidence.plain[:, None]) & there
    return LeftOut(count, before.sum(axis=1), ((highest > each) & there).sum(axis=1))


def _shares(evidence: Evidence) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Shares of rows above each candidate, of every event [n, events, candidates] and of normal rows [n, candidates];
    which events have a score [n, events]; the candidates [n, candidates], the plain threshold first."""
    normal, labelled, event, plain, lowest = evidence
    step = np.arange(_STEPS + 1) / _STEPS
    candidates = plain[:, None] * (lowest / plain)[:, None] ** step
    scored = ~np.isnan(labelled)
    events = max(int(event.max(initial=-1)) + 1, 1)
    whose = ((event[:, None] == np.arange(events)[:, None]) & scored[:, None]).astype(np.float32)
    above = (labelled[:, :, None] > candidates[:, None]).astype(np.float32)
    rows = whose.sum(axis=2)
    found = np.matmul(whose, above) / np.maximum(rows, 1)[:, :, None]
    known = ~np.isnan(normal)
    false = (normal[:, :, None] > candidates[:, None]).sum(axis=1) / np.maximum(known.sum(axis=1), 1)[:, None]
    return found, rows > 0, false, candidates


def _shrunk(candidates: np.ndarray, gain: np.ndarray, events: np.ndarray) -> np.ndarray:
    """From candidates and what each gains, both [n, candidates], as far as so many events are believed."""
    best = (gain >= gain.max(axis=1, keepdims=True) - _ALIKE).argmax(axis=1)
    plain, sought = candidates[:, 0], candidates[np.arange(len(candidates)), best]
    return plain * (sought / plain) ** (events / (events + PRIOR_EVENTS))
