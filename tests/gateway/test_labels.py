"""Labels over HTTP: given, changed, asked for, and refused with their names."""

from typing import Any

import pytest
from gateway_client import Gql

from gateway.relay import global_id
from services.kernel.ids import new_id

pytestmark = pytest.mark.platform

CONTRACT = {
    "key": "drill", "title": "Drill", "periodS": 1.0,
    "signals": [{"key": "heat", "title": "Heat", "unit": "degC", "low": -40, "high": 200}],
}  # fmt: skip
PUT = "mutation m($input: PutContractInput!) { putContract(input: $input) { __typename } }"
SHOWN = "{ assets { id key labels { key value } } } ... on Error { code message field facts } } }"
CREATE = "mutation m($input: CreateAssetsInput!) { createAssets(input: $input) { ... on CreatedAssets " + SHOWN
SET = "mutation m($input: SetLabelsInput!) { setLabels(input: $input) { ... on LabelledAssets " + SHOWN
LIST = """query q($labels: String, $search: String, $health: Health) {
  assets(labels: $labels, search: $search, health: $health) { totalCount edges { node { key } } } }"""


def new_asset(key: str, **labels: str) -> dict[str, Any]:
    given = [{"key": name, "value": value} for name, value in labels.items()]
    return {"key": key, "title": "Drill", "site": "Ulm", "line": "L1", "contract": "drill", "labels": given}


@pytest.fixture(scope="module")
async def drills(admin: Gql) -> dict[str, str]:
    """Ids by key of drills whose labels no test changes."""
    await admin.ask(PUT, input=CONTRACT)
    new = [new_asset("d1", maker="acme", line="3"), new_asset("d2", maker="trumpf"), new_asset("d3", line="4")]
    made = (await admin.ask(CREATE, input={"assets": new}))["createAssets"]["assets"]
    assert made[0]["labels"] == [{"key": "line", "value": "3"}, {"key": "maker", "value": "acme"}]
    return {asset["key"]: asset["id"] for asset in made}


@pytest.mark.parametrize(
    ("labels", "narrowed", "keys"),
    [
        (None, {}, ["d1", "d2", "d3"]),
        ("", {}, ["d1", "d2", "d3"]),
        ("line=3", {}, ["d1"]),
        ("maker in (acme, trumpf)", {}, ["d1", "d2"]),
        ("line!=3", {}, ["d2", "d3"]),
        ("!maker, line", {}, ["d3"]),
        ("maker", {"search": "d2"}, ["d2"]),
        ("maker", {"health": "ALARM"}, []),
    ],
)
async def test_a_list_is_narrowed_and_counted(admin, drills, labels, narrowed, keys):
    listed = (await admin.ask(LIST, labels=labels, **narrowed))["assets"]
    assert ([edge["node"]["key"] for edge in listed["edges"]], listed["totalCount"]) == (keys, len(keys))


@pytest.mark.parametrize("labels", ["a=' OR 1=1 --", "a\0", "a=%(x)s :x", "(" * 5_000, "é"])
async def test_a_wrong_query_is_the_askers_fault_and_says_where(admin, drills, labels):
    answer = (await admin.post(LIST, labels=labels)).json()
    assert answer["data"] is None
    shown = answer["errors"][0]["extensions"]
    assert (shown["code"], shown["field"]) == ("LABEL_QUERY_INVALID", "labels")
    assert shown["facts"].keys() in ({"position", "expected"}, {"limit"})


async def test_labels_are_changed_and_the_list_follows(admin, drills):
    new = {"assets": [new_asset("changing", maker="acme", old="")]}
    [made] = (await admin.ask(CREATE, input=new))["createAssets"]["assets"]
    change = {"assetIds": [made["id"]], "set": [{"key": "maker", "value": "x"}], "remove": ["old"]}
    changed = (await admin.ask(SET, input=change))["setLabels"]["assets"]
    assert changed == [{"id": made["id"], "key": "changing", "labels": [{"key": "maker", "value": "x"}]}]
    assert (await admin.ask(LIST, labels="maker=x, !old"))["assets"]["totalCount"] == 1
    await admin.ask(SET, input={"assetIds": [made["id"]], "remove": ["maker"]})
    assert (await admin.ask(LIST, labels="maker=x"))["assets"]["totalCount"] == 0


@pytest.mark.parametrize(
    ("change", "code", "facts"),
    [
        ({"set": [{"key": "Line", "value": "3"}]}, "LABEL_INVALID", {"label": "Line"}),
        ({"set": [{"key": "line", "value": "a\nb"}]}, "LABEL_INVALID", {"label": "line"}),
        ({"set": [{"key": "line", "value": "3"}] * 2}, "LABEL_INVALID", {"label": "line"}),
        ({"set": [{"key": "line", "value": "3"}], "remove": ["line"]}, "LABEL_INVALID", {"label": "line"}),
        ({"remove": ["\0"]}, "LABEL_INVALID", {"label": "\\x00"}),
        ({"set": [{"key": f"k{n}", "value": ""} for n in range(31)]}, "TOO_MANY_LABELS", {"asset": "d1", "limit": 32}),
        ({"assetIds": [global_id("Asset", new_id())]}, "ASSET_NOT_FOUND", {}),
        ({"assetIds": [global_id("Asset", new_id()) for _ in range(1_001)]}, "TOO_MANY_ASSETS", {"limit": 1_000}),
    ],
)  # fmt: skip
async def test_a_wrong_change_is_refused_with_its_reason(admin, drills, change, code, facts):
    error = (await admin.ask(SET, input={"assetIds": [drills["d1"]]} | change))["setLabels"]
    assert (error["code"], error["facts"]) == (code, facts)
    assert (await admin.ask(LIST, labels="line=3, maker=acme"))["assets"]["totalCount"] == 1


async def test_an_asset_of_another_tenant_is_absent(admin, stranger, drills):
    change = {"assetIds": [drills["d1"]], "set": [{"key": "line", "value": "9"}]}
    assert (await stranger.ask(SET, input=change))["setLabels"]["code"] == "ASSET_NOT_FOUND"
    assert (await stranger.ask(LIST, labels="!nowhere"))["assets"] == {"totalCount": 0, "edges": []}
    assert (await admin.ask(LIST, labels="line=3"))["assets"]["totalCount"] == 1


async def test_an_asset_that_is_created_with_a_wrong_label_is_not_created(admin, drills):
    new = {"assets": [new_asset("wrong", **{"1st": "x"})]}
    error = (await admin.ask(CREATE, input=new))["createAssets"]
    assert (error["code"], error["facts"]) == ("LABEL_INVALID", {"label": "1st"})
    assert await admin.ask('{ asset(key: "wrong") { id } }') == {"asset": None}
