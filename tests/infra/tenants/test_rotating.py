"""Inner credentials that are exchanged: nothing in flight is lost, and the former ones open nothing."""

import asyncio
from dataclasses import replace

import pytest
from minio.error import S3Error

from infra.provisioning import look_in, refused
from infra.rotating import rotate
from services.audit import api as audit
from services.audit.contracts import AuditQuery
from services.enclaves import api as enclaves
from services.enclaves.adapters import objects
from services.enclaves.contracts import StreamUser
from services.enclaves.errors import EnclaveMissing, ProvisioningFailed
from services.kernel.ids import new_id
from services.kernel.rights import system_principal
from services.tenancy import api as tenancy
from services.tenancy.errors import TenantNotFound

pytestmark = [pytest.mark.platform, pytest.mark.timeout(120)]


@pytest.fixture
async def place(platform):
    """A tenant with an enclave."""
    tenant = await tenancy.create_tenant(platform.platform.database, f"t-{new_id().hex[-12:]}", "Ulsan Drills")
    await enclaves.ensure_enclave(platform.platform, tenant.id)
    return tenant


async def logins(platform, place):
    ground, principal = platform.platform.ground, system_principal(place.id)
    async with platform.unit(place) as uow:
        streams = {user: await enclaves.stream_credential(uow, principal, ground, user) for user in StreamUser}
        return streams, await enclaves.bucket_credential(uow, principal, ground)


async def exchange(platform, place, **options) -> list[str]:
    told: list[str] = []
    await rotate(platform.settings, platform.state, place.slug, "ada", told.append, overlap_s=0.2, **options)
    return told


async def test_the_former_credentials_open_nothing(platform, place):
    streams, bucket = await logins(platform, place)
    told = await exchange(platform, place)
    for user in (StreamUser.PLATFORM, StreamUser.TRAINER, StreamUser.SCORER):
        await refused(streams[user])  # raises while it is let in
    with pytest.raises(S3Error):
        await look_in(bucket)
    now_streams, now_bucket = await logins(platform, place)
    assert now_streams[StreamUser.DEVICE] == streams[StreamUser.DEVICE]
    assert {user for user in StreamUser if now_streams[user] != streams[user]} == set(StreamUser) - {StreamUser.DEVICE}
    await look_in(now_bucket)
    assert told[-1] == "the bucket's former key stays good for 0 s, until every process has the new one"


async def test_devices_get_theirs_only_when_it_is_said(platform, place):
    streams, _ = await logins(platform, place)
    await exchange(platform, place, devices=True)
    now_streams, _ = await logins(platform, place)
    assert all(now_streams[user].password != streams[user].password for user in StreamUser)


async def test_what_is_sent_meanwhile_is_all_there_once(platform, place):
    """Over the connection that was opened before, and read by a subscription from before."""
    js = await platform.platform.streams.jetstream(place.id)
    subject, over, sent = f"readings.{new_id()}", asyncio.Event(), 0

    async def send() -> None:
        nonlocal sent
        while not over.is_set():
            await js.publish(subject, str(sent).encode(), headers={"Nats-Msg-Id": str(sent)})
            sent += 1

    sending = asyncio.create_task(send())
    heard: list[int] = []
    async with platform.platform.streams.news(place.id, subject) as queue:
        for _ in range(3):
            await exchange(platform, place)
        until = sent + 10
        async with asyncio.timeout(20):
            while sent < until:
                await asyncio.sleep(0.01)
        over.set()
        await sending
        while not queue.empty():
            heard.append(int(queue.get_nowait().data))
    info = await js.stream_info("READINGS")
    assert info.state.messages == sent
    assert heard[-1] == sent - 1


async def test_objects_are_reached_before_at_and_after_it(platform, place, monkeypatch):
    monkeypatch.setattr(objects, "CREDENTIAL_FRESH_S", 0.1)
    kept = await platform.platform.objects.bucket(place.id)
    over, read = asyncio.Event(), 0

    async def read_on() -> None:
        nonlocal read
        while not over.is_set():
            bucket = await platform.platform.objects.bucket(place.id)
            assert await asyncio.to_thread(list, bucket.client.list_objects(bucket.name)) == []
            read += 1

    reading = asyncio.create_task(read_on())
    await exchange(platform, place)
    until = read + 5
    while read < until and not reading.done():
        await asyncio.sleep(0.01)
    over.set()
    await reading
    with pytest.raises(S3Error):
        list(kept.client.list_objects(kept.name))


async def test_it_is_said_again_after_it_was_killed(platform, place, monkeypatch):
    """After the new key was made and before anybody kept it; and after it was kept and before the server knew."""
    ground = platform.platform.ground
    _, bucket = await logins(platform, place)
    await ground.buckets.ensure(bucket.bucket, None, passing=bucket)
    await look_in(bucket)

    async def killed(account):
        raise ProvisioningFailed("killed")

    accounts = replace(ground, accounts=_Deaf(ground.accounts, killed))
    with pytest.raises(ProvisioningFailed, match="killed"):
        await enclaves.begin_rotation(replace(platform.platform, ground=accounts), place.id)
    await look_in(bucket)
    await exchange(platform, place)
    js = await platform.platform.streams.jetstream(place.id)
    assert (await js.publish("readings.x", b"")).seq == 1
    with pytest.raises(S3Error):
        await look_in(bucket)


class _Deaf:
    """A server of accounts that does as it does, but for `ensure`."""

    def __init__(self, accounts, ensure) -> None:
        self._accounts, self.ensure = accounts, ensure

    def __getattr__(self, name):
        return getattr(self._accounts, name)


async def test_the_trail_says_who_did_it_and_no_secret(platform, place):
    await exchange(platform, place)
    streams, bucket = await logins(platform, place)
    async with platform.unit(place) as uow:
        page = await audit.list_records(uow, system_principal(place.id), AuditQuery())
        [told] = [each for each in page if each.action == "enclaves.rotate"]
        whole = await audit.get_record(uow, system_principal(place.id), told.id)
    assert (told.actor_name, told.changes) == ("ada, platform operator", 4)
    secrets = [bucket.secret_key, *(login.password for login in streams.values())]
    assert not any(secret in repr(whole) for secret in secrets)


async def test_nobody_and_a_tenant_without_an_enclave(platform):
    made = await tenancy.create_tenant(platform.platform.database, f"t-{new_id().hex[-12:]}", "New")
    with pytest.raises(EnclaveMissing, match="nothing to exchange"):
        await exchange(platform, made)
    with pytest.raises(TenantNotFound):
        await exchange(platform, replace(made, slug="nobody-at-all"))
