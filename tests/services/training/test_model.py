"""The life of a run."""

from datetime import UTC, datetime, timedelta

import pytest

from services.training.contracts import ENDED, RunState
from services.training.errors import IllegalTransition, RangeInvalid
from services.training.model import (
    LEGAL,
    Stage,
    cancelled_from,
    check_range,
    check_transition,
    ended_state,
    seconds_by_state,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_every_state_is_in_the_table_and_ends_lead_nowhere() -> None:
    assert set(LEGAL) == set(RunState)
    assert {state for state, after in LEGAL.items() if not after} == ENDED


def test_each_state_that_is_no_end_can_be_cancelled() -> None:
    for state in set(RunState) - ENDED - {RunState.CANCELLING}:
        after = cancelled_from(state)
        assert after is not None
        check_transition(state, after)
    assert all(cancelled_from(state) is None for state in ENDED)
    assert cancelled_from(RunState.TRAINING) is RunState.CANCELLING
    assert cancelled_from(RunState.CHECKING) is RunState.CANCELLED


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (RunState.QUEUED, RunState.TRAINING),
        (RunState.CANCELLING, RunState.SUCCEEDED),
        (RunState.SUCCEEDED, RunState.FAILED),
        (RunState.FREEZING, RunState.QUEUED),
    ],
)
def test_illegal_transitions(before: RunState, after: RunState) -> None:
    with pytest.raises(IllegalTransition):
        check_transition(before, after)


def test_seconds_by_state_add_up_stays_and_leave_out_the_end() -> None:
    def at(seconds: float) -> datetime:
        return NOW + timedelta(seconds=seconds)

    stages = [
        Stage(RunState.QUEUED, at(0), at(1.5)),
        Stage(RunState.TRAINING, at(1.5), at(4)),
        Stage(RunState.STARTING, at(4), at(6)),
        Stage(RunState.TRAINING, at(6), None),
    ]
    assert seconds_by_state(stages, at(10)) == {"queued": 1.5, "training": 6.5, "starting": 2.0}
    assert seconds_by_state([*stages[:3], Stage(RunState.FAILED, at(6), at(6))], at(99))["training"] == 2.5


def test_ranges() -> None:
    check_range(NOW - timedelta(days=1), NOW, NOW)
    for start, end in [
        (NOW, NOW),
        (NOW, NOW - timedelta(days=1)),
        (NOW - timedelta(days=1), NOW + timedelta(hours=1)),
        (NOW - timedelta(days=5000), NOW),
        (NOW.replace(tzinfo=None), NOW),
    ]:
        with pytest.raises(RangeInvalid):
            check_range(start, end, NOW)


def test_one_asset_through_all_gates_is_a_success() -> None:
    assert ended_state(3, 1) is RunState.SUCCEEDED
    assert ended_state(3, 0) is RunState.STOPPED
    assert ended_state(0, 0) is RunState.STOPPED
