"""The alarm rule on a block of scores, and what may be done with an alarm. No loop over assets.

Per asset, over its answered rows in the order of arrival: a row *above* raises when at least `raise_rows` of the last
`of_rows` rows were above; a row that completes `clear_rows` rows *below* in a row clears, and empties the window.
Neither depends on whether an alarm is on, so both are found by cumulated sums, and the alarm is a latch over them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from andon_sdk.plugin import AlarmRule
from services.monitoring.contracts import AlarmState, CaseState
from services.monitoring.errors import AlarmIsCleared, AlarmIsShelved, AlarmNotShelved, ShelvedTooLong

LONGEST_SHELF = timedelta(days=30)
CASE_QUIET = timedelta(hours=8)
"""Alarms of an asset with less between them are one matter. So a case closes by itself when it was quiet for so long,
and an alarm that returns sooner opens it again, whoever closed it. A shift: what returns, those handle who saw it."""


@dataclass(frozen=True, slots=True)
class RuleState:
    """Counters of n assets between blocks."""

    recent: np.ndarray
    """bool [n, of_rows]: whether each of the last rows was above, newest last."""
    below: np.ndarray
    """int64 [n]: rows below in a row."""
    active: np.ndarray
    """bool [n]: an alarm is on."""


@dataclass(frozen=True, slots=True)
class Episodes:
    """Stretches of a block in which an alarm was on, in the order of assets."""

    asset: np.ndarray
    """int64 [episodes]: which of the n assets."""
    raised: np.ndarray
    """int64: row of the block that raised it, -1 where it was on before the block."""
    cleared: np.ndarray
    """int64: row that cleared it, -1 where it is on after the block."""
    peak: np.ndarray
    """float64: largest value of the rows while it was on; -inf where there was none."""


def watch(rule: AlarmRule, asset: np.ndarray, value: np.ndarray, state: RuleState) -> tuple[RuleState, Episodes]:
    """One block: `asset` int [rows] in 0..n-1, `value` [rows] in order of arrival, NaN for a row that says nothing."""
    rows = np.flatnonzero(~np.isnan(value))
    rows = rows[np.argsort(asset[rows], kind="stable")]
    who, values = asset[rows], value[rows].astype(np.float64)
    if not len(rows):
        return state, _episodes(who, values, rows, np.zeros(0, bool), state)
    first = np.flatnonzero(np.concatenate([[True], who[1:] != who[:-1]]))
    counts = np.diff(np.append(first, len(who)))
    start = np.repeat(first, counts)
    run = _runs(values < rule.clear_below, start)
    run = np.where(run == np.arange(len(who)) - start + 1, run + state.below[who], run)
    wipes = run >= rule.clear_rows
    above = values > rule.raise_above
    count, recent = _window(above, wipes, first, counts, state.recent[who[first]])
    event = np.where(above & (count >= rule.raise_rows), 1, np.where(wipes, -1, 0))
    active = _latch(event, start, state.active[who])
    after = RuleState(state.recent.copy(), state.below.copy(), state.active.copy())
    last = np.append(first[1:], len(who)) - 1
    after.recent[who[first]] = recent
    after.below[who[last]] = run[last]
    after.active[who[last]] = active[last]
    return after, _episodes(who, values, rows, active, state)


def _runs(flags: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Length of the run of true flags that ends at each row, within its segment."""
    row = np.arange(len(flags))
    broken = np.maximum.accumulate(np.where(flags, -1, row))
    return row - np.maximum(broken, start - 1)


def _window(
    above: np.ndarray, wipes: np.ndarray, first: np.ndarray, counts: np.ndarray, recent: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Rows above within the window at each row, and the windows after the last rows [segments, of_rows].

    Each segment is laid out behind its own window from before, so one cumulated sum serves all."""
    width = recent.shape[1]
    segment = np.repeat(np.arange(len(first)), counts)
    place = np.arange(len(above)) + (segment + 1) * width
    line = np.zeros(len(above) + len(first) * width, np.int64)
    line[place] = above
    begin = first + np.arange(len(first)) * width
    line[begin[:, None] + np.arange(width)] = recent
    total = np.concatenate([[0], np.cumsum(line)])
    wiped = np.zeros(len(line), np.int64)
    wiped[place[wipes]] = place[wipes] + 1
    since = np.maximum.accumulate(wiped)
    oldest = np.maximum(place + 1 - width, np.maximum(since[place], begin[segment]))
    count = total[place + 1] - total[oldest]
    end = place[np.append(first[1:], len(above)) - 1] + 1
    back = end[:, None] - width + np.arange(width)
    return count, (line[back] > 0) & (back >= since[end - 1][:, None])


def _latch(event: np.ndarray, start: np.ndarray, before: np.ndarray) -> np.ndarray:
    """bool [rows]: on after the row; `before` is the state ahead of the row's segment."""
    row = np.arange(len(event))
    latest = np.maximum.accumulate(np.where(event != 0, row, -1))
    return np.where(latest >= start, event[np.maximum(latest, 0)] > 0, before)


def _episodes(who: np.ndarray, values: np.ndarray, rows: np.ndarray, active: np.ndarray, before: RuleState) -> Episodes:
    """Cuts the latch into episodes; a row that clears belongs to the episode it ends."""
    begins = np.ones(len(who), bool)
    begins[1:] = who[1:] != who[:-1]
    was = np.concatenate([[False], active[:-1]]) if len(who) else active
    was = np.where(begins, before.active[who], was)
    on = active | was
    opens = on & (begins | ~was)
    number = np.cumsum(opens) - 1
    count = int(opens.sum())
    raised = np.where(was[opens], -1, rows[opens])
    cleared = np.full(count, -1, np.int64)
    ends = was & ~active
    cleared[number[ends]] = rows[ends]
    peak = np.full(count, -np.inf)
    np.maximum.at(peak, number[on], values[on])
    return Episodes(who[opens], raised, cleared, peak)


def effective(state: AlarmState, shelved_until: datetime | None, acknowledged: bool, now: datetime) -> AlarmState:
    """The state as it is at `now`: a shelf that has ended counts no more."""
    if state is AlarmState.SHELVED and shelved_until is not None and shelved_until <= now:
        return AlarmState.ACKNOWLEDGED if acknowledged else AlarmState.ACTIVE
    return state


def acknowledge(state: AlarmState) -> AlarmState:
    """Raises `AlarmIsCleared` or `AlarmIsShelved`."""
    _must_be_open(state)
    if state is AlarmState.SHELVED:
        raise AlarmIsShelved("The alarm is shelved. Unshelve it to acknowledge it.")
    return AlarmState.ACKNOWLEDGED


def shelve(state: AlarmState, until: datetime, now: datetime) -> AlarmState:
    """Raises `AlarmIsCleared` or `ShelvedTooLong`."""
    _must_be_open(state)
    if not now < until <= now + LONGEST_SHELF:
        raise ShelvedTooLong(
            f"An alarm is shelved until a time from now on, at most {LONGEST_SHELF.days} days ahead.", field="until"
        )
    return AlarmState.SHELVED


def unshelve(state: AlarmState, acknowledged: bool) -> AlarmState:
    """Raises `AlarmIsCleared` or `AlarmNotShelved`."""
    _must_be_open(state)
    if state is not AlarmState.SHELVED:
        raise AlarmNotShelved("The alarm is not shelved.")
    return AlarmState.ACKNOWLEDGED if acknowledged else AlarmState.ACTIVE


def _must_be_open(state: AlarmState) -> None:
    if state is AlarmState.CLEARED:
        raise AlarmIsCleared("The alarm is cleared already; nothing more can be done with it.")


def case_state(closed_at: datetime | None, alarms_on: int, *, waits: bool = False) -> CaseState:
    """`waits`: for a model that fits the present regime."""
    if closed_at is not None:
        return CaseState.CLOSED
    return CaseState.OPEN if alarms_on or waits else CaseState.CLEARED


def closes_at(state: CaseState, last_cleared_at: datetime | None) -> datetime | None:
    """When a case closes by itself, unless an alarm returns."""
    return last_cleared_at + CASE_QUIET if state is CaseState.CLEARED and last_cleared_at else None
