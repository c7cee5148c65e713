"""Which moments of an alarm lie between two looks."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from notices import ACKNOWLEDGED, CLEARED, MINUTE, MUTED, NOON, ON, SHELVED, TOLD

from andon_sdk.destination import Moment, Share
from andon_sdk.edge.outward.alarms import REMEMBERED, Alarm, Known, is_due, is_forgotten, look


def moments(known: Known | None, alarm: Alarm, now: datetime = NOON + 10 * MINUTE) -> list[str]:
    return [str(notice.moment) for notice in look(known, alarm, now)[1]]


@pytest.mark.parametrize(
    ("known", "alarm", "wanted"),
    [
        (None, ON, ["raised"]),
        (None, ACKNOWLEDGED, ["raised", "acknowledged"]),
        (None, SHELVED, ["raised", "shelved"]),
        (None, CLEARED, ["raised", "cleared"]),
        (None, replace(CLEARED, acknowledged_at=NOON + MINUTE), ["raised", "acknowledged", "cleared"]),
        (None, MUTED, []),
        (None, replace(MUTED, cleared_at=NOON), []),
        (None, replace(MUTED, shelved_until=NOON), ["raised"]),
        (TOLD, ON, []),
        (TOLD, ACKNOWLEDGED, ["acknowledged"]),
        (TOLD, SHELVED, ["shelved"]),
        (TOLD, CLEARED, ["cleared"]),
        (Known(raised=True, acknowledged=True), ACKNOWLEDGED, []),
        (Known(raised=True, shelved_until=NOON + 60 * MINUTE), SHELVED, []),
        (Known(raised=True, shelved_until=NOON + 30 * MINUTE), SHELVED, ["shelved"]),
        (Known(raised=True, shelved_until=NOON + 60 * MINUTE), ON, ["returned"]),
        (Known(raised=True, acknowledged=True, shelved_until=NOON), ACKNOWLEDGED, []),
        (Known(raised=True, cleared_at=CLEARED.cleared_at), CLEARED, []),
    ],
)
def test_moments_between_two_looks(known, alarm, wanted):
    assert moments(known, alarm) == wanted


def test_a_second_look_finds_nothing():
    for alarm in (ON, ACKNOWLEDGED, SHELVED, CLEARED, MUTED):
        known, _ = look(None, alarm, NOON + MINUTE)
        assert look(known, alarm, NOON + 2 * MINUTE) == (known, [])


def test_a_notice_says_what_happened():
    _, [raised, acknowledged] = look(None, ACKNOWLEDGED, NOON + MINUTE)
    assert (raised.id, raised.at, raised.on) == ("QWxhcm06MQ==-raised", NOON, True)
    assert (acknowledged.at, acknowledged.by, acknowledged.on) == (NOON + MINUTE, "Ada", False)
    assert (raised.asset, raised.line, raised.peak, raised.top) == ("drill-02", "L1", 1.7, (Share("lens", 0.6),))
    [cleared] = look(TOLD, CLEARED, NOON + 10 * MINUTE)[1]
    assert (cleared.moment, cleared.at, cleared.because) == (Moment.CLEARED, CLEARED.cleared_at, "recovered")


def test_each_shelf_has_its_own_ids():
    first, [shelved] = look(TOLD, SHELVED, NOON)
    assert (shelved.id, shelved.until) == ("QWxhcm06MQ==-shelved-20260301T130000", NOON + 60 * MINUTE)
    after = NOON + 61 * MINUTE
    assert is_due(first, after)
    assert not is_due(first, NOON + 59 * MINUTE)
    second, [returned] = look(first, SHELVED, after)
    assert (returned.id, returned.at) == ("QWxhcm06MQ==-returned-20260301T130000", NOON + 60 * MINUTE)
    [again] = look(second, replace(SHELVED, shelved_until=after + MINUTE), after)[1]
    assert again.id == "QWxhcm06MQ==-shelved-20260301T130200"


def test_what_is_known_survives_as_json():
    for alarm in (ON, ACKNOWLEDGED, SHELVED, CLEARED):
        known, _ = look(None, alarm, NOON)
        assert Known.from_json(json.loads(json.dumps(known.as_json()))) == known


def test_a_cleared_alarm_is_forgotten_after_a_day():
    known, _ = look(None, CLEARED, NOON)
    assert known.cleared_at is not None
    assert not is_forgotten(known, known.cleared_at + REMEMBERED)
    assert is_forgotten(known, known.cleared_at + REMEMBERED + MINUTE)
    assert not is_forgotten(TOLD, NOON + timedelta(days=365))
