"""When a plan is due, what it looks at, and when retraining will not help. No I/O, no clock of its own."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from andon_sdk.plugin import Contract
from services.assets.contracts import differences
from services.retraining.contracts import NewPlan, OccasionState, Trigger, When
from services.retraining.errors import PlanInvalid
from services.training.contracts import StartFrom
from services.verdicts.contracts import Outcome

LONGEST_NAME = 100
MOST_DAYS, MOST_HOURS, MOST_ALARMS, MOST_LOOKS = 3650, 24 * 365, 1000, 24 * 30
_PARTS: dict[Trigger, dict[str, tuple[int, int]]] = {
    Trigger.INTERVAL: {"every_days": (1, MOST_DAYS), "hour": (0, 23)},
    Trigger.REGIME_CHANGE: {"delay_hours": (1, MOST_HOURS)},
    Trigger.ALARM_FLOOD: {"alarms": (1, MOST_ALARMS), "within_days": (1, 365)},
    Trigger.DRIFT: {"looks": (1, MOST_LOOKS)},
}
_NUMBERS = ("every_days", "hour", "delay_hours", "alarms", "within_days", "looks")


def check(plan: NewPlan) -> None:
    """Raises `PlanInvalid`."""
    if not 0 < len(plan.name.strip()) <= LONGEST_NAME or not plan.name.isprintable():
        raise PlanInvalid(f"A plan's name has 1 to {LONGEST_NAME} printable characters.", field="name")
    if (plan.labels is None) == (plan.asset_id is None):
        raise PlanInvalid("Say either which labels its assets have or which one asset it is for.", field="labels")
    _within(plan.lookback_days, "lookback_days", (1, MOST_DAYS))
    wanted = _PARTS[plan.when.trigger]
    for name in _NUMBERS:
        value = getattr(plan.when, name)
        if name in wanted:
            _within(value, name, wanted[name])
        elif value is not None:
            raise PlanInvalid(
                f"A plan by {plan.when.trigger.value} takes none of this: leave it out.", field=_camel(name)
            )
    by_interval = plan.when.trigger is Trigger.INTERVAL
    if not by_interval and plan.when.zone is not None:
        raise PlanInvalid("Only a plan by interval has a time zone: leave it out.", field="zone")
    if by_interval and plan.when.zone not in available_timezones():
        raise PlanInvalid("Name a time zone of the IANA database, such as Europe/Vienna.", field="zone")


def first_due(when: When, now: datetime) -> datetime | None:
    """The next time that the hour comes; None for plans that wait for something to happen."""
    if when.trigger is not Trigger.INTERVAL:
        return None
    today = now.astimezone(_zone(when)).date()
    return next(due for ahead in range(3) if (due := _at(when, today + timedelta(days=ahead))) > now)


def next_due(when: When, due: datetime, now: datetime) -> datetime:
    """The time after `due` in its rhythm that lies ahead: times that were missed meanwhile are left out."""
    every, zone = when.every_days or 1, _zone(when)
    day = due.astimezone(zone).date()
    missed = max((now.astimezone(zone).date() - day).days, 0) // every
    day += timedelta(days=every * max(missed, 1))
    while (found := _at(when, day)) <= now:
        day += timedelta(days=every)
    return found


def range_of(when: When, lookback_days: int, moment: datetime, now: datetime) -> tuple[datetime, datetime]:
    """What is to be learned from: the lookback until now, of a regime only what came after its start."""
    start = now - timedelta(days=lookback_days)
    return (max(start, moment) if when.trigger is Trigger.REGIME_CHANGE else start), now


def inside(start: datetime, end: datetime, now: datetime, lookback_days: int) -> bool:
    """Whether a range lies within the lookback."""
    return now - timedelta(days=lookback_days) <= start < end <= now


def in_training(start_from: StartFrom, anew: str | None) -> str:
    """The sentence while a run goes on; `anew`: why it is no update, though one was wished for."""
    if start_from is StartFrom.CHAMPION:
        return "Its champion is being updated."
    return f"It is being trained anew, not updated: {anew}" if anew else "It is being trained."


WATCHED_AT_MOST = timedelta(days=180)
"""Verdicts look back no further."""


def after_shadow(
    *, still: bool, same_champion: bool, outcome: Outcome | None, sentence: str, waited: timedelta
) -> tuple[OccasionState, str]:
    """What becomes of an occasion whose version is watched: its state, and the sentence for people.

    `still`: the version is a shadow; `same_champion`: nobody chose another champion since the run began; `outcome`: how
    it stands, None where that is not known now.
    """
    if not still:
        return OccasionState.PASSED, _NO_SHADOW_NOW
    if not same_champion:
        return OccasionState.PASSED, _CHOSEN_MEANWHILE
    if outcome is None:
        return OccasionState.SHADOWED, ""
    if outcome is Outcome.UNDECIDED and waited > WATCHED_AT_MOST:
        return OccasionState.PASSED, f"Half a year did not tell enough: promote it by hand, or leave it. {sentence}"
    state, message = _AFTER[outcome]
    return state, f"{message} {sentence}"


_NO_SHADOW_NOW = (
    "Its version passed every gate and is no shadow of the champion any more: it was promoted by hand, or stopped. "
    "Promote it by hand, or leave it."
)
_CHOSEN_MEANWHILE = (
    "Its version passed every gate, but somebody chose another champion while it was watched: promote it by hand, or "
    "leave it."
)
_AGREED = OccasionState.PROMOTED, "The shadow agreed, and its version answers now."
_WORSE = OccasionState.SHADOW_WORSE, "The shadow did not agree: the champion stays, the shadow ended."
_AFTER = {
    Outcome.BETTER: _AGREED,
    Outcome.EQUAL: _AGREED,
    Outcome.WORSE: _WORSE,
    Outcome.STOPPED: _WORSE,
    Outcome.PRICED: (OccasionState.PASSED, "Its version is no worse, but at a price that you have to weigh."),
    Outcome.UNDECIDED: (OccasionState.SHADOWED, "It is watched beside the champion."),
}


@dataclass(frozen=True, slots=True)
class Ended:
    """An occasion whose run ended for its asset."""

    asset_id: UUID
    end: datetime
    """Of its range."""
    held_out_failed: bool


def twice_in_vain(before: Ended | None, now: Ended) -> bool:
    """Whether held-out rows stopped the last two runs, of which the newer one had fresher rows."""
    return now.held_out_failed and before is not None and before.held_out_failed and before.end < now.end


IN_VAIN = (
    "Retraining will not help, because the last two runs on fresh rows were both stopped by the check on rows they had "
    "not seen. Look for what changed at the machine, or try another blueprint; the plan waits for you."
)


def contract_verdict(before: Contract, after: Contract) -> str:
    """The sentence where the contract is another one than the champion's."""
    said = differences(before, after) or "its rate or title"
    return (
        f"Retraining will not help, because the contract changed since the champion was trained ({said}). Rows from "
        "before lack what is new: train by hand once enough rows have come; the plan waits for you."
    )


def _zone(when: When) -> ZoneInfo:
    return ZoneInfo(when.zone or "UTC")


def _at(when: When, day: date) -> datetime:
    """The moment of the hour on that day. An hour that the clocks leave out is the moment they are put forward, one
    that comes twice is the first."""
    return datetime.combine(day, time(when.hour or 0), _zone(when)).astimezone(UTC)


def _within(value: int | None, name: str, limits: tuple[int, int]) -> None:
    if value is None or not limits[0] <= value <= limits[1]:
        words = name.replace("_", " ")
        raise PlanInvalid(f"“{words}” must lie between {limits[0]} and {limits[1]}.", field=_camel(name))


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
