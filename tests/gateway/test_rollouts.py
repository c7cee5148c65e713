from datetime import timedelta

import pytest
from gateway_client import make_app, signed_in

from gateway.relay import global_id
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.blueprints import api as blueprints
from services.kernel.clock import utc_now

pytestmark = pytest.mark.platform

START = """
mutation start($input: StartRolloutInput!) {
  startRollout(input: $input) {
    ... on Rollout { id state message cohort shares mostFailing byHand run { state assetCount }
      cohorts { number counts { state assets } } }
    ... on Error { code }
  }
}
"""
SHOWN = """
query show($id: ID!, $after: String) {
  rollout(id: $id) { state assets(first: 2, after: $after, state: LEFT) {
    edges { node { cohort state reason asset { key } version { id } run { state } } } pageInfo { hasNextPage endCursor }
  } }
}
"""


async def test_a_rollout_is_started_shown_and_cancelled(platform, tenant, principal):
    offered = blueprints.everything().blueprints["laser-drill-watch"].blueprint
    contract = next(each for each in blueprints.offered_contracts() if each.key == offered.contract)
    async with platform.unit(tenant) as uow:
        await assets.put_contract(uow, principal, contract)
        new = [NewAsset(f"d{number}", "Drill", "Works", "Hall", contract.key) for number in range(3)]
        ids = [global_id("Asset", asset.id) for asset in await assets.create_assets(uow, principal, new)]
        await uow.commit()
    client, now = await signed_in(make_app(platform.platform), tenant), utc_now()
    asked = {"blueprint": offered.key, "assetIds": ids, "start": (now - timedelta(days=1)).isoformat()}
    rollout = (await client.ask(START, input=asked | {"end": now.isoformat()}))["startRollout"]
    id = rollout.pop("id")
    assert rollout == {
        "state": "RUNNING", "message": "Judging how the range suits cohort 1 of 3: 1 asset.", "cohort": 1,
        "shares": [0.01, 0.1, 1.0], "mostFailing": 0.2, "byHand": False, "run": None,
        "cohorts": [
            {"number": 1, "counts": [{"state": "WAITING", "assets": 1}]},
            {"number": 2, "counts": [{"state": "WAITING", "assets": 1}]},
            {"number": 3, "counts": [{"state": "WAITING", "assets": 1}]},
        ],
    }  # fmt: skip
    cancel = "mutation c($input: CancelRolloutInput!) { cancelRollout(input: $input) { ... on Rollout { state } } }"
    assert (await client.ask(cancel, input={"rolloutId": id}))["cancelRollout"] == {"state": "CANCELLED"}
    page = (await client.ask(SHOWN, id=id))["rollout"]["assets"]
    rest = (await client.ask(SHOWN, id=id, after=page["pageInfo"]["endCursor"]))["rollout"]["assets"]
    assert (page["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    nodes = [edge["node"] for edge in page["edges"] + rest["edges"]]
    assert {node["asset"]["key"] for node in nodes} == {"d0", "d1", "d2"}
    assert [(node["cohort"], node["state"], node["version"], node["run"]) for node in nodes] == [
        (1, "LEFT", None, None), (2, "LEFT", None, None), (3, "LEFT", None, None),
    ]  # fmt: skip
    listed = (await client.ask("{ rollouts { edges { node { id state } } } }"))["rollouts"]["edges"]
    assert listed == [{"node": {"id": id, "state": "CANCELLED"}}]
