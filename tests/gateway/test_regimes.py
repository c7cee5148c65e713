"""Events and regimes over GraphQL: many at once, corrected, labelled, and what machines wait for."""

import pytest
from gateway_client import Gql, signed_in
from statements import statements

from gateway.relay import global_id
from services.kernel.ids import new_id
from services.kernel.rights import Role

pytestmark = pytest.mark.platform

PUT = "mutation m($i: PutContractInput!) { putContract(input: $i) { ... on Contract { key } } }"
CREATE = "mutation m($i: CreateAssetsInput!) { createAssets(input: $i) { ... on CreatedAssets { assets { id key } } } }"
EVENT = "id kind time end part note beginsRegime source recordedBy retractedAt retractedBy corrections"
RECORD = f"""mutation m($i: RecordEventsInput!) {{ recordEvents(input: $i) {{
  ... on RecordedEvents {{ events {{ {EVENT} asset {{ key }} }} }} ... on Error {{ code field facts }} }} }}"""
CORRECT = f"""mutation m($i: CorrectEventInput!) {{ correctEvent(input: $i) {{
  ... on Event {{ {EVENT} revisions {{ number kind time part beginsRegime correctedBy }} }}
  ... on Error {{ code field }} }} }}"""
LABEL = f"""mutation m($i: LabelRangeInput!) {{ labelRange(input: $i) {{
  ... on RecordedEvents {{ events {{ {EVENT} }} }} ... on Error {{ code field }} }} }}"""
RETRACT = "mutation m($i: RetractEventInput!) { retractEvent(input: $i) { ... on Event { retractedBy } } }"
LISTED = """query q($first: Int!, $after: String, $asset: ID, $kinds: [EventKind!], $retracted: Boolean! = false) {
  events(first: $first, after: $after, assetId: $asset, kinds: $kinds, retracted: $retracted) {
    edges { node { kind asset { key } revisions { number } } } pageInfo { hasNextPage endCursor } } }"""
REGIMES = """query q($key: String!) { asset(key: $key) { parts { name times core }
  regimes { start end recovery openedBy { id part } version { id } asset { key } } } }"""
NOON, LATER = "2026-03-01T12:00:00+00:00", "2026-03-02T12:00:00+00:00"


@pytest.fixture(scope="module")
async def fleet(admin: Gql) -> list[str]:
    signal = {"key": "a", "title": "A", "unit": "bar", "low": 0, "high": 9}
    await admin.ask(PUT, i={"key": "press", "title": "Press", "periodS": 1.0, "signals": [signal]})
    new = [{"key": f"p-{n}", "title": "P", "site": "S", "line": "L", "contract": "press"} for n in range(6)]
    return [each["id"] for each in (await admin.ask(CREATE, i={"assets": new}))["createAssets"]["assets"]]


async def test_many_are_recorded_at_once_or_none(admin, fleet):
    seal = {"kind": "PART_REPLACED", "time": NOON, "part": "seal"}
    belt = {"kind": "MAINTENANCE", "time": NOON, "note": "belt tightened", "beginsRegime": False}
    both = [seal | {"assetId": fleet[0]}, belt | {"assetId": fleet[1]}]
    made = (await admin.ask(RECORD, i={"events": both}))["recordEvents"]["events"]
    assert [
        (e["asset"]["key"], e["kind"], e["part"], e["note"], e["beginsRegime"], e["source"], e["recordedBy"])
        for e in made
    ] == [
        ("p-0", "PART_REPLACED", "seal", "", True, "PORTAL", "Admin"),
        ("p-1", "MAINTENANCE", None, "belt tightened", False, "PORTAL", "Admin"),
    ]
    wrong = [*both, seal | {"assetId": global_id("Asset", new_id())}]
    assert (await admin.ask(RECORD, i={"events": wrong}))["recordEvents"]["code"] == "ASSET_NOT_FOUND"
    many = (await admin.ask(RECORD, i={"events": both * 501}))["recordEvents"]
    assert many == {"code": "TOO_MANY_EVENTS", "field": "events", "facts": {"limit": 1000}}
    listed = await admin.ask(LISTED, first=10, asset=fleet[1])
    assert [edge["node"]["kind"] for edge in listed["events"]["edges"]] == ["MAINTENANCE"]


async def test_a_correction_keeps_what_was_said(admin, fleet):
    [event] = (await admin.ask(RECORD, i={"events": [{"assetId": fleet[2], "kind": "RECIPE_CHANGE", "time": LATER}]}))[
        "recordEvents"
    ]["events"]
    said = {"eventId": event["id"], "kind": "PART_REPLACED", "time": NOON, "part": "die"}
    corrected = (await admin.ask(CORRECT, i=said))["correctEvent"]
    assert corrected | {"recordedBy": ""} == {
        **{key: value for key, value in event.items() if key != "asset"},
        "kind": "PART_REPLACED", "time": NOON, "part": "die", "corrections": 1, "recordedBy": "",
        "revisions": [
            {"number": 1, "kind": "RECIPE_CHANGE", "time": LATER, "part": None, "beginsRegime": True,
             "correctedBy": "Admin"},
        ],
    }  # fmt: skip
    regimes = (await admin.ask(REGIMES, key="p-2"))["asset"]["regimes"]
    assert [(each["start"], each["end"], each["recovery"]) for each in regimes] == [
        (None, NOON, None), (NOON, None, "NEEDS_MODEL"),
    ]  # fmt: skip
    assert (regimes[0]["openedBy"], regimes[1]["openedBy"]["part"], regimes[1]["asset"]) == (
        None,
        "die",
        {"key": "p-2"},
    )
    assert (await admin.ask(RETRACT, i={"eventId": event["id"]}))["retractEvent"] == {"retractedBy": "Admin"}
    assert (await admin.ask(CORRECT, i=said))["correctEvent"] == {"code": "EVENT_IS_RETRACTED", "field": None}
    found = [await admin.ask(LISTED, first=9, asset=fleet[2], retracted=each) for each in (False, True)]
    assert [len(each["events"]["edges"]) for each in found] == [0, 1]


async def test_a_range_is_labelled(admin, fleet):
    between = {"start": NOON, "end": LATER}
    made = (await admin.ask(LABEL, i={"assetIds": fleet[3:5], "label": "ABNORMAL", **between}))["labelRange"]["events"]
    assert [(e["kind"], e["time"], e["end"], e["beginsRegime"]) for e in made] == [
        ("ABNORMAL", NOON, LATER, False), ("ABNORMAL", NOON, LATER, False),
    ]  # fmt: skip
    wrong = {"assetIds": fleet[3:4], "label": "NORMAL", "start": LATER, "end": NOON}
    assert (await admin.ask(LABEL, i=wrong))["labelRange"] == {"code": "EVENT_INVALID", "field": "end"}


async def test_events_come_in_pages_and_cost_as_many_statements(platform, admin, fleet):
    new = [{"assetId": fleet[5], "kind": "FAILURE", "time": f"2026-04-{day:02}T00:00:00Z"} for day in range(1, 25)]
    await admin.ask(RECORD, i={"events": new})
    seen, after = 0, None
    while True:
        page = (await admin.ask(LISTED, first=10, after=after, asset=fleet[5], kinds=["FAILURE"]))["events"]
        seen += len(page["edges"])
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == 24
    counts = []
    for first in (2, 20):
        with statements(platform.platform.database) as sent:
            await admin.ask(LISTED, first=first)
        counts.append(len(sent))
    assert counts[0] == counts[1]


async def test_what_machines_wait_for_is_listed(admin, fleet):
    part = f"ram {new_id().hex[-6:]}"
    event = {"assetId": fleet[4], "kind": "PART_REPLACED", "time": LATER, "part": part}
    [made] = (await admin.ask(RECORD, i={"events": [event]}))["recordEvents"]["events"]
    listed = """query q($states: [Recovery!]) { recoveries(states: $states) {
      edges { node { recovery openedBy { id } asset { key } } } } recoveryCounts { recovery assets } parts { name } }"""
    data = await admin.ask(listed, states=["NEEDS_MODEL"])
    mine = {"recovery": "NEEDS_MODEL", "openedBy": {"id": made["id"]}, "asset": {"key": "p-4"}}
    nodes = [edge["node"] for edge in data["recoveries"]["edges"]]
    assert mine in nodes
    assert {"recovery": "NEEDS_MODEL", "assets": len(nodes)} in data["recoveryCounts"]
    assert {"name": part} in data["parts"]
    assert (await admin.ask(REGIMES, key="p-4"))["asset"]["parts"][0] == {"name": part, "times": 1, "core": True}
    assert (await admin.ask(listed, states=["RECOVERED"]))["recoveries"]["edges"] == []


async def test_an_operator_records_and_a_partner_does_not(app, tenant, admin, fleet):
    partner = await signed_in(app, tenant, Role.PARTNER)
    before = await admin.ask(LISTED, first=50, asset=fleet[0])
    event = {"assetId": fleet[0], "kind": "FAILURE", "time": NOON}
    assert (await partner.ask(RECORD, i={"events": [event]}))["recordEvents"]["code"] == "FORBIDDEN"
    assert (await partner.ask(LABEL, i={"assetIds": fleet[:1], "label": "NORMAL", "start": NOON, "end": LATER}))[
        "labelRange"
    ]["code"] == "FORBIDDEN"
    assert await admin.ask(LISTED, first=50, asset=fleet[0]) == before
