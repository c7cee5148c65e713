"""The MQTT way in: NATS puts what a device publishes on `andon/<contract key>` on the DEVICES stream; from there it
goes through the same door as any body, and is acknowledged once the readings stream has it.

A payload is a JSON object, NDJSON, or an Arrow IPC stream. What cannot be read is quarantined, not delivered again and
again.
"""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import orjson
import structlog
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig

from services.enclaves.platform import Platform
from services.kernel import subjects
from services.kernel.errors import DomainError, Unavailable
from services.kernel.ids import TenantId
from services.kernel.rights import system_principal
from services.readings import repository
from services.readings.contracts import Body, BodyFormat, ErrorPolicy
from services.readings.door.limits import MAX_CONTENT_CHARS
from services.readings.ingest import ingest

LATE = timedelta(days=7)
"""A device sends what is happening; older rows come from a wrong clock. Backfill goes through the other door."""
_DURABLE = "door"
_FETCH = 500
_BODY_BYTES = 4 * 1024 * 1024
_IDLE_S = 5.0
_RETRY_S = 2.0

log = structlog.get_logger(__name__)


async def consume(platform: Platform, tenant: TenantId) -> None:
    """Runs until cancelled."""
    jetstream = await platform.streams.jetstream(tenant)
    config = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, ack_wait=30.0, max_ack_pending=4 * _FETCH)
    subscription = await jetstream.pull_subscribe(
        subjects.devices("*"), durable=_DURABLE, stream=subjects.DEVICES_STREAM, config=config
    )
    while True:
        try:
            messages = await subscription.fetch(_FETCH, timeout=_IDLE_S)
        except TimeoutError:
            await subscription.consumer_info()
            continue
        for key, form, body in _bodies(messages):
            await _take(platform, tenant, key, form, body)


def _bodies(messages: Sequence[Msg]) -> list[tuple[str, BodyFormat, list[Msg]]]:
    """Messages that go through the door together: JSON of one contract is joined, Arrow stays by itself."""
    bodies: list[tuple[str, BodyFormat, list[Msg]]] = []
    joined: dict[str, list[Msg]] = defaultdict(list)
    sizes: dict[str, int] = defaultdict(int)
    prefix = subjects.devices("")
    for message in messages:
        key = message.subject.removeprefix(prefix)
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
