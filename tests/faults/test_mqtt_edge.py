"""A day of machines that speak MQTT: the edge is killed, the broker goes away. Each row arrives at Andon once."""

import asyncio
import json
import signal
from datetime import UTC, datetime, timedelta

import aiomqtt
import pytest
from brokers import mosquitto
from edge_process import Edge, Gateway, until
from gateway_client import admin_of, make_key

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
PUMPS = ("pump-1", "pump-2")
SIGNALS = (Signal("temperature", "T", "degC", -20.0, 1e6), Signal("pressure", "P", "bar", 0.0, 10.0))
CONTRACT = Contract("mqtt-pump", "Pump", SIGNALS, 180.0)
MOMENTS = 480
WRONG = range(100, MOMENTS, 150)
"""Moments at which a pressure is told that cannot be."""
CONFIG = """
[andon]
url = "http://127.0.0.1:{andon}"
key = {{ env = "EDGE_KEY" }}

[buffer]
folder = "{folder}"

[[source]]
name = "plant"
connector = "mqtt"
[source.settings]
host = "127.0.0.1"
port = {broker}
client_id = "edge"
[[source.settings.topics]]
topic = "plant/{{pump}}"
tag = "{{pump}}/{{name}}"
each = "/values"
time = "/at"
"""
ASSET = """
[[source.asset]]
contract = "mqtt-pump"
asset = "{asset}"
signals = {{ temperature = "{asset}/temperature", pressure = "{asset}/pressure" }}
"""


async def tell(broker, moments: range) -> None:
    """All pumps, a message every three minutes of a day, each until the broker has it."""
    async with aiomqtt.Client("127.0.0.1", broker.port) as machines:
        for moment in moments:
            values = {"temperature": moment + 0.5, "pressure": 99.0 if moment in WRONG else 5.0}
            told = json.dumps({"values": values, "at": (BEGIN + timedelta(minutes=3 * moment)).isoformat()})
            for pump in PUMPS:
                await machines.publish(f"plant/{pump}", told, qos=1)


@pytest.mark.timeout(120)
async def test_a_day_of_messages_arrives_once(platform, tenant, tmp_path):
    async with platform.unit(tenant) as uow:
        contract = await assets.put_contract(uow, admin_of(tenant), CONTRACT)
        new = [NewAsset(key, key, "S", "L", CONTRACT.key) for key in PUMPS]
        names = {str(asset.id): asset.key for asset in await assets.create_assets(uow, admin_of(tenant), new)}
        await uow.commit()
    key = await make_key(platform.platform, tenant, Permission.INGEST, Permission.VIEW, Permission.QUERY)
    gateway, total = Gateway(platform), MOMENTS * len(PUMPS)

    def rows(said):
        return said["sources"]["plant"]["contracts"][CONTRACT.key]

    await gateway.start()
    filing = asyncio.create_task(historian.consume(platform.platform, tenant.id))
    async with mosquitto(tmp_path) as broker:
        file = tmp_path / "edge.toml"
        config = CONFIG.format(andon=gateway.port, broker=broker.port, folder=tmp_path / "buffer")
        file.write_text(config + "".join(ASSET.format(asset=pump) for pump in PUMPS))
        edge = Edge(file, {"EDGE_KEY": key})
        await edge.start()
        await until(edge, lambda said: said["sources"] and said["sources"]["plant"]["state"] == "connected")
        await tell(broker, range(170))
        await until(edge, lambda said: rows(said)["stored"] > 0)
        await edge.end(signal.SIGKILL)
        await tell(broker, range(170, 300))
        await edge.start()
        await broker.stop()
        await asyncio.sleep(0.5)
        await broker.start()
        await tell(broker, range(300, MOMENTS + 1))  # the last row is open until the next begins
        await until(edge, lambda said: said["sources"] and rows(said)["sent"] >= total and rows(said)["waiting"] == 0)
        counts = rows(edge.said())
        assert await edge.end(signal.SIGTERM) == 0
    wrong = len(WRONG) * len(PUMPS)
    became = [counts[name] for name in ("stored", "quarantined", "refused", "dropped")]
    assert became == [total - wrong, wrong, 0, 0]
    await readings.settled(platform.platform, tenant.id, contract.id)
    bucket = await platform.platform.objects.bucket(tenant.id)
    history = tables.scan(bucket, subjects.history_table(contract.id)).sort("asset", "time").collect()
    found = [
        (names[str(asset)], time, value) for asset, time, value in history.select("asset", "time", "temperature").rows()
    ]
    assert sorted(found) == [
        (pump, BEGIN + timedelta(minutes=3 * moment), moment + 0.5)
        for pump in PUMPS
        for moment in range(MOMENTS)
        if moment not in WRONG
    ]
    filing.cancel()
    await asyncio.gather(filing, return_exceptions=True)
    await gateway.stop()
