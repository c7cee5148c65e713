"""Everything of tenant B with an id, asked for and acted on by tenant A: the answer is that for what does not exist,
and B's rows stay as they are. Generated from the schema, so what is added tomorrow is judged tomorrow."""

import asyncio
import hashlib
import re
from datetime import timedelta

import psycopg
import pytest
from gateway_client import Examples, Gql, make_app, make_key, open_session, signed_in

from gateway.context import RequestContext
from gateway.errors import graphql_errors
from gateway.relay import global_id
from gateway.schema.root import build
from services.assets import api as assets
from services.assets.contracts import EventKind, NewAsset, NewEvent
from services.blueprints import api as blueprints
from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.kernel.rights import Role
from services.monitoring.tables import AlarmRow, CaseRow
from services.registry import api as registry
from services.registry.contracts import Lineage, NewVersion
from services.serving import api as serving
from services.tenancy import api as tenancy
from services.training import api as training
from services.training.contracts import StartRun

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
async def theirs(platform, other_tenant, other_principal) -> dict[str, str]:
    """Global ids of one living thing of each kind in tenant B."""
    offered = next(each.blueprint for each in blueprints.list_blueprints())
    contract = next(each for each in blueprints.offered_contracts() if each.key == offered.contract)
    p, now = other_principal, utc_now()
    async with platform.unit(other_tenant) as uow:
        agreed = await assets.put_contract(uow, p, contract)
        new = [NewAsset(f"theirs-{number}", "Theirs", "Site", "Line", contract.key) for number in range(2)]
        asset, idle = [each.id for each in await assets.create_assets(uow, p, new)]
        await uow.session.flush()
        event = await assets.record_event(uow, p, NewEvent(asset, EventKind.FAILURE, now - timedelta(days=1)))
        run = await training.start_run(uow, p, StartRun(offered.key, (idle,), now - timedelta(days=9), now))
        lineage = Lineage(run.id, "s", offered.key, "1", "p", "x", agreed.id, agreed.version, {}, 0)
        [version] = await registry.register(uow, p, [NewVersion(asset, "d" * 64, 0, lineage, {})])
        await serving.promote(uow, p, asset, version.id)
        case = CaseRow(tenant_id=other_tenant.id, asset_id=asset, title="Theirs", opened_at=now)
        uow.session.add(case)
        await uow.session.flush()
        alarm = AlarmRow(
            tenant_id=other_tenant.id, asset_id=asset, case_id=case.id, rule="r", raised_at=now, peak=2.0, top=[]
        )
        uow.session.add(alarm)
        await uow.commit()
    _, member = await open_session(platform.platform, other_tenant, Role.OPERATOR)
    await make_key(platform.platform, other_tenant)
    async with platform.unit(other_tenant) as uow:
        [key] = await tenancy.list_api_keys(uow, p)
    found = {
        "Alarm": alarm.id, "ApiKey": key.id, "Asset": asset, "Case": case.id, "Contract": agreed.id, "Event": event.id,
        "Member": member.id, "ModelVersion": version.id, "Run": run.id, "Tenant": other_tenant.id,
    }  # fmt: skip
    return {kind: global_id(kind, id) for kind, id in found.items()}


def rows_of(platform, tenant) -> dict[str, str]:
    """A digest of all rows of the tenant, by table."""
    with psycopg.connect(platform.superuser_url) as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name = 'tenant_id' ORDER BY 1"
        ).fetchall()
        found = {}
        for (table,) in tables:
            rows = connection.execute(
                f"SELECT md5(t::text) FROM {table} t WHERE tenant_id = %s ORDER BY 1", [tenant.id]
            ).fetchall()
            found[table] = f"{len(rows)} {hashlib.sha256(str(rows).encode()).hexdigest()}"
    return found


def scrubbed(answer: object, ids: dict[str, str]) -> str:
    """The answer without the ids that were asked about and without the trace id."""
    text = str(answer)
    for id in ids.values():
        text = text.replace(id, "ID")
    return re.sub(r"[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text)


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
    answer = (await a.post(query, id=theirs[kind])).json()
    assert answer == {"data": {"node": None, "run": None}}
    assert answer == (await a.post(query, id=absent()[kind])).json()


@pytest.mark.parametrize("name", MUTATIONS)
async def test_a_mutation_with_ids_of_another_tenant_does_as_with_none(platform, a, theirs, other_tenant, name):
    before = rows_of(platform, other_tenant)
    blueprint = next(each.blueprint for each in blueprints.list_blueprints())
    texts = {"blueprint": blueprint.key, "contract": blueprint.contract}
    nothing = absent()
    answers = []
    for ids in (theirs, nothing):
        query, variables = Examples(CORE, ids, texts).mutation(name)
        answers.append(scrubbed((await a.post(query, **variables)).json(), ids))
    assert answers[0] == answers[1]
    if "Id" in str(CORE.mutation_type.fields[name].args["input"].type.of_type.fields.keys()):
        assert "NotFoundError" in answers[0] or "NOTHING_TO_UNDO" in answers[0]
    assert rows_of(platform, other_tenant) == before


@pytest.mark.parametrize("name", SUBSCRIPTIONS)
async def test_a_subscription_to_another_tenants_things_does_as_to_none(app, principal, theirs, name):
    field = CORE.subscription_type.fields[name]
    arguments = {each: Examples(CORE, theirs).value(type_.type, each) for each, type_ in field.args.items()}
    if name == "runUpdated":
        arguments["id"] = theirs["Run"]
    shown = " ".join(f'{key}: "{value}"' for key, value in arguments.items())
    gateway = app.state.gateway

    async def first(text: str) -> str:
        context = RequestContext(gateway.platform, principal, gateway.cursors)
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


async def test_lists_hold_nothing_of_another_tenant(a, theirs):
    text = str(
        await a.ask(
            "{ assets { totalCount edges { node { id } } } runs { edges { node { id } } } contracts { id } "
            "alarms { edges { node { id } } } cases(openOnly: false) { id } members { id } apiKeys { id } "
            "quarantine { edges { node { batch } } } healthCounts { assets } }"
        )
    )
    assert not [kind for kind, id in theirs.items() if id in text]
