"""Rows in through the door, trends and scores out, over HTTP."""

import asyncio
import gzip
import io
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pyarrow as pa
import pytest
import uvicorn
from gateway_client import http_client, make_app, make_key
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from andon_sdk.plugin import Contract, Signal
from gateway.relay import global_id
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.enclaves.contracts import ClusterKind, ClusterState, ClusterStatus
from services.kernel import subjects, wire
from services.kernel.ids import new_id
from services.kernel.rights import Permission
from services.readings import api as readings
from services.readings import historian

pytestmark = pytest.mark.platform

NDJSON = "application/x-ndjson"
CSV = "text/csv"
ARROW = "application/vnd.apache.arrow.stream"
START = datetime(2026, 3, 1, tzinfo=UTC)
VERSION = UUID(int=5)


@dataclass
class Plant:
    contract: object
    assets: dict


@pytest.fixture(scope="module")
async def plant(platform, tenant, principal):
    signals = (Signal("temperature", "T", "degC", -20.0, 150.0), Signal("pressure", "P", "bar", 0.0, 10.0))
    async with platform.unit(tenant) as uow:
        contract = await assets.put_contract(uow, principal, Contract("pumps", "Pumps", signals, 1.0))
        new = [NewAsset(f"p{number}", f"Pump {number}", "Ulsan", "Line 1", "pumps") for number in range(3)]
        made = await assets.create_assets(uow, principal, new)
        await uow.commit()
    filing = asyncio.create_task(historian.consume(platform.platform, tenant.id))
    yield Plant(contract, {asset.key: asset.id for asset in made})
    filing.cancel()
    await asyncio.gather(filing, return_exceptions=True)


@pytest.fixture(scope="module")
async def key(platform, tenant):
    scopes = (Permission.INGEST, Permission.VIEW, Permission.QUERY, Permission.SCORE)
    return await make_key(platform.platform, tenant, *scopes)


@pytest.fixture
async def client(app, key, plant):
    async with http_client(app, Authorization=f"Bearer {key}") as opened:
        yield opened


def lines(*rows: str) -> bytes:
    return "\n".join(rows).encode()


def row(second: int, temperature: float | str = 20.0, pressure: float | str = 1.0, asset: str = "p0") -> str:
    moment = (START + timedelta(seconds=second)).isoformat()
    return f'{{"asset": "{asset}", "time": "{moment}", "temperature": {temperature}, "pressure": {pressure}}}'


async def ingest(client, body: bytes, kind: str = NDJSON, headers: dict | None = None, **query: str):
    return await client.post(
        "/v1/ingest",
        params={"contract": "pumps"} | query,
        content=body,
        headers={"Content-Type": kind} | (headers or {}),
    )


async def test_a_full_stream_says_so_and_when_to_come_again(client, platform, tenant):
    js = await platform.platform.streams.jetstream(tenant.id)
    info = await js.stream_info(subjects.READINGS_STREAM)
    body = lines(row(600), row(601))
    await js.update_stream(replace(info.config, max_bytes=info.state.bytes + 100))
    try:
        answer = await ingest(client, body, headers={"Idempotency-Key": "full"})
    finally:
        await js.update_stream(info.config)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert answer.json()["code"] == "STREAM_FULL"
    receipts = [(await ingest(client, body)).json() for _ in range(2)]
    assert [(receipt["stored"], receipt["duplicates"]) for receipt in receipts] == [(2, 0), (0, 2)]


async def test_rows_are_taken_and_counted(client):
    answer = await ingest(client, lines(row(0), row(1, temperature=999.0), row(2, asset="nobody"), row(3)))
    assert answer.status_code == 200
    receipt = answer.json()
    assert (receipt["received"], receipt["stored"], receipt["quarantined"], receipt["refused"]) == (4, 2, 2, 0)
    assert [(each["row"], each["code"], each["signal"]) for each in receipt["verdicts"]] == [
        (1, "OUT_OF_RANGE", "temperature"),
        (2, "UNKNOWN_ASSET", None),
    ]
    assert receipt["verdictCount"] == 2
    data = (
        await client.post(
            "/graphql", json={"query": "{ quarantine(first: 5) { edges { node { batch row code content } } } }"}
        )
    ).json()["data"]
    kept = [edge["node"] for edge in data["quarantine"]["edges"]]
    assert {(each["row"], each["code"]) for each in kept} == {(1, "OUT_OF_RANGE"), (2, "UNKNOWN_ASSET")}
    assert {each["batch"] for each in kept} == {receipt["batch"]}


async def test_csv_arrow_and_gzip_are_taken(client):
    body = b"asset,time,temperature,pressure\np1,2026-03-01T00:01:00Z,20,1\np1,2026-03-01T00:01:01Z,21,2\n"
    assert (await ingest(client, body, CSV)).json()["stored"] == 2
    table = pa.table({"asset": ["p1"], "time": pa.array([START + timedelta(seconds=90)], wire.TIME), "pressure": [3.0]})
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    assert (await ingest(client, sink.getvalue(), ARROW)).json()["stored"] == 1
    packed = gzip.compress(lines(row(95, asset="p1")))
    answer = await ingest(client, packed, headers={"Content-Encoding": "gzip"})
    assert answer.json()["stored"] == 1


async def test_units_are_named_in_a_header(client):
    body = lines(row(100, temperature=212.0, asset="p1"))
    answer = await ingest(client, body, headers={"X-Andon-Units": '{"temperature": "degF"}'})
    assert answer.json()["stored"] == 1
    for wrong in ("degF", "[]", '{"temperature": 1}'):
        answer = await ingest(client, body, headers={"X-Andon-Units": wrong})
        assert (answer.status_code, answer.json()["field"]) == (400, "X-Andon-Units")


async def test_everything_refused_is_422(client):
    answer = await ingest(client, lines(row(200), row(201, temperature=999.0)), errorPolicy="REJECT_EVERYTHING")
    assert answer.status_code == 422
    assert (answer.json()["received"], answer.json()["refused"], answer.json()["stored"]) == (2, 2, 0)
    assert answer.json()["code"] == "ROWS_REFUSED"
    assert answer.json()["message"].startswith("No row was taken. The first reason: row 1")


async def test_a_key_sent_again_answers_the_first_receipt(client):
    body, headers = lines(row(300), row(301)), {"Idempotency-Key": "first"}
    first = (await ingest(client, body, headers=headers)).json()
    assert first["stored"] == 2
    assert (await ingest(client, body, headers=headers)).json() == first
    other = await ingest(client, lines(row(302)), headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        ({"kind": "application/json"}, 415, "MEDIA_TYPE_REFUSED", None),
        ({"kind": "multipart/form-data"}, 415, "MEDIA_TYPE_REFUSED", None),
        ({"headers": {"Content-Encoding": "br"}}, 415, "MEDIA_TYPE_REFUSED", None),
        ({"headers": {"Content-Encoding": "gzip"}}, 400, "BAD_REQUEST", None),
        ({"contract": ""}, 422, "INVALID", "contract"),
        ({"contract": "no"}, 404, "CONTRACT_NOT_FOUND", "contract"),
        ({"errorPolicy": "SOMETIMES"}, 422, "INVALID", "errorPolicy"),
        ({"timeUnit": "days"}, 422, "INVALID", "timeUnit"),
        ({"headers": {"Idempotency-Key": "x" * 300}}, 422, "INVALID", "Idempotency-Key"),
        ({"body": b""}, 400, "EMPTY_BODY", None),
        ({"body": b"nonsense", "kind": ARROW}, 400, "BODY_UNREADABLE", None),
    ],
)
async def test_each_wrong_wish_has_its_own_answer(client, change, status, code, field):
    answer = await ingest(client, **({"body": lines(row(400))} | change))
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (status, code, field)
    assert len(answer.json()["traceId"]) == 32


async def test_a_key_without_the_right_is_forbidden(app, platform, tenant, plant):
    viewer = await make_key(platform.platform, tenant, Permission.VIEW)
    async with http_client(app, Authorization=f"Bearer {viewer}") as client:
        for path in ("/v1/ingest", "/v1/score"):
            answer = await client.post(
                path, params={"contract": "pumps"}, content=b"x", headers={"Content-Type": ARROW}
            )
            assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")


async def test_bodies_over_the_cap_are_refused_before_they_are_read(platform, key, plant):
    app = make_app(platform.platform, ingest_body_bytes=10_000, inflated_body_bytes=20_000)
    sent = 0

    async def endless():
        nonlocal sent
        for _ in range(1_000):
            sent += 1_000
            yield b" " * 1_000

    async with http_client(app, Authorization=f"Bearer {key}") as client:
        answer = await ingest(client, endless())
        assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")
        answer = await ingest(client, b" " * 10_001)
        assert answer.status_code == 413
        answer = await ingest(client, gzip.compress(b" " * 100_000), headers={"Content-Encoding": "gzip"})
        assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")


async def test_a_flood_of_one_tenant_waits_outside(platform, key, plant):
    app = make_app(platform.platform, uploads_per_tenant=1, uploads=1)
    gate = asyncio.Event()

    async def slow():
        yield lines(row(500)) + b"\n"
        await gate.wait()
        yield lines(row(501))

    async with http_client(app, Authorization=f"Bearer {key}") as client:
        first = asyncio.create_task(ingest(client, slow()))
        await asyncio.sleep(0.2)
        second = await ingest(client, lines(row(502)))
        assert (second.status_code, second.headers["retry-after"]) == (429, "1")
        gate.set()
        assert (await first).json()["stored"] == 2
        assert (await ingest(client, lines(row(502)))).status_code == 200


async def test_a_process_with_its_hands_full_says_so(platform, key, plant):
    app = make_app(platform.platform, uploads_per_tenant=5, uploads=1)
    async with app.state.gateway.turnstile.enter(new_id()), http_client(
        app, Authorization=f"Bearer {key}"
    ) as client:  # fmt: skip
        answer = await ingest(client, lines(row(600)))
    assert (answer.status_code, answer.headers["retry-after"], answer.json()["code"]) == (503, "1", "UNAVAILABLE")


async def test_a_trend_comes_as_arrow(client, platform, tenant, plant):
    body = lines(*(row(second, temperature=20 + second % 7, asset="p2") for second in range(1000, 3000)))
    assert (await ingest(client, body)).json()["stored"] == 2000
    await readings.settled(platform.platform, tenant.id, plant.contract.id)
    asked = {
        "asset": global_id("Asset", plant.assets["p2"]),
        "signal": ["temperature", "pressure"],
        "from": START.isoformat(),
        "to": (START + timedelta(hours=1)).isoformat(),
        "px": "100",
    }
    answer = await client.get("/v1/trend", params=asked)
    assert (answer.status_code, answer.headers["content-type"]) == (200, ARROW)
    table = pa.ipc.open_stream(answer.content).read_all()
    assert table.column_names == ["signal", "time", "value"]
    shown = table.column("signal").to_pylist()
    assert 0 < shown.count("temperature") <= 200
    values = table.column("value").to_pylist()[: shown.count("temperature")]
    assert (min(values), max(values)) == (20.0, 26.0)
    for change, status, field in (
        ({"px": "0"}, 422, "px"), ({"px": "x"}, 422, "px"), ({"from": "yesterday"}, 422, "from"),
        ({"to": "2026-03-01T00:00:00"}, 422, "to"), ({"signal": []}, 422, "signal"), ({"asset": "x"}, 404, "asset"),
        ({"signal": ["nothing"]}, 422, "signals"),
    ):  # fmt: skip
        refused = await client.get("/v1/trend", params=asked | change)
        assert (refused.status_code, refused.json()["field"]) == (status, field), change


@pytest.mark.parametrize(
    ("asked", "status", "field"),
    [
        ({"contract": "pumps"}, 200, None),
        ({"contract": "no"}, 404, "contract"),
        ({"contract": "pumps", "asset": "x"}, 422, "asset"),
        ({}, 422, "asset"),
        ({"asset": "x"}, 404, "asset"),
    ],
)
async def test_scores_are_of_an_asset_or_of_a_contract(client, asked, status, field):
    span = {"from": START.isoformat(), "to": (START + timedelta(minutes=1)).isoformat()}
    answer = await client.get("/v1/scores", params=span | asked)
    assert answer.status_code == status
    if status == 200:
        assert pa.ipc.open_stream(answer.content).read_all().schema.names[:3] == ["asset", "time", "version"]
    else:
        assert answer.json()["field"] == field


def rows_of(**columns) -> bytes:
    table = pa.table(columns)
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def score_rows(*keys: str) -> bytes:
    return rows_of(asset=list(keys), time=pa.array([START] * len(keys), wire.TIME), pressure=[1.5] * len(keys))


async def score(client, body: bytes, contract: str = "pumps"):
    return await client.post("/v1/score", params={"contract": contract}, content=body, headers={"Content-Type": ARROW})


async def test_scoring_without_a_cluster_is_unavailable_at_once(client):
    await score(client, score_rows("p0"))
    start = time.perf_counter()
    answer = await score(client, score_rows("p0"))
    assert time.perf_counter() - start < 0.2
    assert (answer.status_code, answer.json()["code"]) == (503, "SERVING_UNAVAILABLE")
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    ("body", "contract", "status", "field"),
    [
        (b"nonsense", "pumps", 400, None),
        (score_rows("nobody"), "pumps", 422, "asset"),
        (score_rows("p0"), "no", 404, "contract"),
        (rows_of(asset=["p0"], time=["x"]), "pumps", 422, "time"),
        (rows_of(asset=["p0"]), "pumps", 422, "time"),
        (rows_of(asset=["p0"], time=pa.array([START], wire.TIME), volume=[1.0]), "pumps", 422, "volume"),
        (rows_of(asset=["p0"], time=pa.array([START], wire.TIME), pressure=["x"]), "pumps", 422, "pressure"),
    ],
)
async def test_rows_that_cannot_be_scored_are_named(client, body, contract, status, field):
    answer = await score(client, body, contract)
    assert (answer.status_code, answer.json()["field"]) == (status, field)


class OneCluster:
    """A serving cluster whose score socket is the one given."""

    def __init__(self, socket: str, state: ClusterState) -> None:
        self.socket, self.state = socket, state

    async def status(self, tenant, kind: ClusterKind) -> ClusterStatus:
        return ClusterStatus(tenant, kind, self.state, "", self.socket)


async def test_a_socket_that_nobody_answers_says_how_the_cluster_is(platform, key, plant, tmp_path):
    cluster = OneCluster(str(tmp_path / "score"), ClusterState.STARTING)
    async with http_client(
        make_app(replace(platform.platform, clusters=cluster)), Authorization=f"Bearer {key}"
    ) as client:
        answer = await score(client, score_rows("p1"))
    assert (answer.status_code, answer.json()["code"]) == (503, "SERVING_UNAVAILABLE")
    assert "the serving cluster is starting" in answer.json()["message"]


@pytest.mark.parametrize("state", [ClusterState.READY, ClusterState.STARTING])
async def test_scores_come_with_the_assets_keys(platform, key, plant, tmp_path, state):
    """Also from a cluster that says it is not up yet: it is asked, not believed."""
    seen: list[pa.RecordBatch] = []

    async def answer_scores(request: Request) -> Response:
        seen.append(wire.decode(await request.body()))
        rows = [
            {"asset": asset, "time": START, "version": str(VERSION), "role": 0, "route": 1, "value": 0.5,
             "coverage": 0.5, "missing": [0], "top": [1, 1, 1], "share": [1.0, 0.0, 0.0]}
            for asset in seen[0].column("asset").to_pylist()
        ]  # fmt: skip
        return Response(wire.encode(pa.RecordBatch.from_pylist(rows, schema=wire.SCORE_SCHEMA)))

    socket = str(tmp_path / "score")
    cluster = Starlette(routes=[Route("/score/{contract}", answer_scores, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(cluster, uds=socket, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    app = make_app(replace(platform.platform, clusters=OneCluster(socket, state)))
    async with http_client(app, Authorization=f"Bearer {key}") as client:
        answer = await score(client, score_rows("p1", "p0", "p1"))
    server.should_exit = True
    await serving
    assert answer.status_code == 200
    table = pa.ipc.open_stream(answer.content).read_all()
    assert table.column("asset").to_pylist() == ["p1", "p0", "p1"]
    assert table.column("version").to_pylist() == [global_id("ModelVersion", VERSION)] * 3
    assert table.column("value").to_pylist() == [0.5, 0.5, 0.5]
    batch = seen[0]
    assert batch.schema.names == ["asset", "time", "temperature", "pressure"]
    assert batch.column("asset").to_pylist() == [str(plant.assets[each]) for each in ("p1", "p0", "p1")]
    assert batch.column("temperature").to_pylist() == [None, None, None]
    assert batch.column("pressure").to_pylist() == [1.5, 1.5, 1.5]
