"""Door, stream and history against the bare parts they stand on.

    python tests/bench/door.py

`door_vs_raw_stream` and `door_ndjson_vs_arrow` go through `POST /v1/ingest` of a gateway in a process of its own, with
eight bodies of 10,000 rows in flight; the peer publishes the same batches to the same stream from this process.
"""

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import numpy as np
import orjson
import polars as pl
import pyarrow as pa
from deltalake import ColumnProperties, WriterProperties, write_deltalake
from harness import Row, alternate, write
from tsdownsample import MinMaxLTTBDownsampler

from andon_sdk.plugin import Contract, Signal
from gateway.relay import global_id
from infra.bootstrap import open_platform, ways
from infra.local import control, nats, postgres, s3
from infra.local.state import State
from infra.local.supervisor import Supervisor
from infra.migrations import apply
from infra.settings import Settings
from services.assets import api as assets
from services.assets.contracts import ContractVersion, NewAsset
from services.enclaves import api as enclaves
from services.enclaves.platform import Platform
from services.kernel import subjects, wire
from services.kernel.ids import TenantId
from services.kernel.rights import Permission, system_principal
from services.readings.adapters.delta import PARTITION, HistoryTable
from services.readings.committer import Committer, Piece
from services.tenancy import api as tenancy

ROWS, SIGNALS, ASSETS = 10_000, 16, 20
BODIES, IN_FLIGHT = 24, 8
COMMIT_BATCHES = 10
TREND_DAYS, TREND_ASSETS, PX = 30, 4, 1_400
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
CONTRACT = Contract("bench", "Bench", tuple(Signal(f"s{i}", f"S{i}", "degC", -1e3, 1e3) for i in range(SIGNALS)), 1.0)


@dataclass(frozen=True)
class Site:
    platform: Platform
    tenant: TenantId
    contract: ContractVersion
    ids: list[UUID]
    http: httpx.AsyncClient


@asynccontextmanager
async def site() -> AsyncIterator[Site]:
    """Postgres, NATS, objects and a gateway, with one tenant."""
    home = Path(tempfile.mkdtemp(prefix="andon-bench-"))
    settings, state = Settings(home=home, demo=False), State(home)
    supervisor = Supervisor(state)
    gateway = None
    try:
        await asyncio.gather(*(supervisor.start(part.part(state)) for part in (postgres, nats, s3)))
        ear = await control.serve(supervisor, state.run, lambda: None)
        places = ways(settings, state)
        await asyncio.to_thread(apply, postgres.sqlalchemy(places.owner_url), places.relay_url)
        port = state.port("gateway")
        gateway = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "infra.gateway", env={**os.environ, "ANDON_HOME": str(home)}
        )
        async with open_platform(settings, state) as platform, httpx.AsyncClient(timeout=60) as http:
            tenant = (await tenancy.create_tenant(platform.database, "bench", "Bench")).id
            await enclaves.ensure_enclave(platform, tenant)
            principal = system_principal(tenant)
            async with platform.database.unit(tenant) as uow:
                contract = await assets.put_contract(uow, principal, CONTRACT)
                new = [NewAsset(f"a{i}", f"A{i}", "S", "L", "bench") for i in range(ASSETS)]
                made = await assets.create_assets(uow, principal, new)
                key = await tenancy.create_api_key(uow, principal, "bench", {Permission.INGEST, Permission.VIEW})
                await uow.commit()
            http.base_url = httpx.URL(f"http://127.0.0.1:{port}")
            http.headers["authorization"] = f"Bearer {key.secret}"
            await _answers(http)
            yield Site(platform, tenant, contract, [asset.id for asset in made], http)
        ear.close()
    finally:
        if gateway is not None:
            gateway.terminate()
            await gateway.wait()
        await supervisor.stop_all()
        shutil.rmtree(home)


async def _answers(http: httpx.AsyncClient) -> None:
    for _ in range(300):
        try:
            await http.get("/")
        except httpx.TransportError:
            await asyncio.sleep(0.1)
        else:
            return
    raise TimeoutError("the gateway did not answer within 30 s")


class Blocks:
    """Blocks of readings, each later than the last, so that nothing is ever a duplicate."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(0)
        self._next = int(BEGIN.timestamp() * 1e6)

    def batch(self, names: list[str], schema: pa.Schema | None = None) -> pa.RecordBatch:
        times = self._next + np.arange(ROWS) * 1_000
        self._next = int(times[-1]) + 1_000
        asset = pa.DictionaryArray.from_arrays((np.arange(ROWS) % len(names)).astype(np.int32), pa.array(names))
        columns = [asset, pa.array(times).view(wire.TIME)]
        columns += [pa.array(self._random.normal(size=ROWS).round(3)) for _ in range(SIGNALS)]
        return pa.RecordBatch.from_arrays(
            columns, schema=schema or wire.readings_schema(uuid4(), 1, list(CONTRACT.keys))
        )


def ndjson(batch: pa.RecordBatch) -> bytes:
    return b"\n".join(orjson.dumps(row) for row in batch.to_pylist())


async def all_of(works: list) -> float:
    """Rows a second of works of `ROWS` each, `IN_FLIGHT` at once."""
    waiting = iter(works)
    began = time.perf_counter()

    async def lane() -> None:
        for work in waiting:
            await work()

    await asyncio.gather(*(lane() for _ in range(IN_FLIGHT)))
    return len(works) * ROWS / (time.perf_counter() - began)


async def door(figures: list[Row], place: Site, blocks: Blocks) -> None:
    keys = [f"a{i}" for i in range(ASSETS)]
    jetstream = await place.platform.streams.jetstream(place.tenant)
    subject = subjects.readings(place.contract.id)
    schema = wire.readings_schema(place.contract.id, 1, list(CONTRACT.keys))

    async def post(body: bytes, kind: str) -> None:
        answer = await place.http.post("/v1/ingest?contract=bench", content=body, headers={"content-type": kind})
        assert answer.json()["stored"] == ROWS, answer.text

    async def arrow() -> float:
        bodies = [wire.encode(blocks.batch(keys)) for _ in range(BODIES)]
        kind = "application/vnd.apache.arrow.stream"
        return await all_of([lambda body=body: post(body, kind) for body in bodies])

    async def text() -> float:
        bodies = [ndjson(blocks.batch(keys)) for _ in range(BODIES // 3)]
        return await all_of([lambda body=body: post(body, "application/x-ndjson") for body in bodies])

    async def raw() -> float:
        payloads = [wire.encode(blocks.batch([str(i) for i in place.ids], schema)) for _ in range(BODIES)]
        return await all_of([lambda payload=payload: jetstream.publish(subject, payload) for payload in payloads])

    figures.append(await alternate("door_vs_raw_stream", "rows/s", arrow, "JetStream publish, synced", raw))
    figures.append(await alternate("door_ndjson_vs_arrow", "rows/s", text, "the same rows as Arrow", arrow))


async def historian(figures: list[Row], place: Site, blocks: Blocks) -> None:
    bucket = await place.platform.objects.bucket(place.tenant)
    committer = Committer(HistoryTable.of(bucket, f"history/{uuid4()}", ("asset",)), "bench")
    names = [str(i) for i in place.ids]
    plain = f"s3://{bucket.name}/raw/{uuid4()}"
    sequence = 0

    async def ours() -> float:
        nonlocal sequence
        pieces = [Piece(sequence + i + 1, blocks.batch(names)) for i in range(COMMIT_BATCHES)]
        sequence += COMMIT_BATCHES
        began = time.perf_counter()
        assert await asyncio.to_thread(committer.commit, pieces) == COMMIT_BATCHES * ROWS
        return COMMIT_BATCHES * ROWS / (time.perf_counter() - began)

    async def raw() -> float:
        table = pa.Table.from_batches([blocks.batch(names) for _ in range(COMMIT_BATCHES)], None)
        days = (table["time"].cast(pa.int64()).to_numpy() // 86_400_000_000).astype(np.int32)
        table = table.append_column(PARTITION, pa.array(days).view(pa.date32()))
        properties = WriterProperties(default_column_properties=ColumnProperties(dictionary_enabled=False))

        def append() -> None:
            write_deltalake(
                plain, table, mode="append", partition_by=[PARTITION],
                storage_options=bucket.delta_options, writer_properties=properties,
            )  # fmt: skip

        began = time.perf_counter()
        await asyncio.to_thread(append)
        return COMMIT_BATCHES * ROWS / (time.perf_counter() - began)

    figures.append(await alternate("historian_vs_raw_append", "rows/s", ours, "Delta append without dictionaries", raw))


async def trend(figures: list[Row], place: Site) -> None:
    """30 days at 1 Hz of one signal out of a table with several assets, a file a day."""
    bucket = await place.platform.objects.bucket(place.tenant)
    table = HistoryTable.of(bucket, subjects.history_table(place.contract.id), ("asset",))
    seconds = np.arange(86_400) * 1_000_000
    random = np.random.default_rng(1)
    for day in range(TREND_DAYS):
        start = BEGIN + timedelta(days=day)
        at = np.tile(int(start.timestamp() * 1e6) + seconds, TREND_ASSETS)
        names = pa.array([str(i) for i in place.ids[:TREND_ASSETS]])
        asset = pa.DictionaryArray.from_arrays(np.repeat(np.arange(TREND_ASSETS, dtype=np.int32), 86_400), names)
        days = pa.array(np.full(len(at), (start.date() - datetime(1970, 1, 1).date()).days, np.int32)).view(pa.date32())
        values = {f"s{i}": pa.array(random.normal(size=len(at)).cumsum()) for i in range(2)}
        rows = pa.table({"asset": asset, "time": pa.array(at).view(wire.TIME), **values, PARTITION: days})
        await asyncio.to_thread(table.append, rows, "bench", day + 1)
    end = BEGIN + timedelta(days=TREND_DAYS)
    one = str(place.ids[1])
    asked = {
        "asset": global_id("Asset", place.ids[1]),
        "signal": "s0",
        "from": BEGIN.isoformat(),
        "to": end.isoformat(),
        "px": PX,
    }

    async def ours() -> float:
        began = time.perf_counter()
        answer = await place.http.get("/v1/trend", params=asked)
        assert answer.status_code == 200, answer.text
        return (time.perf_counter() - began) * 1e3

    def read() -> int:
        frame = pl.scan_delta(f"s3://{bucket.name}/{table.key}", storage_options=bucket.delta_options)
        span = (pl.col(PARTITION) >= BEGIN.date()) & (pl.col("time") >= BEGIN) & (pl.col("time") < end)
        rows = (
            frame.filter(span & (pl.col("asset") == one))
            .select(pl.col("time").cast(pl.Int64), "s0")
            .sort("time")
            .collect()
        )
        shown = MinMaxLTTBDownsampler().downsample(rows["time"].to_numpy(), rows["s0"].to_numpy(), n_out=2 * PX)
        return len(shown)

    async def bare() -> float:
        began = time.perf_counter()
        assert await asyncio.to_thread(read) > PX
        return (time.perf_counter() - began) * 1e3

    figures.append(await alternate("trend_ms", "ms", ours, "bare read and decimation", bare))


async def main() -> None:
    figures: list[Row] = []
    blocks = Blocks()
    async with site() as place:
        await door(figures, place, blocks)
        await historian(figures, place, blocks)
        await trend(figures, place)
    print(write("door", figures))


if __name__ == "__main__":
    asyncio.run(main())
