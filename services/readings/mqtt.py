"""The MQTT way in: NATS keeps what a device publishes on `andon/<contract key>`; from there it goes through the same
door as any body, and is acknowledged once the readings stream has it.

With QoS 1 or 2, NATS answers the device when its own MQTT stream has the message on disk, and ends the connection
without an answer when that stream is full: so the door reads there. Other streams get a copy whether they take it or
not. One of them, DEVICES, is read for what comes with QoS 0, which promises nothing.

A payload is a JSON object, NDJSON, or an Arrow IPC stream. What cannot be read is quarantined, not delivered again and
again.
"""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import orjson
import structlog
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig

from services.enclaves.platform import Platform
from services.kernel import subjects
from services.kernel.errors import DomainError, Unavailable
from services.kernel.ids import TenantId
from services.kernel.rights import system_principal
from services.kernel.streams import fetch
from services.readings import repository
from services.readings.contracts import Body, BodyFormat, ErrorPolicy
from services.readings.door.limits import MAX_CONTENT_CHARS
from services.readings.ingest import ingest

LATE = timedelta(days=7)
"""A device sends what is happening; older rows come from a wrong clock. Backfill goes through the other door."""
_QUALITY = "Nmqtt-Pub"
"""The header in which NATS says with which QoS a device published."""
_MARGIN = timedelta(seconds=1)
"""Between the two streams' clocks of one message; what is read twice for it is stored once."""
_FETCH = 500
_BODY_BYTES = 4 * 1024 * 1024
_IDLE_S = 5.0
_RETRY_S = 2.0

log = structlog.get_logger(__name__)


async def consume(platform: Platform, tenant: TenantId) -> None:
    """Runs until cancelled."""
    jetstream = await platform.streams.jetstream(tenant)
    config = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, ack_wait=30.0, max_ack_pending=4 * _FETCH)
    copies = await jetstream.pull_subscribe(
        subjects.devices("*"), durable=subjects.DOOR_CONSUMER, stream=subjects.DEVICES_STREAM, config=config
    )
    kept = await jetstream.pull_subscribe_bind(subjects.DOOR_CONSUMER, subjects.MQTT_STREAM)
    began = (await kept.consumer_info()).created
    assert began is not None
    async with asyncio.TaskGroup() as ways:
        ways.create_task(_take_all(platform, tenant, kept, lambda message: False))
        ways.create_task(_take_all(platform, tenant, copies, lambda message: _is_copy(message, began + _MARGIN)))


def _is_copy(message: Msg, since: datetime) -> bool:
    """Whether the MQTT stream has the message too: those with an answer, since there is somebody to read it there."""
    quality = (message.headers or {}).get(_QUALITY, "0")
    return quality[:1] in ("1", "2") and message.metadata.timestamp > since


async def _take_all(
    platform: Platform, tenant: TenantId, subscription: JetStreamContext.PullSubscription, left: Callable[[Msg], bool]
) -> None:
    """`left` says of a message whether it comes another way."""
    while True:
        messages = await fetch(subscription, _FETCH, _IDLE_S)
        if not messages:
            await subscription.consumer_info()  # raises when the server forgot the consumer
            continue
        await asyncio.gather(*(message.ack() for message in messages if left(message)))
        for key, form, body in _bodies([message for message in messages if not left(message)]):
            await _take(platform, tenant, key, form, body)


def _bodies(messages: Sequence[Msg]) -> list[tuple[str, BodyFormat, list[Msg]]]:
    """Messages that go through the door together: JSON of one contract is joined, Arrow stays by itself."""
    bodies: list[tuple[str, BodyFormat, list[Msg]]] = []
    joined: dict[str, list[Msg]] = defaultdict(list)
    sizes: dict[str, int] = defaultdict(int)
    for message in messages:
        key = message.subject.rpartition(".")[2]
        if is_arrow(message.data):
            bodies.append((key, BodyFormat.ARROW, [message]))
            continue
        if sizes[key] + len(message.data) > _BODY_BYTES and joined[key]:
            bodies.append((key, BodyFormat.NDJSON, joined.pop(key)))
            sizes[key] = 0
        joined[key].append(message)
        sizes[key] += len(message.data)
    return bodies + [(key, BodyFormat.NDJSON, group) for key, group in joined.items()]


def is_arrow(payload: bytes) -> bool:
    """An IPC stream begins with a continuation mark, a file with its magic."""
    return payload[:4] == b"\xff\xff\xff\xff" or payload[:6] == b"ARROW1"


def lines(payload: bytes) -> bytes:
    """NDJSON of a payload: an object written over several lines becomes one line; other text stays as it is."""
    if payload.count(b"\n") and payload.lstrip()[:1] == b"{":
        try:
            return orjson.dumps(orjson.loads(payload))
        except orjson.JSONDecodeError:
            return payload
    return payload


async def _take(platform: Platform, tenant: TenantId, key: str, form: BodyFormat, messages: list[Msg]) -> None:
    payloads = [message.data for message in messages]
    content = payloads[0] if form is BodyFormat.ARROW else b"\n".join(lines(payload) for payload in payloads)
    body = Body(content, form, ErrorPolicy.IGNORE_FAILED, late_window=LATE)
    try:
        await ingest(platform, system_principal(tenant), key, body)
    except Unavailable as error:
        log.warning("device rows wait for the stream", contract=key, reason=error.message)
        await asyncio.gather(*(message.nak(delay=_RETRY_S) for message in messages))
        return
    except DomainError as error:
        await _quarantine(platform, tenant, key, messages, error)
    await asyncio.gather(*(message.ack() for message in messages))


async def _quarantine(platform: Platform, tenant: TenantId, key: str, messages: list[Msg], error: DomainError) -> None:
    now = platform.clock()
    rows = [
        {
            "batch": UUID(bytes=hashlib.sha256(f"{key}\0".encode() + message.data).digest()[:16], version=5),
            "row": 0,
            "contract": key,
            "code": error.code,
            "message": error.message,
            "content": message.data[:MAX_CONTENT_CHARS].decode("utf-8", "replace").replace("\0", "�"),
            "received_at": now,
        }
        for message in messages
    ]
    async with platform.database.unit(tenant) as uow:
        await repository.quarantine(uow, rows)
        await uow.commit()
    log.warning("device messages were quarantined", contract=key, messages=len(rows), code=error.code)
