"""Pure rules: what an event may say, the regimes that events cut, and when a model fits a regime."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.events.contracts import (
    LABELS,
    Correction,
    Event,
    EventKind,
    Models,
    NewEvent,
    Recovery,
    Source,
    Standing,
    Trained,
)
from services.events.errors import EventInFuture, EventInvalid

BEGIN_REGIMES: Mapping[EventKind, bool | None] = {
    EventKind.PART_REPLACED: True,
    EventKind.RECIPE_CHANGE: True,
    EventKind.MAINTENANCE: False,
    EventKind.FAILURE: None,
    EventKind.ABNORMAL: None,
    EventKind.NORMAL: None,
}
"""Whether the old normal is gone after an event of that kind, where nobody says otherwise; None: it never is, since a
failure or a label changes nothing about the machine."""
CLOCK_SKEW = timedelta(minutes=5)
LONGEST_NOTE, LONGEST_PART = 2_000, 200
LEAST_OF_REGIME = 0.5
"""Share of the range of a run that has to lie in a regime, for its model to fit the regime. A range that begins some
hours early, since times are typed by people, is to do no harm; one that is mostly the old normal is to count for
nothing. `docs/decisions/0033-regimes-recover.md` has more."""


def check(event: NewEvent | Correction, now: datetime) -> bool:
    """Whether it begins a regime. Raises `EventInFuture` or `EventInvalid`."""
    _must_lie_in_the_past(event.time, "time", now)
    label = event.kind in LABELS
    if label and event.end is None:
        raise EventInvalid("A label is of a range of time: say where it ends.", field="end")
    if event.end is not None:
        _must_lie_in_the_past(event.end, "end", now)
        if not label:
            raise EventInvalid("Only a label has an end; other events are of one moment.", field="end")
        if event.end <= event.time:
            raise EventInvalid("The end must lie after the start.", field="end")
    for field, text, longest in (("note", event.note, LONGEST_NOTE), ("part", event.part or "", LONGEST_PART)):
        if len(text) > longest or "\0" in text:
            raise EventInvalid(f"The {field} takes at most {longest:,} characters.", field=field, limit=longest)
    if event.part and event.kind is not EventKind.PART_REPLACED:
        raise EventInvalid("A part is named only where one was replaced.", field="part")
    default = BEGIN_REGIMES[event.kind]
    if default is None and event.begins_regime:
        raise EventInvalid(
            "A failure or a label does not begin a regime. Record the repair: a replaced part, or maintenance.",
            field="beginsRegime",
        )
    return bool(default) if event.begins_regime is None else event.begins_regime


def _must_lie_in_the_past(time: datetime, field: str, now: datetime) -> None:
    if time.tzinfo is None:
        raise EventInFuture("The time needs a time zone.", field=field)
    if time > now + CLOCK_SKEW:
        raise EventInFuture("An event is a fact: its time cannot lie in the future.", field=field, now=now)


def source_of(actor_kind: str) -> Source:
    """Members use the portal, keys the API; the platform itself records what rules and feeds found."""
    return {"member": Source.PORTAL, "key": Source.API}.get(actor_kind, Source.RULE)


@dataclass(frozen=True, slots=True)
class Cut:
    """A regime that an event began."""

    asset_id: UUID
    event_id: UUID
    start: datetime
    end: datetime | None


def cuts(events: Iterable[Event]) -> list[Cut]:
    """The regimes that events began, by (asset, start). Of several events of an asset at one moment, as two parts
    replaced in one stop, the one recorded first begins the regime."""
    at: dict[UUID, dict[datetime, UUID]] = {}
    for event in sorted(events, key=lambda event: event.id):
        if event.begins_regime and event.retracted_at is None:
            at.setdefault(event.asset_id, {}).setdefault(event.time, event.id)
    found = list[Cut]()
    for asset_id in sorted(at):
        starts = sorted(at[asset_id])
        ends: Sequence[datetime | None] = [*starts[1:], None]
        found += [Cut(asset_id, at[asset_id][start], start, end) for start, end in zip(starts, ends, strict=True)]
    return found


def fits(regime_start: datetime, trained: Trained | None) -> bool:
    """Whether at least `LEAST_OF_REGIME` of the range lies in the regime, which is open."""
    if trained is None:
        return False
    inside = trained.end - max(trained.start, regime_start)
    return inside >= LEAST_OF_REGIME * (trained.end - trained.start)


def standing(regime_start: datetime, models: Models) -> Standing:
    """How far an open regime is, by the models of its asset."""
    champion, challenger = models.champion, models.challenger
    if champion is not None and fits(regime_start, champion):
        return Standing(Recovery.RECOVERED, champion.version_id)
    if challenger is not None and fits(regime_start, challenger):
        return Standing(Recovery.SHADOW, challenger.version_id)
    return Standing(Recovery.RETRAINING if fits(regime_start, models.run) else Recovery.NEEDS_MODEL)
