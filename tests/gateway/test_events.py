"""Operations followed by server-sent events, over a real connection."""

import asyncio
import json
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from gateway_client import admin_of, make_key, open_session

from andon_sdk.plugin import Contract, Signal
from gateway import events
from gateway.auth import COOKIE
from gateway.relay import global_id
from services.assets import api as assets
from services.kernel.clock import utc_now
from services.kernel.rights import Permission, Role
from services.tenancy import api as tenancy
from services.training.contracts import RunState
from services.training.tables import RunRow

pytestmark = pytest.mark.platform

EVENTS = {"Accept": "text/event-stream"}
ALARMS = "subscription { alarmChanged { id } }"
RUN = "subscription s($id: ID!) { runUpdated(id: $id) { state progress } }"


@pytest.fixture(scope="module")
async def ended(platform, tenant, principal) -> str:
    """The id of a run that has failed."""
    async with platform.unit(tenant) as uow:
        contract = Contract("events", "Events", (Signal("a", "A", "1", 0, 9),), 1.0)
        agreed = await assets.put_contract(uow, principal, contract)
        now = utc_now()
        run = RunRow(
            tenant_id=tenant.id, blueprint="b", blueprint_version="1", contract_id=agreed.id, contract_version=1,
            asset_count=1, start=now, end=now, parameters={}, seed=0, created_by="x", state=RunState.FAILED.value,
            progress=0.5, ended_at=now,
        )  # fmt: skip
        uow.session.add(run)
        await uow.commit()
    return global_id("Run", run.id)


@pytest.fixture
async def client(platform, tenant, address):
    token, _ = await open_session(platform.platform, tenant, Role.ENGINEER)
    async with httpx.AsyncClient(base_url=f"http://{address}", cookies={COOKIE: token}, headers=EVENTS) as client:
        yield client


@asynccontextmanager
async def following(client: httpx.AsyncClient, query: str, **variables: Any):
    """The events of an operation, as (name, data)."""
    async with client.stream("POST", "/graphql", json={"query": query, "variables": variables}) as response:
        assert (response.status_code, response.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")

        async def told():
            async for block in blocks(response):
                if block.startswith(":"):
                    yield "comment", None
                    continue
                name, _, data = block.partition("\ndata:")
                answer = json.loads(data) if data.strip() else None
                if answer and "extensions" in answer:
                    answer["extensions"]["cost"] = answer["extensions"]["cost"]["requested"]
                yield name.removeprefix("event: "), answer

        yield told()


async def blocks(response: httpx.Response):
    text = ""
    async for part in response.aiter_text():
        text += part
        while "\n\n" in text:
            block, _, text = text.partition("\n\n")
            yield block


async def test_a_subscription_is_followed_to_its_end(client, ended):
    async with following(client, RUN, id=ended) as told:
        assert [each async for each in told] == [
            ("next", {"data": {"runUpdated": {"state": "FAILED", "progress": 0.5}}, "extensions": {"cost": 3}}),
            ("complete", None),
        ]


async def test_a_query_is_one_event(client, tenant):
    async with following(client, "{ tenant { slug } }") as told:
        assert [each async for each in told] == [
            ("next", {"data": {"tenant": {"slug": tenant.slug}}, "extensions": {"cost": 2}}),
            ("complete", None),
        ]


@pytest.mark.parametrize("query", ["subscription { nothing }", "subscription {", "subscription { runUpdated { id } }"])
async def test_what_is_wrong_with_an_operation_is_an_answer(client, query):
    async with following(client, query) as told:
        (name, answer), last = [each async for each in told]
    assert (name, answer.keys(), last) == ("next", {"errors"}, ("complete", None))
    assert answer["errors"][0]["message"]


async def test_who_is_not_known_or_may_not_ask_is_refused(platform, tenant, address, client):
    async with httpx.AsyncClient(base_url=f"http://{address}", headers=EVENTS) as nobody:
        assert (await nobody.post("/graphql", json={"query": ALARMS})).status_code == 401
    key = await make_key(platform.platform, tenant, Permission.VIEW)
    async with httpx.AsyncClient(base_url=f"http://{address}", headers=EVENTS) as program:
        answer = await program.post("/graphql", json={"query": ALARMS}, headers={"Authorization": f"Bearer {key}"})
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
    foreign = await client.post("/graphql", json={"query": ALARMS}, headers={"Origin": "https://evil.example"})
    assert (foreign.status_code, foreign.json()["code"]) == (403, "ORIGIN_REFUSED")


async def test_it_ends_when_the_session_does(platform, tenant, address):
    token, member = await open_session(platform.platform, tenant, Role.ENGINEER)
    async with (
        httpx.AsyncClient(base_url=f"http://{address}", cookies={COOKIE: token}, headers=EVENTS) as client,
        following(client, ALARMS) as told,
    ):
        async with platform.unit(tenant) as uow:
            await tenancy.remove_member(uow, admin_of(tenant), member.id)
            await uow.commit()
        async with asyncio.timeout(10):
            (name, answer), last = [each async for each in told]
    assert (name, answer["errors"][0]["extensions"]["code"]) == ("next", "UNAUTHORISED")
    assert last == ("complete", None)


async def test_silence_is_broken_by_comments(client, monkeypatch):
    monkeypatch.setattr(events, "_QUIET_S", 0.05)
    async with following(client, ALARMS) as told:
        assert [await anext(told) for _ in range(3)] == [("comment", None)] * 3


async def test_a_tenant_listens_so_often_at_once(listening, client, ended, monkeypatch):
    monkeypatch.setattr(listening.state.gateway.live, "_per_tenant", 1)
    async with following(client, ALARMS) as first:
        waiting = asyncio.ensure_future(anext(first))
        await asyncio.sleep(0.2)
        async with following(client, RUN, id=ended) as told:
            (name, answer), last = [each async for each in told]
        waiting.cancel()
    assert (name, last) == ("next", ("complete", None))
    error = answer["errors"][0]
    assert error["message"] == "There are 1 live connections of your tenant already. Try again in a second."
    assert error["extensions"]["code"] == "EXHAUSTED"
