"""Blueprint versions over the wire: what runs used, in pages, and what differs between two."""

from dataclasses import replace
from datetime import timedelta

import pytest
from gateway_client import Gql, http_client, make_key, signed_in
from statements import statements

from gateway.relay import global_id
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.blueprints import api as blueprints
from services.kernel.clock import utc_now
from services.kernel.rights import Permission
from services.training import api as training
from services.training.contracts import StartRun

pytestmark = pytest.mark.platform

KEY = "laser-drill-watch"
VERSIONS = """query v($first: Int!, $after: String) {
  blueprintVersions(key: "laser-drill-watch", first: $first, after: $after) {
  edges { node { id key version restated plugin { name digest } declaration recordedAt } }
  pageInfo { hasNextPage endCursor }
} }"""
DIFF = """query d($from: ID!, $to: ID!) { blueprintDiff(from: $from, to: $to) {
  before { id } after { id } changes { path title kind before after }
} }"""
RUNS = "{ runs { edges { node { blueprintVersion declared { id version restated } } } } }"


@pytest.fixture(scope="module")
async def used(platform, tenant, principal) -> list[str]:
    """Ids of the installed version, which two runs used, and of one that was declared under the same number later."""
    offered, now = blueprints.everything().blueprints[KEY], utc_now()
    contract = next(each for each in blueprints.offered_contracts() if each.key == offered.blueprint.contract)
    later = {**offered.declaration, "threshold": {"quantile": 0.995, "factor": 2.0, "smooth_rows": 15}}
    async with platform.unit(tenant) as uow:
        await assets.put_contract(uow, principal, contract)
        new = [NewAsset(f"d{number}", "Drill", "Works", "Hall", contract.key) for number in range(2)]
        made = await assets.create_assets(uow, principal, new)
        for asset in made:
            await training.start_run(uow, principal, StartRun(KEY, (asset.id,), now - timedelta(days=1), now))
        [first] = await blueprints.list_versions(uow, principal, KEY)
        second = await blueprints.record_version(uow, principal, replace(offered, declaration=later))
        await uow.commit()
    return [global_id("BlueprintVersion", id) for id in (first.id, second)]


@pytest.fixture(scope="module")
async def who(app, tenant, used) -> Gql:
    return await signed_in(app, tenant)


async def test_versions_come_in_pages_newest_first(who, used):
    page = (await who.ask(VERSIONS, first=1))["blueprintVersions"]
    rest = (await who.ask(VERSIONS, first=1, after=page["pageInfo"]["endCursor"]))["blueprintVersions"]
    assert (page["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    nodes = [edge["node"] for edge in page["edges"] + rest["edges"]]
    assert [node["id"] for node in nodes] == used[::-1]
    assert {(node["version"], node["restated"], node["plugin"]["name"]) for node in nodes} == {
        ("1", True, "andon-laser-drill")
    }
    assert [node["declaration"]["threshold"]["factor"] for node in nodes] == [2.0, 1.5]


async def test_what_changed_is_said_in_words(who, used):
    diff = (await who.ask(DIFF, **{"from": used[0], "to": used[1]}))["blueprintDiff"]
    assert diff == {
        "before": {"id": used[0]},
        "after": {"id": used[1]},
        "changes": [
            {
                "path": "threshold.quantile", "title": "Threshold: calibration rows below it, before the factor",
                "kind": "CHANGED", "before": "99 %", "after": "99.5 %",
            },
            {
                "path": "threshold.factor", "title": "Threshold: factor",
                "kind": "CHANGED", "before": "1.5", "after": "2",
            },
        ],
    }  # fmt: skip
    assert (await who.ask(DIFF, **{"from": used[1], "to": used[1]}))["blueprintDiff"]["changes"] == []


async def test_two_versions_are_one_question_to_the_database(platform, who, used):
    with statements(platform.platform.database) as asked:
        await who.ask(DIFF, **{"from": used[0], "to": used[1]})
    assert len([each for each in asked if "FROM blueprint_version" in each]) == 1


async def test_runs_tell_what_was_declared_at_the_cost_of_one(platform, who, used):
    one = RUNS.replace("runs {", "runs(first: 1) {")
    counts = []
    for query, many in ((one, 1), (RUNS, 2)):
        with statements(platform.platform.database) as asked:
            edges = (await who.ask(query))["runs"]["edges"]
        declared = {"id": used[0], "version": "1", "restated": True}
        assert [edge["node"] for edge in edges] == [{"blueprintVersion": "1", "declared": declared}] * many
        counts.append(len(asked))
    assert counts[0] == counts[1]


async def test_a_key_without_the_right_sees_none(app, platform, tenant, used):
    secret = await make_key(platform.platform, tenant, Permission.INGEST, Permission.QUERY)
    program = Gql(http_client(app, Authorization=f"Bearer {secret}"))
    for query, variables in ((VERSIONS, {"first": 1}), (DIFF, {"from": used[0], "to": used[1]})):
        answer = (await program.post(query, **variables)).json()
        assert [each["extensions"]["code"] for each in answer["errors"]] == ["FORBIDDEN"]
