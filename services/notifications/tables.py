"""Rows of notifications. Members, assets and alarms are other services' and are referred to by id only."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.kernel.tables import TenantRow


def _time(nullable: bool = False) -> Any:
    return Column(DateTime(timezone=True), nullable=nullable)


class MailServerRow(TenantRow, table=True):
    """The server a tenant's mail goes by; `id` is the tenant's id. The password is closed with the vault."""

    __tablename__ = "mail_server"

    host: str
    port: int
    security: str
    sender: str
    username: str | None = None
    password: str | None = None
    changed_by: str
    changed_at: datetime = Field(sa_column=_time())


class SubscriptionRow(TenantRow, table=True):
    __tablename__ = "notification_subscription"

    name: str
    types: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    addresses: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    member_ids: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    site: str | None = None
    line: str | None = None
    labels: str | None = None
    every_minutes: int
    quiet_start: str | None = None
    """`HH:MM`, with the next two; None: no hours are quiet."""
    quiet_end: str | None = None
    zone: str | None = None
    paused: bool
    last_mail_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    created_by: str
    created_at: datetime = Field(sa_column=_time())


def _of_subscription() -> ForeignKeyConstraint:
    theirs = ["notification_subscription.tenant_id", "notification_subscription.id"]
    return ForeignKeyConstraint(["tenant_id", "subscription_id"], theirs, ondelete="CASCADE")


class MailRow(TenantRow, table=True):
    """Items on their way to the recipients of a subscription, or a test."""

    __tablename__ = "notification_mail"
    __table_args__ = (
        _of_subscription(),
        Index("notification_mail_due", "tenant_id", "next_try_at", postgresql_where=text("state = 'waiting'")),
        Index("notification_mail_page", "tenant_id", "subscription_id", "id"),
        Index("notification_mail_age", "tenant_id", "created_at"),
    )

    subscription_id: UUID
    recipients: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    subject: str
    body: str = Field(sa_column=Column(Text, nullable=False))
    test: bool
    items: int
    state: str
    tries: int
    """Begun so far. Who ends one that is not the last begun changes nothing."""
    next_try_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    """While one is under way: when it counts as lost with its worker."""
    last_error: str | None = None
    created_at: datetime = Field(sa_column=_time())
    ended_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))


class ItemRow(TenantRow, table=True):
    """A piece of news for one subscription."""

    __tablename__ = "notification_item"
    __table_args__ = (
        _of_subscription(),
        UniqueConstraint("tenant_id", "subscription_id", "message_id"),
        Index("notification_item_waiting", "tenant_id", "subscription_id", postgresql_where=text("mail_id IS NULL")),
        Index("notification_item_mail", "tenant_id", "mail_id"),
        Index("notification_item_age", "tenant_id", "created_at"),
    )

    subscription_id: UUID
    message_id: UUID
    """Made from the news, so that news which is spread twice is one item."""
    alarm_id: UUID | None = None
    """What it is about, where it is left out once that is shelved."""
    headline: str
    detail: str = Field(sa_column=Column(Text, nullable=False))
    path: str
    """Of the portal's page about it."""
    mail_id: UUID | None = None
    created_at: datetime = Field(sa_column=_time())
