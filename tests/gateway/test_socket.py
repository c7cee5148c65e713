"""Live subscriptions over a real socket, with news from the tenant's real stream account."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress

import pyarrow as pa
import pytest
import websockets
from gateway_client import KNOWN, http_client, make_key, open_session, signed_in
from websockets.asyncio.client import connect

from andon_sdk.plugin import Contract, Signal
from gateway.auth import COOKIE
from gateway.documents import id_of
from gateway.relay import global_id
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.kernel import subjects, wire
from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.kernel.rights import Permission, Role, system_principal
from services.monitoring.tables import AlarmRow, CaseRow
from services.rollouts.contracts import RolloutState
from services.rollouts.tables import RolloutRow
from services.tenancy import api as tenancy
from services.training import api as training
from services.training.contracts import RunState
from services.training.tables import RunRow

pytestmark = pytest.mark.platform
PROTOCOL = "graphql-transport-ws"


@asynccontextmanager
async def socket(address, cookie=None, key=None, protocol=PROTOCOL, origin=None):
    headers = {"Cookie": f"{COOKIE}={cookie}"} if cookie else {}
    headers |= {"Authorization": f"Bearer {key}"} if key else {}
    async with connect(
        f"ws://{address}/graphql", subprotocols=[protocol], additional_headers=headers, origin=origin, proxy=None
    ) as opened:
        yield opened


async def send(opened, **message):
    await opened.send(json.dumps(message))


async def receive(opened) -> dict:
    return json.loads(await asyncio.wait_for(opened.recv(), 5))


@asynccontextmanager
async def talking(address, **credential):
    async with socket(address, **credential) as opened:
        await send(opened, type="connection_init")
        assert await receive(opened) == {"type": "connection_ack"}
        yield opened


async def closed_with(opened) -> int:
    with suppress(websockets.ConnectionClosed):
        async with asyncio.timeout(5):
            async for _ in opened:
                continue
    return opened.close_code


@pytest.fixture(scope="module")
async def session(platform, tenant) -> str:
    return (await open_session(platform.platform, tenant, Role.ENGINEER))[0]


@pytest.fixture(scope="module")
async def plant(platform, tenant, principal):
    """(contract, asset, another asset of the same contract)"""
    async with platform.unit(tenant) as uow:
        contract = Contract("live", "Live", (Signal("a", "A", "1", 0, 9), Signal("b", "B", "1", 0, 9)), 1.0)
        agreed = await assets.put_contract(uow, principal, contract)
        new = [NewAsset(f"live-{number}", "Live", "Site", "Line", "live") for number in range(2)]
        made = await assets.create_assets(uow, principal, new)
        await uow.commit()
    return agreed, *made


def scores_batch(contract, rows: list[tuple[str, float]]) -> bytes:
    version = str(new_id())
    now = utc_now()
    batch = pa.RecordBatch.from_pylist(
        [
            {
                "asset": asset, "time": now, "version": version, "role": 0, "route": 1, "value": value,
                "raw": value * 2, "threshold": 2.0, "coverage": 0.5, "expected_loss": 0.125, "missing": [1],
                "top": [0, 0, 0], "share": [1.0, 0.0, 0.0],
            }
            for asset, value in rows
        ],
        schema=wire.SCORE_SCHEMA.with_metadata({"contract": str(contract.id), "version": str(contract.version)}),
    )  # fmt: skip
    return wire.encode(batch)


async def test_scores_of_one_asset_arrive(platform, tenant, address, session, plant):
    contract, asset, other = plant
    query = """subscription s($id: ID!) { scores(assetId: $id) {
      route value raw coverage expectedLoss missing shadow version { id } top { signal share } } }"""
    async with talking(address, cookie=session) as opened:
        variables = {"id": global_id("Asset", asset.id)}
        await send(opened, type="subscribe", id="1", payload={"query": query, "variables": variables})
        await asyncio.sleep(0.3)
        client = await platform.platform.streams.connection(tenant.id)
        await client.publish(subjects.scores(contract.id), scores_batch(contract, [(str(other.id), 9.0)]))
        rows = [(str(asset.id), 0.5), (str(other.id), 7.0), (str(asset.id), 1.5)]
        await client.publish(subjects.scores(contract.id), scores_batch(contract, rows))
        message = await receive(opened)
        assert (message["type"], message["id"]) == ("next", "1")
        scores = message["payload"]["data"]["scores"]
        assert [score["value"] for score in scores] == [0.5, 1.5]
        assert scores[0]["route"] == "fallback"
        assert scores[0]["missing"] == ["b"]
        assert scores[0]["top"][0] == {"signal": "a", "share": 1.0}
        assert (scores[0]["shadow"], scores[0]["expectedLoss"]) == (False, 0.125)
        await send(opened, type="complete", id="1")


async def test_a_run_is_followed_to_its_end(platform, tenant, principal, address, session, plant):
    contract = plant[0]
    now = utc_now()
    run = RunRow(
        tenant_id=tenant.id, blueprint="b", blueprint_version="1", contract_id=contract.id, contract_version=1,
        asset_count=1, start=now, end=now, parameters={}, seed=0, created_by="x",
    )  # fmt: skip
    async with platform.unit(tenant) as uow:
        uow.session.add(run)
        await uow.commit()
    query = "subscription s($id: ID!) { runUpdated(id: $id) { state progress } }"

    async def change(state: RunState, progress: float, *, tell: bool) -> None:
        async with platform.unit(tenant) as uow:
            row = await uow.session.merge(run)
            row.state, row.progress = state.value, progress
            if state is RunState.FAILED:
                row.ended_at = utc_now()
            await uow.commit()
        if tell:
            client = await platform.platform.streams.connection(tenant.id)
            await client.publish(subjects.run_changed(run.id), b"{}")

    async with talking(address, cookie=session) as opened:
        await send(
            opened, type="subscribe", id="r", payload={"query": query, "variables": {"id": global_id("Run", run.id)}}
        )
        first = (await receive(opened))["payload"]
        assert first["data"]["runUpdated"] == {"state": "QUEUED", "progress": 0.0}
        assert first["extensions"]["cost"]["requested"] == 3
        await change(RunState.TRAINING, 0.5, tell=True)
        seen = (await receive(opened))["payload"]
        assert seen == {"data": {"runUpdated": {"state": "TRAINING", "progress": 0.5}}}  # the cost was told once
        await change(RunState.FAILED, 0.5, tell=False)
        assert (await until(opened, "FAILED"))["progress"] == 0.5
        assert await receive(opened) == {"id": "r", "type": "complete"}
    async with platform.unit(tenant) as uow:
        assert (await training.get_run(uow, principal, run.id)).state is RunState.FAILED


async def until(opened, state: str) -> dict:
    while True:
        message = await receive(opened)
        assert message["type"] == "next", message
        if message["payload"]["data"]["runUpdated"]["state"] == state:
            return message["payload"]["data"]["runUpdated"]


async def test_a_rollout_is_followed_over_its_runs(platform, tenant, address, session, plant):
    contract, now = plant[0], utc_now()
    run = RunRow(
        tenant_id=tenant.id, blueprint="b", blueprint_version="1", contract_id=contract.id, contract_version=1,
        asset_count=1, start=now, end=now, parameters={}, seed=0, created_by="x",
    )  # fmt: skip
    rollout = RolloutRow(
        tenant_id=tenant.id, blueprint="b", start=now, end=now, parameters={}, seed=0, shares=[1.0], most_failing=0.2,
        by_hand=False, asset_count=1, cohort_count=1, state=RolloutState.RUNNING.value, message="Training.",
        run_id=run.id, created_by="x", created_at=now,
    )  # fmt: skip

    async def write(row, **changes) -> None:
        async with platform.unit(tenant) as uow:
            there = await uow.session.merge(row)
            for name, value in changes.items():
                setattr(there, name, value)
            await uow.commit()

    async def follow(opened) -> dict:
        message = await receive(opened)
        assert message["type"] == "next", message
        return message["payload"]["data"]["rolloutUpdated"]

    await write(run)
    await write(rollout)
    query = "subscription s($id: ID!) { rolloutUpdated(id: $id) { state run { progress } } }"
    async with talking(address, cookie=session) as opened:
        asked = {"query": query, "variables": {"id": global_id("Rollout", rollout.id)}}
        await send(opened, type="subscribe", id="r", payload=asked)
        assert await follow(opened) == {"state": "RUNNING", "run": {"progress": 0.0}}
        await write(run, progress=0.5)
        client = await platform.platform.streams.connection(tenant.id)
        await client.publish(subjects.run_changed(run.id), b"{}")
        assert await follow(opened) == {"state": "RUNNING", "run": {"progress": 0.5}}
        await write(rollout, state=RolloutState.DONE.value, run_id=None, ended_at=utc_now())
        assert await follow(opened) == {"state": "DONE", "run": None}
        assert await receive(opened) == {"id": "r", "type": "complete"}


async def test_alarms_of_the_tenant_arrive_and_no_others(platform, tenant, other_tenant, address, session, plant):
    _, asset, other = plant
    async with platform.unit(tenant) as uow:
        made = []
        for each in (asset, other):
            case = CaseRow(tenant_id=tenant.id, asset_id=each.id, title="Hot", opened_at=utc_now())
            uow.session.add(case)
            await uow.session.flush()
            alarm = AlarmRow(
                tenant_id=tenant.id, asset_id=each.id, case_id=case.id, rule="r", raised_at=utc_now(), peak=2.5,
                top=[["a", 0.75]],
            )  # fmt: skip
            uow.session.add(alarm)
            made.append(alarm)
        await uow.commit()
    query = (
        "subscription s($id: ID) { alarmChanged(assetId: $id) { id state peak top { signal share } asset { key } } }"
    )
    bodies = [
        json.dumps({"alarm_id": str(each.id), "asset_id": str(each.asset_id), "state": "active"}) for each in made
    ]
    async with talking(address, cookie=session) as opened:
        await send(opened, type="subscribe", id="all", payload={"query": query})
        variables = {"id": global_id("Asset", other.id)}
        await send(opened, type="subscribe", id="one", payload={"query": query, "variables": variables})
        await asyncio.sleep(0.3)
        stranger = await platform.platform.streams.connection(other_tenant.id)
        await stranger.publish(subjects.ALARMS_CHANGED, bodies[0].encode())
        mine = await platform.platform.streams.connection(tenant.id)
        for body in bodies:
            await mine.publish(subjects.ALARMS_CHANGED, body.encode())
        messages = [await receive(opened) for _ in range(3)]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(opened.recv(), 0.3)
    keys = sorted((each["id"], each["payload"]["data"]["alarmChanged"]["asset"]["key"]) for each in messages)
    assert keys == [("all", "live-0"), ("all", "live-1"), ("one", "live-1")]
    first = next(each for each in messages if each["id"] == "one")["payload"]["data"]["alarmChanged"]
    assert first["top"] == [{"signal": "a", "share": 0.75}]
    assert (first["state"], first["peak"]) == ("ACTIVE", 2.5)


async def test_errors_come_as_in_a_request(address, session):
    async with talking(address, cookie=session) as opened:
        for number, query in enumerate(
            [
                "subscription { runUpdated(id: \"x\") { id } }",
                "subscription { nothing }",
                "{ me { name } }",
                "subscription { " + " ".join(f"a{i}: alarmChanged {{ id }}" for i in range(100)) + " }",
            ]
        ):  # fmt: skip
            await send(opened, type="subscribe", id=str(number), payload={"query": query})
            message = await receive(opened)
            assert message["id"] == str(number)
            errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
            code = errors[0]["extensions"]["code"]
            assert code == ["NOT_FOUND", "QUERY_INVALID", "QUERY_INVALID", "QUERY_TOO_COSTLY"][number]
            if message["type"] == "next":
                assert (await receive(opened))["type"] == "complete"


async def test_a_session_that_ends_is_cut(platform, tenant, address):
    token, _ = await open_session(platform.platform, tenant, Role.ENGINEER)
    async with talking(address, cookie=token) as opened:
        await send(opened, type="subscribe", id="1", payload={"query": "subscription { alarmChanged { id } }"})
        await tenancy.end_session(platform.platform.database, token)
        assert await closed_with(opened) == 4401


async def test_an_operator_follows_what_is_known_and_nothing_else(platform, tenant, address):
    token, _ = await open_session(platform.platform, tenant, Role.OPERATOR)
    async with talking(address, cookie=token) as opened:
        await send(opened, type="subscribe", id="own", payload={"query": KNOWN})
        refused = await receive(opened)
        assert (refused["type"], refused["payload"][0]["extensions"]["code"]) == ("error", "FORBIDDEN")
        await send(opened, type="subscribe", id="known", payload={"documentId": id_of(KNOWN)})
        await send(opened, type="ping")
        assert await receive(opened) == {"type": "pong"}


async def test_a_suspended_tenant_is_cut(platform, address):
    place = await tenancy.create_tenant(platform.platform.database, f"t-{new_id().hex[-12:]}", "Ulsan Drills")
    token, _ = await open_session(platform.platform, place, Role.OPERATOR)
    key = await make_key(platform.platform, place, Permission.VIEW)
    async with talking(address, cookie=token) as one, talking(address, key=key) as two:
        async with platform.unit(place) as uow:
            await tenancy.suspend_tenant(uow, system_principal(place.id))
            await uow.commit()
        assert [await closed_with(each) for each in (one, two)] == [4403, 4403]


async def test_a_revoked_key_is_cut_and_a_changed_role_too(platform, tenant, principal, address):
    key = await make_key(platform.platform, tenant, Permission.VIEW, Permission.QUERY)
    async with talking(address, key=key) as opened:
        async with platform.unit(tenant) as uow:
            [made] = await tenancy.list_api_keys(uow, principal)
            await tenancy.revoke_api_key(uow, principal, made.id)
            await uow.commit()
        assert await closed_with(opened) == 4401
    token, member = await open_session(platform.platform, tenant, Role.OPERATOR)
    async with talking(address, cookie=token) as opened:
        async with platform.unit(tenant) as uow:
            await tenancy.change_role(uow, principal, member.id, Role.PARTNER)
            await uow.commit()
        assert await closed_with(opened) == 4401


@pytest.mark.parametrize("credential", [{}, {"cookie": "nonsense"}, {"key": "andon_nonsense"}])
async def test_without_a_credential_there_is_no_socket(address, credential):
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with socket(address, **credential):
            raise AssertionError("opened")
    assert caught.value.response.status_code == 403


async def test_a_page_of_another_origin_gets_no_socket(address, session):
    with pytest.raises(websockets.InvalidStatus):
        async with socket(address, cookie=session, origin="http://evil.example"):
            raise AssertionError("opened")
    async with socket(address, cookie=session, origin=f"http://{address}"):
        pass


async def test_the_old_protocol_is_not_spoken(address, session):
    with suppress(websockets.InvalidStatus, websockets.NegotiationError):
        async with socket(address, cookie=session, protocol="graphql-ws"):
            raise AssertionError("opened")


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        (["{"], 4400),
        (["[]"], 4400),
        (['{"type": "subscribe", "id": "1", "payload": {"query": "{x}"}}'], 4401),
        (['{"type": "connection_init"}', '{"type": "connection_init"}'], 4429),
        (['{"type": "connection_init"}', '{"type": "start"}'], 4400),
        (['{"type": "connection_init"}', '{"type": "ping", "x": "' + "y" * 300_000 + '"}'], 4400),
    ],
)
async def test_who_does_not_speak_the_protocol_is_cut(address, session, messages, code):
    async with socket(address, cookie=session) as opened:
        for message in messages:
            await opened.send(message)
        assert await closed_with(opened) == code


async def test_pings_are_answered(address, session):
    async with talking(address, cookie=session) as opened:
        await send(opened, type="ping")
        assert await receive(opened) == {"type": "pong"}


async def test_an_idle_subscription_holds_no_connection_of_the_pool(platform, tenant, address, session, app):
    async with talking(address, cookie=session) as opened:
        for number in range(30):
            await send(
                opened, type="subscribe", id=str(number), payload={"query": "subscription { alarmChanged { id } }"}
            )
        await asyncio.sleep(0.5)
        pool = platform.platform.database.engine.pool
        assert pool.checkedout() <= 1
        assert (await (await signed_in(app, tenant)).ask("{ me { kind } }"))["me"] == {"kind": "member"}
    async with http_client(app) as client:
        assert (await client.get("/healthz")).status_code == 200


async def test_a_tenant_holds_so_many_sockets_at_once(listening, address, session, monkeypatch):
    monkeypatch.setattr(listening.state.gateway.live, "_per_tenant", 1)
    async with talking(address, cookie=session) as first:
        async with socket(address, cookie=session) as second:
            assert await closed_with(second) == 1013
        await send(first, type="ping")
        assert await receive(first) == {"type": "pong"}
    async with asyncio.timeout(5):
        while listening.state.gateway.live._inside:
            await asyncio.sleep(0.01)
    async with talking(address, cookie=session):
        pass
