"""Every query of webhooks, on a tenant-bound unit of work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, func, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.kernel.uow import UnitOfWork
from services.webhooks.catalogue import PING
from services.webhooks.contracts import DeliveryState, EndpointState
from services.webhooks.tables import DeliveryRow, EndpointRow

# An endpoint's room is what it may have under way less what it has; the others are passed over by whoever else claims.
_CLAIM = text("""
    WITH due AS MATERIALIZED (
      SELECT w.id FROM webhook_endpoint e
      LEFT JOIN unnest(CAST(:busy AS uuid[]), CAST(:under_way AS integer[])) AS b (id, under_way) ON b.id = e.id
      CROSS JOIN LATERAL (
        SELECT d.id FROM webhook_delivery d
        WHERE d.tenant_id = e.tenant_id AND d.endpoint_id = e.id AND d.state = 'waiting' AND d.next_try_at <= :now
          AND (e.state = 'active' OR d.type = :ping)
        ORDER BY d.next_try_at LIMIT greatest(:most - coalesce(b.under_way, 0), 0) FOR UPDATE SKIP LOCKED
      ) w
    )
    UPDATE webhook_delivery d SET tries = d.tries + 1, next_try_at = :lost_at
    FROM due JOIN webhook_endpoint e ON true
    WHERE d.id = due.id AND e.tenant_id = d.tenant_id AND e.id = d.endpoint_id
    RETURNING d.id, d.tries, d.message_id, d.body, e.id, e.url, e.secret, e.former_secret, e.former_secret_until
""")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this worker tries now, with all that it needs for it."""

    id: UUID
    tries: int
    message_id: UUID
    body: str
    endpoint_id: UUID
    url: str
    secret: str
    former_secret: str | None
    former_secret_until: datetime | None


class Webhooks:
    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.session = uow.session

    async def endpoints(self) -> list[EndpointRow]:
        """In the order they were made."""
        return list(await self.session.exec(select(EndpointRow).order_by(col(EndpointRow.id))))

    async def endpoint(self, endpoint_id: UUID, *, lock: bool = False) -> EndpointRow | None:
        """`lock` keeps others from changing it, and from ending deliveries to it, until the transaction ends."""
        statement = select(EndpointRow).where(EndpointRow.id == endpoint_id)
        if lock:
            statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
        return (await self.session.exec(statement)).first()

    async def lock_all(self) -> None:
        """Nobody else of the tenant adds an endpoint until the transaction ends."""
        await self.session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"webhooks {self.uow.tenant}"}
        )

    async def delete_endpoint(self, endpoint_id: UUID) -> None:
        """Its deliveries go with it."""
        await self.session.execute(delete(EndpointRow).where(col(EndpointRow.id) == endpoint_id))

    async def wanted(self) -> dict[UUID, set[str]]:
        """Types of news by endpoint; those that are disabled want none."""
        statement = select(EndpointRow.id, EndpointRow.types).where(EndpointRow.state != EndpointState.DISABLED.value)
        return {id_: set(types) for id_, types in await self.session.exec(statement)}

    async def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Deliveries; one that is there already stays as it is."""
        await self.session.execute(insert(DeliveryRow).on_conflict_do_nothing(), [dict(row) for row in rows])

    async def delivery(self, delivery_id: UUID, *, lock: bool = False) -> DeliveryRow | None:
        statement = select(DeliveryRow).where(DeliveryRow.id == delivery_id)
        if lock:
            statement = statement.with_for_update().execution_options(populate_existing=True)
        return (await self.session.exec(statement)).first()

    async def page(
        self, endpoint_id: UUID, first: int, after: UUID | None, state: DeliveryState | None
    ) -> list[DeliveryRow]:
        """Newest first: ids are ordered in time."""
        statement = select(DeliveryRow).where(DeliveryRow.endpoint_id == endpoint_id)
        if after is not None:
            statement = statement.where(DeliveryRow.id < after)
        if state is not None:
            statement = statement.where(DeliveryRow.state == state.value)
        return list(await self.session.exec(statement.order_by(col(DeliveryRow.id).desc()).limit(first)))

    async def claim(self, under_way: Mapping[UUID, int], most: int, now: datetime, lost_at: datetime) -> list[Claimed]:
        """Deliveries that are due, at most `most` of an endpoint with those under way; they are this worker's until
        `lost_at`."""
        known = {"busy": list(under_way), "under_way": list(under_way.values()), "most": most, "ping": PING}
        found = await self.session.execute(_CLAIM, known | {"now": now, "lost_at": lost_at})
        return [Claimed(*row) for row in found]

    async def give_up(self, endpoint_id: UUID, now: datetime, error: str) -> None:
        """All that waits for the endpoint fails."""
        statement = update(DeliveryRow).where(
            col(DeliveryRow.endpoint_id) == endpoint_id, col(DeliveryRow.state) == DeliveryState.WAITING.value
        )
        failed = {"state": DeliveryState.FAILED.value, "next_try_at": None, "ended_at": now}
        await self.session.execute(statement.values(last_error=func.coalesce(DeliveryRow.last_error, error), **failed))

    async def send_again(self, endpoint_id: UUID, since: datetime, now: datetime, left: int) -> int:
        """All that failed since then is due now; answers how many."""
        statement = update(DeliveryRow).where(
            col(DeliveryRow.endpoint_id) == endpoint_id,
            col(DeliveryRow.state) == DeliveryState.FAILED.value,
            col(DeliveryRow.created_at) >= since,
        )
        waiting = {"state": DeliveryState.WAITING.value, "next_try_at": now, "ended_at": None, "tries_left": left}
        done = await self.session.execute(statement.values(**waiting))
        return cast("CursorResult[Any]", done).rowcount

    async def purge(self, before: datetime) -> int:
        done = await self.session.execute(delete(DeliveryRow).where(col(DeliveryRow.created_at) < before))
        return cast("CursorResult[Any]", done).rowcount
