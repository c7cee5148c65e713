"""What edges say, and what is shown of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class SourceState(StrEnum):
    STARTING = "starting"
    CONNECTED = "connected"
    WAITING = "waiting"
    """Its peer is away; it is tried again."""
    REFUSED = "refused"
    """Its settings cannot work: a person has to change them."""


class DestinationState(StrEnum):
    WORKS = "works"
    FAILING = "failing"
    """It is tried again."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class TagAge:
    tag: str
    age_s: float | None
    """How old its last value was, in seconds of source time; None for a tag that never gave one."""


@dataclass(frozen=True, slots=True)
class SourceReport:
    name: str
    connector: str
    state: SourceState
    why: str
    since: datetime
    tags: int
    """Mapped to signals."""
    silent: int
    """Of these, without any value so far."""
    waiting: int
    """Rows on the edge's disk that Andon has not taken yet."""
    stored: int
    quarantined: int
    refused: int
    """Rows, as Andon answered them, since the edge's folder is there."""
    last_refusal: str
    oldest: tuple[TagAge, ...]
    """The tags that gave nothing for the longest, those that never did first."""


@dataclass(frozen=True, slots=True)
class DestinationReport:
    name: str
    destination: str
    state: DestinationState
    why: str
    since: datetime | None
    """When it began to fail."""
    waiting: int
    delivered: int
    put_aside: int


@dataclass(frozen=True, slots=True)
class Report:
    name: str
    version: str
    started_at: datetime
    sources: tuple[SourceReport, ...] = ()
    destinations: tuple[DestinationReport, ...] = ()


@dataclass(frozen=True, slots=True)
class PlantEdge:
    id: UUID
    report: Report
    seen_at: datetime
    """When it reported last, by our clock."""
    key: str
    """Name of the API key that it came with."""
    silent: bool
    """It has not reported for so long that it must be down, or cut off."""
