"""A tenant over its budget is told to wait, whichever door it comes through, and the one beside it is answered."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
import uvicorn
from gateway_client import http_client, make_app, make_key
from prometheus_client import generate_latest
from statements import statements
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from andon_sdk.client import Client, Refused
from andon_sdk.plugin import Contract, Signal
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.budgets import api as budgets
from services.budgets.contracts import Budget, Quota
from services.budgets.errors import BudgetSpent
from services.kernel.ids import new_id
from services.kernel.rights import Role, system_principal
from services.tenancy import api as tenancy

pytestmark = pytest.mark.platform

ME = "{ me { name } }"
ARROW = "application/vnd.apache.arrow.stream"
PROTOCOL = "graphql-transport-ws"
ROWS = '{"asset": "a1", "time": "2026-03-01T00:00:0%dZ", "temperature": 20}'
INGEST = {"Content-Type": "application/x-ndjson"}
SLOW = {"requests_per_second": 0.001, "cost_per_second": 0.001, "rows_per_second": 0.001}
"""Nothing comes back while a test runs."""


@pytest.fixture
async def fresh(platform, tenant):
    """What other tests have used is forgotten: each has the whole budget."""
    await forget(platform, tenant)


async def forget(platform, tenant):
    async with platform.unit(tenant) as uow:
        for budget in Budget:
            await budgets.set_quota(uow, system_principal(tenant.id), budget, None)
        await uow.commit()


@asynccontextmanager
async def caller(platform, tenant, app):
    key = await make_key(platform.platform, tenant)
    async with http_client(app, Authorization=f"Bearer {key}") as client:
        yield client


async def ask(client, query=ME, **variables):
    return await client.post("/graphql", json={"query": query, "variables": variables})


def refusals(app) -> dict[str, float]:
    text = generate_latest(app.state.gateway.meters.registry).decode()
    lines = [line.split(" ") for line in text.splitlines() if line.startswith("andon_refused_total{")]
    return {name.split('"')[1]: float(value) for name, value in lines}


@pytest.fixture(scope="module")
async def plants(platform, tenant, other_tenant):
    """Each tenant has an asset whose rows may come."""
    contract = Contract("budgeted", "Budgeted", (Signal("temperature", "T", "degC", -50, 200),), 1.0)
    for each in (tenant, other_tenant):
        async with platform.unit(each) as uow:
            await assets.put_contract(uow, system_principal(each.id), contract)
            new = [NewAsset("a1", "A1", "S", "L", "budgeted")]
            await assets.create_assets(uow, system_principal(each.id), new)
            await uow.commit()


@asynccontextmanager
async def served(app):
    """The address of the gateway on a real socket."""
    config = uvicorn.Config(app, port=0, ws="websockets-sansio", log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


async def test_requests_over_the_budget_are_told_to_wait_and_a_tenant_beside_is_answered(
    platform, tenant, other_tenant, fresh
):
    app = make_app(platform.platform, **SLOW | {"requests_burst": 3})
    async with caller(platform, tenant, app) as a, caller(platform, other_tenant, app) as b:
        assert [(await ask(a)).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
        for path in ("/v1/trend", "/v1/scores", "/v1/audit"):
            refused = await a.get(path)
            assert (refused.status_code, refused.json()["code"]) == (429, "BUDGET_SPENT")
        for path in ("/v1/ingest", "/v1/score"):
            refused = await a.post(path, content=b"")
            assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1000")
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["facts"] == {"budget": "requests", "per_second": 0.001, "burst": 3, "seconds": 1000}
        refused = await ask(a)
        assert (refused.status_code, refused.headers["Retry-After"], refused.json().get("data")) == (429, "1000", None)
        assert refused.json()["errors"][0]["extensions"]["code"] == "BUDGET_SPENT"
        assert (await ask(b)).json()["data"] == {"me": {"name": "a program"}}
    assert refusals(app) == {"requests": 8.0}


async def test_what_waited_is_taken_as_it_is(platform, tenant, fresh):
    app = make_app(platform.platform, **SLOW | {"requests_burst": 1, "requests_per_second": 4})
    async with caller(platform, tenant, app) as a:
        assert (await ask(a)).status_code == 200
        refused = await ask(a)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
        await asyncio.sleep(1)
        assert (await ask(a)).status_code == 200


async def test_every_answer_tells_the_cost_of_its_operation(platform):
    tenant = await tenancy.create_tenant(platform.platform.database, f"t-{new_id().hex[-12:]}", "Nobody used it yet")
    app = make_app(platform.platform, **SLOW | {"cost_burst": 1000})
    async with caller(platform, tenant, app) as a:
        first = (await ask(a)).json()
        assert first["extensions"] == {
            "cost": {"requested": 2, "limit": 1000, "remaining": 998, "resetSeconds": 2000}
        }  # fmt: skip
        again = (await ask(a)).json()  # from the documents that are kept
        assert again["extensions"]["cost"]["remaining"] == 996
        query = "query q($n: Int!) { assets(first: $n) { edges { node { key } } } }"
        for many, cost in ((1, 1 + 3), (100, 1 + 100 * 3)):
            paged = (await ask(a, query, n=many)).json()
            assert paged["extensions"]["cost"]["requested"] == cost
        invalid = await ask(a, "{ nothing }")
        assert (invalid.status_code, invalid.json()["extensions"]["cost"]["requested"]) == (400, 1)
        too_costly = await ask(a, "{" + "a{" * 16 + "b" + "}" * 17)
        assert "extensions" not in too_costly.json()


async def test_queries_over_the_budget_of_cost_are_not_begun(platform, tenant, other_tenant, fresh):
    app = make_app(platform.platform, **SLOW | {"cost_burst": 10})
    record = "mutation { createAssets(input: {assets: []}) { __typename } }"
    async with caller(platform, tenant, app) as a, caller(platform, other_tenant, app) as b:
        costly = await ask(a, "{ assets(first: 100) { edges { node { key } } } }")
        assert (costly.status_code, costly.json()["extensions"]["cost"]["remaining"]) == (200, 0)
        for query in (ME, record):
            refused = await ask(a, query)
            assert refused.status_code == 429
            assert int(refused.headers["Retry-After"]) > 100_000
            body = refused.json()
            assert "data" not in body
            assert body["errors"][0]["extensions"]["code"] == "BUDGET_SPENT"
            assert body["errors"][0]["extensions"]["facts"]["budget"] == "cost"
            assert body["errors"][0]["extensions"]["facts"]["seconds"] == int(refused.headers["Retry-After"])
            assert body["extensions"]["cost"]["remaining"] == 0
        assert (await ask(b)).status_code == 200
    assert refusals(app) == {"cost": 2.0}


async def test_rows_over_the_budget_are_refused_whole_and_taken_later_as_they_are(
    platform, tenant, other_tenant, fresh, plants
):
    app = make_app(platform.platform, **SLOW | {"rows_burst": 3})
    bodies = ["\n".join(ROWS % (2 * i + j) for j in range(2)) for i in range(3)]

    async def send(client, body):
        headers = INGEST | {"Idempotency-Key": body}
        return await client.post("/v1/ingest?contract=budgeted", content=body, headers=headers)

    async with caller(platform, tenant, app) as a, caller(platform, other_tenant, app) as b:
        assert [(await send(a, body)).status_code for body in bodies] == [200, 200, 429]
        again = await send(a, bodies[0])
        assert (again.status_code, again.json()["facts"]["budget"]) == (429, "rows")
        score = await a.post("/v1/score?contract=budgeted", content=b"x", headers={"Content-Type": ARROW})
        assert (score.status_code, score.json()["code"]) == (429, "BUDGET_SPENT")
        assert (await send(b, bodies[2])).json()["stored"] == 2
    assert refusals(app) == {"rows": 3.0}
    await forget(platform, tenant)
    async with caller(platform, tenant, make_app(platform.platform)) as a:
        taken = (await send(a, bodies[2])).json()
        assert (taken["stored"], taken["duplicates"]) == (2, 0)


async def test_rows_of_bodies_in_work_at_once_are_counted_before_any_is_stored(platform, tenant, fresh, plants):
    app = make_app(platform.platform, **SLOW | {"rows_burst": 1})
    gate = asyncio.Event()

    async def slow():
        yield (ROWS % 8).encode() + b"\n"
        await gate.wait()
        yield (ROWS % 9).encode()

    async with caller(platform, tenant, app) as a:
        waiting = asyncio.create_task(a.post("/v1/ingest?contract=budgeted", content=slow(), headers=INGEST))
        await asyncio.sleep(0.2)  # it is admitted: nothing is used yet
        assert (await a.post("/v1/ingest?contract=budgeted", content=ROWS % 7, headers=INGEST)).status_code == 200
        gate.set()
        assert (await waiting).status_code == 429
    async with caller(platform, tenant, make_app(platform.platform)) as a:
        await forget(platform, tenant)
        late = await a.post("/v1/ingest?contract=budgeted", content=ROWS % 8 + "\n" + ROWS % 9, headers=INGEST)
        assert late.json()["stored"] == 2


async def test_two_processes_admit_together_what_the_quota_says(platform, tenant, fresh):
    apps = [make_app(platform.platform, **SLOW | {"requests_burst": 20}) for _ in range(2)]
    async with caller(platform, tenant, apps[0]) as a, caller(platform, tenant, apps[1]) as b:
        answers = [(await ask(a)).status_code for _ in range(15)]
        for app in apps:
            await (await app.state.gateway.budgets.account(tenant.id)).exchange()
        answers += [(await ask(b)).status_code for _ in range(15)]
    assert answers == [200] * 20 + [429] * 10


async def test_a_process_tells_by_itself_and_hears_a_new_quota(platform, tenant, fresh):
    app = make_app(platform.platform, **SLOW)
    async with caller(platform, tenant, app) as a:
        assert (await ask(a)).json()["extensions"]["cost"]["limit"] == 12_000_000
        async with platform.unit(tenant) as uow:
            await budgets.set_quota(uow, system_principal(tenant.id), Budget.COST, Quota(0.001, 50))
            await uow.commit()
        async with asyncio.timeout(30):
            while (await ask(a)).json()["extensions"]["cost"]["limit"] != 50:
                await asyncio.sleep(0.2)


async def test_who_is_given_a_larger_quota_need_not_wait_for_the_old_one(platform, tenant, fresh):
    app = make_app(platform.platform, **SLOW | {"rows_burst": 10})
    account = await app.state.gateway.budgets.account(tenant.id)
    account.take(Budget.ROWS, 1_000)
    await account.exchange()
    with pytest.raises(BudgetSpent):
        account.check(Budget.ROWS)
    async with platform.unit(tenant) as uow:
        await budgets.set_quota(uow, system_principal(tenant.id), Budget.ROWS, Quota(100, 500))
        await uow.commit()
    await account.exchange()
    assert account.state(Budget.ROWS).remaining == 500


async def test_without_the_database_a_process_counts_by_itself(platform, tenant, fresh, monkeypatch):
    account = await make_app(platform.platform, **SLOW | {"rows_burst": 10}).state.gateway.budgets.account(tenant.id)

    async def away(*_):
        raise ConnectionError("away")

    with monkeypatch.context() as patch:
        patch.setattr(budgets, "exchange", away)
        account.take(Budget.ROWS, 4)
        with pytest.raises(ConnectionError):
            await account.exchange()
        assert account.state(Budget.ROWS).remaining == 6
    await account.exchange()
    assert account.state(Budget.ROWS).remaining == 6
    other = await make_app(platform.platform, **SLOW | {"rows_burst": 10}).state.gateway.budgets.account(tenant.id)
    assert other.state(Budget.ROWS).remaining == 6


async def test_operations_over_a_websocket_are_calls_too(platform, tenant, fresh):
    app = make_app(platform.platform, **SLOW | {"requests_burst": 3, "cost_burst": 2})
    key = await make_key(platform.platform, tenant)
    alarms = {"query": "subscription { alarmChanged { id } }"}

    def opened(address):
        headers = {"Authorization": f"Bearer {key}"}
        return connect(
            f"ws://{address}/graphql", subprotocols=[PROTOCOL], additional_headers=headers, proxy=None
        )  # fmt: skip

    async def say(socket, **message):
        await socket.send(json.dumps(message))
        return json.loads(await asyncio.wait_for(socket.recv(), 5))

    async with served(app) as address:
        async with opened(address) as socket:
            assert await say(socket, type="connection_init") == {"type": "connection_ack"}
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": alarms}))
            for id, budget in (("2", "cost"), ("3", "requests")):
                refused = await say(socket, id=id, type="subscribe", payload=alarms)
                assert (refused["type"], refused["id"]) == ("error", id)
                assert refused["payload"][0]["extensions"]["facts"]["budget"] == budget
        with pytest.raises(InvalidStatus) as caught:
            async with opened(address):
                raise AssertionError("it was let in")
        response = caught.value.response
        assert (response.status_code, response.headers["Retry-After"]) == (429, "1000")
        assert json.loads(response.body)["code"] == "BUDGET_SPENT"


async def test_the_sdk_says_which_budget_and_when(platform, tenant, fresh):
    app = make_app(platform.platform, **SLOW | {"cost_burst": 1})
    key = await make_key(platform.platform, tenant)

    def twice(address):
        with Client(f"http://{address}", key) as andon:
            andon.query(ME)
            andon.query(ME)

    async with served(app) as address:
        with pytest.raises(Refused) as refused:
            await asyncio.to_thread(twice, address)
    assert (refused.value.code, refused.value.retry_after_s) == ("BUDGET_SPENT", 2000.0)
    assert refused.value.facts["budget"] == "cost"


async def test_a_call_over_the_budget_is_refused_before_the_database_is_asked(platform, tenant, fresh, capsys):
    app = make_app(platform.platform, **SLOW | {"requests_burst": 1})
    async with caller(platform, tenant, app) as a:
        assert (await ask(a)).status_code == 200
        with statements(platform.platform.database) as sent:
            assert (await ask(a)).status_code == 429
        assert sent == []
        assert f"tenant={tenant.id}" in capsys.readouterr().out.splitlines()[-1]


async def test_a_credential_that_was_good_once_is_asked_for_again(platform, tenant, fresh):
    app = make_app(platform.platform, **SLOW | {"requests_burst": 5})
    async with caller(platform, tenant, app) as a:
        assert (await ask(a)).status_code == 200
        async with platform.unit(tenant) as uow:
            for key in await tenancy.list_api_keys(uow, system_principal(tenant.id)):
                await tenancy.revoke_api_key(uow, system_principal(tenant.id), key.id)
            await uow.commit()
        assert (await ask(a)).status_code == 401


BUDGETS = "{ budgets { kind perSecond burst remaining resetSeconds } }"


async def test_an_admin_sees_what_is_left_over_all_processes(platform, tenant, fresh):
    settings = SLOW | {"requests_burst": 10, "cost_burst": 100, "rows_burst": 10**12}
    apps = [make_app(platform.platform, **settings) for _ in range(2)]
    async with caller(platform, tenant, apps[0]) as a, caller(platform, tenant, apps[1]) as b:
        for _ in range(3):
            await ask(a)
        await (await apps[0].state.gateway.budgets.account(tenant.id)).exchange()
        found = (await ask(b, BUDGETS)).json()["data"]["budgets"]
    for each in found:
        each["resetSeconds"] = round(each["resetSeconds"], -2)
    assert found == [
        {"kind": "REQUESTS", "perSecond": 0.001, "burst": 10, "remaining": 6, "resetSeconds": 4000},
        {"kind": "COST", "perSecond": 0.001, "burst": 100, "remaining": 100 - 3 * 2 - 6, "resetSeconds": 12_000},
        {"kind": "ROWS", "perSecond": 0.001, "burst": 10**12, "remaining": 10**12, "resetSeconds": 0},
    ]


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.ADMIN])
async def test_budgets_are_the_admins_business(members, fresh, role):
    answer = (await members[role].post(BUDGETS)).json()
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
