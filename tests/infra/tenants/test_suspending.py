"""A tenant that is closed and opened again: what is refused meanwhile, what waits, and that nothing is lost."""

import asyncio
import getpass

import aiomqtt
import presses
import psycopg
import pytest
from gateway_client import http_client, make_app

from infra import queued, suspending
from infra.consumers import GO_ON_SUSPENDED, goes_on
from infra.registry import Background, gather
from infra.tenants import listed
from services.assets import api as assets
from services.audit import api as audit
from services.audit.contracts import AuditQuery
from services.enclaves import api as enclaves
from services.enclaves import jobs
from services.enclaves.contracts import ClusterKind, ClusterState, StreamUser
from services.kernel.clock import utc_now
from services.kernel.errors import Forbidden
from services.kernel.ids import new_id
from services.kernel.jobs import make_queue
from services.kernel.outbox import deliver
from services.kernel.rights import RIGHTS, Permission, Principal, Role, system_principal
from services.tenancy import api as tenancy
from services.tenancy.contracts import TenantState
from services.tenancy.errors import CredentialRefused, TenantNotFound, TenantSuspended

pytestmark = [pytest.mark.platform, pytest.mark.timeout(280)]
PASSWORD = "a long password"


@pytest.fixture
async def place(platform):
    """A tenant with an enclave, a member and a key."""
    tenant = await tenancy.create_tenant(platform.platform.database, f"t-{new_id().hex[-12:]}", "Ulsan Drills")
    await enclaves.ensure_enclave(platform.platform, tenant.id)
    async with platform.unit(tenant) as uow:
        principal = system_principal(tenant.id)
        await tenancy.add_member(uow, principal, "kim@example.com", "Kim", Role.ADMIN, PASSWORD)
        await assets.put_contract(uow, principal, presses.CONTRACT)
        await uow.commit()
    return tenant


@pytest.fixture
async def key(platform, place) -> str:
    async with platform.unit(place) as uow:
        made = await tenancy.create_api_key(uow, system_principal(place.id), "gateway", list(Permission))
        await uow.commit()
    return made.secret


async def suspend(platform, place):
    return await suspending.suspend(platform.settings, platform.state, place.slug, "ada")


async def resume(platform, place):
    return await suspending.resume(platform.settings, platform.state, place.slug, "ada")


async def state_of(platform, place) -> TenantState:
    [state] = [one.state for one in await listed(platform.settings, platform.state) if one.id == place.id]
    return state


async def test_every_way_in_is_refused_and_open_again_after(platform, place, key):
    database = platform.platform.database
    opened = await tenancy.login(database, place.slug, "kim@example.com", PASSWORD)
    async with platform.unit(place) as uow:
        principal = system_principal(place.id)
        link = await tenancy.make_login_link(uow, principal, opened.member.id)
        invitation = await tenancy.invite(uow, principal, "lee@example.com", Role.OPERATOR)
        await uow.commit()
    ways = {
        "key": lambda: tenancy.principal_of_key(database, key),
        "session": lambda: tenancy.principal_of_session(database, opened.token),
        "password": lambda: tenancy.login(database, place.slug, "kim@example.com", PASSWORD),
        "link": lambda: tenancy.redeem_login_link(database, link),
        "invitation": lambda: tenancy.read_invitation(database, invitation.token),
        "accepted": lambda: tenancy.accept_invitation(database, invitation.token, "Lee", PASSWORD),
    }
    assert (await suspend(platform, place)).state is TenantState.SUSPENDED
    for way in ways.values():
        with pytest.raises(TenantSuspended, match="until it is resumed"):
            await way()
    with pytest.raises(CredentialRefused):  # who does not know the password learns nothing
        await tenancy.login(database, place.slug, "kim@example.com", "another password")
    assert await state_of(platform, place) is TenantState.SUSPENDED
    assert (await resume(platform, place)).state is TenantState.ACTIVE
    for way in ways.values():
        await way()
    assert await state_of(platform, place) is TenantState.ACTIVE


async def test_over_http_it_is_one_clear_answer(platform, place, key):
    await suspend(platform, place)
    app = make_app(platform.platform)
    async with http_client(app, Authorization=f"Bearer {key}") as client:
        asked = await client.post("/graphql", json={"query": "{ __typename }"})
        sent = await client.post("/v1/ingest?contract=press", content=b"{}")
    for answer in (asked, sent):
        assert (answer.status_code, answer.json()["code"]) == (403, "TENANT_SUSPENDED")


async def publish_on(device: aiomqtt.Client) -> None:
    """Raises `MqttError` once the device was cut off."""
    for _ in range(200):
        await device.publish("andon/press", b"{}", qos=1, timeout=1)
        await asyncio.sleep(0.05)


async def test_devices_are_cut_off_and_let_in_again(platform, place):
    async with platform.unit(place) as uow:
        login = await enclaves.device_login(uow, system_principal(place.id), platform.platform.ground)
    port = int(login.address.rpartition(":")[2])

    def device(name: str) -> aiomqtt.Client:
        return aiomqtt.Client("127.0.0.1", port, username=login.user, password=login.password, identifier=name)

    connected = device("device-1")
    await connected.__aenter__()
    await connected.publish("andon/press", b"{}", qos=1)
    await suspend(platform, place)
    with pytest.raises(aiomqtt.MqttError):
        await device("device-2").__aenter__()
    with pytest.raises(aiomqtt.MqttError):
        await publish_on(connected)
    await resume(platform, place)
    async with device("device-1") as again:
        await again.publish("andon/press", b"{}", qos=1, timeout=10)


async def test_what_is_in_its_streams_stays_there(platform, place):
    js = await platform.platform.streams.jetstream(place.id)
    await js.publish(f"readings.{new_id()}", b"rows")
    await suspend(platform, place)
    await js.publish(f"readings.{new_id()}", b"rows of the platform itself, which goes on")
    await resume(platform, place)
    assert (await js.stream_info("READINGS")).state.messages == 2


async def test_its_clusters_stop_and_are_wanted_still(platform, place):
    async with platform.unit(place) as uow:
        await enclaves.want_cluster(uow, system_principal(place.id), ClusterKind.TRAINING, utc_now())
        await uow.commit()
    boxes = platform.platform.ground.boxes
    await enclaves.reconcile(platform.platform, place.id)
    assert (await boxes.status(place.id, ClusterKind.TRAINING)).state is not ClusterState.STOPPED
    await suspend(platform, place)
    await enclaves.reconcile(platform.platform, place.id)
    assert (await boxes.status(place.id, ClusterKind.TRAINING)).state is ClusterState.STOPPED
    async with asyncio.timeout(30):  # the kernel ends what was in the box a moment after its host end
        while await boxes.processes(place.id):
            await asyncio.sleep(0.05)
    await resume(platform, place)
    assert (await boxes.status(place.id, ClusterKind.TRAINING)).state is not ClusterState.STOPPED
    await boxes.release(place.id, ClusterKind.TRAINING)


async def test_the_worker_brings_about_what_a_killed_command_did_not(platform, place):
    """Only the row says that it is suspended; who keeps its clusters closes its account too."""
    keeper = asyncio.create_task(jobs.keep_clusters(platform.platform, place.id))
    device = f"tenant-{place.id.hex}.{StreamUser.DEVICE.value}"
    known = platform.state.folder("nats") / "accounts.conf"
    for use_case, there in ((tenancy.suspend_tenant, False), (tenancy.resume_tenant, True)):
        async with platform.unit(place) as uow:
            await use_case(uow, system_principal(place.id))
            await uow.commit()
        async with asyncio.timeout(60):
            while (device in known.read_text()) is not there:
                await asyncio.sleep(0.05)
    keeper.cancel()
    await asyncio.gather(keeper, return_exceptions=True)


async def test_its_jobs_wait_in_the_outbox(platform, place):
    done: list[object] = []

    async def job(_, tenant, payload):
        done.append((tenant, payload))

    background = Background(jobs={"test.job": job})
    await suspend(platform, place)
    queue = make_queue(platform.relay_url)
    async with queue.open_async(), await psycopg.AsyncConnection.connect(platform.relay_url) as connection:
        await background.dispatch(platform.platform, "test.job", place.id, {"run_id": "7"})
        await deliver(connection, queue, {})
        waiting = "SELECT name, payload FROM outbox WHERE tenant_id = %s AND delivered_at IS NULL AND name = 'test.job'"
        assert await (await connection.execute(waiting, [place.id])).fetchall() == [("test.job", {"run_id": "7"})]
        await resume(platform, place)
        await deliver(connection, queue, {})
        assert await (await connection.execute(waiting, [place.id])).fetchall() == []
    assert done == []
    assert await queued.count(platform.relay_url, place.id) == 1
    await queued.remove(platform.relay_url, place.id)
    await background.dispatch(platform.platform, "test.job", place.id, {"run_id": "7"})
    assert done == [(place.id, {"run_id": "7"})]


def test_only_what_empties_streams_and_closes_goes_on():
    consumers = gather().consumers
    assert consumers.keys() >= GO_ON_SUSPENDED
    assert {name for name in consumers if goes_on(name, "suspended")} == GO_ON_SUSPENDED
    assert {name for name in consumers if goes_on(name, "active")} == consumers.keys()


async def test_the_trail_says_who_did_it(platform, place):
    await suspend(platform, place)
    await resume(platform, place)
    async with platform.unit(place) as uow:
        principal = system_principal(place.id)
        page = await audit.list_records(uow, principal, AuditQuery(object_id=place.id))
        told = [(each.action, each.actor_name, each.actor_kind) for each in page]
    assert ("tenancy.suspend_tenant", "ada, platform operator", "system") in told
    assert ("tenancy.resume_tenant", "ada, platform operator", "system") in told


async def test_nobody_of_the_tenant_may_do_it(platform, place):
    admin = Principal(place.id, new_id(), "member", "Kim", RIGHTS[Role.ADMIN], Role.ADMIN)
    for use_case in (tenancy.suspend_tenant, tenancy.resume_tenant):
        async with platform.unit(place) as uow:
            with pytest.raises(Forbidden, match="platform's operator"):
                await use_case(uow, admin)


async def test_a_tenant_that_never_was_is_said_so(platform):
    with pytest.raises(TenantNotFound):
        await suspending.suspend(platform.settings, platform.state, "nobody", getpass.getuser())
