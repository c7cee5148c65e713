"""The door of enclaves.

`ensure_enclave` and `reconcile` act on the world outside the database, so they open and commit units of their own:
first the rows, then the world, each step idempotent.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from nats.aio.client import Client

from services.enclaves import model
from services.enclaves.adapters.connect import connect
from services.enclaves.adapters.streams import delete_streams, ensure_streams
from services.enclaves.contracts import (
    BucketCredential,
    ClusterKind,
    ClusterState,
    ClusterStatus,
    DeviceLogin,
    EnclaveRemains,
    StreamCredential,
    StreamUser,
)
from services.enclaves.errors import DeviceLoginNotFound, EnclaveMissing, ProvisioningFailed
from services.enclaves.platform import Ground, Platform
from services.enclaves.provisioner import BoxSpec, BoxStatus, StreamAccount
from services.enclaves.repository import Enclaves
from services.enclaves.secrets import BUCKET, purpose, stream_account
from services.enclaves.secrets import bucket_credential as bucket_credential_of
from services.enclaves.tables import ClusterTable, CredentialTable, EnclaveTable
from services.enclaves.vault import Vault, new_secret
from services.kernel.ids import TenantId
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.tenancy import api as tenancy
from services.tenancy.contracts import TenantState


async def ensure_enclave(platform: Platform, tenant: TenantId) -> TenantState:
    """Makes the tenant's stream account with its users and streams, and its bucket, or repairs what is missing. Into
    the account of a suspended tenant nobody is let but the platform. Returns the state that it was made for.

    Raises `ProvisioningFailed`, `TenantBeingDeleted`; what was made stays, and the next call goes on from there.
    """
    ground = grounded(platform)
    async with platform.database.unit(tenant) as uow:
        await _keep_rows(uow, ground.vault, platform.clock())
        await uow.commit()
    # Open until all is made: a deletion waits for the end of the unit, and so removes what is made here.
    async with platform.database.unit(tenant) as uow:
        state = await tenancy.tenant_state(uow)
        account = stream_account(ground.vault, *await _rows(uow), is_open=state is TenantState.ACTIVE)
        await ground.accounts.ensure(account)
        async with _inside(ground, account) as connection:
            await ensure_streams(connection.jetstream())
        await _ensure_bucket(platform, ground, uow)
    return state


async def remove_enclave(ground: Ground, tenant: TenantId) -> None:
    """Takes away clusters, streams, account and bucket of a tenant that is being deleted, with all that is in them.

    Raises `ProvisioningFailed`; what is gone stays gone, and the next call goes on from there.
    """
    for kind in ClusterKind:
        await ground.boxes.release(tenant, kind)
    secrets = {user: new_secret() for user in StreamUser}  # fresh ones: whoever is still connected is cut off
    account = StreamAccount(model.account_name(tenant), secrets, open=False)
    await ground.accounts.ensure(account)
    async with _inside(ground, account) as connection:
        await delete_streams(connection.jetstream())
    await ground.accounts.remove(account)
    await ground.buckets.remove(model.bucket_name(tenant))


async def enclave_remains(ground: Ground, tenant: TenantId) -> EnclaveRemains:
    """What is there of a tenant's enclave, asked of each server anew."""
    return EnclaveRemains(
        streams=await ground.accounts.streams(model.account_name(tenant)),
        objects=await ground.buckets.objects(model.bucket_name(tenant)),
        processes=await ground.boxes.processes(tenant),
    )


@asynccontextmanager
async def _inside(ground: Ground, account: StreamAccount) -> AsyncIterator[Client]:
    login = ground.accounts.credential(account, StreamUser.PLATFORM)
    connection = await connect(login, name="andon enclaves", attempts=3)
    try:
        yield connection
    finally:
        await connection.close()


def grounded(platform: Platform) -> Ground:
    """Raises `ProvisioningFailed` in a process that was built without the means to make enclaves."""
    if platform.ground is None:
        raise ProvisioningFailed("This process was not given the means to make enclaves; the worker has them.")
    return platform.ground


async def stream_credential(
    uow: UnitOfWork, principal: Principal, ground: Ground, user: StreamUser
) -> StreamCredential:
    """The login of a stream user. A device's is for those who connect devices; the others are the platform's own.

    Raises `Forbidden`, `EnclaveMissing`, `SecretUnreadable`.
    """
    principal.require(Permission.INGEST if user is StreamUser.DEVICE else Permission.MANAGE_KEYS)
    return ground.accounts.credential(stream_account(ground.vault, *await _rows(uow)), user)


async def device_login(uow: UnitOfWork, principal: Principal, ground: Ground) -> DeviceLogin:
    """What an admin gives to who sets devices up. Raises `Forbidden`, `EnclaveMissing`, `SecretUnreadable`."""
    principal.require(Permission.MANAGE_KEYS)
    login = await stream_credential(uow, principal, ground, StreamUser.DEVICE)
    return DeviceLogin(ground.accounts.device_address, login.user, login.password, model.DEVICE_TOPIC)


async def renew_device_login(
    uow: UnitOfWork, principal: Principal, ground: Ground, user: str, now: datetime
) -> DeviceLogin:
    """Makes a new password for the login `user`; within seconds of the commit the old one is good no more.

    Raises `DeviceLoginNotFound`, and what `device_login` raises.
    """
    before = await device_login(uow, principal, ground)
    if user != before.user:
        raise DeviceLoginNotFound("Your devices have no such login. `deviceLogin` tells which they have.", field="user")
    secret = ground.vault.close(new_secret())
    await Enclaves(uow).put_credential(purpose(StreamUser.DEVICE), before.user, secret, now)
    await uow.session.flush()
    uow.enqueue("enclaves.ensure")
    return await device_login(uow, principal, ground)


async def bucket_credential(uow: UnitOfWork, principal: Principal, ground: Ground) -> BucketCredential:
    """The credential of the tenant's bucket. Raises `Forbidden`, `EnclaveMissing`, `SecretUnreadable`."""
    principal.require(Permission.MANAGE_KEYS)
    return _bucket(ground, *await _rows(uow))


async def want_cluster(uow: UnitOfWork, principal: Principal, kind: ClusterKind, now: datetime) -> None:
    """Writes that the cluster is wanted; the reconciler brings it up. Harmless when it is there."""
    principal.require(Permission.VIEW)
    row = await Enclaves(uow).keep_cluster(kind, now)
    if not row.wanted:
        row.generation += 1
    row.wanted, row.wanted_at = True, now
    uow.session.add(row)


async def release_cluster(uow: UnitOfWork, principal: Principal, kind: ClusterKind, now: datetime) -> None:
    principal.require(Permission.EDIT_PLANT)
    row = await Enclaves(uow).cluster(kind, lock=True)
    if row is not None:
        row.wanted, row.updated_at = False, now
        uow.session.add(row)


async def cluster_status(uow: UnitOfWork, principal: Principal, ground: Ground, kind: ClusterKind) -> ClusterStatus:
    """As the box says; a cluster that is wanted and has no box yet is starting."""
    principal.require(Permission.VIEW)
    box = await ground.boxes.status(uow.tenant, kind)
    state, detail = box.state, box.detail
    if state is ClusterState.STOPPED:
        row = await Enclaves(uow).cluster(kind)
        if row is not None and row.wanted:
            state, detail = ClusterState.STARTING, "asked for"
    return ClusterStatus(uow.tenant, kind, state, detail, box.score_socket)


async def reconcile(platform: Platform, tenant: TenantId) -> TenantState:
    """Brings the tenant's boxes to what the rows want, stops a training cluster that was idle for long, and writes
    down what was seen. A suspended tenant has no boxes, whatever is wanted. Returns the state that it went by.

    Idempotent; raises `ProvisioningFailed`, `TenantBeingDeleted`."""
    ground = grounded(platform)
    seen: list[tuple[ClusterTable, BoxStatus, bool]] = []
    # Open until the last box is asked for: a deletion waits for the end of the unit, and so finds that box.
    async with platform.database.unit(tenant) as uow:
        state = await tenancy.tenant_state(uow)
        rows = {ClusterKind(row.kind): row for row in await Enclaves(uow).clusters()}
        wanted = [kind for kind, row in rows.items() if row.wanted and state is TenantState.ACTIVE]
        specs = await _specs(uow, ground, wanted)
        for kind, row in rows.items():
            box = await ground.boxes.status(tenant, kind)
            spent = model.is_spent(kind, box.idle_since, row.wanted_at, platform.clock(), ground.policy.training_idle)
            if kind in specs and not spent:
                await ground.boxes.want(specs[kind])
            seen.append((row, box, spent))
    for row, box, spent in seen:
        if spent or ClusterKind(row.kind) not in specs:
            await ground.boxes.release(tenant, ClusterKind(row.kind))
        await _note(platform, tenant, row, box.state, box.detail, spent=spent)
    return state


async def _note(
    platform: Platform, tenant: TenantId, seen: ClusterTable, state: ClusterState, detail: str, *, spent: bool
) -> None:
    if not spent and (seen.state, seen.detail) == (state.value, detail):
        return
    async with platform.database.unit(tenant) as uow:
        row = await Enclaves(uow).cluster(ClusterKind(seen.kind), lock=True)
        if row is None:
            return
        changed = row.state != state.value
        row.state, row.detail, row.updated_at = state.value, detail, platform.clock()
        if spent and row.wanted_at == seen.wanted_at:  # nobody asked for it in the meantime
            row.wanted = False
        uow.session.add(row)
        if changed:
            uow.announce("enclaves.cluster_changed", kind=seen.kind, state=state.value)
        await uow.commit()


async def _specs(uow: UnitOfWork, ground: Ground, kinds: list[ClusterKind]) -> dict[ClusterKind, BoxSpec]:
    if not kinds:
        return {}
    enclave, rows = await _rows(uow)
    account, bucket = stream_account(ground.vault, enclave, rows), _bucket(ground, enclave, rows)
    return {
        kind: BoxSpec(
            tenant=uow.tenant,
            kind=kind,
            driver=ground.policy.drivers[kind],
            stream=ground.accounts.credential(account, model.CLUSTER_USER[kind]),
            inbox_prefix=model.inbox_prefix(model.CLUSTER_USER[kind]),
            bucket=bucket,
            limits=ground.policy.limits_of(kind),
        )
        for kind in kinds
    }


async def _keep_rows(uow: UnitOfWork, vault: Vault, now: datetime) -> None:
    store = Enclaves(uow)
    account = model.account_name(uow.tenant)
    await store.keep_enclave(account, model.bucket_name(uow.tenant), now)
    for user in StreamUser:
        await store.keep_credential(purpose(user), model.stream_login(account, user), vault.close(new_secret()), now)


async def _ensure_bucket(platform: Platform, ground: Ground, uow: UnitOfWork) -> None:
    """One at a time for a tenant, since a new key voids the old ones; ends the unit. A crash before it is stored costs
    that key: the next call makes another."""
    store = Enclaves(uow)
    enclave = await store.enclave(lock=True)
    assert enclave is not None, "its row was kept a moment ago"
    known = bucket_credential_of(ground.vault, enclave, await store.credentials(), ground.buckets.endpoint)
    given = await ground.buckets.ensure(enclave.bucket, known)
    if given != known:
        await store.put_credential(BUCKET, given.access_key, ground.vault.close(given.secret_key), platform.clock())
        await uow.commit()


async def _rows(uow: UnitOfWork) -> tuple[EnclaveTable, dict[str, CredentialTable]]:
    store = Enclaves(uow)
    enclave = await store.enclave()
    if enclave is None:
        raise EnclaveMissing("This tenant has no stream and no bucket yet; they are made within seconds of the tenant.")
    return enclave, await store.credentials()


def _bucket(ground: Ground, enclave: EnclaveTable, rows: dict[str, CredentialTable]) -> BucketCredential:
    found = bucket_credential_of(ground.vault, enclave, rows, ground.buckets.endpoint)
    if found is None:
        raise EnclaveMissing("This tenant has no bucket yet; it is made within seconds of the tenant.")
    return found
