"""Suitability over the wire, and the start of a run that is held against it."""

from collections.abc import AsyncIterator

import pytest
from ended_run import ended_run
from fans import Fans, after, stored
from gateway_client import Gql, signed_in

from gateway.relay import global_id
from services.assets import api as assets
from services.kernel.rights import Role
from services.training.contracts import Gate
from services.training.repository import Runs

pytestmark = pytest.mark.platform

ASK = """query s($ids: [ID!]!, $ranges: [RangeInput!]!) { suitability(assetIds: $ids, ranges: $ranges) {
  verdict rows asked lookedAt notFitting better { start end } betterVerdict
  factors { code verdict value care refuse below sentence facts evidence { signal start end } }
  assets { verdict rows asset { key } worst { code } }
  ranges { start end rows share verdict }
} }"""
START = """mutation r($input: StartRunInput!) { startRun(input: $input) {
  __typename ... on Error { code message field facts }
  ... on Run { id overrideReason suitability { verdict rows factors { code verdict value } } }
} }"""
CANCEL = "mutation c($input: CancelRunInput!) { cancelRun(input: $input) { __typename } }"
TRAIL = (
    """{ auditRecords(first: 5) { edges { node { action changes(first: 10) { edges { node { kind after } } } } } } }"""
)


@pytest.fixture(scope="module")
async def fans(platform, tenant, principal) -> AsyncIterator[Fans]:
    async with stored(platform, tenant, principal) as found:
        yield found


def span(start: float, end: float) -> dict[str, str]:
    return {"start": after(start).isoformat(), "end": after(end).isoformat()}


def id_of(fans: Fans, key: str) -> str:
    return global_id("Asset", fans.ids[key])


def order(fans: Fans, key: str, start: float, end: float, **more: object) -> dict[str, object]:
    return {"blueprint": "any-machine-watch", "assetIds": [id_of(fans, key)], **span(start, end), **more}


async def started(who: Gql, given: dict[str, object]) -> dict:
    answer = (await who.ask(START, input=given))["startRun"]
    if answer["__typename"] == "Run":
        await who.ask(CANCEL, input={"runId": answer["id"]})
    return answer


OUTLOOK = """query o($blueprint: String!, $ids: [ID!]!, $start: DateTime!, $end: DateTime!) {
  retrainOutlook(blueprint: $blueprint, assetIds: $ids, start: $start, end: $end) {
    updateObstacle willNotHelp { reason sentence asset { key } }
  }
}"""


async def test_what_has_no_champion_cannot_be_updated(admin, fans):
    ids, blueprint = [id_of(fans, "f0")], "any-machine-watch"
    known = (await admin.ask(OUTLOOK, ids=ids, blueprint=blueprint, **span(0, 5300)))["retrainOutlook"]
    message = "Fan 0 cannot be updated: It has no champion yet. Train anew instead."
    assert known == {"updateObstacle": message, "willNotHelp": []}
    refused = await started(admin, order(fans, "f0", 0, 5300, startFrom="CHAMPION"))
    assert (refused["__typename"], refused["code"], refused["field"]) == ("InvalidError", "CANNOT_UPDATE", "startFrom")
    assert refused["message"] == message


async def test_what_failed_on_these_rows_will_fail_again(admin, fans, platform, tenant, principal):
    blueprint = "any-machine-watch"
    async with platform.unit(tenant) as uow:
        found = await assets.get_assets(uow, principal, [fans.ids["f2"]])
        run = await ended_run(uow, principal, found, 3, blueprint=(blueprint, "1"))
        row = await Runs(uow).get(run)
        assert row is not None
        row.start, row.end = after(0), after(5300)
        failed = Gate(found[0].id, "held_out", False, 0.4, 0.1, "40.0% of the newest rows are called abnormal.")
        await Runs(uow).replace_gates(run, [failed])
        await uow.commit()
    ids = [id_of(fans, "f2"), id_of(fans, "f0")]
    known = (await admin.ask(OUTLOOK, ids=ids, blueprint=blueprint, **span(100, 5300)))["retrainOutlook"]
    [told] = known["willNotHelp"]
    assert (told["reason"], told["asset"]["key"]) == ("SAME_RANGE", "f2")
    assert "had nearly the same rows and was stopped: 40.0% of the newest rows" in told["sentence"]
    other = (await admin.ask(OUTLOOK, ids=ids, blueprint=blueprint, **span(3000, 5300)))["retrainOutlook"]
    assert other["willNotHelp"] == []


async def test_one_asset_and_one_range(admin, fans):
    found = (await admin.ask(ASK, ids=[id_of(fans, "f1")], ranges=[span(120, 5100)]))["suitability"]
    assert (found["verdict"], found["asked"], found["lookedAt"], found["notFitting"]) == ("DOES_NOT_FIT", 1, 1, 1)
    worst = found["factors"][0]
    assert (worst["code"], worst["care"], worst["refuse"], worst["below"]) == ("missing", 0.1, 0.5, False)
    assert worst["facts"] == {"signal": "speed", "signalTitle": "Speed"}
    assert {one["signal"] for one in worst["evidence"]} == {"speed"}
    assert found["betterVerdict"] == "FITS"
    better = (await admin.ask(ASK, ids=[id_of(fans, "f1")], ranges=[found["better"]]))["suitability"]
    assert (better["verdict"], better["better"], better["ranges"]) == ("FITS", None, [])


async def test_a_fleet_in_two_ranges(admin, fans):
    ids = [id_of(fans, key) for key in ("f0", "f1", "f2")]
    found = (await admin.ask(ASK, ids=ids, ranges=[span(300, 1500), span(3000, 5100)]))["suitability"]
    assert (found["verdict"], found["asked"], found["notFitting"]) == ("WITH_CARE", 3, 0)
    assert found["assets"][0]["asset"] == {"key": "f1"}
    assert [one["verdict"] for one in found["ranges"]] == ["DOES_NOT_FIT", "FITS"]
    assert sum(one["share"] for one in found["ranges"]) == pytest.approx(1)


async def test_a_question_that_cannot_be_answered_says_why(admin, fans):
    answer = (await admin.post(ASK, ids=[id_of(fans, "f0")], ranges=[span(9, 9)])).json()
    assert answer["errors"][0]["extensions"]["code"] == "SUITABILITY_INVALID"


async def test_strangers_are_told_that_there_is_no_such_asset(stranger, fans):
    answer = (await stranger.post(ASK, ids=[id_of(fans, "f0")], ranges=[span(0, 900)])).json()
    assert answer["errors"][0]["extensions"]["code"] == "ASSET_NOT_FOUND"


async def test_a_run_keeps_the_verdict_on_its_range(admin, fans):
    run = await started(admin, order(fans, "f0", 600, 4800))
    assert run["overrideReason"] is None
    assert (run["suitability"]["verdict"], run["suitability"]["rows"]) == ("FITS", 4200)
    assert len(run["suitability"]["factors"]) == 13


async def test_what_does_not_fit_starts_nothing(app, tenant, admin, fans):
    refused = await started(admin, order(fans, "f1", 120, 5100))
    assert (refused["__typename"], refused["code"], refused["field"]) == (
        "ConflictError", "RANGE_DOES_NOT_FIT", "start",
    )  # fmt: skip
    assert refused["facts"]["factor"] == "missing"
    assert refused["facts"]["betterStart"] is not None
    operator = await signed_in(app, tenant, Role.OPERATOR)
    forbidden = await started(operator, order(fans, "f1", 120, 5100, overrideReason="I want to."))
    assert (forbidden["__typename"], forbidden["code"]) == ("ForbiddenError", "FORBIDDEN")
    empty = await started(admin, order(fans, "f1", 120, 5100, overrideReason=" "))
    assert (empty["__typename"], empty["code"]) == ("InvalidError", "OVERRIDE_INVALID")
    none = await admin.ask("query { runs(first: 1) { edges { node { start } } } }")
    assert [edge["node"]["start"] for edge in none["runs"]["edges"]] == [after(600).isoformat()]


async def test_an_engineer_overrides_and_the_trail_tells_why(app, tenant, admin, fans):
    engineer = await signed_in(app, tenant, Role.ENGINEER)
    run = await started(engineer, order(fans, "f1", 120, 5100, overrideReason="The sensor was off on purpose."))
    assert (run["overrideReason"], run["suitability"]["verdict"]) == ("The sensor was off on purpose.", "DOES_NOT_FIT")
    told = [
        change["after"]["override_reason"]
        for edge in (await admin.ask(TRAIL))["auditRecords"]["edges"]
        for change in (each["node"] for each in edge["node"]["changes"]["edges"])
        if edge["node"]["action"] == "training.start_run" and change["kind"] == "Run"
    ]
    assert told[0] == "The sensor was off on purpose."
