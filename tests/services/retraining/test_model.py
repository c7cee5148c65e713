"""When plans are due, to the second, and what is said of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import presses
import pytest

from services.kernel.ids import new_id
from services.retraining import model
from services.retraining.contracts import NewPlan, OccasionState, Trigger, When
from services.retraining.errors import PlanInvalid
from services.retraining.model import Ended
from services.verdicts.contracts import Outcome

VIENNA_AT_TWO = When(Trigger.INTERVAL, every_days=1, hour=2, zone="Europe/Vienna")
WEEKLY = replace(VIENNA_AT_TWO, every_days=7)
REGIME = When(Trigger.REGIME_CHANGE, delay_hours=12)
FLOOD = When(Trigger.ALARM_FLOOD, alarms=5, within_days=7)
DRIFT = When(Trigger.DRIFT, looks=24)
PLAN = NewPlan("Weekly", WEEKLY, 30, labels="")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-01-10T00:59:59", "2026-01-10T01:00:00"),
        ("2026-01-10T01:00:00", "2026-01-11T01:00:00"),
        ("2026-01-10T23:30:00", "2026-01-11T01:00:00"),
        ("2026-03-28T12:00:00", "2026-03-29T01:00:00"),
        ("2026-03-29T12:00:00", "2026-03-30T00:00:00"),
        ("2026-10-24T12:00:00", "2026-10-25T00:00:00"),
        ("2026-10-25T00:30:00", "2026-10-26T01:00:00"),
    ],
    ids=["before", "exactly", "late at night", "hour left out", "summer", "hour twice: the first", "not the second"],
)
def test_the_first_time_is_the_next_local_hour(now: str, due: str) -> None:
    assert model.first_due(VIENNA_AT_TWO, at(now)) == at(due)


@pytest.mark.parametrize("when", [REGIME, FLOOD, DRIFT])
def test_what_waits_for_something_to_happen_is_never_due_by_itself(when: When) -> None:
    assert model.first_due(when, at("2026-01-10T00:00:00")) is None


@pytest.mark.parametrize(
    ("due", "now", "following"),
    [
        ("2026-01-10T01:00:00", "2026-01-10T01:00:20", "2026-01-17T01:00:00"),
        ("2026-01-10T01:00:00", "2026-01-17T00:59:00", "2026-01-17T01:00:00"),
        ("2026-01-10T01:00:00", "2026-01-17T01:00:00", "2026-01-24T01:00:00"),
        ("2026-01-10T01:00:00", "2026-02-12T08:00:00", "2026-02-14T01:00:00"),
        ("2026-03-26T01:00:00", "2026-03-26T01:00:01", "2026-04-02T00:00:00"),
        ("2026-03-22T01:00:00", "2026-03-22T01:00:01", "2026-03-29T01:00:00"),
        ("2026-03-29T01:00:00", "2026-03-29T01:00:01", "2026-04-05T00:00:00"),
        ("2026-10-18T00:00:00", "2026-10-18T00:00:01", "2026-10-25T00:00:00"),
        ("2026-10-25T00:00:00", "2026-10-25T01:30:00", "2026-11-01T01:00:00"),
    ],
    ids=[
        "in time", "a late look before the next", "a look at the next", "four were missed: one",
        "over the change to summer", "onto the change", "from the change", "onto the change back",
        "from the change back",
    ],
)  # fmt: skip
def test_the_following_time_keeps_the_rhythm_and_lies_ahead(due: str, now: str, following: str) -> None:
    assert model.next_due(WEEKLY, at(due), at(now)) == at(following)


def test_a_regime_is_learned_from_its_start_at_most_over_the_lookback() -> None:
    now = at("2026-03-10T00:00:00")
    early, late = now - timedelta(days=40), now - timedelta(hours=13)
    assert model.range_of(REGIME, 30, late, now) == (late, now)
    assert model.range_of(REGIME, 30, early, now) == (now - timedelta(days=30), now)
    assert model.range_of(WEEKLY, 30, late, now) == (now - timedelta(days=30), now)
    assert model.range_of(FLOOD, 30, late, now) == (now - timedelta(days=30), now)


def test_a_range_within_the_lookback() -> None:
    now = at("2026-03-10T00:00:00")
    first = now - timedelta(days=30)
    assert model.inside(first, now, now, 30)
    assert not model.inside(first - timedelta(seconds=1), now, now, 30)
    assert not model.inside(first, now + timedelta(seconds=1), now, 30)


def test_held_out_rows_stopped_it_twice() -> None:
    one = Ended(new_id(), at("2026-03-10T00:00:00"), held_out_failed=True)
    fresher = replace(one, end=one.end + timedelta(days=7))
    assert model.twice_in_vain(one, fresher)
    assert not model.twice_in_vain(None, fresher)
    assert not model.twice_in_vain(one, one)
    assert not model.twice_in_vain(replace(one, held_out_failed=False), fresher)
    assert not model.twice_in_vain(one, replace(fresher, held_out_failed=False))


def test_the_verdict_on_another_contract_says_which_signals() -> None:
    before = presses.CONTRACT
    first, second, *rest = before.signals
    after = replace(before, signals=(replace(first, unit="furlong"), *rest, replace(second, key="added")))
    assert model.contract_verdict(before, after) == (
        f"Retraining will not help, because the contract changed since the champion was trained (new: added; gone: "
        f"{second.key}; changed: {first.key}). Rows from before lack what is new: train by hand once enough rows have "
        "come; the plan waits for you."
    )


@pytest.mark.parametrize("when", [WEEKLY, REGIME, FLOOD, DRIFT])
def test_what_is_right_passes(when: When) -> None:
    model.check(replace(PLAN, when=when))
    model.check(replace(PLAN, when=when, labels=None, asset_id=new_id()))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"labels": None}, "labels"),
        ({"asset_id": new_id()}, "labels"),
        ({"lookback_days": 0}, "lookbackDays"),
        ({"lookback_days": 3651}, "lookbackDays"),
        ({"when": replace(WEEKLY, every_days=0)}, "everyDays"),
        ({"when": replace(WEEKLY, every_days=None)}, "everyDays"),
        ({"when": replace(WEEKLY, hour=24)}, "hour"),
        ({"when": replace(WEEKLY, zone="Mars/Olympus")}, "zone"),
        ({"when": replace(WEEKLY, zone=None)}, "zone"),
        ({"when": replace(WEEKLY, alarms=3)}, "alarms"),
        ({"when": replace(REGIME, zone="UTC")}, "zone"),
        ({"when": replace(REGIME, delay_hours=None)}, "delayHours"),
        ({"when": replace(FLOOD, alarms=0)}, "alarms"),
        ({"when": replace(FLOOD, within_days=None)}, "withinDays"),
        ({"when": replace(FLOOD, hour=3)}, "hour"),
        ({"when": replace(DRIFT, looks=0)}, "looks"),
        ({"when": replace(DRIFT, looks=721)}, "looks"),
        ({"when": replace(DRIFT, alarms=3)}, "alarms"),
        ({"when": replace(FLOOD, looks=3)}, "looks"),
    ],
)
def test_what_is_wrong_is_refused_by_its_place(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(PlanInvalid) as refused:
        model.check(replace(PLAN, **changes))
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("outcome", "days", "state", "begins"),
    [
        (Outcome.BETTER, 1, OccasionState.PROMOTED, "The shadow agreed"),
        (Outcome.EQUAL, 1, OccasionState.PROMOTED, "The shadow agreed"),
        (Outcome.WORSE, 1, OccasionState.SHADOW_WORSE, "The shadow did not agree: the champion stays"),
        (Outcome.STOPPED, 1, OccasionState.SHADOW_WORSE, "The shadow did not agree"),
        (Outcome.PRICED, 1, OccasionState.PASSED, "Its version is no worse, but at a price"),
        (Outcome.UNDECIDED, 1, OccasionState.SHADOWED, "It is watched"),
        (Outcome.UNDECIDED, 181, OccasionState.PASSED, "Half a year did not tell enough"),
        (None, 181, OccasionState.SHADOWED, ""),
    ],
)
def test_what_becomes_of_a_version_that_is_watched(
    outcome: Outcome | None, days: int, state: OccasionState, begins: str
) -> None:
    facts: dict[str, Any] = {"outcome": outcome, "sentence": "So it is.", "waited": timedelta(days=days)}
    found, message = model.after_shadow(still=True, same_champion=True, **facts)
    assert (found, message[: len(begins)]) == (state, begins)
    assert message == "" or message.endswith("So it is.")
    gone = model.after_shadow(still=False, same_champion=True, **facts)
    assert (gone[0], "no shadow of the champion any more" in gone[1]) == (OccasionState.PASSED, True)
    chosen = model.after_shadow(still=True, same_champion=False, **facts)
    assert (chosen[0], "chose another champion" in chosen[1]) == (OccasionState.PASSED, True)
