"""Shadow verdicts over the wire."""

import re
from pathlib import Path

import pytest
from gateway_client import signed_in
from shadow_plant import hour, made, values

from gateway.relay import global_id
from services.kernel.ids import new_id
from services.kernel.rights import Role
from services.verdicts import proposal
from services.verdicts.contracts import Advice, Verdict

ONE = """query e($id: ID!) { node(id: $id) { ... on Asset { deployment { shadows { version { id } evidence {
  start end lookedAt
  figures { rows days targets warnedChampion warnedShadow gained lost earlierS falseChampion falseShadow
            falseRateChampion falseRateShadow waiting unansweredChampion unansweredShadow }
  examples { asset { id } start end shadow peak }
  judged { verdict days decidedAfter daysLeft }
  proposal { advice sentence reasons { code facts sentence } }
} } } } } }"""
FLEETS = "{ shadowFleets { blueprint blueprintVersion shadows } }"
FLEET = """query f($b: String!, $first: Int!, $after: String, $outcome: ShadowOutcome) {
fleetShadows(blueprint: $b, blueprintVersion: "1") {
  start end advice sentence better worse judged { verdict } counts { outcome shadows } agreed { assetId versionId }
  standings(first: $first, after: $after, outcome: $outcome) {
    edges { node { outcome gain rows sentence asset { id } version { id } champion { id } latency { slow } } }
    pageInfo { hasNextPage endCursor } } } }"""
PROMOTE = """mutation p($input: PromoteShadowsInput!) { result: promoteShadows(input: $input) {
  __typename ... on PromotedShadows { promoted wantedGeneration } ... on Error { code field facts } } }"""
UNDO = """mutation u($input: UndoPromotionsInput!) { result: undoPromotions(input: $input) {
  __typename ... on UndonePromotions { undone changedSince firstChampions } ... on Error { code field } } }"""
RUN = "query r($id: ID!) { runEvidence(runId: $id) { lookedAt judged { verdict } proposal { advice sentence } } }"
PAGE = (Path(__file__).parents[2] / "docs/reference/shadow-verdicts.md").read_text("utf-8")


@pytest.fixture(scope="module")
async def plant(platform, principal):
    wolf = values(*((start, start + 8) for start in range(20, 1400, 48)))
    return await made(
        platform.platform,
        principal,
        [(values((901, 1001)), values((685, 700), (901, 1001))), (wolf, values())],
        {0: 1000},
    )


def test_the_page_names_every_word():
    words = set(re.findall(r"`([a-z_A-Z]+)`", PAGE))
    assert {one.name for one in (*Verdict, *Advice)} <= words
    assert set(proposal._SENTENCES) <= words


@pytest.mark.platform
async def test_one_shadow(admin, plant):
    asset = global_id("Asset", plant.assets[0])
    [shadow] = (await admin.ask(ONE, id=asset))["node"]["deployment"]["shadows"]
    found = shadow["evidence"]
    assert (found["start"], found["lookedAt"]) == (hour(0).isoformat(), 1)
    assert (found["figures"]["rows"], found["figures"]["earlierS"], found["figures"]["warnedShadow"]) == (
        1440, 216 * 3600, 1,
    )  # fmt: skip
    assert found["examples"] == [
        {
            "asset": {"id": asset},
            "start": hour(689).isoformat(),
            "end": hour(728).isoformat(),
            "shadow": True,
            "peak": 2.0,
        }
    ]
    assert found["judged"]["verdict"] == "NOT_YET"
    assert found["proposal"]["advice"] == "WAIT"
    assert found["proposal"]["reasons"][0]["facts"] == {
        "failure": 1, "date": f"{hour(1000):%Y-%m-%d}", "seconds": 777_600.0,
    }  # fmt: skip


@pytest.mark.platform
async def test_all_shadows_of_a_run(admin, plant):
    found = (await admin.ask(RUN, id=global_id("Run", plant.run_id)))["runEvidence"]
    assert (found["lookedAt"], found["judged"]["verdict"], found["proposal"]["advice"]) == (
        2, "ENOUGH_BETTER", "PROMOTE",
    )  # fmt: skip


@pytest.mark.platform
async def test_who_may_ask_and_what_is_refused(app, tenant, admin, stranger, plant):
    engineer = await signed_in(app, tenant, Role.ENGINEER)
    assert (await engineer.ask(RUN, id=global_id("Run", plant.run_id)))["runEvidence"]["lookedAt"] == 2
    for who, run in ((stranger, plant.run_id), (admin, new_id())):
        answer = (await who.post(RUN, id=global_id("Run", run))).json()
        assert answer["errors"][0]["extensions"]["code"] == "SHADOW_NOT_FOUND"
    assert (await stranger.ask(ONE, id=global_id("Asset", plant.assets[0])))["node"] is None


@pytest.mark.platform
async def test_a_fleet_is_paged_the_worst_first_promoted_and_taken_back(admin, stranger, platform, principal):
    name = f"b-{new_id()}"
    calm, wolf = values(), values(*((start, start + 8) for start in range(20, 1400, 48)))
    said = [(wolf, calm), (calm, wolf), (wolf, calm)]
    plant = await made(platform.platform, principal, said, {}, name)
    assert {"blueprint": name, "blueprintVersion": "1", "shadows": 3} in (await admin.ask(FLEETS))["shadowFleets"]
    assert name not in str(await stranger.ask(FLEETS))
    best = sorted((plant.assets[0], plant.assets[2]))
    found = (await admin.ask(FLEET, b=name, first=2))["fleetShadows"]
    assert (found["start"], found["advice"], found["sentence"]) == (
        hour(0).isoformat(), "PROMOTE", "2 of 3 agree or are better (2 better, 1 worse): promote these 2?",
    )  # fmt: skip
    assert found["counts"] == [{"outcome": "WORSE", "shadows": 1}, {"outcome": "BETTER", "shadows": 2}]
    info = found["standings"]["pageInfo"]
    rest = (await admin.ask(FLEET, b=name, first=2, after=info["endCursor"]))["fleetShadows"]["standings"]
    nodes = [edge["node"] for edge in found["standings"]["edges"] + rest["edges"]]
    assert (info["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    assert [node["asset"]["id"] for node in nodes] == [global_id("Asset", id_) for id_ in (plant.assets[1], *best)]
    assert (nodes[0]["outcome"], nodes[0]["version"]["id"], nodes[0]["champion"]["id"], nodes[0]["latency"]) == (
        "WORSE", global_id("ModelVersion", plant.shadows[1]), global_id("ModelVersion", plant.champions[1]), None,
    )  # fmt: skip
    only = (await admin.ask(FLEET, b=name, first=2, outcome="WORSE"))["fleetShadows"]["standings"]
    assert [edge["node"] for edge in only["edges"]] == nodes[:1]
    agreed = found["agreed"]
    assert [pair["assetId"] for pair in agreed] == [global_id("Asset", id_) for id_ in best]
    assert (await stranger.ask(PROMOTE, input={"shadows": agreed}))["result"]["code"] == "SHADOW_NOT_FOUND"
    done = (await admin.ask(PROMOTE, input={"shadows": agreed, "idempotencyKey": name}))["result"]
    assert (done["__typename"], done["promoted"]) == ("PromotedShadows", 2)
    assert (await admin.ask(PROMOTE, input={"shadows": agreed, "idempotencyKey": name}))["result"] == done
    again = (await admin.ask(PROMOTE, input={"shadows": [*agreed[:1], _pair(plant, 1)]}))["result"]
    assert (again["code"], again["field"], again["facts"]["gone"]) == ("SHADOW_NOT_FOUND", "shadows", 1)
    [left] = (await admin.ask(FLEET, b=name, first=2))["fleetShadows"]["standings"]["edges"]
    assert left["node"]["asset"]["id"] == global_id("Asset", plant.assets[1])
    undone = (await admin.ask(UNDO, input={"promoted": agreed}))["result"]
    assert undone == {"__typename": "UndonePromotions", "undone": 2, "changedSince": 0, "firstChampions": 0}
    undone = (await admin.ask(UNDO, input={"promoted": agreed}))["result"]
    assert undone == {"__typename": "UndonePromotions", "undone": 0, "changedSince": 2, "firstChampions": 0}


@pytest.mark.platform
async def test_promotions_of_a_fleet_that_are_refused(admin, plant):
    empty = (await admin.ask(PROMOTE, input={"shadows": []}))["result"]
    assert (empty["code"], empty["field"]) == ("NOTHING_TO_PROMOTE", "shadows")
    twice = (await admin.ask(PROMOTE, input={"shadows": [_pair(plant, 0)] * 2}))["result"]
    assert (twice["__typename"], twice["field"]) == ("InvalidError", "shadows")


def _pair(plant, i):
    return {
        "assetId": global_id("Asset", plant.assets[i]),
        "versionId": global_id("ModelVersion", plant.shadows[i]),
    }
