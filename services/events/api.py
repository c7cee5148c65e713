"""The only door to events and regimes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col

from services.assets import api as assets
from services.events import model
from services.events.contracts import (
    Correction,
    Event,
    EventKind,
    EventLabel,
    EventQuery,
    Models,
    NewEvent,
    Part,
    Recovery,
    Regime,
    Revision,
    Source,
)
from services.events.errors import EventIsRetracted, EventNotFound, TooManyEvents
from services.events.repository import Events, Regimes, between
from services.events.tables import EventTable, RegimeTable, RevisionTable
from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.kernel.idset import IdSet
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork

fits = model.fits
"""Whether what was trained knows the regime that begins then."""
MOST_EVENTS = 1_000
"""Events that one call may record."""


async def record_events(uow: UnitOfWork, principal: Principal, new: Sequence[NewEvent]) -> list[Event]:
    """Records facts about assets, all or none, and answers them in that order.

    A fixed number of statements, however many events and assets. Raises `TooManyEvents` (over 1,000), `EventInFuture`,
    `EventInvalid`, `AssetNotFound`. Announces `events.recorded`, and `events.regimes_changed` if that is so.
    """
    principal.require(Permission.RECORD_EVENT)
    if len(new) > MOST_EVENTS:
        message = f"At most {MOST_EVENTS:,} events are recorded at once, and these are {len(new):,}: send parts."
        raise TooManyEvents(message, field="events", limit=MOST_EVENTS)
    if not new:
        return []
    now = utc_now()
    await assets.get_assets(uow, principal, {event.asset_id for event in new})
    begins = [model.check(event, now) for event in new]
    by = {"recorded_by": principal.name, "recorded_at": now, "source": model.source_of(principal.kind)}
    made = [
        Event(
            id=id_,
            **{name: getattr(event, name) for name in ("asset_id", "kind", "time", "end", "note", "part")},
            begins_regime=begin,
            retracted_at=None,
            **by,
        )
        # Ids of one millisecond have no order, and events of one moment are told by theirs.
        for id_, event, begin in zip(sorted(new_id() for _ in new), new, begins, strict=True)
    ]
    store = Events(uow)
    await store.lock()
    await store.record(made)
    uow.announce("events.recorded", **_ids(made))
    await _derive(uow, {event.asset_id for event in made if event.begins_regime}, now)
    return made


async def record_event(uow: UnitOfWork, principal: Principal, new: NewEvent) -> Event:
    """`record_events` of one."""
    return (await record_events(uow, principal, [new]))[0]


async def label_range(
    uow: UnitOfWork,
    principal: Principal,
    asset_ids: Sequence[UUID],
    label: EventLabel,
    start: datetime,
    end: datetime,
    note: str = "",
) -> list[Event]:
    """Says of those assets that start ≤ time < end was abnormal, or normal. Raises as `record_events` does."""
    kind, unique = EventKind(label.value), dict.fromkeys(asset_ids)
    return await record_events(uow, principal, [NewEvent(id_, kind, start, note, end=end) for id_ in unique])


async def correct_event(uow: UnitOfWork, principal: Principal, event_id: UUID, said: Correction) -> Event:
    """Says anew what happened; what the event said before is kept, and regimes follow. Harmless when nothing differs.

    Raises `EventNotFound`, `EventIsRetracted`, `EventInFuture`, `EventInvalid`. Announces `events.corrected`.
    """
    principal.require(Permission.RECORD_EVENT)
    store = Events(uow)
    await store.lock()
    row, now = await _get(store, event_id), utc_now()
    begins = model.check(said, now)
    if row.retracted_at is not None:
        raise EventIsRetracted("The event was retracted. Record it again instead.")
    content = {
        "kind": said.kind.value,
        "time": said.time,
        "end": said.end,
        "part": said.part,
        "note": said.note,
        "begins_regime": begins,
    }
    before = {name: getattr(row, name) for name in content}
    if before == content:
        return _event(row)
    row.corrections += 1
    kept = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in before.items()}
    by = {"corrected_by": principal.name, "corrected_at": now}
    uow.session.add(RevisionTable(tenant_id=uow.tenant, event_id=row.id, number=row.corrections, said=kept, **by))
    for name, value in content.items():
        setattr(row, name, value)
    return await _changed(uow, row, "events.corrected", now)


async def retract_event(uow: UnitOfWork, principal: Principal, event_id: UUID) -> Event:
    """Takes a fact back; it stays on record as retracted, and the regime that it began is as if it had not been.
    Harmless when it is retracted. Raises `EventNotFound`. Announces `events.retracted`."""
    principal.require(Permission.RECORD_EVENT)
    store = Events(uow)
    await store.lock()
    row = await _get(store, event_id)
    if row.retracted_at is not None:
        return _event(row)
    row.retracted_at, row.retracted_by = utc_now(), principal.name
    return await _changed(uow, row, "events.retracted", row.retracted_at)


async def events(
    uow: UnitOfWork, principal: Principal, asset_ids: Collection[UUID], start: datetime | None, end: datetime | None
) -> list[Event]:
    """What happened to those assets with start ≤ time < end, and labels that reach into it: oldest first, without what
    was retracted. One statement. Where labels overlap, the one recorded last counts."""
    principal.require(Permission.VIEW)
    there = col(EventTable.retracted_at).is_(None)
    return [_event(row) for row in reversed(await Events(uow).of(asset_ids, *between(start, end), there))]


async def regimes(uow: UnitOfWork, principal: Principal, asset_ids: Collection[UUID]) -> dict[UUID, list[Regime]]:
    """All regimes of each of those assets, oldest first, the present one last. One statement."""
    principal.require(Permission.VIEW)
    found: dict[UUID, list[Regime]] = {id_: [Regime(id_, None, None, None)] for id_ in asset_ids}
    for row in await Regimes(uow).of(asset_ids):
        told = found[row.asset_id]
        if len(told) == 1:
            told[0] = Regime(row.asset_id, None, row.start, None)
        told.append(_regime(row))
    return found


async def list_events(
    uow: UnitOfWork,
    principal: Principal,
    asset_id: UUID,
    start: datetime | None = None,
    end: datetime | None = None,
    first: int = 100,
) -> list[Event]:
    """As `events` of one asset, but newest first and with retracted ones."""
    principal.require(Permission.VIEW)
    return [_event(row) for row in await Events(uow).of([asset_id], *between(start, end), first=first)]


async def query_events(uow: UnitOfWork, principal: Principal, query: EventQuery) -> list[Event]:
    """A page of the tenant's events, newest first."""
    principal.require(Permission.VIEW)
    return [_event(row) for row in await Events(uow).page(query)]


async def get_event(uow: UnitOfWork, principal: Principal, event_id: UUID) -> Event:
    """Raises `EventNotFound`."""
    principal.require(Permission.VIEW)
    return _event(await _get(Events(uow), event_id))


async def get_events(uow: UnitOfWork, principal: Principal, ids: Collection[UUID]) -> list[Event]:
    """Those of `ids` that exist, in no order."""
    principal.require(Permission.VIEW)
    return [_event(row) for row in await Events(uow).by_ids(ids)]


async def revisions_of(
    uow: UnitOfWork, principal: Principal, event_ids: Collection[UUID]
) -> dict[UUID, list[Revision]]:
    """What each event said before it was corrected, newest first; events that were not are left out."""
    principal.require(Permission.VIEW)
    found: dict[UUID, list[Revision]] = {}
    for row in await Events(uow).revisions(event_ids):
        found.setdefault(row.event_id, []).append(_revision(row))
    return found


async def parts(uow: UnitOfWork, principal: Principal, asset_id: UUID | None = None, first: int = 50) -> list[Part]:
    """Parts that were named before, to choose from: those of the asset first, then the most frequent."""
    principal.require(Permission.VIEW)
    return await Events(uow).parts(asset_id, first)


async def list_recoveries(
    uow: UnitOfWork,
    principal: Principal,
    states: Collection[Recovery] | None = None,
    first: int = 50,
    after: tuple[datetime, UUID] | None = None,
) -> list[Regime]:
    """A page of present regimes that an event began, newest first; `after` is the start and event of the last one."""
    principal.require(Permission.VIEW)
    return [_regime(row) for row in await Regimes(uow).page(states, first, after)]


async def recovery_counts(uow: UnitOfWork, principal: Principal) -> dict[Recovery, int]:
    """How many assets' present regimes are in each state; states that none is in count 0."""
    principal.require(Permission.VIEW)
    return dict.fromkeys(Recovery, 0) | await Regimes(uow).counts()


async def present_regimes(uow: UnitOfWork, principal: Principal, asset_ids: Collection[UUID]) -> dict[UUID, Regime]:
    """The present regime of each of those assets, where an event began it."""
    principal.require(Permission.VIEW)
    found = await Regimes(uow).of(asset_ids, col(RegimeTable.end).is_(None))
    return {row.asset_id: _regime(row) for row in found}


async def regimes_begun(
    uow: UnitOfWork, principal: Principal, since: datetime, until: datetime, known: IdSet
) -> list[Regime]:
    """Present regimes with since < start ≤ until, oldest first, but for those that events of `known` began. One
    statement."""
    principal.require(Permission.VIEW)
    return [_regime(row) for row in await Regimes(uow).begun(since, until, known)]


async def note_models(uow: UnitOfWork, principal: Principal, models: Mapping[UUID, Models]) -> dict[UUID, Recovery]:
    """Writes how far the present regimes of assets are, by their models (asset → models), for the platform; answers it
    for those that an event began. Announces `events.recovery_changed` where that is new."""
    principal.require_platform()
    store = Regimes(uow)
    present = await store.of(models, col(RegimeTable.end).is_(None))
    standings = {row.asset_id: model.standing(row.start, models[row.asset_id]) for row in present}
    changed = await store.stand(standings, utc_now()) if standings else []
    if changed:
        uow.announce("events.recovery_changed", asset_ids=[str(id_) for id_ in changed])
    return {asset_id: standing.recovery for asset_id, standing in standings.items()}


async def _get(store: Events, event_id: UUID) -> EventTable:
    row = await store.one(event_id)
    if row is None:
        raise EventNotFound("There is no such event.", field="eventId")
    return row


async def _changed(uow: UnitOfWork, row: EventTable, news: str, now: datetime) -> Event:
    await uow.session.flush()
    uow.announce(news, **_ids([row]))
    await _derive(uow, {row.asset_id}, now)
    return _event(row)


async def _derive(uow: UnitOfWork, asset_ids: Collection[UUID], now: datetime) -> None:
    """Brings the regimes of these assets to what their events say. The caller holds the lock on events."""
    if not asset_ids:
        return
    begin = await Events(uow).of(
        asset_ids, col(EventTable.begins_regime).is_(True), col(EventTable.retracted_at).is_(None)
    )
    changed = await Regimes(uow).derive(asset_ids, model.cuts([_event(row) for row in begin]), now)
    if changed:
        uow.announce("events.regimes_changed", asset_ids=[str(id_) for id_ in changed])


def _ids(told: Sequence[Event | EventTable]) -> dict[str, list[str]]:
    return {"event_ids": [str(each.id) for each in told], "asset_ids": [str(each.asset_id) for each in told]}


def _event(row: EventTable) -> Event:
    return Event(
        id=row.id,
        asset_id=row.asset_id,
        kind=EventKind(row.kind),
        time=row.time,
        note=row.note,
        part=row.part,
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
        retracted_at=row.retracted_at,
        end=row.end,
        begins_regime=row.begins_regime,
        source=Source(row.source),
        retracted_by=row.retracted_by,
        corrections=row.corrections,
    )


def _revision(row: RevisionTable) -> Revision:
    said: dict[str, Any] = dict(row.said)
    return Revision(
        event_id=row.event_id,
        number=row.number,
        kind=EventKind(said["kind"]),
        time=datetime.fromisoformat(said["time"]),
        end=datetime.fromisoformat(said["end"]) if said["end"] else None,
        part=said["part"],
        note=said["note"],
        begins_regime=said["begins_regime"],
        corrected_by=row.corrected_by,
        corrected_at=row.corrected_at,
    )


def _regime(row: RegimeTable) -> Regime:
    return Regime(
        asset_id=row.asset_id,
        start=row.start,
        end=row.end,
        opened_by=row.id,
        recovery=Recovery(row.recovery),
        recovery_since=row.recovery_since,
        version_id=row.version_id,
    )
