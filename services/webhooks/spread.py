"""News of the outbox becomes deliveries: one for each endpoint that wants it.

Whoever calls commits. The id of a message is made from the news and not by lot, so a job that runs again adds nothing.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from services.kernel.ids import new_id
from services.kernel.uow import UnitOfWork
from services.webhooks import model
from services.webhooks.catalogue import messages
from services.webhooks.contracts import DeliveryState
from services.webhooks.repository import Webhooks

_MESSAGES = UUID("5a3b7f0e-6f0e-4f0f-9a5c-2b6f4a0d9c11")


async def spread(uow: UnitOfWork, source: str, payload: Mapping[str, Any], now: datetime) -> int:
    """Writes the deliveries of news (`payload["news"]` says which, as `kernel.outbox` gives it) that are not there yet;
    answers how many it found wanted."""
    store = Webhooks(uow)
    wanted = await store.wanted()
    types = set[str]().union(*wanted.values())
    if not types:
        return 0
    news = payload["news"]
    rows = [
        row(uow, endpoint_id, message_id, type_, body, now)
        for type_, told in await messages(uow, source, payload, types)
        for place, data in enumerate(told)
        for body, message_id in [_message(news, type_, place, data)]
        for endpoint_id, theirs in wanted.items()
        if type_ in theirs
    ]
    if rows:
        await store.add(rows)
    return len(rows)


def _message(news: Mapping[str, Any], type_: str, place: int, data: Mapping[str, Any]) -> tuple[str, UUID]:
    return body_of(type_, news["at"], data), uuid5(_MESSAGES, f"{news['at']} {news['sequence']} {type_} {place}")


def body_of(type_: str, at: str, data: Mapping[str, Any]) -> str:
    """What is posted, in the shape that Standard Webhooks recommends."""
    return json.dumps({"type": type_, "timestamp": at, "data": data}, ensure_ascii=False, separators=(",", ":"))


def row(
    uow: UnitOfWork,
    endpoint_id: UUID,
    message_id: UUID,
    type_: str,
    body: str,
    now: datetime,
    left: int = model.MOST_TRIES,
) -> dict[str, Any]:
    """A delivery that is due at once."""
    return {
        "tenant_id": uow.tenant,
        "id": new_id(),
        "endpoint_id": endpoint_id,
        "message_id": message_id,
        "type": type_,
        "body": body,
        "state": DeliveryState.WAITING.value,
        "tries": 0,
        "tries_left": left,
        "next_try_at": now,
        "attempts": [],
        "created_at": now,
    }
