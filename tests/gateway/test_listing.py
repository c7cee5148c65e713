"""Lists of a large fleet: what a page costs does not depend on the fleet, and no row is doubled or missed."""

from typing import Any

import pytest
from gateway_client import Gql, signed_in
from many_assets import seed
from portal_documents import document
from statements import statements

pytestmark = pytest.mark.platform

KEY = "press-000003"
ASSETS, FEW = 300, 10
LISTS: dict[str, tuple[str, dict[str, Any]]] = {
    "fleet": ("Fleet", {"first": 100, "counted": True}),
    "fleet, next page": ("Fleet", {"first": 5, "counted": False, "after": "second"}),
    "search": ("Fleet", {"first": 100, "counted": True, "search": "PRESS"}),
    "search of a line": ("Fleet", {"first": 100, "counted": True, "search": "line"}),
    "abnormal": ("Fleet", {"first": 100, "counted": True, "health": "ALARM"}),
    "normal": ("Fleet", {"first": 100, "counted": True, "health": "NORMAL"}),
    "normal, searched": ("Fleet", {"first": 100, "counted": True, "health": "NORMAL", "search": "press"}),
    "labelled": ("Fleet", {"first": 100, "counted": True, "labels": "hall in (0, 3), !old"}),
    "labelled, normal, searched": (
        "Fleet",
        {"first": 100, "counted": True, "labels": "hall!=3", "health": "NORMAL", "search": "press"},
    ),
    "drifting": ("Fleet", {"first": 100, "counted": True, "drifting": True}),
    "drifting, normal": ("Fleet", {"first": 100, "counted": True, "drifting": True, "health": "NORMAL"}),
    "drift of an asset": ("AssetDrift", {"key": KEY}),
    "states": ("FleetState", {}),
    "asset": ("Asset", {"key": KEY}),
    "versions": ("AssetVersions", {"key": KEY, "first": 20}),
    "retrain": ("Retrain", {"key": KEY}),
    "runs": ("Runs", {"first": 50}),
    "run": ("Run", {"id": "newest"}),
    "assets of a run": ("RunAssets", {"id": "newest", "first": 50, "stopped": False}),
    "stopped assets of a run": ("RunAssets", {"id": "newest", "first": 50, "stopped": True}),
    "rollouts": ("Rollouts", {"first": 50}),
    "rollout": ("Rollout", {"id": "newest rollout"}),
    "assets of a rollout": ("RolloutAssets", {"id": "newest rollout", "first": 5}),
    "quarantined assets of a rollout": ("RolloutAssets", {"id": "newest rollout", "first": 5, "state": "QUARANTINED"}),
    "rules": ("BindingRules", {"first": 50}),
    "rule": ("BindingRule", {"id": "newest rule"}),
    "bindings": ("Bindings", {"id": "newest rule", "first": 5}),
    "bindings in a state": ("Bindings", {"id": "newest rule", "first": 5, "state": "WAITING"}),
    "retraining plans": ("RetrainingPlans", {"first": 50}),
    "occasions": ("RetrainingOccasions", {"id": "newest plan", "first": 5}),
    "occasions in a state": ("RetrainingOccasions", {"id": "newest plan", "first": 5, "state": "STOPPED"}),
    "assets for a rollout": ("RolloutMatches", {"labels": "hall in (0, 3)", "contract": "press"}),
    "open alarms": ("Alarms", {"first": 50, "states": ["ACTIVE", "ACKNOWLEDGED", "SHELVED"]}),
    "all alarms": ("Alarms", {"first": 50}),
    "open cases": ("Cases", {"first": 50, "states": ["OPEN"]}),
    "all cases": ("Cases", {"first": 50}),
    "quarantine": ("Quarantine", {"first": 50}),
}


@pytest.fixture(scope="module")
async def large(app, platform, tenant) -> Gql:
    await seed(platform.platform, tenant.id, ASSETS)
    return await signed_in(app, tenant)


@pytest.fixture(scope="module")
async def small(app, platform, other_tenant) -> Gql:
    await seed(platform.platform, other_tenant.id, FEW)
    return await signed_in(app, other_tenant)


async def newest_run(who: Gql) -> str:
    return (await who.ask("{ runs(first: 1) { edges { node { id } } } }"))["runs"]["edges"][0]["node"]["id"]


async def filled(who: Gql, variables: dict[str, Any]) -> dict[str, Any]:
    known = dict(variables)
    if known.get("id") == "newest":
        known["id"] = await newest_run(who)
    if known.get("id") == "newest rollout":
        [edge] = (await who.ask("{ rollouts { edges { node { id } } } }"))["rollouts"]["edges"]
        known["id"] = edge["node"]["id"]
    if known.get("id") == "newest rule":
        [edge] = (await who.ask("{ bindingRules { edges { node { id } } } }"))["bindingRules"]["edges"]
        known["id"] = edge["node"]["id"]
    if known.get("id") == "newest plan":
        [edge] = (await who.ask("{ retrainingPlans { edges { node { id } } } }"))["retrainingPlans"]["edges"]
        known["id"] = edge["node"]["id"]
    if known.get("after") == "second":
        first = await who.ask("{ assets(first: 2) { pageInfo { endCursor } } }")
        known["after"] = first["assets"]["pageInfo"]["endCursor"]
    return known


async def pages(who: Gql, name: str, path: list[str], **variables: Any) -> list[dict[str, Any]]:
    """All nodes of a list, page by page."""
    nodes, after = [], None
    while True:
        found = await who.ask(document(name), **variables, after=after)
        for part in path:
            found = found[part]
        nodes += [edge["node"] for edge in found["edges"]]
        if not found["pageInfo"]["hasNextPage"]:
            return nodes
        after = found["pageInfo"]["endCursor"]


@pytest.mark.parametrize("listed", LISTS)
async def test_a_list_of_many_asks_as_often_as_one_of_few(platform, large, small, listed):
    name, variables = LISTS[listed]
    sent = []
    for who in (small, large):
        known = await filled(who, variables)
        with statements(platform.platform.database) as asked:
            await who.ask(document(name), **known)
        sent.append(asked)
    assert len(sent[1]) == len(sent[0]), "\n".join(sent[1])


async def test_rows_that_come_between_two_pages_double_and_hide_none(app, platform, tenant, large):
    before = await pages(large, "Fleet", ["assets"], first=97, counted=False)
    assert [row["key"] for row in before] == [f"press-{number:06}" for number in range(ASSETS)]
    first = (await large.ask(document("Fleet"), first=97, counted=True))["assets"]
    place = {"site": "S", "line": "L", "contract": "press"}
    new = [{"key": key, "title": "New", **place} for key in ("a-new", "press-000150x")]
    await large.ask(
        "mutation m($input: CreateAssetsInput!) { createAssets(input: $input) { __typename } }", input={"assets": new}
    )
    keys, after = [edge["node"]["key"] for edge in first["edges"]], first["pageInfo"]["endCursor"]
    while after:
        page = (await large.ask(document("Fleet"), first=97, counted=False, after=after))["assets"]
        keys += [edge["node"]["key"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    assert keys == sorted([*(row["key"] for row in before), "press-000150x"])


@pytest.mark.parametrize("search", ["%", "_", "\\", "\\%", "' OR 1=1 --", "press\n", "\x00", "x" * 5_000])
async def test_a_search_means_what_it_says(large, search):
    found = (await large.ask(document("Fleet"), first=10, counted=True, search=search))["assets"]
    assert (found["edges"], found["totalCount"]) == ([], 0)


@pytest.mark.parametrize(
    ("search", "health", "many"),
    [
        ("PRESS 29", None, 11),
        ("press-00000", None, 10),
        ("stamping", None, 100),
        ("LINE 7", None, 30),
        (None, "ALARM", 3),
        (None, "SILENT", 6),
        (None, "BLIND", 3),
        (None, "NO_MODEL", 3),
        (None, "NORMAL", 285),
        ("press 10", "NORMAL", 6),
        ("press 10", "SILENT", 2),
    ],
)
async def test_filters_hold_together(large, search, health, many):
    found = (await large.ask(document("Fleet"), first=100, counted=True, search=search, health=health))["assets"]
    assert (found["totalCount"], len(found["edges"])) == (many, min(many, 100))


@pytest.mark.parametrize(
    ("labels", "search", "health", "many"),
    [
        ("hall=7", None, None, 30),
        ("hall in (0, 3)", "press 1", "NORMAL", 20),
        ("hall!=7, hall", None, "ALARM", 3),
        ("hall, !hall", None, None, 0),
    ],
)
async def test_labels_hold_together_with_the_other_filters(large, labels, search, health, many):
    narrowed = {"labels": labels, "search": search, "health": health}
    found = (await large.ask(document("Fleet"), first=100, counted=True, **narrowed))["assets"]
    assert (found["totalCount"], len(found["edges"])) == (many, many)


async def test_a_run_tells_the_gates_of_one_asset_or_of_all_in_pages(large):
    gates = "gates(assetKey: $key, first: $first, after: $after, failed: $failed)"
    gates += " { pageInfo { hasNextPage endCursor } edges { node { key asset { key } } } }"
    asked = (
        "query q($id: ID!, $key: String, $first: Int!, $after: String, $failed: Boolean!) { run(id: $id) { assetCount "
    )
    asked += gates + " } }"
    run = await newest_run(large)

    async def every(key=None, failed=False, first=100):
        found, after = [], None
        while True:
            page = (await large.ask(asked, id=run, key=key, first=first, after=after, failed=failed))["run"]["gates"]
            found += [(edge["node"]["asset"]["key"], edge["node"]["key"]) for edge in page["edges"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                return found

    checks = ["contract", "held_out", "not_worse", "sensor_loss", "latency"]
    assert await every(KEY) == await every(KEY, first=2) == [(KEY, check) for check in checks]
    assert await every("unknown") == []
    all_of_them = await every()
    assert len(all_of_them) == len(set(all_of_them)) == ASSETS * len(checks)
    stopped = await every(failed=True, first=4)
    assert [check for _, check in stopped] == ["held_out"] * 6
    assert await every(stopped[0][0], failed=True) == stopped[:1]


async def test_cases_come_in_pages_by_state(large):
    assert len(await pages(large, "Cases", ["cases"], first=2, states=["OPEN"])) == 3
    assert len(await pages(large, "Cases", ["cases"], first=100, states=["CLOSED"])) == ASSETS - 3
    assert await pages(large, "Cases", ["cases"], first=2, states=[]) == []
    every = await pages(large, "Cases", ["cases"], first=100)
    assert len(every) == len({case["id"] for case in every}) == ASSETS
