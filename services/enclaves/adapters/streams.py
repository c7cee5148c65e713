"""Ways to tenants' streams: a kept connection a tenant and process, and one more for news when somebody reads them."""

import asyncio
from collections import defaultdict
from contextlib import AbstractAsyncContextManager
from functools import partial

from nats.aio.client import Client
from nats.errors import Error
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError

from services.enclaves.adapters.connect import connect
from services.enclaves.contracts import StreamCredential, StreamUser
from services.enclaves.errors import EnclaveMissing, ProvisioningFailed
from services.enclaves.model import (
    DUPLICATE_WINDOW_S,
    SCORER_CONSUMER,
    STREAMS,
    TRAINER_CONSUMER,
    StreamSpec,
)
from services.enclaves.platform import Ground
from services.enclaves.repository import Enclaves
from services.enclaves.secrets import stream_account
from services.kernel import subjects
from services.kernel.ids import TenantId
from services.kernel.news import News, Newsroom
from services.kernel.uow import Database

_COMMAND_ACK_WAIT_S = 10.0
_DOOR_ACK_WAIT_S, _DOOR_ACK_PENDING = 30.0, 2_000
_NO_STREAM = "This tenant has no stream yet; it is made within seconds of the tenant."
_PUBLISH_TIMEOUT_S = 15.0
"""A publish is acknowledged when it is on disk; a busy disk may take seconds over it."""


class NatsStreams:
    """`services.enclaves.platform.Streams` over NATS. Use it inside one event loop, and close it there."""

    def __init__(self, database: Database, ground: Ground, *, name: str = "andon") -> None:
        self._database = database
        self._ground = ground
        self._name = name
        self._clients: dict[tuple[TenantId, str], Client] = {}
        self._locks: defaultdict[tuple[TenantId, str], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._newsroom = Newsroom(lambda tenant: self._kept(tenant, f"{name}-news"))

    async def connection(self, tenant: TenantId) -> Client:
        """Raises `EnclaveMissing`, `ProvisioningFailed`."""
        return await self._kept(tenant, self._name)

    async def jetstream(self, tenant: TenantId) -> JetStreamContext:
        return (await self.connection(tenant)).jetstream(timeout=_PUBLISH_TIMEOUT_S)

    def news(self, tenant: TenantId, subject: str) -> AbstractAsyncContextManager[asyncio.Queue[News]]:
        """Raises what `connection` raises."""
        return self._newsroom.reader(tenant, subject)

    async def forget(self, tenant: TenantId) -> None:
        for key in [key for key in self._clients if key[0] == tenant]:
            await self._clients.pop(key).close()

    async def close(self) -> None:
        for client in self._clients.values():
            await client.close()
        self._clients.clear()

    async def _kept(self, tenant: TenantId, name: str) -> Client:
        client = self._clients.get((tenant, name))
        if client is not None and not client.is_closed:
            return client
        async with self._locks[tenant, name]:
            client = self._clients.get((tenant, name))
            if client is None or client.is_closed:
                client = self._clients[tenant, name] = await self._open(tenant, name)
            return client

    async def _open(self, tenant: TenantId, name: str) -> Client:
        renewed = partial(self._credential, tenant)
        client = await connect(await renewed(), name=name, renewed=renewed)
        try:
            await client.jetstream(timeout=_PUBLISH_TIMEOUT_S).stream_info(STREAMS[-1].name)
        except BaseException as error:
            await client.close()
            if isinstance(error, NotFoundError):  # they are made in order, so the last one says that all are there
                raise EnclaveMissing(_NO_STREAM) from error
            if isinstance(error, Error):
                raise ProvisioningFailed(f"The stream does not answer yet: {error!r}. It is tried again.") from error
            raise
        return client

    async def _credential(self, tenant: TenantId) -> StreamCredential:
        async with self._database.unit(tenant) as uow:
            store = Enclaves(uow)
            enclave, rows = await store.enclave(), await store.credentials()
        if enclave is None:
            raise EnclaveMissing(_NO_STREAM)
        account = stream_account(self._ground.vault, enclave, rows)
        return self._ground.accounts.credential(account, StreamUser.PLATFORM)


async def ensure_streams(js: JetStreamContext) -> None:
    """Makes the account's streams, or brings them to the limits of `model.STREAMS`, and the consumers that a cluster
    pulls from: it has no right to make them. (Those of the readings are made with the first deployment.) The door's
    consumer is made here because it must be there before the first device."""
    known = {info.config.name: info.config for info in await js.streams_info()}
    consumers = _consumers()
    for spec in STREAMS:
        wanted = _config(spec)
        present = known.get(spec.name)
        if present is None:
            await js.add_stream(wanted)
        elif not _same(present, wanted):
            await js.update_stream(wanted)
        for consumer in consumers.get(spec.name, []):
            try:
                await js.consumer_info(spec.name, str(consumer.durable_name))
            except NotFoundError:
                await js.add_consumer(spec.name, consumer)


async def delete_streams(js: JetStreamContext) -> None:
    """All streams of the account with their messages and consumers, also those that NATS made itself for MQTT."""
    while found := await js.streams_info():
        for info in found:
            try:
                await js.delete_stream(str(info.config.name))
            except NotFoundError:
                continue  # gone in the meantime, which is what is wanted


def _config(spec: StreamSpec) -> StreamConfig:
    return StreamConfig(
        name=spec.name,
        subjects=[spec.subject] if isinstance(spec.subject, str) else list(spec.subject),
        retention=RetentionPolicy(spec.retention.value),
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW if spec.refuses else DiscardPolicy.OLD,
        max_bytes=spec.max_bytes,
        max_age=spec.max_age_s,
        max_msgs=-1,
        max_msgs_per_subject=1 if spec.newest_only else -1,
        duplicate_window=DUPLICATE_WINDOW_S,
        allow_direct=True,
        allow_atomic=True,  # so that a scorer with a backlog waits for the disk once and not for each message
    )


def _same(present: StreamConfig, wanted: StreamConfig) -> bool:
    names = (
        *("subjects", "max_bytes", "max_age", "max_msgs_per_subject", "duplicate_window", "discard"),
        *("allow_direct", "allow_atomic"),
    )
    return all(getattr(present, name) == getattr(wanted, name) for name in names)


def _consumers() -> dict[str, list[ConsumerConfig]]:
    command = ConsumerConfig(
        name=TRAINER_CONSUMER,
        durable_name=TRAINER_CONSUMER,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=_COMMAND_ACK_WAIT_S,
        max_deliver=-1,
    )
    wanted = ConsumerConfig(
        name=SCORER_CONSUMER,
        durable_name=SCORER_CONSUMER,
        ack_policy=AckPolicy.EXPLICIT,
        deliver_policy=DeliverPolicy.LAST,
        max_deliver=-1,
    )
    door = ConsumerConfig(
        name=subjects.DOOR_CONSUMER,
        durable_name=subjects.DOOR_CONSUMER,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=_DOOR_ACK_WAIT_S,
        max_ack_pending=_DOOR_ACK_PENDING,
        filter_subject=subjects.MQTT_DEVICES,
    )
    return {
        subjects.TRAIN_COMMANDS_STREAM: [command],
        subjects.SERVE_WANTED_STREAM: [wanted],
        subjects.MQTT_STREAM: [door],
    }
