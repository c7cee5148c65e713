"""Everything of tenant B with an id, asked for and acted on by tenant A: the answer is that for what does not exist,
and B's rows stay as they are. Generated from the schema, so what is added tomorrow is judged tomorrow."""

import asyncio
from typing import Any

import pytest
from gateway_client import Examples, Gql, make_app, signed_in
from graphql import get_named_type
from two_tenants import rows_of, scrubbed

from gateway.errors import graphql_errors
from gateway.relay import global_id
from gateway.schema.root import build
from services.blueprints import api as blueprints
from services.kernel.ids import new_id

pytestmark = pytest.mark.platform

CORE = build()._schema
KINDS = sorted(kind.name for kind in CORE.get_possible_types(CORE.type_map["Node"]))
MUTATIONS = sorted(CORE.mutation_type.fields)
SUBSCRIPTIONS = sorted(CORE.subscription_type.fields)


@pytest.fixture(scope="module")
def app(platform):
    return make_app(platform.platform)


@pytest.fixture(scope="module")
async def a(app, tenant) -> Gql:
    return await signed_in(app, tenant)


@pytest.fixture(scope="module")
async def b(app, other_tenant) -> Gql:
    return await signed_in(app, other_tenant)


@pytest.fixture(scope="module")
def theirs(living) -> dict[str, str]:
    """Global ids of one living thing of each kind in tenant B."""
    return {kind: global_id(kind, id) for kind, id in living.items()}


async def said(who: Gql, query: str, **variables: Any) -> dict[str, Any]:
    """The answer without what is left of the asker's own budget."""
    answer = (await who.post(query, **variables)).json()
    del answer["extensions"]
    return answer


def absent() -> dict[str, str]:
    return {kind: global_id(kind, new_id()) for kind in KINDS}


async def test_every_kind_is_here(theirs, b):
    assert sorted(theirs) == KINDS
    for kind, id in theirs.items():
        data = await b.ask("query q($id: ID!) { node(id: $id) { __typename id } }", id=id)
        assert data == {"node": {"__typename": kind, "id": id}}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_node_of_another_tenant_is_absent(a, theirs, kind):
    query = "query q($id: ID!) { node(id: $id) { __typename id } run(id: $id) { id } }"
    answer = await said(a, query, id=theirs[kind])
    assert answer == {"data": {"node": None, "run": None}}
    assert answer == await said(a, query, id=absent()[kind])


@pytest.mark.parametrize("name", MUTATIONS)
async def test_a_mutation_with_ids_of_another_tenant_does_as_with_none(platform, a, theirs, other_tenant, name):
    before = rows_of(platform, other_tenant)
    blueprint = blueprints.everything().blueprints["laser-drill-watch"].blueprint
    texts = {"blueprint": blueprint.key, "contract": blueprint.contract, "labels": None}
    nothing = absent()
    answers = []
    for ids in (theirs, nothing):
        query, variables = Examples(CORE, ids, texts).mutation(name)
        answers.append(scrubbed(await said(a, query, **variables), ids))
    assert answers[0] == answers[1]
    fields = CORE.mutation_type.fields[name].args["input"].type.of_type.fields
    if any(get_named_type(field.type).name == "ID" for field in fields.values()):
        nothing = any(code in answers[0] for code in ("NotFoundError", "NOTHING_TO_UNDO", "NOTHING_TO_PROMOTE"))
        assert nothing, answers[0]
    assert rows_of(platform, other_tenant) == before


@pytest.mark.parametrize("name", SUBSCRIPTIONS)
async def test_a_subscription_to_another_tenants_things_does_as_to_none(app, principal, theirs, name):
    field = CORE.subscription_type.fields[name]
    arguments = {each: Examples(CORE, theirs).value(type_.type, each) for each, type_ in field.args.items()}
    if name in {"runUpdated", "jobUpdated"}:
        arguments["id"] = theirs["Run"]
    shown = " ".join(f'{key}: "{value}"' for key, value in arguments.items())
    gateway = app.state.gateway

    async def first(text: str) -> str:
        context = gateway.context(principal, await gateway.budgets.account(principal.tenant))
        try:
            query = f"subscription {{ {name}({text}) {{ __typename }} }}"
            source = await gateway.schema.subscribe(query, context_value=context)
            async with asyncio.timeout(5):
                result = await anext(source)
            return scrubbed(graphql_errors(result.errors or []), theirs)
        finally:
            await context.release()

    other = absent()
    nothing = " ".join(f'{key}: "{other["Run" if key == "id" else "Asset"]}"' for key in arguments)
    answers = [await first(shown), await first(nothing)]
    assert "NOT_FOUND" in answers[0]
    assert answers[0] == answers[1]


async def test_a_trend_of_another_tenants_asset_is_absent(a, theirs):
    asked = {"signal": "score", "from": "2026-03-01T00:00:00Z", "to": "2026-03-02T00:00:00Z"}
    answers = []
    for asset in (theirs["Asset"], absent()["Asset"]):
        answer = await a.http.get("/v1/trend", params=asked | {"asset": asset})
        assert answer.status_code == 404
        answers.append(scrubbed(answer.json(), theirs))
    assert answers[0] == answers[1]


async def test_a_blueprint_version_of_another_tenant_cannot_be_compared(a, b, theirs):
    query = "query q($from: ID!, $to: ID!) { blueprintDiff(from: $from, to: $to) { changes { path } } }"
    mine = theirs["BlueprintVersion"]
    assert await b.ask(query, **{"from": mine, "to": mine}) == {"blueprintDiff": {"changes": []}}
    for id in (mine, absent()["BlueprintVersion"], theirs["Run"]):
        assert await a.ask(query, **{"from": id, "to": id}) == {"blueprintDiff": None}


async def test_lists_hold_nothing_of_another_tenant(a, theirs):
    text = str(
        await a.ask(
            "{ assets { totalCount edges { node { id } } } runs { edges { node { id } } } "
            "rollouts { edges { node { id } } } contracts { id } "
            'blueprintVersions(key: "laser-drill-watch") { edges { node { id } } } '
            "alarms { edges { node { id } } } cases { edges { node { id } } } members { id } apiKeys { id } "
            "loginProviders { id } webhookEndpoints { id deliveries { edges { node { id } } } } "
            "notificationSubscriptions { id mails { edges { node { id } } } } mailServer { host } "
            "quarantine { edges { node { batch } } } healthCounts { assets } }"
        )
    )
    assert not [kind for kind, id in theirs.items() if id in text]
