"""What edges say, and what is shown of them."""

from collections.abc import Mapping
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


class MappedIn(StrEnum):
    """Where it is said which tags of a source feed which signals."""

    FILE = "file"
    PORTAL = "portal"


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
    mapped_in: MappedIn = MappedIn.FILE


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


@dataclass(frozen=True, slots=True)
class Tag:
    """A named point of a source, as browsing found it."""

    address: str
    title: str = ""
    unit: str | None = None
    path: tuple[str, ...] = ()
    position: int = 0
    """In the order in which it was found."""


@dataclass(frozen=True, slots=True)
class MappedSignal:
    """Which tag feeds a signal, and what is done to its readings: value x scale + offset."""

    signal: str
    tag: str
    unit: str | None = None
    """Where it is not the contract's."""
    scale: float = 1.0
    offset: float = 0.0
    dead_band: float = 0.0
    silence_s: float = 60.0
    hold_s: float = 0.0


@dataclass(frozen=True, slots=True)
class MappedAsset:
    asset_id: UUID
    signals: tuple[MappedSignal, ...]


@dataclass(frozen=True, slots=True)
class EdgeSource:
    """What the portal knows of one source of an edge, beside its report."""

    edge_id: UUID
    source: str
    version: int
    """Of the mapping: 0 where there never was one."""
    assets: tuple[MappedAsset, ...]
    changed_by: str | None
    changed_at: datetime | None
    asked_at: datetime | None
    """When somebody asked for its tags; None once they came."""
    read_at: datetime | None
    """When they came."""
    why: str
    """Why they could not be read the last time; empty where they could."""
    tags: int


@dataclass(frozen=True, slots=True)
class FeedingAsset:
    """A mapped asset by the keys that an edge knows."""

    asset: str
    contract: str
    signals: tuple[MappedSignal, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an edge is asked to do."""

    version: int
    """Grows with every change of a mapping of the edge."""
    sources: Mapping[str, tuple[FeedingAsset, ...]]
    """Mapped in the portal, by name."""
    browse: tuple[str, ...]
    """Sources whose tags are asked for."""
