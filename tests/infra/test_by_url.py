"""An installation whose database, stream and object store are somebody else's, given by URL."""

import asyncio
import io
import shutil
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiomqtt
import nats
import pyarrow as pa
import pytest
from installation import run, start
from minio.error import S3Error
from nats.errors import Error as StreamError
from outside import servers

from andon_sdk.client import Refused
from andon_sdk.plugin import Contract, Signal
from infra.bootstrap import open_platform
from infra.demo.documents import CREATE_ASSETS, PUT_CONTRACT, contract_input
from services.enclaves import api as enclaves
from services.enclaves.box.login import proof
from services.enclaves.contracts import ClusterKind, ClusterState, StreamUser
from services.kernel.rights import system_principal
from services.tenancy import api as tenancy

pytestmark = [pytest.mark.platform, pytest.mark.timeout(120)]
COUNTER = Contract("counter", "Counter", (Signal("number", "Number", "L/min", 0.0, 1e9),), 1.0)
BEGIN = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
ROWS = 50
PASSING = {"UNAVAILABLE", "STREAM_UNAVAILABLE", "PROVISIONING_FAILED", "ENCLAVE_MISSING"}
OWN = {"gateway", "worker", "historian"}


@pytest.fixture(scope="module")
async def outside():
    async with servers() as found:
        yield found


@pytest.fixture(scope="module")
async def running(outside):
    home = Path(tempfile.mkdtemp(prefix="andon-by-url-"))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in outside.environment().items():
            patch.setenv(name, value)
        up = await asyncio.to_thread(start, home, "--no-demo")
        yield up
        await asyncio.to_thread(up.end)
    shutil.rmtree(home)


def patiently(act):
    """What `act` returns, tried again while the tenant's stream and bucket are being made."""
    until = time.monotonic() + 30
    while True:
        try:
            return act()
        except Refused as refused:
            if refused.code not in PASSING or time.monotonic() > until:
                raise
            time.sleep(0.2)


def fill(running, slug: str) -> int:
    """Makes a tenant with an asset, sends rows, and returns how many of them history shows."""
    with running.client(slug) as client:
        client.mutate(PUT_CONTRACT, input=contract_input(COUNTER))
        new = {"key": "c0", "title": "C 0", "site": "Works", "line": "One", "contract": "counter"}
        [asset] = client.mutate(CREATE_ASSETS, input={"assets": [new]})["assets"]
        rows = pa.table(
            {
                "asset": ["c0"] * ROWS,
                "time": pa.array([BEGIN + timedelta(seconds=i) for i in range(ROWS)], pa.timestamp("us", tz="UTC")),
                "number": pa.array([float(i) for i in range(ROWS)]),
            }
        )
        assert patiently(lambda: client.ingest("counter", rows))["stored"] == ROWS
        until = time.monotonic() + 30
        while True:
            found = client.trend(asset["id"], ["number"], BEGIN, BEGIN + timedelta(minutes=5)).num_rows
            if found == ROWS or time.monotonic() > until:
                return found
            time.sleep(0.2)


@pytest.fixture(scope="module")
async def tenants(running):
    """Two tenants whose rows went the whole way."""
    found = await asyncio.gather(*(asyncio.to_thread(fill, running, slug) for slug in ("north", "south")))
    assert found == [ROWS, ROWS]
    async with open_platform(running.settings, running.state) as platform:
        made = [await tenancy.tenant_by_slug(platform.database, slug) for slug in ("north", "south")]
        yield platform, *made


async def login_of(platform, tenant, user: StreamUser):
    async with platform.database.unit(tenant.id) as uow:
        return await enclaves.stream_credential(uow, system_principal(tenant.id), platform.ground, user)


async def test_nothing_is_started_that_is_given(running, tenants) -> None:
    parts = await asyncio.to_thread(running.parts)
    assert {name: part["state"] for name, part in parts.items()} == dict.fromkeys(OWN, "ready")
    assert (await asyncio.to_thread(running.andon, "doctor"))["ok"] is True
    assert not {"postgres", "nats", "s3"} & {folder.name for folder in running.home.iterdir()}


async def test_streams_are_apart(tenants) -> None:
    platform, north, south = tenants
    ours, theirs = [await platform.streams.connection(one.id) for one in (north, south)]
    heard: list[bytes] = []

    async def listen(message) -> None:  # the account's own traffic is heard: worker and historian pull from it
        heard.append(message.data)

    await ours.subscribe(">", cb=listen)
    await ours.flush()
    await theirs.jetstream().publish("serve.wanted", b"secret")
    await theirs.publish("alarms.changed", b"secret")
    await theirs.flush()
    await ours.publish("alarms.changed", b"ours")
    await asyncio.sleep(0.3)
    assert b"ours" in heard
    assert b"secret" not in heard
    with pytest.raises(StreamError):
        await ours.request("$SYS.REQ.SERVER.PING", b"", timeout=0.3)


async def test_buckets_are_apart(tenants) -> None:
    platform, north, south = tenants
    ours, theirs = [await platform.objects.bucket(one.id) for one in (north, south)]
    ours.client.put_object(ours.name, "mine", io.BytesIO(b"x"), 1)
    assert "history/" in {item.object_name for item in ours.client.list_objects(ours.name)}
    for act in (
        lambda: list(ours.client.list_objects(theirs.name)),
        lambda: ours.client.put_object(theirs.name, "mine", io.BytesIO(b"x"), 1),
        lambda: ours.client.get_object(theirs.name, "history"),
        lambda: ours.client.make_bucket("another-bucket"),
        lambda: ours.client.remove_bucket(ours.name),
    ):
        with pytest.raises(S3Error) as refused:
            act()
        assert refused.value.code == "AccessDenied"


async def test_a_device_speaks_mqtt_on_its_topic_only(outside, tenants) -> None:
    platform, north, _ = tenants
    login = await login_of(platform, north, StreamUser.DEVICE)
    js = (await platform.streams.connection(north.id)).jetstream()
    before = (await js.stream_info("DEVICES")).state.last_seq
    async with aiomqtt.Client("127.0.0.1", outside.mqtt_port, username=login.user, password=login.password) as device:
        await device.publish("andon/counter", b"{}", qos=1)
        await device.publish("readings/x", b"forged", qos=0)
        await device.publish("andon/counter", b"{}", qos=1)
    assert (await js.stream_info("DEVICES")).state.last_seq == before + 2
    with pytest.raises(StreamError):
        await nats.connect(login.url, **proof(login.user, login.password), allow_reconnect=False)


@pytest.mark.cluster
async def test_a_cluster_in_its_box_reaches_the_stream(tenants) -> None:
    """Its driver is ready when the stream has let it in, through the box's socket."""
    platform, north, _ = tenants
    await platform.clusters.want(north.id, ClusterKind.TRAINING)
    until = time.monotonic() + 90
    while (status := await platform.clusters.status(north.id, ClusterKind.TRAINING)).state is not ClusterState.READY:
        assert status.state is not ClusterState.FAILED, status
        assert time.monotonic() < until, status
        await asyncio.sleep(0.2)


async def test_an_ensured_tenant_keeps_what_it_has(tenants) -> None:
    platform, north, _ = tenants

    async def held():
        async with platform.database.unit(north.id) as uow:
            principal = system_principal(north.id)
            bucket = await enclaves.bucket_credential(uow, principal, platform.ground)
            return bucket, await enclaves.stream_credential(uow, principal, platform.ground, StreamUser.SCORER)

    before = await held()
    await asyncio.gather(*(enclaves.ensure_enclave(platform, north.id) for _ in range(3)))
    assert await held() == before


async def test_without_what_a_url_needs_nothing_starts(running, tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("ANDON_NATS_OPERATOR_SEED")
    refused = await asyncio.to_thread(run, tmp_path, "up", "--no-demo", "--json")
    assert refused.returncode == 1
    assert "ANDON_NATS_OPERATOR_SEED is needed too" in refused.stdout.splitlines()[-1]
