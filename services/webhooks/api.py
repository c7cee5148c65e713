"""The only door to webhooks.

Who may register an endpoint sends the tenant's facts out of the house, and its URL is often a secret itself: all of
this, reading included, takes the right `MANAGE_WEBHOOKS`.
"""

from datetime import datetime
from uuid import UUID

from services.enclaves.platform import Ground
from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.kernel.reach import Reach
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.webhooks import model, spread
from services.webhooks.catalogue import PING, TYPES
from services.webhooks.contracts import (
    Attempt,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointChange,
    EndpointState,
    EndpointWithSecret,
    NewEndpoint,
    Redelivered,
)
from services.webhooks.errors import DeliveryNotFound, EndpointNotFound, TooManyEndpoints
from services.webhooks.repository import Webhooks
from services.webhooks.tables import DeliveryRow, EndpointRow


def types() -> dict[str, str]:
    """Every type of news there is, with what it means."""
    return {row.name: row.means for row in TYPES.values()}


async def create_endpoint(
    uow: UnitOfWork, principal: Principal, ground: Ground, reach: Reach, new: NewEndpoint
) -> EndpointWithSecret:
    """Registers an address; it gets news from now on. The secret is shown this once.

    Raises `WebhookUrlInvalid`, `WebhookUrlForbidden`, `WebhookTypesInvalid`, `DescriptionTooLong`,
    `TooManyEndpoints`.
    """
    principal.require(Permission.MANAGE_WEBHOOKS)
    secret, store = model.new_secret(), Webhooks(uow)
    row = EndpointRow(
        tenant_id=uow.tenant,
        url=model.checked_url(new.url, reach),
        description=model.checked_description(new.description),
        types=model.checked_types(new.types, TYPES),
        state=EndpointState.ACTIVE.value,
        secret=ground.vault.close(secret),
        created_by=principal.name,
        created_at=utc_now(),
    )
    await store.lock_all()
    if len(await store.endpoints()) >= model.MOST_ENDPOINTS:
        message = f"A tenant has at most {model.MOST_ENDPOINTS} webhook endpoints. Delete one that is not needed."
        raise TooManyEndpoints(message, limit=model.MOST_ENDPOINTS)
    uow.session.add(row)
    await uow.session.flush()
    return EndpointWithSecret(_endpoint(row), secret)


async def update_endpoint(
    uow: UnitOfWork, principal: Principal, reach: Reach, endpoint_id: UUID, change: EndpointChange
) -> Endpoint:
    """Raises `EndpointNotFound` and what `create_endpoint` raises."""
    row = await _get(uow, principal, endpoint_id, lock=True)
    if change.url is not None:
        row.url = model.checked_url(change.url, reach)
    if change.types is not None:
        row.types = model.checked_types(change.types, TYPES)
    if change.description is not None:
        row.description = model.checked_description(change.description)
    return await _saved(uow, row)


async def pause_endpoint(uow: UnitOfWork, principal: Principal, endpoint_id: UUID) -> Endpoint:
    """Nothing more is posted; news is kept for 30 days. Harmless when it is paused. Raises `EndpointNotFound`."""
    row = await _get(uow, principal, endpoint_id, lock=True)
    row.state, row.reason = EndpointState.PAUSED.value, None
    return await _saved(uow, row)


async def resume_endpoint(uow: UnitOfWork, principal: Principal, endpoint_id: UUID) -> Endpoint:
    """What waits is posted, whatever made it stop; it has as long as a new one to work. Harmless when it is active.

    Raises `EndpointNotFound`.
    """
    row = await _get(uow, principal, endpoint_id, lock=True)
    if row.state != EndpointState.ACTIVE.value:
        row.state, row.reason, row.failing_since = EndpointState.ACTIVE.value, None, None
    return await _saved(uow, row)


async def delete_endpoint(uow: UnitOfWork, principal: Principal, endpoint_id: UUID) -> Endpoint:
    """It goes with all its deliveries. Raises `EndpointNotFound`."""
    row = await _get(uow, principal, endpoint_id, lock=True)
    gone = _endpoint(row)
    await Webhooks(uow).delete_endpoint(endpoint_id)
    return gone


async def rotate_secret(uow: UnitOfWork, principal: Principal, ground: Ground, endpoint_id: UUID) -> EndpointWithSecret:
    """Makes a new secret. For a day deliveries are signed with the one before as well, so that the receiver can change
    over at its leisure; one that was the one before until now is good no more. Raises `EndpointNotFound`."""
    row = await _get(uow, principal, endpoint_id, lock=True)
    secret = model.new_secret()
    row.former_secret, row.secret = row.secret, ground.vault.close(secret)
    row.former_secret_until = utc_now() + model.FORMER_SECRET_LIFE
    return EndpointWithSecret(await _saved(uow, row), secret)


async def ping_endpoint(uow: UnitOfWork, principal: Principal, endpoint_id: UUID) -> Delivery:
    """Posts `webhook.ping` to it, once and whatever its state; the delivery that is answered tells what came of it.

    Raises `EndpointNotFound`.
    """
    await _get(uow, principal, endpoint_id)
    now, store = utc_now(), Webhooks(uow)
    body = spread.body_of(PING, now.isoformat(), {})
    delivery = spread.row(uow, endpoint_id, new_id(), PING, body, now, left=1)
    await store.add([delivery])
    return await get_delivery(uow, principal, delivery["id"])


async def redeliver(uow: UnitOfWork, principal: Principal, delivery_id: UUID) -> Delivery:
    """Posts it again as soon as may be, with the same `webhook-id`, however it ended; with as many tries as a new one.

    Raises `DeliveryNotFound`.
    """
    principal.require(Permission.MANAGE_WEBHOOKS)
    row = await Webhooks(uow).delivery(delivery_id, lock=True)
    if row is None:
        raise DeliveryNotFound("There is no such delivery.", field="deliveryId")
    row.state, row.next_try_at, row.ended_at = DeliveryState.WAITING.value, utc_now(), None
    row.tries_left = 1 if row.type == PING else model.MOST_TRIES
    await uow.session.flush()
    return _delivery(row)


async def redeliver_failed(uow: UnitOfWork, principal: Principal, endpoint_id: UUID, since: datetime) -> Redelivered:
    """`redeliver` for all deliveries to the endpoint that were given up, of news since then.

    Raises `EndpointNotFound`.
    """
    row = await _get(uow, principal, endpoint_id)
    count = await Webhooks(uow).send_again(endpoint_id, since, utc_now(), model.MOST_TRIES)
    return Redelivered(_endpoint(row), count)


async def list_endpoints(uow: UnitOfWork, principal: Principal) -> list[Endpoint]:
    """In the order they were made; there are few."""
    principal.require(Permission.MANAGE_WEBHOOKS)
    return [_endpoint(row) for row in await Webhooks(uow).endpoints()]


async def get_endpoint(uow: UnitOfWork, principal: Principal, endpoint_id: UUID) -> Endpoint:
    """Raises `EndpointNotFound`."""
    return _endpoint(await _get(uow, principal, endpoint_id))


async def list_deliveries(
    uow: UnitOfWork,
    principal: Principal,
    endpoint_id: UUID,
    first: int = 50,
    after: UUID | None = None,
    state: DeliveryState | None = None,
) -> list[Delivery]:
    """A page of an endpoint's deliveries, newest first; `after` is the id of the last one seen."""
    principal.require(Permission.MANAGE_WEBHOOKS)
    return [_delivery(row) for row in await Webhooks(uow).page(endpoint_id, first, after, state)]


async def get_delivery(uow: UnitOfWork, principal: Principal, delivery_id: UUID) -> Delivery:
    """Raises `DeliveryNotFound`."""
    principal.require(Permission.MANAGE_WEBHOOKS)
    row = await Webhooks(uow).delivery(delivery_id)
    if row is None:
        raise DeliveryNotFound("There is no such delivery.", field="deliveryId")
    return _delivery(row)


async def _get(uow: UnitOfWork, principal: Principal, endpoint_id: UUID, *, lock: bool = False) -> EndpointRow:
    principal.require(Permission.MANAGE_WEBHOOKS)
    row = await Webhooks(uow).endpoint(endpoint_id, lock=lock)
    if row is None:
        raise EndpointNotFound("There is no such webhook endpoint.", field="endpointId")
    return row


async def _saved(uow: UnitOfWork, row: EndpointRow) -> Endpoint:
    await uow.session.flush()
    return _endpoint(row)


def _endpoint(row: EndpointRow) -> Endpoint:
    until = row.former_secret_until
    return Endpoint(
        id=row.id,
        url=row.url,
        description=row.description,
        types=tuple(row.types),
        state=EndpointState(row.state),
        reason=row.reason,
        failing_since=row.failing_since,
        former_secret_until=until if until is not None and utc_now() < until else None,
        created_by=row.created_by,
        created_at=row.created_at,
    )


def _delivery(row: DeliveryRow) -> Delivery:
    return Delivery(
        id=row.id,
        endpoint_id=row.endpoint_id,
        webhook_id=model.webhook_id(row.message_id),
        type=row.type,
        body=row.body,
        state=DeliveryState(row.state),
        tries=row.tries,
        next_try_at=row.next_try_at,
        last_status=row.last_status,
        last_error=row.last_error,
        duration_ms=row.duration_ms,
        attempts=tuple(Attempt(**{**each, "at": datetime.fromisoformat(each["at"])}) for each in row.attempts),
        created_at=row.created_at,
        ended_at=row.ended_at,
    )
