"""What an event may say, which regimes follow, and when a model fits one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.events import model
from services.events.contracts import Event, EventKind, Models, NewEvent, Recovery, Source, Standing, Trained
from services.events.errors import EventInFuture, EventInvalid
from services.events.model import Cut

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
DRILL, PUMP = UUID(int=7), UUID(int=8)


def said(kind: EventKind, **more: object) -> NewEvent:
    return NewEvent(**({"asset_id": DRILL, "kind": kind, "time": NOON} | more))  # type: ignore[arg-type]


def event(number: int, time: datetime, asset: UUID = DRILL, **more: object) -> Event:
    plain = Event(UUID(int=number), asset, EventKind.PART_REPLACED, time, "", None, "Ada", NOON, None)
    return replace(plain, **({"begins_regime": True} | more))


def test_an_event_is_a_fact():
    model.check(said(EventKind.FAILURE), NOON - timedelta(minutes=5))
    with pytest.raises(EventInFuture):
        model.check(said(EventKind.FAILURE), NOON - timedelta(minutes=5, seconds=1))
    with pytest.raises(EventInFuture):
        model.check(said(EventKind.FAILURE, time=NOON.replace(tzinfo=None)), NOON)
    with pytest.raises(EventInFuture) as caught:
        model.check(said(EventKind.ABNORMAL, end=NOON + DAY), NOON)
    assert caught.value.field == "end"


@pytest.mark.parametrize(
    ("kind", "chosen", "begins"),
    [
        (EventKind.PART_REPLACED, None, True),
        (EventKind.PART_REPLACED, False, False),
        (EventKind.RECIPE_CHANGE, None, True),
        (EventKind.MAINTENANCE, None, False),
        (EventKind.MAINTENANCE, True, True),
        (EventKind.FAILURE, None, False),
        (EventKind.FAILURE, False, False),
    ],
)
def test_which_kinds_begin_a_regime(kind, chosen, begins):
    assert model.check(said(kind, begins_regime=chosen), NOON) is begins


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (said(EventKind.ABNORMAL), "end"),
        (said(EventKind.NORMAL, end=NOON), "end"),
        (said(EventKind.MAINTENANCE, end=NOON + DAY), "end"),
        (said(EventKind.MAINTENANCE, part="lens"), "part"),
        (said(EventKind.PART_REPLACED, part="x" * 201), "part"),
        (said(EventKind.FAILURE, note="x" * 2_001), "note"),
        (said(EventKind.FAILURE, note="\0"), "note"),
        (said(EventKind.FAILURE, begins_regime=True), "beginsRegime"),
        (said(EventKind.ABNORMAL, end=NOON + DAY, begins_regime=True), "beginsRegime"),
    ],
)
def test_what_does_not_go_together_is_refused(wrong, field):
    with pytest.raises(EventInvalid) as caught:
        model.check(wrong, NOON + 2 * DAY)
    assert caught.value.field == field


def test_who_enters_says_where():
    assert [model.source_of(kind) for kind in ("member", "key", "system")] == [Source.PORTAL, Source.API, Source.RULE]


def test_cuts_follow_time_and_not_the_order_of_telling():
    found = model.cuts(
        [
            event(1, NOON + DAY),
            event(2, NOON),
            event(3, NOON + 3 * DAY, retracted_at=NOON),
            event(4, NOON + 2 * DAY, begins_regime=False),
            event(5, NOON, PUMP),
        ]
    )
    assert found == [
        Cut(DRILL, UUID(int=2), NOON, NOON + DAY),
        Cut(DRILL, UUID(int=1), NOON + DAY, None),
        Cut(PUMP, UUID(int=5), NOON, None),
    ]


def test_two_parts_in_one_stop_begin_one_regime():
    both = [event(2, NOON), event(1, NOON)]
    assert model.cuts(both) == [Cut(DRILL, UUID(int=1), NOON, None)]
    assert model.cuts(both[:1]) == [Cut(DRILL, UUID(int=2), NOON, None)]


@pytest.mark.parametrize(("days_before", "fits"), [(-3, True), (0, True), (4, True), (5, False), (90, False)])
def test_a_model_fits_when_half_of_its_range_lies_in_the_regime(days_before, fits):
    assert model.fits(NOON, Trained(NOON - days_before * DAY, NOON + 4 * DAY)) is fits


def test_a_range_from_before_fits_nothing():
    assert not model.fits(NOON, Trained(NOON - 4 * DAY, NOON - DAY))
    assert not model.fits(NOON, None)


def test_the_way_to_recovery():
    old, new = Trained(NOON - 9 * DAY, NOON, UUID(int=1)), Trained(NOON, NOON + DAY, UUID(int=2))
    run = Trained(NOON, NOON + 2 * DAY)
    assert model.standing(NOON, Models(old, None, None)) == Standing(Recovery.NEEDS_MODEL)
    assert model.standing(NOON, Models(old, None, old)) == Standing(Recovery.NEEDS_MODEL)
    assert model.standing(NOON, Models(old, None, run)) == Standing(Recovery.RETRAINING)
    assert model.standing(NOON, Models(old, new, run)) == Standing(Recovery.SHADOW, UUID(int=2))
    assert model.standing(NOON, Models(new, None, run)) == Standing(Recovery.RECOVERED, UUID(int=2))
    assert model.standing(NOON, Models(None, old, None)) == Standing(Recovery.NEEDS_MODEL)
