"""A day at a plant, compressed: its database goes away, the link does, Andon does, the edge is killed.

Every row arrives once, with its own time.
"""

import asyncio
import signal
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from edge_process import Edge, Gateway, until
from gateway_client import admin_of, make_key
from psycopg.conninfo import conninfo_to_dict
from tcp_link import link_to

from andon_sdk.plugin import Contract, Signal
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.kernel import subjects
from services.kernel.rights import Permission
from services.readings import api as readings
from services.readings import historian
from services.readings.history import tables

pytestmark = [pytest.mark.platform, pytest.mark.alone]
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
PUMPS = ("pump-1", "pump-2", "pump-3")
SIGNALS = (Signal("temperature", "T", "degC", -20.0, 1e6), Signal("pressure", "P", "bar", 0.0, 10.0))
CONTRACT = Contract("edge-pump", "Pump", SIGNALS, 10.0)
MOMENTS = 8_640
"""One each 10 s: a day."""
WRONG = range(100, MOMENTS, 1_000)
"""Moments at which a pressure is told that cannot be."""
CONFIG = """
[andon]
url = "{url}"
key = {{ env = "EDGE_KEY" }}

[buffer]
folder = "{folder}"

[[source]]
name = "log"
connector = "sql"
[source.settings]
uri = {{ env = "EDGE_DATABASE" }}
query = "SELECT * FROM edge_log"
time_column = "at"
asset_column = "pump"
every_s = 0.2
overlap_s = 0
page_rows = 400
"""
ASSET = """
[[source.asset]]
contract = "edge-pump"
asset = "{asset}"
signals = {{ temperature = "{asset}/temperature", pressure = "{asset}/pressure" }}
"""


@pytest.fixture(scope="module")
async def plant(platform, tenant):
    """Ids of the pumps in a tenant whose rows go into history, the contract and a key for the edge."""
    async with platform.unit(tenant) as uow:
        contract = await assets.put_contract(uow, admin_of(tenant), CONTRACT)
        made = await assets.create_assets(
            uow, admin_of(tenant), [NewAsset(key, key, "S", "L", CONTRACT.key) for key in PUMPS]
        )
        await uow.commit()
    filing = asyncio.create_task(historian.consume(platform.platform, tenant.id))
    key = await make_key(platform.platform, tenant, Permission.INGEST, Permission.VIEW, Permission.QUERY)
    yield contract, {str(asset.id): asset.key for asset in made}, key
    filing.cancel()
    await asyncio.gather(filing, return_exceptions=True)


@asynccontextmanager
async def plant_log(url: str):
    """The plant's own program: writes a sixth of the day each time it is asked to."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(
            "CREATE TABLE edge_log (at timestamptz, pump text, temperature float8, pressure float8)"
        )
        parts = iter(range(0, MOMENTS, MOMENTS // 6))

        async def write() -> None:
            first = next(parts)
            for begin in range(first, first + MOMENTS // 6, 144):
                lines = [
                    (BEGIN + timedelta(seconds=10 * moment), pump, moment + 0.5, 99.0 if moment in WRONG else 5.0)
                    for moment in range(begin, begin + 144)
                    for pump in PUMPS
                ]
                async with connection.cursor() as cursor:
                    await cursor.executemany("INSERT INTO edge_log VALUES (%s, %s, %s, %s)", lines)

        yield write
        await connection.execute("DROP TABLE edge_log")


def rows(said):
    return said["sources"]["log"]["contracts"][CONTRACT.key]


@pytest.mark.timeout(180)
async def test_a_day_with_everything_going_away_arrives_once(platform, tenant, plant, tmp_path):
    contract, names, key = plant
    database = conninfo_to_dict(platform.superuser_url)
    place = f"{database['host']}/.s.PGSQL.5432"
    gateway = Gateway(platform)
    sent = MOMENTS * len(PUMPS)
    async with (
        link_to(gateway.port) as to_andon,
        link_to(place) as to_log,
        plant_log(platform.superuser_url) as write,
    ):
        log = f"postgresql://{database['user']}:{database['password']}@127.0.0.1:{to_log.port}/{database['dbname']}"
        file = tmp_path / "edge.toml"
        config = CONFIG.format(url=f"http://127.0.0.1:{to_andon.port}", folder=tmp_path / "buffer")
        file.write_text(config + "".join(ASSET.format(asset=pump) for pump in PUMPS))
        edge = Edge(file, {"EDGE_KEY": key, "EDGE_DATABASE": log + "?sslmode=disable"})
        await gateway.start()
        await edge.start()
        await write()
        await until(edge, lambda said: said["sources"] and rows(said)["stored"] > 0)
        to_log.cut()
        await write()
        await until(edge, lambda said: said["sources"]["log"]["state"] == "waiting")
        to_log.mend()
        await until(edge, lambda said: said["sources"]["log"]["state"] == "connected")
        to_andon.cut()
        await write()
        await until(edge, lambda said: not said["andon"]["takes_rows"] and rows(said)["waiting"] > 0)
        await edge.end(signal.SIGKILL)
        await write()
        await edge.start()
        await until(edge, lambda said: said["sources"] and rows(said)["waiting"] >= sent // 3)
        to_andon.mend()
        await until(edge, lambda said: said["andon"]["takes_rows"])
        stopped = asyncio.create_task(gateway.stop())
        await write()
        await stopped
        await write()
        await until(edge, lambda said: rows(said)["waiting"] > 0)
        await gateway.start()
        await until(edge, lambda said: rows(said)["sent"] >= sent and rows(said)["waiting"] == 0)
    assert await edge.end(signal.SIGTERM) == 0
    said = edge.said()
    wrong = len(WRONG) * len(PUMPS)
    counts = {name: rows(said)[name] for name in ("sent", "stored", "quarantined", "refused", "duplicates", "dropped")}
    assert counts == {
        "sent": sent, "stored": sent - wrong, "quarantined": wrong, "refused": 0, "duplicates": 0, "dropped": 0
    }  # fmt: skip
    await readings.settled(platform.platform, tenant.id, contract.id)
    bucket = await platform.platform.objects.bucket(tenant.id)
    history = tables.scan(bucket, subjects.history_table(contract.id)).sort("asset", "time").collect()
    found = [
        (names[str(asset)], time, value) for asset, time, value in history.select("asset", "time", "temperature").rows()
    ]
    assert sorted(found) == [
        (pump, BEGIN + timedelta(seconds=10 * moment), moment + 0.5)
        for pump in PUMPS
        for moment in range(MOMENTS)
        if moment not in WRONG
    ]
    await gateway.stop()
