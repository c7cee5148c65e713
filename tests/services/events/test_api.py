"""Events and regimes on a real database."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import col, select
from statements import statements

from andon_sdk.plugin import Contract, Signal
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.assets.errors import AssetNotFound
from services.events import api
from services.events.contracts import (
    Correction,
    EventKind,
    EventLabel,
    EventQuery,
    Models,
    NewEvent,
    Part,
    Recovery,
    Source,
    Trained,
)
from services.events.errors import EventIsRetracted, EventNotFound, TooManyEvents
from services.kernel.clock import utc_now
from services.kernel.errors import Forbidden
from services.kernel.ids import new_id
from services.kernel.rights import RIGHTS, Principal, Role, system_principal
from services.kernel.tables import OutboxRow
from services.kernel.uow import UnitOfWork

pytestmark = pytest.mark.platform

DAY = timedelta(days=1)


@pytest.fixture
def now() -> datetime:
    return utc_now()


async def machines(uow: UnitOfWork, principal: Principal, count: int = 1) -> list[UUID]:
    name = f"e-{new_id().hex[-12:]}"
    contract = Contract(name, "Drill", (Signal("flow", "Flow", "l/min", 0.0, 40.0),), period_s=1.0)
    await assets.put_contract(uow, principal, contract)
    new = [NewAsset(f"{name}-{number}", "Drill", "Ulsan", "Line 1", name) for number in range(count)]
    return [asset.id for asset in await assets.create_assets(uow, principal, new)]


def replaced(asset: UUID, time: datetime, part: str = "lens", **more: Any) -> NewEvent:
    return NewEvent(asset, EventKind.PART_REPLACED, time, part=part, **more)


async def spans(uow: UnitOfWork, principal: Principal, asset: UUID) -> list[tuple[Any, Any, Any]]:
    found = (await api.regimes(uow, principal, [asset]))[asset]
    return [(regime.start, regime.end, regime.opened_by) for regime in found]


async def news(uow: UnitOfWork) -> list[str]:
    await uow.session.flush()
    mine = select(OutboxRow.name).where(col(OutboxRow.name).startswith("events."))
    xmin = "outbox.xmin = pg_current_xact_id()::xid"
    return list(await uow.session.exec(mine.where(text(xmin)).order_by(col(OutboxRow.sequence))))


async def test_regimes_are_the_same_in_whichever_order_events_are_told(uow, principal, now):
    [asset] = await machines(uow, principal)
    assert await spans(uow, principal, asset) == [(None, None, None)]
    late = await api.record_event(uow, principal, replaced(asset, now - DAY))
    early = await api.record_event(uow, principal, replaced(asset, now - 9 * DAY))
    assert await spans(uow, principal, asset) == [
        (None, early.time, None),
        (early.time, late.time, early.id),
        (late.time, None, late.id),
    ]
    moved = await api.correct_event(
        uow, principal, late.id, Correction(EventKind.PART_REPLACED, now - 20 * DAY, part="lens")
    )
    assert await spans(uow, principal, asset) == [
        (None, moved.time, None),
        (moved.time, early.time, late.id),
        (early.time, None, early.id),
    ]
    await api.retract_event(uow, principal, early.id)
    assert await spans(uow, principal, asset) == [(None, moved.time, None), (moved.time, None, late.id)]
    await api.correct_event(uow, principal, late.id, Correction(EventKind.MAINTENANCE, moved.time))
    assert await spans(uow, principal, asset) == [(None, None, None)]


async def test_what_an_event_said_before_is_kept(uow, principal, now):
    [asset] = await machines(uow, principal)
    event = await api.record_event(uow, principal, replaced(asset, now - DAY, "lens", note="new"))
    said = Correction(EventKind.PART_REPLACED, now - 2 * DAY, note="was the pump", part="pump", begins_regime=False)
    corrected = await api.correct_event(uow, principal, event.id, said)
    assert (corrected.time, corrected.part, corrected.begins_regime, corrected.corrections) == (
        now - 2 * DAY, "pump", False, 1,
    )  # fmt: skip
    assert await api.correct_event(uow, principal, event.id, said) == corrected
    [kept] = (await api.revisions_of(uow, principal, [event.id]))[event.id]
    assert (kept.number, kept.kind, kept.time, kept.part, kept.note, kept.begins_regime, kept.corrected_by) == (
        1, EventKind.PART_REPLACED, now - DAY, "lens", "new", True, principal.name,
    )  # fmt: skip
    taken = await api.retract_event(uow, principal, event.id)
    assert (taken.retracted_by, await api.retract_event(uow, principal, event.id)) == (principal.name, taken)
    with pytest.raises(EventIsRetracted):
        await api.correct_event(uow, principal, event.id, said)
    assert await api.list_events(uow, principal, asset) == [taken]
    assert await api.events(uow, principal, [asset], None, None) == []
    assert await news(uow) == [
        "events.recorded", "events.regimes_changed", "events.corrected", "events.regimes_changed", "events.retracted",
    ]  # fmt: skip


async def test_labels_are_found_where_they_reach(uow, principal, now):
    [asset] = await machines(uow, principal)
    start, end = now - 5 * DAY, now - 3 * DAY
    [label] = await api.label_range(uow, principal, [asset, asset], EventLabel.ABNORMAL, start, end, "ran dry")
    failure = await api.record_event(uow, principal, NewEvent(asset, EventKind.FAILURE, now - DAY))

    async def found(start: datetime | None, end: datetime | None) -> list[UUID]:
        return [event.id for event in await api.events(uow, principal, [asset], start, end)]

    assert await found(None, None) == [label.id, failure.id]
    assert await found(now - 4 * DAY, now - 3.5 * DAY) == [label.id]
    assert await found(end, now - DAY) == []
    assert await found(now - DAY, now) == [failure.id]
    assert await spans(uow, principal, asset) == [(None, None, None)]


async def test_a_thousand_machines_cost_the_statements_of_one(platform, tenant, principal, now):
    counts = []
    for size in (1, 1_000):
        async with platform.platform.database.unit(tenant.id) as uow:
            ids = await machines(uow, principal, size)
            await uow.session.flush()
            with statements(platform.platform.database) as sent:
                made = await api.record_events(uow, principal, [replaced(id_, now - DAY) for id_ in ids])
                await uow.session.flush()
            counts.append(len(sent))
            assert [event.asset_id for event in made] == ids
            present = await api.present_regimes(uow, principal, ids)
            assert {id_: regime.opened_by for id_, regime in present.items()} == {e.asset_id: e.id for e in made}
    assert counts[0] == counts[1] <= 8


async def test_all_or_none(uow, principal, now):
    [asset] = await machines(uow, principal)
    known = NewEvent(asset, EventKind.FAILURE, now)
    with pytest.raises(AssetNotFound):
        await api.record_events(uow, principal, [known, NewEvent(new_id(), EventKind.FAILURE, now)])
    with pytest.raises(TooManyEvents):
        await api.record_events(uow, principal, [known] * 1_001)
    assert await api.list_events(uow, principal, asset) == []
    assert await api.record_events(uow, principal, []) == []


async def test_who_may_not_record_records_nothing(uow, tenant, principal, now):
    [asset] = await machines(uow, principal)
    partner = Principal(tenant.id, new_id(), "member", "Pia", RIGHTS[Role.PARTNER])
    with pytest.raises(Forbidden):
        await api.record_event(uow, partner, NewEvent(asset, EventKind.FAILURE, now))
    with pytest.raises(Forbidden):
        await api.note_models(uow, principal, {asset: Models()})
    assert await api.list_events(uow, principal, asset) == []


async def test_the_source_is_told_by_who_acts(uow, tenant, principal, now):
    [asset] = await machines(uow, principal)
    member = Principal(tenant.id, new_id(), "member", "Omar", RIGHTS[Role.OPERATOR])
    assert (await api.record_event(uow, member, NewEvent(asset, EventKind.FAILURE, now))).source is Source.PORTAL
    system = system_principal(tenant.id)
    assert (await api.record_event(uow, system, NewEvent(asset, EventKind.FAILURE, now))).source is Source.RULE


async def test_a_page_goes_on_where_the_last_one_ended(uow, principal, now):
    [asset] = await machines(uow, principal)
    moments = [now - DAY, now - DAY, now - 3 * DAY]
    made = await api.record_events(uow, principal, [NewEvent(asset, EventKind.FAILURE, at) for at in moments])
    await api.record_event(uow, principal, NewEvent(asset, EventKind.MAINTENANCE, now))
    await api.retract_event(uow, principal, made[2].id)
    seen, after = [], None
    while page := await api.query_events(uow, principal, EventQuery(asset, [EventKind.FAILURE], True, 1, after)):
        seen += [event.id for event in page]
        after = (page[-1].time, page[-1].id)
    assert seen == [made[1].id, made[0].id, made[2].id]
    assert len(await api.query_events(uow, principal, EventQuery(asset))) == 3


async def test_parts_named_before_are_offered(uow, principal, now):
    mine, other = await machines(uow, principal, 2)
    name = new_id().hex
    for asset, part, days, begins in (
        (other, f"{name} lens", 9, True), (other, f"{name} lens", 8, False), (mine, f"{name} belt", 7, None),
    ):  # fmt: skip
        await api.record_event(uow, principal, replaced(asset, now - days * DAY, part, begins_regime=begins))
    offered = [part for part in await api.parts(uow, principal, mine, 100) if part.name.startswith(name)]
    assert offered == [Part(f"{name} belt", 1, True), Part(f"{name} lens", 2, False)]
    assert [part.name for part in await api.parts(uow, principal, mine, 1)] == [f"{name} belt"]


async def test_recoveries_are_written_once_and_listed(uow, tenant, principal, now):
    first, second, idle = await machines(uow, principal, 3)
    system, version = system_principal(tenant.id), new_id()
    made = await api.record_events(uow, principal, [replaced(first, now - DAY), replaced(second, now - 2 * DAY)])
    before = await api.recovery_counts(uow, principal)
    models = {first: Models(Trained(now - DAY, now, version)), second: Models(), idle: Models()}
    for _ in range(2):
        recoveries = {first: Recovery.RECOVERED, second: Recovery.NEEDS_MODEL}
        assert await api.note_models(uow, system, models) == recoveries
    assert await news(uow) == ["events.recorded", "events.regimes_changed", "events.recovery_changed"]
    regime = (await api.present_regimes(uow, principal, [first]))[first]
    assert (regime.recovery, regime.version_id) == (Recovery.RECOVERED, version)
    assert regime.recovery_since is not None
    assert regime.recovery_since >= made[0].recorded_at
    after = await api.recovery_counts(uow, principal)
    assert after[Recovery.RECOVERED] == before[Recovery.RECOVERED] + 1
    listed = await api.list_recoveries(uow, principal, [Recovery.NEEDS_MODEL])
    assert second in [regime.asset_id for regime in listed]
    assert first not in [regime.asset_id for regime in listed]
    page = await api.list_recoveries(uow, principal, first=1, after=(made[0].time, made[0].id))
    assert [regime.opened_by for regime in page] == [made[1].id]


async def test_another_tenants_event_is_absent(platform, uow, principal, other_tenant, other_principal, now):
    [asset] = await machines(uow, principal)
    event = await api.record_event(uow, principal, replaced(asset, now - DAY))
    await uow.commit()
    async with platform.platform.database.unit(other_tenant.id) as theirs:
        for asset_id in (asset, new_id()):
            with pytest.raises(AssetNotFound):
                await api.record_event(theirs, other_principal, NewEvent(asset_id, EventKind.FAILURE, now))
        for event_id in (event.id, new_id()):
            with pytest.raises(EventNotFound):
                await api.retract_event(theirs, other_principal, event_id)
        assert await api.events(theirs, other_principal, [asset], None, None) == []
        assert await api.present_regimes(theirs, other_principal, [asset]) == {}
