"""Enclaves as rows: made once, repaired, wanted, kept secret."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from services.enclaves import api
from services.enclaves.contracts import ClusterKind, ClusterState, StreamUser
from services.enclaves.errors import EnclaveMissing, SecretUnreadable
from services.enclaves.provisioner import BoxSpec, BoxStatus
from services.enclaves.vault import Vault
from services.kernel.clock import utc_now
from services.kernel.errors import Forbidden
from services.kernel.ids import TenantId, new_id
from services.kernel.rights import RIGHTS, Principal, Role, system_principal
from services.tenancy import api as tenancy

pytestmark = pytest.mark.platform


class Boxes:
    """Keeps boxes in memory."""

    def __init__(self) -> None:
        self.wanted: dict[ClusterKind, BoxSpec] = {}
        self.state: dict[ClusterKind, BoxStatus] = {}

    async def want(self, spec: BoxSpec) -> None:
        self.wanted[spec.kind] = spec

    async def release(self, tenant, kind: ClusterKind) -> None:
        self.wanted.pop(kind, None)
        self.state.pop(kind, None)

    async def status(self, tenant, kind: ClusterKind) -> BoxStatus:
        return self.state.get(kind, BoxStatus(ClusterState.STOPPED, ""))


@pytest.fixture
def with_boxes(platform):
    boxes = Boxes()
    ground = replace(platform.platform.ground, boxes=boxes)
    return boxes, replace(platform.platform, ground=ground)


async def test_ensured_twice_and_at_once_is_the_same(platform, tenant) -> None:
    async def secrets() -> list[str]:
        async with platform.unit(tenant) as uow:
            rows = await uow.session.exec(text("SELECT secret FROM enclave_credential ORDER BY purpose"))
            return [row[0] for row in rows]

    before = await secrets()
    assert len(before) == len(StreamUser) + 1
    await asyncio.gather(*(api.ensure_enclave(platform.platform, tenant.id) for _ in range(3)))
    assert await secrets() == before


async def test_lost_account_is_repaired(platform) -> None:
    made = await tenancy.create_tenant(platform.platform.database, f"t-{new_id().hex[-12:]}", "Lost")
    await api.ensure_enclave(platform.platform, made.id)
    (platform.state.home / "nats" / "accounts" / f"tenant-{made.id.hex}.conf").unlink()
    await api.ensure_enclave(platform.platform, made.id)
    js = await platform.platform.streams.jetstream(made.id)
    assert (await js.publish("readings.x", b"")).stream == "READINGS"


async def test_many_at_once(platform) -> None:
    made = [
        await tenancy.create_tenant(platform.platform.database, f"t-{new_id().hex[-12:]}", "Many") for _ in range(20)
    ]
    await asyncio.gather(*(api.ensure_enclave(platform.platform, tenant.id) for tenant in made))
    for tenant in made:
        js = await platform.platform.streams.jetstream(tenant.id)
        assert (await js.publish("readings.x", b"")).seq == 1


async def test_no_enclave(platform) -> None:
    nobody = TenantId(new_id())
    with pytest.raises(EnclaveMissing):
        await platform.platform.streams.connection(nobody)
    with pytest.raises(EnclaveMissing):
        await platform.platform.objects.bucket(nobody)


async def test_secrets_need_the_right_and_the_key(platform, tenant, other_tenant) -> None:
    ground = platform.platform.ground
    operator = Principal(tenant.id, new_id(), "member", "Op", RIGHTS[Role.OPERATOR], Role.OPERATOR)
    async with platform.unit(tenant) as uow:
        with pytest.raises(Forbidden):
            await api.stream_credential(uow, operator, ground, StreamUser.PLATFORM)
        with pytest.raises(Forbidden):
            await api.stream_credential(uow, operator, ground, StreamUser.DEVICE)
        with pytest.raises(Forbidden):
            await api.bucket_credential(uow, operator, ground)
        stranger = replace(ground, vault=Vault("another installation"))
        with pytest.raises(SecretUnreadable):
            await api.bucket_credential(uow, system_principal(tenant.id), stranger)
        ours = await api.bucket_credential(uow, system_principal(tenant.id), ground)
        kept = (await uow.session.exec(text("SELECT secret FROM enclave_credential WHERE purpose = 'bucket'"))).one()
        assert ours.secret_key not in kept[0]
    async with platform.unit(other_tenant) as uow:
        theirs = await api.bucket_credential(uow, system_principal(other_tenant.id), ground)
    assert (ours.bucket, ours.secret_key) != (theirs.bucket, theirs.secret_key)
    assert ours.bucket == f"tenant-{tenant.id.hex}"


async def test_wanted_cluster_is_brought_up_and_kept_down(with_boxes, tenant) -> None:
    boxes, platform = with_boxes
    clusters = type(platform.clusters)(platform.database, platform.ground)
    status = await clusters.want(tenant.id, ClusterKind.SERVING)
    assert (status.state, status.detail, status.score_socket) == (ClusterState.STARTING, "asked for", None)
    await api.reconcile(platform, tenant.id)
    spec = boxes.wanted[ClusterKind.SERVING]
    assert (spec.driver, spec.inbox_prefix) == ("services.serving.cluster.driver", "_INBOX_scorer")
    assert spec.stream.user == f"tenant-{tenant.id.hex}.scorer"
    boxes.state[ClusterKind.SERVING] = BoxStatus(ClusterState.READY, "3 models", None, "/run/score.sock")
    await api.reconcile(platform, tenant.id)
    status = await clusters.status(tenant.id, ClusterKind.SERVING)
    assert (status.state, status.detail, status.score_socket) == (ClusterState.READY, "3 models", "/run/score.sock")
    async with platform.database.unit(tenant.id) as uow:
        (row,) = (await uow.session.exec(text("SELECT state, generation FROM cluster WHERE kind = 'serving'"))).all()
        assert tuple(row) == ("ready", 1)
    await clusters.release(tenant.id, ClusterKind.SERVING)
    await api.reconcile(platform, tenant.id)
    assert boxes.wanted == {}
    assert (await clusters.status(tenant.id, ClusterKind.SERVING)).state is ClusterState.STOPPED


async def test_idle_training_cluster_is_stopped(with_boxes, tenant) -> None:
    boxes, platform = with_boxes
    clusters = type(platform.clusters)(platform.database, platform.ground)
    await clusters.want(tenant.id, ClusterKind.TRAINING)
    boxes.state[ClusterKind.TRAINING] = BoxStatus(ClusterState.READY, "", utc_now() - timedelta(hours=1))
    await api.reconcile(platform, tenant.id)
    assert ClusterKind.TRAINING in boxes.wanted, "wanted a moment ago, so it is given its time"
    later = replace(platform, clock=lambda: utc_now() + timedelta(minutes=20))
    boxes.state[ClusterKind.TRAINING] = BoxStatus(ClusterState.READY, "")
    await api.reconcile(later, tenant.id)
    assert ClusterKind.TRAINING in boxes.wanted, "it is at work"
    boxes.state[ClusterKind.TRAINING] = BoxStatus(ClusterState.READY, "", utc_now() - timedelta(minutes=1))
    await api.reconcile(later, tenant.id)
    assert boxes.wanted == {}
    await api.reconcile(later, tenant.id)
    assert (await clusters.status(tenant.id, ClusterKind.TRAINING)).state is ClusterState.STOPPED
    assert (await clusters.want(tenant.id, ClusterKind.TRAINING)).state is ClusterState.STARTING
