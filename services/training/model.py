"""The life of a run: which state may follow which, and how long each took. No I/O, no clock of its own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.training.contracts import ENDED, RunState
from services.training.errors import IllegalTransition, RangeInvalid

LEGAL: Mapping[RunState, frozenset[RunState]] = {
    RunState.QUEUED: frozenset({RunState.FREEZING, RunState.CANCELLED, RunState.FAILED}),
    RunState.FREEZING: frozenset({RunState.STARTING, RunState.CANCELLED, RunState.FAILED}),
    RunState.STARTING: frozenset({RunState.TRAINING, RunState.CHECKING, RunState.CANCELLING, RunState.FAILED}),
    # Back to starting: the trainer was lost, and the command waits for another one.
    RunState.TRAINING: frozenset({RunState.CHECKING, RunState.STARTING, RunState.CANCELLING, RunState.FAILED}),
    RunState.CHECKING: frozenset({RunState.SUCCEEDED, RunState.STOPPED, RunState.CANCELLED, RunState.FAILED}),
    RunState.CANCELLING: frozenset({RunState.CANCELLED}),
    RunState.SUCCEEDED: frozenset(),
    RunState.STOPPED: frozenset(),
    RunState.FAILED: frozenset(),
    RunState.CANCELLED: frozenset(),
}

LONGEST_RANGE = timedelta(days=3660)
CLOCK_SKEW = timedelta(minutes=5)
"""A range may end this far ahead of our clock: a browser's “now” is not ours."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stay of a run in a state; `left_at` is None for the present one."""

    state: RunState
    entered_at: datetime
    left_at: datetime | None


def check_transition(before: RunState, after: RunState) -> None:
    """Raises `IllegalTransition`."""
    if after not in LEGAL[before]:
        raise IllegalTransition(f"a run cannot go from {before.value} to {after.value}")


def cancelled_from(state: RunState) -> RunState | None:
    """The state a cancel leads to, or None if the run is over already.

    While the trainer may have the run it is asked to stop; before and after that nobody has to be asked.
    """
    if state in ENDED:
        return None
    if state in (RunState.STARTING, RunState.TRAINING, RunState.CANCELLING):
        return RunState.CANCELLING
    return RunState.CANCELLED


def seconds_by_state(stages: Iterable[Stage], now: datetime) -> dict[str, float]:
    """Seconds spent in each state so far; a state that was entered twice counts both stays, an end none."""
    total: dict[str, float] = {}
    for stage in stages:
        if stage.state not in ENDED:
            stay = ((stage.left_at or now) - stage.entered_at).total_seconds()
            total[stage.state.value] = total.get(stage.state.value, 0.0) + max(stay, 0.0)
    return total


def check_range(start: datetime, end: datetime, now: datetime) -> None:
    """Raises `RangeInvalid` for a range that no rows can fill; `start` and `end` are aware."""
    facts = {"start": start.isoformat(), "end": end.isoformat()}
    if start.tzinfo is None or end.tzinfo is None:
        raise RangeInvalid("Start and end need a time zone.", field="start", **facts)
    if not start < end:
        raise RangeInvalid("The range is empty: its end must come after its start.", field="end", **facts)
    if end > now + CLOCK_SKEW:
        raise RangeInvalid("The range ends in the future, where there are no readings yet.", field="end", **facts)
    if end - start > LONGEST_RANGE:
        raise RangeInvalid(f"The range is longer than {LONGEST_RANGE.days} days.", field="start", **facts)


def ended_state(assets: int, passed: int) -> RunState:
    """How a run that was trained ends: one asset through all gates is a success."""
    return RunState.SUCCEEDED if assets and passed else RunState.STOPPED
