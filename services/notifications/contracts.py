"""What notifications take and give."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class NotificationType(StrEnum):
    ALARM_RAISED = "alarm.raised"
    CASE_OPENED = "case.opened"
    RUN_ENDED = "run.ended"
    """Finished, stopped by its gates, failed or cancelled."""
    CHALLENGER_SET = "challenger.set"
    """A new version passed its gates, and waits for who promotes it."""


class MailSecurity(StrEnum):
    TLS = "tls"
    """From the first byte on, as on port 465."""
    STARTTLS = "starttls"
    """Before anything is told, as on port 587. A server that does not offer it gets nothing."""
    NONE = "none"
    """Only into networks that the operator of the installation opened."""


class MailState(StrEnum):
    WAITING = "waiting"
    """For its first try, or for the next one."""
    SENT = "sent"
    """The server took it for one recipient at least; `last_error` names those it refused."""
    FAILED = "failed"
    """It was given up."""


@dataclass(frozen=True, slots=True)
class NewMailServer:
    host: str
    port: int
    security: MailSecurity
    sender: str
    """The address that mail comes from."""
    username: str | None = None
    password: str | None = None
    """None: the one that is kept stays, if the host, port, security and user name do."""


@dataclass(frozen=True, slots=True)
class MailServer:
    host: str
    port: int
    security: MailSecurity
    sender: str
    username: str | None
    has_password: bool
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one time of day until another, each day; `22:00` until `06:00` goes over midnight."""

    start: str
    """`HH:MM`"""
    end: str
    zone: str
    """A name of the IANA time zone database."""


@dataclass(frozen=True, slots=True)
class NewSubscription:
    name: str
    types: tuple[NotificationType, ...]
    addresses: tuple[str, ...] = ()
    member_ids: tuple[UUID, ...] = ()
    site: str | None = None
    """Only about machines of that site, by name."""
    line: str | None = None
    labels: str | None = None
    """A label query (see `services.assets.labelquery`)."""
    every_minutes: int = 15
    """At most one mail in so long; what happens meanwhile is gathered."""
    quiet: QuietHours | None = None
    """Nothing is sent then; what happens meanwhile is gathered."""
    paused: bool = False
    """Nothing is gathered for it, nor sent."""


@dataclass(frozen=True, slots=True)
class Told:
    """A member who is told."""

    id: UUID
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Subscription:
    id: UUID
    name: str
    types: tuple[NotificationType, ...]
    addresses: tuple[str, ...]
    members: tuple[Told, ...]
    """Those who are members still."""
    site: str | None
    line: str | None
    labels: str | None
    every_minutes: int
    quiet: QuietHours | None
    paused: bool
    last_mail_at: datetime | None
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Mail:
    id: UUID
    subscription_id: UUID
    recipients: tuple[str, ...]
    subject: str
    body: str
    test: bool
    items: int
    """Pieces of news in it."""
    state: MailState
    tries: int
    """Begun so far."""
    next_try_at: datetime | None
    """None when it is over."""
    last_error: str | None
    """What the server said, for people."""
    created_at: datetime
    ended_at: datetime | None
