"""A tenant that goes with all it has, beside one that keeps all it has."""

import asyncio
import io

import presses
import psycopg
import pytest
from two_tenants import rows_of

from infra import deleting, rows
from infra.anchoring import anchors, heads, keep
from infra.auditing import verified
from infra.consumers import goes_on
from infra.local.boxes import box_name
from infra.registry import gather
from infra.tenants import listed
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.enclaves import api as enclaves
from services.enclaves.contracts import ClusterKind, EnclaveRemains, StreamUser
from services.enclaves.errors import ProvisioningFailed
from services.kernel.clock import utc_now
from services.kernel.errors import TenantBeingDeleted
from services.kernel.ids import new_id
from services.kernel.jobs import TASK, make_queue
from services.kernel.outbox import deliver
from services.kernel.rights import Permission, Role, system_principal
from services.tenancy import api as tenancy
from services.tenancy.contracts import TenantState
from services.tenancy.errors import CredentialRefused, TenantNotFound

pytestmark = [pytest.mark.platform, pytest.mark.timeout(280)]


class Life:
    """A tenant with something in every store."""

    def __init__(self, platform, tenant, key: str) -> None:
        self.platform, self.tenant, self.key = platform, tenant, key

    @classmethod
    async def begin(cls, platform) -> "Life":
        slug = f"t-{new_id().hex[-12:]}"
        tenant = await tenancy.create_tenant(platform.platform.database, slug, "Ulsan Drills")
        await enclaves.ensure_enclave(platform.platform, tenant.id)
        principal = system_principal(tenant.id)
        async with platform.unit(tenant) as uow:
            await tenancy.add_member(uow, principal, "kim@example.com", "Kim", Role.ADMIN, "a long password")
            made = await tenancy.create_api_key(uow, principal, "gateway", list(Permission))
            await assets.put_contract(uow, principal, presses.CONTRACT)
            await assets.create_assets(uow, principal, [NewAsset("p1", "Press", "Ulsan", "Hall", "press")])
            await enclaves.want_cluster(uow, principal, ClusterKind.TRAINING, utc_now())
            await uow.commit()
        life = cls(platform, tenant, made.secret)
        await life.fill()
        return life

    async def fill(self) -> None:
        js = await self.platform.platform.streams.jetstream(self.tenant.id)
        await js.publish(f"readings.{new_id()}", b"rows")
        bucket = await self.platform.platform.objects.bucket(self.tenant.id)
        for name in ("history/a", "history/b/c", "artefacts/d"):
            bucket.client.put_object(bucket.name, name, io.BytesIO(b"rows"), 4)
        bucket.client._create_multipart_upload(bucket.name, "artefacts/half", {})
        [anchor] = [each for each in await heads(self.platform.relay_url) if each.tenant == self.tenant.id]
        await keep(self.platform.platform.database, anchor, self.anchors)
        self.platform.state.write_private(self.log, "said")

    @property
    def anchors(self):
        return anchors(self.platform.settings, self.platform.state)

    @property
    def log(self):
        return self.platform.state.logs / f"{box_name(self.tenant.id, ClusterKind.TRAINING)}.log"

    async def look(self) -> deleting.Remains:
        platform = self.platform
        return await deleting.look(platform.settings, platform.state, platform.platform.ground, self.tenant.id)

    async def delete(self) -> deleting.Deleted:
        platform, tenant = self.platform, self.tenant
        return await deleting.delete(
            platform.settings, platform.state, tenant.id, tenant.slug, "ada", lambda step: None
        )

    async def find(self):
        return await deleting.find(self.platform.settings, self.platform.state, self.tenant.slug)


@pytest.fixture
async def life(platform):
    return await Life.begin(platform)


@pytest.fixture(scope="module")
async def beside(platform):
    return await Life.begin(platform)


def alone(remains: deleting.Remains) -> tuple:
    return sum(remains.rows.values()), remains.queued, remains.enclave, remains.files


async def test_nothing_of_it_is_left_and_all_of_the_one_beside(platform, life, beside):
    before, theirs = await life.look(), await beside.look()
    assert (before.rows["asset"], before.rows["api_key"], before.rows["tenant"]) == (1, 1, 1)
    assert (before.enclave.streams, before.enclave.objects) == (theirs.enclave.streams, 4)
    assert before.enclave.streams >= 9
    assert len(before.files) >= 4
    kept = rows_of(platform, beside.tenant)
    done = await life.delete()
    assert alone(done.remains) == (0, 0, EnclaveRemains(0, 0, 0), ())
    assert done.remains.tables == len(kept)
    assert rows_of(platform, beside.tenant) == kept
    assert alone(await beside.look()) == alone(theirs)
    assert (await tenancy.principal_of_key(platform.platform.database, beside.key)).name == "gateway"


async def test_every_table_with_a_tenant_is_emptied(platform, life):
    """By what the superuser sees, whom no policy binds."""
    await life.delete()
    assert set(rows_of(platform, life.tenant).values()) == {rows_of(platform, life.tenant)["asset"]}
    async with rows.inside(platform.owner_url, life.tenant.id) as connection:
        assert set(await rows.tables(connection)) == set(rows_of(platform, life.tenant))


async def test_one_signed_line_stays_with_the_end_of_its_trail(platform, life):
    [head] = [each for each in await heads(platform.relay_url) if each.tenant == life.tenant.id]
    done = await life.delete()
    assert life.anchors.burials()[-1] == done.burial
    assert (done.burial.slug, done.burial.asked_by) == (life.tenant.slug, "ada")
    assert (done.burial.number, done.burial.digest) == (head.number, head.digest)
    assert life.tenant.id not in life.anchors.tenants()
    told = {trail.tenant for trail in await verified(platform.settings, platform.state, None)}
    assert not told & {life.tenant.slug, str(life.tenant.id)}
    with pytest.raises(TenantNotFound):
        await life.find()


async def test_it_is_closed_before_anything_goes(platform, life, monkeypatch):
    """Killed at its first step, it leaves a tenant that nobody enters; said again, it goes on."""

    async def killed(ground, tenant):
        raise ProvisioningFailed("killed")

    with monkeypatch.context() as patch:
        patch.setattr(enclaves, "remove_enclave", killed)
        with pytest.raises(ProvisioningFailed):
            await life.delete()
    database = platform.platform.database
    with pytest.raises(TenantBeingDeleted):
        await tenancy.principal_of_key(database, life.key)
    with pytest.raises(TenantBeingDeleted):
        await tenancy.login(database, life.tenant.slug, "kim@example.com", "a long password")
    with pytest.raises(TenantBeingDeleted):
        async with platform.unit(life.tenant):
            raise AssertionError("somebody came in")
    with pytest.raises(TenantBeingDeleted):
        await enclaves.ensure_enclave(platform.platform, life.tenant.id)
    with pytest.raises(TenantBeingDeleted):
        await enclaves.reconcile(platform.platform, life.tenant.id)
    [state] = [one.state for one in await listed(platform.settings, platform.state) if one.id == life.tenant.id]
    assert state is TenantState.DELETING
    assert not any(goes_on(name, state) for name in gather().consumers)
    assert life.tenant.id not in {anchor.tenant for anchor in await heads(platform.relay_url)}
    assert await life.find() == (life.tenant.id, True)
    assert (await life.delete()).remains.nothing


STEPS = (
    "infra.rows.erase",
    "infra.queued.remove",
    "infra.deleting._remove_files",
    "infra.deleting._settled",
)


@pytest.mark.parametrize("step", STEPS)
async def test_wherever_it_was_killed_it_goes_on(platform, life, monkeypatch, step):
    def killed(*arguments):
        raise ProvisioningFailed("killed")

    with monkeypatch.context() as patch:
        patch.setattr(step, killed)
        with pytest.raises(ProvisioningFailed):
            await life.delete()
    assert await life.find() == (life.tenant.id, True)
    assert (await life.delete()).remains.nothing
    assert [burial.tenant for burial in life.anchors.burials()].count(life.tenant.id) == 1
    with pytest.raises(CredentialRefused):
        await tenancy.principal_of_key(platform.platform.database, life.key)


async def test_a_transaction_that_is_open_is_waited_for_and_keeps_what_it_wrote_out(platform, life):
    """What it commits goes with the rest; whoever comes later is refused."""
    principal = system_principal(life.tenant.id)
    async with platform.unit(life.tenant) as uow:
        await assets.create_assets(uow, principal, [NewAsset("p2", "Press", "Ulsan", "Hall", "press")])
        deletion = asyncio.create_task(life.delete())
        while (await life.find())[1] is False:
            await asyncio.sleep(0.05)
        assert (await life.look()).enclave.streams >= 9
        await uow.commit()
    assert (await deletion).remains.nothing


async def test_who_was_connected_is_cut_off_and_its_credentials_are_good_no_more(platform, life):
    ground, database = platform.platform.ground, platform.platform.database
    principal = system_principal(life.tenant.id)
    async with database.unit(life.tenant.id) as uow:
        device = await enclaves.stream_credential(uow, principal, ground, StreamUser.DEVICE)
        trainer = await enclaves.stream_credential(uow, principal, ground, StreamUser.TRAINER)
    connection = await platform.platform.streams.connection(life.tenant.id)
    bucket = await platform.platform.objects.bucket(life.tenant.id)
    await life.delete()
    async with asyncio.timeout(20):
        while connection.is_connected:
            await asyncio.sleep(0.05)
    for login in (device, trainer):
        assert login.user not in platform.state.folder("nats").joinpath("accounts.conf").read_text()
    with pytest.raises(Exception, match=r"Access|Signature"):
        bucket.client.put_object(bucket.name, "late", io.BytesIO(b"late"), 4)
    await platform.platform.streams.forget(life.tenant.id)


async def test_its_jobs_go_from_the_queue(platform, life):
    queue = make_queue(platform.relay_url)
    async with queue.open_async(), await psycopg.AsyncConnection.connect(platform.relay_url) as connection:
        await queue.configure_task(TASK).defer_async(tenant=str(life.tenant.id), name="enclaves.ensure", payload={})
        assert (await life.look()).queued == 1
        assert (await life.delete()).remains.queued == 0
        await deliver(connection, queue, {})
    assert (await life.look()).queued == 0


async def test_a_new_tenant_may_take_its_address(platform, life):
    await life.delete()
    again = await tenancy.create_tenant(platform.platform.database, life.tenant.slug, "Ulsan Drills")
    await enclaves.ensure_enclave(platform.platform, again.id)
    assert await life.find() == (again.id, False)
    assert again.id != life.tenant.id
