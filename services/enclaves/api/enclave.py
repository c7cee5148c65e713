"""A tenant's stream account and bucket: made, given new credentials, taken away.

These act on the world outside the database, so they open and commit units of their own: first the rows, then the
world, each step idempotent.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from nats.aio.client import Client

from services.enclaves import model
from services.enclaves.adapters.connect import connect
from services.enclaves.adapters.streams import delete_streams, ensure_streams
from services.enclaves.api.reading import grounded, rows_of
from services.enclaves.contracts import (
    ClusterKind,
    EnclaveRemains,
    StreamUser,
)
from services.enclaves.errors import EnclaveMissing
from services.enclaves.platform import Ground, Platform
from services.enclaves.provisioner import StreamAccount
from services.enclaves.repository import Enclaves
from services.enclaves.secrets import BUCKET, purpose, stream_account
from services.enclaves.secrets import bucket_credential as bucket_credential_of
from services.enclaves.vault import Vault, new_secret
from services.kernel.ids import TenantId
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
        state, account = await _ensure_account(ground, uow)
        async with _inside(ground, account) as connection:
            await ensure_streams(connection.jetstream())
        await _ensure_bucket(platform, ground, uow)
    return state


async def _ensure_account(ground: Ground, uow: UnitOfWork) -> tuple[TenantState, StreamAccount]:
    state = await tenancy.tenant_state(uow)
    account = stream_account(ground.vault, *await rows_of(uow), is_open=state is TenantState.ACTIVE)
    await ground.accounts.ensure(account)
    return state, account


async def begin_rotation(platform: Platform, tenant: TenantId, *, devices: bool = False) -> None:
    """Exchanges the credentials of the tenant's stream and bucket; that of its devices too if `devices`.

    Who holds a stream's former credential is cut off when this returns, and those of our processes come back by
    themselves. The bucket's former key is good until `end_rotation`, which is for when everybody has the new one:
    `CREDENTIAL_FRESH_S` later. Boxes take theirs at the next `reconcile`. A second call before the end is harmless.

    Raises `EnclaveMissing`, `ProvisioningFailed`, `SecretUnreadable`, `TenantBeingDeleted`; the credentials from before
    are good then, or the next `ensure_enclave` brings the new ones about.
    """
    ground = grounded(platform)
    now = platform.clock()
    async with platform.database.unit(tenant) as uow:
        await tenancy.tenant_state(uow)
        store = Enclaves(uow)
        if (enclave := await store.enclave(lock=True)) is None:
            raise EnclaveMissing("This tenant has no stream and no bucket yet, so there is nothing to exchange.")
        known = bucket_credential_of(ground.vault, enclave, await store.credentials(), ground.buckets.endpoint)
        given = await ground.buckets.ensure(enclave.bucket, None, passing=known)
        await store.put_credential(BUCKET, given.access_key, ground.vault.close(given.secret_key), now)
        for user in StreamUser:
            if devices or user is not StreamUser.DEVICE:
                login = model.stream_login(enclave.account, user)
                await store.put_credential(purpose(user), login, ground.vault.close(new_secret()), now)
        await uow.commit()
    async with platform.database.unit(tenant) as uow:
        await _ensure_account(ground, uow)


async def end_rotation(platform: Platform, tenant: TenantId) -> None:
    """Voids the bucket's former key. Raises what `ensure_enclave` raises."""
    async with platform.database.unit(tenant) as uow:
        await _ensure_bucket(platform, grounded(platform), uow)


async def remove_enclave(ground: Ground, tenant: TenantId) -> None:
    """Takes away clusters, streams, account and bucket of a tenant that is being deleted, with all that is in them.

    Raises `ProvisioningFailed`; what is gone stays gone, and the next call goes on from there.
    """
    for kind in ClusterKind:
        await ground.boxes.release(tenant, kind)
    if ground.workbenches is not None:
        await ground.workbenches.remove(tenant)
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
