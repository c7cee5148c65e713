"""How far back a score reaches: the rows after which all that scoring remembers is what it was in production.

A score is its version's answer to a row and to what is remembered of rows before it:

- *which signals count*: a signal counts again after `return_rows` rows with a value, so the last `return_rows` rows
  tell, whatever was before;
- *the past* of models that see `history_rows` rows: the last ones as the version saw them, each of which took the
  `return_rows` before it;
- *the running median*: over the last `smooth_rows` rows that were answered, each of which took the past before it.

So what is remembered at a row is exact where scoring began `return_rows + history_rows - 1` rows before the first of
the last `smooth_rows` answered ones, with nothing remembered. Where the version had not served for that long, scoring
begins with its first row, as it did then: with the window of a new version, and with what was known of the signals from
the rows that the version before it answered.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Settings:
    """Of a model."""

    smooth_rows: int
    history_rows: int
    return_rows: int


@dataclass(frozen=True, slots=True)
class Reach:
    """Places of rows in the order of arrival, the judged one last."""

    first: int
    """From which on the version's rows are scored again."""
    before: tuple[int, ...]
    """Rows before the version's first one, answered by another; only what they tell of the signals is taken over."""
    begins: str
    """`window`: far enough back; `served`: with the version's first row."""


def reach(scored: np.ndarray, answered: np.ndarray, beside: np.ndarray, settings: Settings) -> Reach | None:
    """What the last row of these needs; None where rows before the first of these may be needed too.

    All bool [rows], of one asset in the order of arrival: which rows the version scored in its role, which of these it
    answered, and which ones another version that reads the same contract version scored in that role.
    """
    if not len(scored) or not scored[-1]:
        raise ValueError("the version did not score the last row")
    gaps = np.flatnonzero(~scored)
    began = int(gaps[-1]) + 1 if len(gaps) else 0
    warm = settings.return_rows + settings.history_rows - 1
    places = np.flatnonzero(answered)
    enough = int(places[-settings.smooth_rows]) - warm if len(places) >= settings.smooth_rows else -1
    if enough >= began:
        return Reach(enough, (), "window")
    first_before = began - settings.return_rows
    others = np.flatnonzero(~beside[:began])
    first_beside = int(others[-1]) + 1 if len(others) else 0
    if began == 0 or (first_beside == 0 and first_before < 0):
        return None
    return Reach(began, tuple(range(max(first_before, first_beside), began)), "served")


def from_the_beginning(scored: np.ndarray, beside: np.ndarray, settings: Settings) -> Reach:
    """The same where there is no row before these: serving began with the first of them or later."""
    gaps = np.flatnonzero(~scored)
    began = int(gaps[-1]) + 1 if len(gaps) else 0
    others = np.flatnonzero(~beside[:began])
    first = max(int(others[-1]) + 1 if len(others) else 0, began - settings.return_rows)
    return Reach(began, tuple(range(first, began)), "served")
