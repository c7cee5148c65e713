"""What an edge may say of itself, and when it is silent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.edges.contracts import (
    DestinationReport,
    DestinationState,
    Report,
    SourceReport,
    SourceState,
    TagAge,
)
from services.edges.errors import EdgeReportInvalid
from services.edges.model import as_json, checked, from_json, is_silent

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLC = SourceReport(
    "plc7", "opc-ua", SourceState.WAITING, "no route", NOON, 12, 3, 400, 9_000, 2, 1, "too hot", (TagAge("t1", None),)
)
CHAT = DestinationReport("chat", "apprise", DestinationState.FAILING, "500", NOON, 1, 7, 0)
REPORT = Report("hall-3", "0.1.0", NOON, (PLC,), (CHAT,))


def test_a_report_survives_as_json():
    assert from_json("hall-3", as_json(checked(REPORT))) == REPORT
    still = replace(REPORT, destinations=(replace(CHAT, since=None),))
    assert from_json("hall-3", as_json(still)) == still


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (replace(REPORT, name="hall 3"), "name"),
        (replace(REPORT, name=""), "name"),
        (replace(REPORT, version="v" * 501), "version"),
        (replace(REPORT, sources=(PLC, PLC)), "sources.1.name"),
        (replace(REPORT, sources=(replace(PLC, why="y" * 501),)), "sources.0.why"),
        (replace(REPORT, sources=(replace(PLC, waiting=-1),)), "sources.0.waiting"),
        (replace(REPORT, sources=(replace(PLC, oldest=(TagAge("t", 1.0),) * 11),)), "sources.0.oldest"),
        (replace(REPORT, sources=(replace(PLC, oldest=(TagAge("t" * 501, 1.0),)),)), "sources.0.oldest"),
        (replace(REPORT, sources=tuple(replace(PLC, name=f"p{each}") for each in range(65))), "sources"),
        (replace(REPORT, destinations=(replace(CHAT, name="../x"),)), "destinations.0.name"),
    ],
)
def test_what_is_refused(wrong, field):
    with pytest.raises(EdgeReportInvalid) as caught:
        checked(wrong)
    assert caught.value.field == field


def test_silence():
    assert not is_silent(NOON, NOON + timedelta(minutes=2))
    assert is_silent(NOON, NOON + timedelta(minutes=2, seconds=1))
