"""Drift over the API: by asset, as a list, as a filter of the fleet; to whom, and in how many statements."""

import pytest
from drift_plant import A_DAY, last_day, made, pump
from gateway_client import make_app, signed_in
from statements import statements

from services.kernel.rights import Role
from services.monitoring import jobs as watching

pytestmark = pytest.mark.platform

ASSET = """query ($key: String!) { asset(key: $key) { drift {
  drifting scoreDrifts looks worst since looks rows version { number } asset { key }
  signals { signal state finding figure limit since rows unit sentence before { low median high } now { median } }
  score { signal state finding sentence figure before { low } } } } }"""
DRIFTING = """query ($order: DriftOrder! = FIGURE, $signal: String, $first: Int! = 50, $after: String) {
  drifting(order: $order, signal: $signal, first: $first, after: $after) {
    edges { node { asset { key } worst signals { signal state } } } pageInfo { hasNextPage endCursor } } }"""
FLEET = "{ assets(drifting: true) { totalCount edges { node { key drift { drifting } } } } }"
MARKS = (
    "query ($first: Int!) { assets(first: $first) { edges { node { key driftMark { drifting scoreDrifts since } } } } }"
)


@pytest.fixture(scope="module")
async def plant(platform, principal):
    """Pumps 1 to 3 drift by 2, 3 and 4 spreads; pump 0 is sound."""
    pumps = [pump(seed) for seed in range(4)]
    changed = [last_day(each, flow=lambda flow, by=n: flow + by) for n, each in enumerate(pumps[1:], 2)]
    plant = await made(platform.platform, principal, [pumps[0], *changed], "pump")
    await plant.look()
    await plant.look(1.1)
    return plant


@pytest.mark.parametrize("role", [Role.ADMIN, Role.PARTNER])
async def test_an_asset_and_its_signals(platform, tenant, plant, role):
    client = await signed_in(make_app(platform.platform), tenant, role)
    drift = (await client.ask(ASSET, key="pump-1"))["asset"]["drift"]
    flow, temperature, valve = drift.pop("signals")
    assert (flow["signal"], flow["state"], flow["finding"], flow["rows"], flow["unit"]) == (
        "flow", "DRIFT", "SHIFTED", A_DAY, None,
    )  # fmt: skip
    assert flow["figure"] == pytest.approx(2, abs=0.3)
    assert flow["sentence"].startswith(f"Its median went from {flow['before']['median']:.4g} to ")
    assert (temperature["state"], temperature["finding"], temperature["since"]) == ("SOUND", "ALIKE", None)
    assert (valve["state"], valve["finding"], valve["figure"]) == ("SILENT", "NEVER_MOVED", None)
    assert valve["sentence"].endswith("It was 3 then and is 3 now.")
    assert drift.pop("worst") == pytest.approx(flow["figure"] / flow["limit"])
    assert drift == {
        "drifting": 1, "scoreDrifts": False, "looks": 1, "since": flow["since"], "rows": A_DAY,
        "version": {"number": 1}, "asset": {"key": "pump-1"},
        "score": {
            "signal": "score", "state": "SILENT", "finding": "WAITING", "figure": None, "before": None,
            "sentence": "The champion has not answered long enough to know its usual scores.",
        },
    }  # fmt: skip


async def test_the_list_by_pages_orders_and_signals(platform, tenant, plant):
    client = await signed_in(make_app(platform.platform), tenant)

    async def keys(**variables):
        found = (await client.ask(DRIFTING, **variables))["drifting"]
        return [edge["node"]["asset"]["key"] for edge in found["edges"]], found["pageInfo"]

    for order in ("FIGURE", "SINCE"):
        whole, _ = await keys(order=order)
        first, page = await keys(order=order, first=2)
        rest, last = await keys(order=order, first=2, after=page["endCursor"])
        assert (first + rest, page["hasNextPage"], last["hasNextPage"]) == (whole, True, False)
        assert sorted(whole) == ["pump-1", "pump-2", "pump-3"]
    assert (await keys(order="FIGURE"))[0] == ["pump-3", "pump-2", "pump-1"]
    assert len((await keys(signal="flow"))[0]) == 3
    assert (await keys(signal="temperature"))[0] == []


async def test_the_fleet_can_be_narrowed_to_it(platform, tenant, plant):
    client = await signed_in(make_app(platform.platform), tenant)
    found = (await client.ask(FLEET))["assets"]
    assert found["totalCount"] == 3
    assert [edge["node"] for edge in found["edges"]] == [
        {"key": f"pump-{n}", "drift": {"drifting": 1}} for n in (1, 2, 3)
    ]
    watched = [str(id_) for id_ in plant.assets[:2]]
    await watching.note_deployed(platform.platform, tenant.id, {"asset_ids": watched})
    both = "both: assets(drifting: true, health: NORMAL) { edges { node { key } } }"
    found = await client.ask(f"{{ assets(health: NORMAL) {{ totalCount }} {both} }}")
    assert found == {"assets": {"totalCount": 2}, "both": {"edges": [{"node": {"key": "pump-1"}}]}}


async def test_rows_of_the_fleet_are_marked_where_anything_drifts(platform, tenant, plant):
    client = await signed_in(make_app(platform.platform), tenant)
    found = {
        edge["node"]["key"]: edge["node"]["driftMark"]
        for edge in (await client.ask(MARKS, first=100))["assets"]["edges"]
    }
    since = (await client.ask(ASSET, key="pump-1"))["asset"]["drift"]["since"]
    assert found == {"pump-0": None} | {
        f"pump-{n}": {"drifting": 1, "scoreDrifts": False, "since": since} for n in (1, 2, 3)
    }
    sent = []
    for first in (1, 4):
        with statements(platform.platform.database) as asked:
            await client.ask(MARKS, first=first)
        sent.append(len(asked))
    assert sent[0] == sent[1]


async def test_statements_do_not_grow_with_assets(platform, tenant, plant):
    client = await signed_in(make_app(platform.platform), tenant)
    sent = []
    await client.ask(DRIFTING)
    for first in (1, 3):
        with statements(platform.platform.database) as asked:
            await client.ask(DRIFTING, first=first)
        sent.append(len(asked))
    assert sent[0] == sent[1]
    with statements(platform.platform.database) as of_one:
        await client.ask("{ assets(first: 1) { edges { node { drift { looks signals { figure } } } } } }")
    with statements(platform.platform.database) as of_four:
        await client.ask("{ assets { edges { node { drift { looks signals { figure } } } } } }")
    assert len(of_one) == len(of_four)


async def test_another_tenant_sees_nothing_of_it(platform, other_tenant, plant):
    client = await signed_in(make_app(platform.platform), other_tenant)
    assert (await client.ask(DRIFTING))["drifting"]["edges"] == []
    assert (await client.ask(FLEET))["assets"] == {"totalCount": 0, "edges": []}
    assert (await client.ask(ASSET, key="pump-1"))["asset"] is None
