"""The door of enclaves.

`ensure_enclave` and `reconcile` act on the world outside the database, so they open and commit units of their own:
first the rows, then the world, each step idempotent.
"""

from datetime import datetime

from services.enclaves import model
from services.enclaves.adapters.connect import connect
from services.enclaves.adapters.streams import ensure_streams
from services.enclaves.contracts import (
    BucketCredential,
    ClusterKind,
    ClusterState,
    ClusterStatus,
    DeviceLogin,
    StreamCredential,
    StreamUser,
)
from services.enclaves.errors import DeviceLoginNotFound, EnclaveMissing, ProvisioningFailed
from services.enclaves.platform import Ground, Platform
from services.enclaves.provisioner import BoxSpec
from services.enclaves.repository import Enclaves
from services.enclaves.secrets import BUCKET, purpose, stream_account
from services.enclaves.secrets import bucket_credential as bucket_credential_of
from services.enclaves.tables import ClusterTable, CredentialTable, EnclaveTable
from services.enclaves.vault import Vault, new_secret
from services.kernel.ids import TenantId
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork


async def ensure_enclave(platform: Platform, tenant: TenantId) -> None:
    """Makes the tenant's stream account with its users and streams, and its bucket, or repairs what is missing.

    Raises `ProvisioningFailed`; what was made stays, and the next call goes on from there.
    """
    ground = grounded(platform)
    async with platform.database.unit(tenant) as uow:
        await _keep_rows(uow, ground.vault, platform.clock())
        await uow.commit()
    async with platform.database.unit(tenant) as uow:
        account = stream_account(ground.vault, *await _rows(uow))
    await ground.accounts.ensure(account)
    await _ensure_bucket(platform, ground, tenant)
    login = ground.accounts.credential(account, StreamUser.PLATFORM)
    connection = await connect(login, name="andon enclaves", attempts=3)
    try:
        await ensure_streams(connection.jetstream())
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


async def reconcile(platform: Platform, tenant: TenantId) -> None:
    """Brings the tenant's boxes to what the rows want, stops a training cluster that was idle for long, and writes
    down what was seen. Idempotent; raises `ProvisioningFailed`."""
    ground = grounded(platform)
    async with platform.database.unit(tenant) as uow:
        store = Enclaves(uow)
        rows = {ClusterKind(row.kind): row for row in await store.clusters()}
        specs = await _specs(uow, ground, [kind for kind, row in rows.items() if row.wanted])
    for kind, row in rows.items():
        box = await ground.boxes.status(tenant, kind)
        spent = model.is_spent(kind, box.idle_since, row.wanted_at, platform.clock(), ground.policy.training_idle)
        if row.wanted and not spent:
            await ground.boxes.want(specs[kind])
        else:
            await ground.boxes.release(tenant, kind)
        await _note(platform, tenant, row, box.state, box.detail, spent=spent)


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


async def _ensure_bucket(platform: Platform, ground: Ground, tenant: TenantId) -> None:
    """One at a time for a tenant, since a new key voids the old ones. A crash before it is stored costs that key: the
    next call makes another."""
    async with platform.database.unit(tenant) as uow:
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
