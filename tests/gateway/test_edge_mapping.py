"""Tags that an edge finds, mapped in the portal: a real edge follows; another tenant and a mistake change nothing."""

import asyncio
import json
import signal

import psycopg
import pytest
from edge_process import Edge, Gateway, until
from gateway_client import admin_of, make_key
from psycopg.conninfo import conninfo_to_dict

from andon_sdk.plugin import Contract, Signal
from gateway.relay import global_id
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.kernel.rights import Permission

pytestmark = pytest.mark.platform
CONTRACT = Contract("mapped", "Pump", (Signal("flow", "F", "L/min", 0, 1e6), Signal("heat", "T", "degC", -9, 99)), 1.0)
CONFIG = """
[andon]
url = "{url}"
edge = "hall-9"
mapping_every_s = 1
key = {{ env = "EDGE_KEY" }}
[buffer]
folder = "{folder}"
[[source]]
name = "log"
connector = "sql"
mapping = "portal"
[source.settings]
uri = {{ env = "EDGE_DATABASE" }}
query = "SELECT * FROM mapped_log"
time_column = "at"
asset_column = "pump"
every_s = 0.2
overlap_s = 0
"""
ROWS = """INSERT INTO mapped_log SELECT '2026-03-01Z'::timestamptz + n * interval '1 s', pump, n, 20
  FROM generate_series(%s::int, %s) n, unnest(ARRAY['pump-1', 'pump-2']) pump"""
FACTS = """__typename ... on EdgeSourceMapping { version changedBy askedAt readAt why tags
  assets { asset { key } signals { signal tag unit scale } } } ... on Error { code field message }"""
ASK = f"mutation a($input: AskEdgeTagsInput!) {{ result: askEdgeTags(input: $input) {{ {FACTS} }} }}"
PUT = f"mutation p($input: PutEdgeMappingInput!) {{ result: putEdgeMapping(input: $input) {{ {FACTS} }} }}"
TAGS = """query t($edge: ID!, $source: String!, $search: String = "", $first: Int = 50, $after: String) {
  edgeTags(plantEdgeId: $edge, source: $source, search: $search, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor } edges { node { address title unit path } } } }"""
EDGES = "query e { plantEdges { edges { node { id name sources { name mappedIn state why stored } } } } }"


@pytest.fixture(scope="module")
async def pumps(platform, tenant):
    """Global ids of two assets by key."""
    async with platform.unit(tenant) as uow:
        await assets.put_contract(uow, admin_of(tenant), CONTRACT)
        new = [NewAsset(key, key, "S", "L", CONTRACT.key) for key in ("pump-1", "pump-2")]
        made = await assets.create_assets(uow, admin_of(tenant), new)
        await uow.commit()
    return {asset.key: global_id("Asset", asset.id) for asset in made}


@pytest.fixture(scope="module")
async def edge(platform, tenant, pumps, tmp_path_factory):
    """Reads a table of pump-1 and pump-2, none of whose columns is mapped yet."""
    tmp_path, gateway = tmp_path_factory.mktemp("edge"), Gateway(platform)
    await gateway.start()
    told = conninfo_to_dict(platform.superuser_url)
    async with await psycopg.AsyncConnection.connect(platform.superuser_url, autocommit=True) as log:
        await log.execute("CREATE TABLE mapped_log (at timestamptz, pump text, flow float8, heat float8)")
        await log.execute(ROWS, (0, 99))
        file = tmp_path / "edge.toml"
        file.write_text(CONFIG.format(url=f"http://127.0.0.1:{gateway.port}", folder=tmp_path / "buffer"))
        key = await make_key(platform.platform, tenant, Permission.INGEST, Permission.VIEW, Permission.QUERY)
        uri = "postgresql://{user}:{password}@/{dbname}?host={host}".format(**told)
        process = Edge(file, {"EDGE_KEY": key, "EDGE_DATABASE": uri, "EDGE_MAPPING_EVERY_S": "0.3"})
        await process.start()
        yield process
        assert await process.end(signal.SIGTERM) == 0
        await log.execute("DROP TABLE mapped_log")
    await gateway.stop()


async def known(admin) -> str:
    """Id of the edge, once it has reported."""
    for _ in range(200):
        nodes = [each["node"] for each in (await admin.ask(EDGES))["plantEdges"]["edges"]]
        if found := [node["id"] for node in nodes if node["name"] == "hall-9"]:
            return found[0]
        await asyncio.sleep(0.1)
    raise AssertionError("the edge never reported")


async def change(who, document: str, **input) -> dict:
    return (await who.ask(document, input=input))["result"]


def flow(asset: str, pump: str, **more) -> dict:
    return {"assetId": asset, "signals": [{"signal": "flow", "tag": f"{pump}/flow", **more}]}


@pytest.mark.timeout(300)
async def test_tags_are_found_mapped_and_read(platform, admin, edge, pumps):
    id_ = await known(admin)
    of = {"plantEdgeId": id_, "source": "log"}
    [shown] = [each["node"] for each in (await admin.ask(EDGES))["plantEdges"]["edges"]]
    assert [(each["mappedIn"], each["state"], each["why"]) for each in shown["sources"]] == [
        ("PORTAL", "WAITING", "No tag is mapped yet: map them on the page Edges of Andon.")
    ]
    asked = await change(admin, ASK, **of)
    assert (asked["version"], asked["tags"], asked["askedAt"] is None) == (0, 0, False)
    for _ in range(300):
        page = (await admin.ask(TAGS, edge=id_, source="log"))["edgeTags"]
        if page["edges"]:
            break
        await asyncio.sleep(0.1)
    addresses = ["pump-1/flow", "pump-1/heat", "pump-2/flow", "pump-2/heat"]
    assert [each["node"]["address"] for each in page["edges"]] == addresses
    first = (await admin.ask(TAGS, edge=id_, source="log", search="FLOW", first=1))["edgeTags"]
    after = first["pageInfo"]["endCursor"]
    rest = (await admin.ask(TAGS, edge=id_, source="log", search="FLOW", first=1, after=after))["edgeTags"]
    assert [each["edges"][0]["node"]["address"] for each in (first, rest)] == ["pump-1/flow", "pump-2/flow"]
    assert not rest["pageInfo"]["hasNextPage"]

    mapped = await change(admin, PUT, **of, version=0, assets=[flow(pumps["pump-1"], "pump-1")])
    assert (mapped["version"], mapped["changedBy"]) == (1, "Admin")
    assert mapped["assets"] == [
        {"asset": {"key": "pump-1"}, "signals": [{"signal": "flow", "tag": "pump-1/flow", "unit": None, "scale": 1.0}]}
    ]
    await until(edge, lambda said: said["sources"]["log"]["contracts"].get("mapped", {}).get("stored") == 100)

    both = [flow(pumps[key], key, unit="m3/h") for key in pumps]
    assert (await change(admin, PUT, **of, version=1, assets=both))["version"] == 2
    await until(edge, lambda said: len(said["sources"]["log"]["age_s"]) == 2)
    async with await psycopg.AsyncConnection.connect(platform.superuser_url, autocommit=True) as log:
        await log.execute(ROWS, (100, 149))
    await until(edge, lambda said: said["sources"]["log"]["contracts"]["mapped"]["stored"] == 200)

    assert (await change(admin, PUT, **of, version=2, assets=[]))["version"] == 3
    await until(edge, lambda said: said["sources"]["log"]["state"] == "waiting" and not said["sources"]["log"]["age_s"])
    kept = json.loads((edge.file.parent / "buffer" / "mapping.json").read_text())
    assert kept == {"version": 3, "sources": {"log": []}}


async def test_mistakes_change_nothing(admin, stranger, members, edge, pumps):
    of = {"plantEdgeId": await known(admin), "source": "log"}
    version = (await change(admin, ASK, **of))["version"]
    one = [flow(pumps["pump-1"], "pump-1")]
    wrong = await change(admin, PUT, **of, version=version, assets=[flow(pumps["pump-1"], "pump-1", unit="bar")])
    assert (wrong["code"], wrong["field"]) == ("EDGE_MAPPING_INVALID", "assets.0.signals.0.unit")
    assert (await change(admin, PUT, **of, version=version - 1, assets=one))["code"] == "EDGE_MAPPING_CHANGED"
    elsewhere = await change(admin, PUT, **of | {"source": "none"}, version=0, assets=one)
    assert elsewhere["code"] == "EDGE_SOURCE_NOT_FOUND"
    assert (await change(stranger, PUT, **of, version=version, assets=one))["code"] == "PLANT_EDGE_NOT_FOUND"
    assert (await change(stranger, ASK, **of))["code"] == "PLANT_EDGE_NOT_FOUND"
    assert (await stranger.ask(TAGS, edge=of["plantEdgeId"], source="log"))["edgeTags"]["edges"] == []
    assert (await change(admin, ASK, **of))["version"] == version
