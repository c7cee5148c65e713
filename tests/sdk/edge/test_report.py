"""What an edge tells of itself, from its status."""

from datetime import UTC, datetime

from andon_sdk.client.typed import EdgeDestinationState, EdgeMappedIn, EdgeSourceState
from andon_sdk.edge.report import report_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROWS = {"stored": 5, "quarantined": 1, "refused": 2, "duplicates": 9, "waiting": 3, "bytes": 4096, "last_refusal": ""}
PLC = {
    "connector": "opc-ua",
    "mapping": "portal",
    "state": "waiting",
    "why": "y" * 600,
    "since": NOON.isoformat(),
    "connections": 2,
    "age_s": {f"t{number:02}": float(number) for number in range(20)} | {"never": None},
    "readings": {},
    "contracts": {"pump": ROWS, "press": ROWS | {"last_refusal": "too hot"}},
}
CHAT = {
    "destination": "apprise", "state": "failing", "why": "500", "since": NOON.isoformat(), "waiting": 1, "delivered": 7,
    "put_aside": 2, "last_at": None, "asks_andon": "ok",
}  # fmt: skip


def test_a_report_says_what_a_person_looks_for_first():
    report = report_of("hall-3", NOON, {"sources": {"plc7": PLC}, "destinations": {"chat": CHAT}})
    assert (report.name, report.started_at) == ("hall-3", NOON)
    [plc] = report.sources
    assert (plc.name, plc.connector, plc.mapped_in, plc.state) == (
        "plc7",
        "opc-ua",
        EdgeMappedIn.PORTAL,
        EdgeSourceState.WAITING,
    )
    assert len(plc.why) == 500
    assert (plc.stored, plc.quarantined, plc.refused, plc.waiting, plc.last_refusal) == (10, 2, 4, 6, "too hot")
    assert (plc.tags, plc.silent) == (21, 1)
    assert [each.tag for each in plc.oldest] == ["never", *(f"t{number}" for number in range(19, 10, -1))]
    [chat] = report.destinations
    assert (chat.state, chat.since, chat.put_aside) == (EdgeDestinationState.FAILING, NOON, 2)
