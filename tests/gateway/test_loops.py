"""The loop ledger over the wire, and its export."""

import csv
from datetime import timedelta

import pytest
from gateway_client import signed_in

from andon_sdk.plugin import Contract, Signal
from gateway.relay import global_id
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.events import api as events
from services.events.contracts import EventKind, NewEvent
from services.kernel.clock import utc_now
from services.kernel.rights import Role, system_principal
from services.ledger import api as ledger

pytestmark = pytest.mark.platform

LOOPS = """query q($asset: ID, $open: Boolean, $first: Int!, $after: String) {
  loops(assetId: $asset, open: $open, first: $first, after: $after) {
    edges { node { begunBy changedAt noticedAt state stage endedAt end liveAt blueprint stepsBack handsOnSeconds
      version { id } asset { key } stays { stage enteredAt leftAt back } } }
    pageInfo { hasNextPage endCursor }
} }"""
SUMMARY = """query q($months: Int!, $asset: ID, $blueprint: String) {
  loopSummary(months: $months, assetId: $asset, blueprint: $blueprint) {
    closed open abandoned stepsBack total { median p90 } bottleneck judged healthy successRate since
    counted handsOn { median p90 }
    stages { stage share waiting spread { median p90 } } months { start loops medians total { median } }
    stated { name seconds source within }
} }"""
NOW = utc_now()


@pytest.fixture(scope="module")
async def drill(platform, tenant, principal) -> str:
    """An asset that was changed twice, and waits since."""
    async with platform.unit(tenant) as uow:
        contract = Contract("loops", "Loops", (Signal("a", "A", "1", 0, 9),), 1.0)
        await assets.put_contract(uow, principal, contract)
        [asset] = await assets.create_assets(uow, principal, [NewAsset("d1", "Drill", "Ulsan", "Line", "loops")])
        for days in (9, 2):
            time = NOW - timedelta(days=days)
            await events.record_event(uow, principal, NewEvent(asset.id, EventKind.PART_REPLACED, time, part="Lens"))
        await ledger.follow(uow, system_principal(tenant.id), [asset.id])
        await uow.commit()
    return global_id("Asset", asset.id)


async def listed(who, **of):
    found = (await who.ask(LOOPS, **{"first": 10} | of))["loops"]
    return [edge["node"] for edge in found["edges"]], found["pageInfo"]


async def test_loops_are_listed_by_pages(admin, drill):
    nodes, _ = await listed(admin, asset=drill)
    newest, oldest = nodes
    assert (newest["state"], newest["stage"], newest["asset"], newest["version"]) == (
        "OPEN",
        "ORIENT",
        {"key": "d1"},
        None,
    )
    assert newest["changedAt"] == (NOW - timedelta(days=2)).isoformat()
    assert [(stay["stage"], stay["back"]) for stay in newest["stays"]] == [("OBSERVE", None), ("ORIENT", None)]
    assert (oldest["state"], oldest["end"], oldest["begunBy"]) == ("ABANDONED", "SUPERSEDED", "REGIME")
    assert (await listed(admin, open=True))[0] == [newest]
    assert (await listed(admin, open=False))[0] == [oldest]
    first, page = await listed(admin, first=1)
    assert (first, page["hasNextPage"]) == ([newest], True)
    assert (await listed(admin, first=1, after=page["endCursor"]))[0] == [oldest]


async def test_the_summary_says_what_waits_and_what_was_stated(admin, drill):
    found = (await admin.ask(SUMMARY, months=12, asset=drill))["loopSummary"]
    assert (found["closed"], found["open"], found["abandoned"], found["bottleneck"]) == (0, 1, 1, None)
    assert [(each["stage"], each["waiting"]) for each in found["stages"]] == [
        ("OBSERVE", 0), ("ORIENT", 1), ("DECIDE", 0), ("ACT", 0),
    ]  # fmt: skip
    assert [(each["name"], each["seconds"]) for each in found["stated"]] == [
        ("six months", 182 * 86_400), ("four weeks", 28 * 86_400),
    ]  # fmt: skip
    assert (await admin.ask(SUMMARY, months=12, blueprint="other"))["loopSummary"]["open"] == 0


REPORT = """mutation m($input: ReportHandsOnInput!) {
  reportHandsOn(input: $input) { ... on HandsOnReport { seconds } ... on Error { code field } }
}"""


async def test_work_is_counted_in_the_loop_it_was_done_for(app, tenant, stranger, drill):
    operator = await signed_in(app, tenant, Role.OPERATOR)
    at = utc_now().isoformat()
    spells = [{"assetId": drill, "at": at, "seconds": seconds} for seconds in (40, 20)]

    async def report(who, **input):
        return (await who.ask(REPORT, input=input))["reportHandsOn"]

    once = {"spells": spells, "idempotencyKey": "w1"}
    assert [await report(operator, **once) for _ in range(2)] == [{"seconds": 60}] * 2
    assert [node["handsOnSeconds"] for node in (await listed(operator))[0]] == [60, None]
    [wrong] = [await report(operator, spells=[spells[0] | {"seconds": 61}])]
    assert wrong == {"code": "HANDS_ON_INVALID", "field": "spells.0.seconds"}
    assert (await report(stranger, spells=spells))["code"] == "ASSET_NOT_FOUND"


async def test_months_out_of_bounds_are_refused(admin):
    [error] = (await admin.post(SUMMARY, months=0)).json()["errors"]
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("LOOP_MONTHS_INVALID", "months")


async def test_another_tenant_sees_nothing(stranger, drill):
    assert (await listed(stranger))[0] == []
    assert (await listed(stranger, asset=drill))[0] == []
    assert (await stranger.ask(SUMMARY, months=12))["loopSummary"]["open"] == 0
    assert len((await stranger.http.get("/v1/loops")).text.splitlines()) == 1


async def test_the_export_is_csv(app, tenant, drill):
    operator = await signed_in(app, tenant, Role.OPERATOR)
    answer = await operator.http.get("/v1/loops")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    newest, oldest = csv.DictReader(answer.text.splitlines())
    assert (newest["asset"], newest["state"], newest["stage"], newest["ended_at"]) == (drill, "open", "orient", "")
    # From the change to the moment in which it was recorded, some time after this module was read.
    assert 2 * 86_400 <= float(newest["observe_s"]) <= 2 * 86_400 + (utc_now() - NOW).total_seconds()
    assert (oldest["state"], oldest["end"], oldest["steps_back"], oldest["act_s"]) == (
        "abandoned",
        "superseded",
        "0",
        "0.0",
    )
