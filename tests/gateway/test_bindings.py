"""Rules of bindings over the API."""

import pytest
from gateway_client import make_app, signed_in

from services.assets import api as assets
from services.assets.contracts import Label, NewAsset
from services.bindings import jobs
from services.blueprints import api as blueprints

pytestmark = pytest.mark.platform

CREATE = """
mutation create($input: CreateBindingRuleInput!) {
  createBindingRule(input: $input) {
    ... on BindingRule { id blueprint labels parameters { key value } createdBy counts { state assets } }
    ... on Error { code field message }
  }
}
"""
REMOVE = """
mutation remove($input: RemoveBindingRuleInput!) {
  removeBindingRule(input: $input) { ... on BindingRule { id } ... on Error { code } }
}
"""
SHOWN = """
query show($id: ID!, $after: String) {
  bindingRule(id: $id) { counts { state assets } bindings(first: 2, after: $after, state: WAITING) {
    edges { node { state message rows trainAt asset { key } run { id } rule { id } } }
    pageInfo { hasNextPage endCursor }
  } }
}
"""


async def test_a_rule_is_made_shown_and_removed(platform, tenant, principal):
    offered = blueprints.everything().blueprints["laser-drill-watch"].blueprint
    contract = next(each for each in blueprints.offered_contracts() if each.key == offered.contract)
    async with platform.unit(tenant) as uow:
        await assets.put_contract(uow, principal, contract)
        labels = (Label("kind", "drill"),)
        new = [NewAsset(f"b{number}", "Drill", "Works", "Hall", contract.key, labels) for number in range(3)]
        await assets.create_assets(uow, principal, new)
        await uow.commit()
    client = await signed_in(make_app(platform.platform), tenant)
    asked = {"blueprint": offered.key, "labels": "kind=drill", "parameters": [{"key": "epochs", "value": 50}]}
    rule = (await client.ask(CREATE, input=asked))["createBindingRule"]
    id = rule.pop("id")
    assert rule == {
        "blueprint": offered.key, "labels": "kind=drill", "parameters": [{"key": "epochs", "value": 50.0}],
        "createdBy": "Admin", "counts": [],
    }  # fmt: skip
    again = (await client.ask(CREATE, input=asked))["createBindingRule"]
    assert (again["code"], again["field"]) == ("RULE_EXISTS", "labels")
    wrong = (await client.ask(CREATE, input=asked | {"labels": "kind ~ drill"}))["createBindingRule"]
    assert (wrong["code"], wrong["field"]) == ("LABEL_QUERY_INVALID", "labels")
    await jobs.match(platform.platform, tenant.id, {})
    page = (await client.ask(SHOWN, id=id))["bindingRule"]
    rest = (await client.ask(SHOWN, id=id, after=page["bindings"]["pageInfo"]["endCursor"]))["bindingRule"]
    assert page["counts"] == [{"state": "WAITING", "assets": 3}]
    nodes = [edge["node"] for found in (page, rest) for edge in found["bindings"]["edges"]]
    assert sorted(node["asset"].pop("key") for node in nodes) == ["b0", "b1", "b2"]
    assert nodes == 3 * [
        {
            "state": "WAITING", "message": "Its rows are being counted.", "rows": 0, "trainAt": 250, "asset": {},
            "run": None, "rule": {"id": id},
        }
    ]  # fmt: skip
    of_asset = '{ asset(key: "b0") { binding { state rule { labels } } } bindingRules { edges { node { id } } } }'
    assert await client.ask(of_asset) == {
        "asset": {"binding": {"state": "WAITING", "rule": {"labels": "kind=drill"}}},
        "bindingRules": {"edges": [{"node": {"id": id}}]},
    }
    assert (await client.ask(REMOVE, input={"ruleId": id}))["removeBindingRule"] == {"id": id}
    assert (await client.ask(REMOVE, input={"ruleId": id}))["removeBindingRule"] == {"code": "RULE_NOT_FOUND"}
    assert (await client.ask(SHOWN, id=id))["bindingRule"] is None
