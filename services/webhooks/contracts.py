"""What webhooks take and give."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class EndpointState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    """A person stopped it: news is kept for it and sent when it is resumed."""
    DISABLED = "disabled"
    """It failed for too long, or said that it is gone; `reason` says which. News is not kept for it."""


class DeliveryState(StrEnum):
    WAITING = "waiting"
    """For its first try, or for the next one."""
    DELIVERED = "delivered"
    FAILED = "failed"
    """It was given up; it can be sent again."""


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    url: str
    types: tuple[str, ...]
    description: str = ""


@dataclass(frozen=True, slots=True)
class EndpointChange:
    """What is None stays as it is."""

    url: str | None = None
    types: tuple[str, ...] | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    id: UUID
    url: str
    description: str
    types: tuple[str, ...]
    state: EndpointState
    reason: str | None
    """Why it is disabled, for people."""
    failing_since: datetime | None
    """The first failure after the last success."""
    former_secret_until: datetime | None
    """Until then deliveries are signed with the secret before the present one as well."""
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class EndpointWithSecret:
    """The only answer that holds the secret."""

    endpoint: Endpoint
    secret: str
    """`whsec_…`"""


@dataclass(frozen=True, slots=True)
class Attempt:
    number: int
    """From 1. One that is missing was cut off with its worker."""
    at: datetime
    status: int | None
    """HTTP status; None when there was no answer."""
    error: str | None
    """What was wrong, for people; None for a success."""
    duration_ms: int
    answer: str
    """The beginning of what a refusing receiver answered."""


@dataclass(frozen=True, slots=True)
class Delivery:
    id: UUID
    endpoint_id: UUID
    webhook_id: str
    """The header `webhook-id`, the same on every try."""
    type: str
    body: str
    """JSON, as it is posted."""
    state: DeliveryState
    tries: int
    """Begun so far."""
    next_try_at: datetime | None
    """None when it is over."""
    last_status: int | None
    last_error: str | None
    duration_ms: int | None
    """Of the last try that ended."""
    attempts: tuple[Attempt, ...]
    """Oldest first."""
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Redelivered:
    endpoint: Endpoint
    deliveries: int
    """How many are sent again."""
