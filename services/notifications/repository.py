"""Every query of notifications, on a tenant-bound unit of work."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.kernel.idset import IdSet
from services.kernel.uow import UnitOfWork
from services.notifications.contracts import MailState
from services.notifications.tables import ItemRow, MailRow, MailServerRow, SubscriptionRow

_CLAIM = text("""
    UPDATE notification_mail SET tries = tries + 1, next_try_at = :lost_at WHERE id IN (
      SELECT id FROM notification_mail WHERE state = 'waiting' AND next_try_at <= :now
      ORDER BY next_try_at LIMIT :most FOR UPDATE SKIP LOCKED)
    RETURNING id
""")
_DUE = text("""
    SELECT s.id FROM notification_subscription s
    WHERE NOT s.paused AND EXISTS (SELECT FROM notification_item i
        WHERE i.tenant_id = s.tenant_id AND i.subscription_id = s.id AND i.mail_id IS NULL)
      AND (s.last_mail_at IS NULL OR s.last_mail_at + make_interval(mins => s.every_minutes) <= :now)
    ORDER BY s.id FOR UPDATE OF s SKIP LOCKED
""")


class Notifications:
    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.session = uow.session

    async def server(self, *, lock: bool = False) -> MailServerRow | None:
        statement = select(MailServerRow)
        return (await self.session.exec(statement.with_for_update() if lock else statement)).first()

    async def lock_all(self) -> None:
        """Nobody else of the tenant adds a subscription or a server until the transaction ends."""
        named = {"name": f"notifications {self.uow.tenant}"}
        await self.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), named)

    async def subscriptions(self) -> list[SubscriptionRow]:
        """In the order they were made."""
        return list(await self.session.exec(select(SubscriptionRow).order_by(col(SubscriptionRow.id))))

    async def subscription(self, subscription_id: UUID, *, lock: bool = False) -> SubscriptionRow | None:
        statement = select(SubscriptionRow).where(SubscriptionRow.id == subscription_id)
        return (await self.session.exec(statement.with_for_update() if lock else statement)).first()

    async def delete_subscription(self, subscription_id: UUID) -> None:
        """Its items and mails go with it."""
        await self.session.execute(delete(SubscriptionRow).where(col(SubscriptionRow.id) == subscription_id))

    async def add_items(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """One that is there already stays as it is."""
        await self.session.execute(insert(ItemRow).on_conflict_do_nothing(), [dict(row) for row in rows])

    async def due(self, now: datetime) -> list[SubscriptionRow]:
        """Subscriptions that something waits for and whose last mail is long enough ago; they are held."""
        ids = list(await self.session.scalars(_DUE, {"now": now}))
        return (
            list(await self.session.exec(select(SubscriptionRow).where(col(SubscriptionRow.id).in_(ids))))
            if ids
            else []
        )

    async def drop(self, alarms: IdSet, subscription_ids: Sequence[UUID]) -> None:
        """What waits there and is about one of these alarms is not told."""
        waiting = col(ItemRow.mail_id).is_(None) & col(ItemRow.subscription_id).in_(subscription_ids)
        await self.session.execute(delete(ItemRow).where(waiting, col(ItemRow.alarm_id).in_(alarms.statement)))

    async def take(self, subscription_id: UUID, mail_id: UUID) -> int:
        """All that waits for the subscription goes into the mail; answers how much that is."""
        waiting = col(ItemRow.subscription_id) == subscription_id, col(ItemRow.mail_id).is_(None)
        done = await self.session.execute(update(ItemRow).where(*waiting).values(mail_id=mail_id))
        return done.rowcount  # type: ignore[attr-defined]

    async def first_items(self, mail_id: UUID, most: int) -> list[ItemRow]:
        statement = select(ItemRow).where(ItemRow.mail_id == mail_id).order_by(col(ItemRow.id)).limit(most)
        return list(await self.session.exec(statement))

    async def claim(self, most: int, now: datetime, lost_at: datetime) -> list[MailRow]:
        """Mails that are due; they are this worker's until `lost_at`."""
        ids = list(await self.session.scalars(_CLAIM, {"most": most, "now": now, "lost_at": lost_at}))
        return list(await self.session.exec(select(MailRow).where(col(MailRow.id).in_(ids)))) if ids else []

    async def mail(self, mail_id: UUID, *, lock: bool = False) -> MailRow | None:
        statement = select(MailRow).where(MailRow.id == mail_id)
        return (await self.session.exec(statement.with_for_update() if lock else statement)).first()

    async def page(
        self, subscription_id: UUID, first: int, after: UUID | None, state: MailState | None
    ) -> list[MailRow]:
        """Newest first: ids are ordered in time."""
        statement = select(MailRow).where(MailRow.subscription_id == subscription_id)
        if after is not None:
            statement = statement.where(MailRow.id < after)
        if state is not None:
            statement = statement.where(MailRow.state == state.value)
        return list(await self.session.exec(statement.order_by(col(MailRow.id).desc()).limit(first)))

    async def purge(self, before: datetime, stale: datetime) -> None:
        """Old mails with their items, and what has waited for too long."""
        await self.session.execute(delete(MailRow).where(col(MailRow.created_at) < before))
        old = (col(ItemRow.created_at) < before) | (col(ItemRow.mail_id).is_(None) & (col(ItemRow.created_at) < stale))
        await self.session.execute(delete(ItemRow).where(old))

    async def count(self) -> int:
        return (await self.session.exec(select(func.count()).select_from(SubscriptionRow))).one()
