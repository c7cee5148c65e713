"""Logins of a tenant's stream and bucket, for those who may have them."""

from datetime import datetime

from services.enclaves import model
from services.enclaves.api.reading import bucket_of, rows_of
from services.enclaves.contracts import BucketCredential, DeviceLogin, StreamCredential, StreamUser
from services.enclaves.errors import DeviceLoginNotFound
from services.enclaves.platform import Ground
from services.enclaves.repository import Enclaves
from services.enclaves.secrets import purpose, stream_account
from services.enclaves.vault import new_secret
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork


async def stream_credential(
    uow: UnitOfWork, principal: Principal, ground: Ground, user: StreamUser
) -> StreamCredential:
    """The login of a stream user. A device's is for those who connect devices; the others are the platform's own.

    Raises `Forbidden`, `EnclaveMissing`, `SecretUnreadable`.
    """
    principal.require(Permission.INGEST if user is StreamUser.DEVICE else Permission.MANAGE_KEYS)
    return ground.accounts.credential(stream_account(ground.vault, *await rows_of(uow)), user)


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
    return bucket_of(ground, *await rows_of(uow))
