"""What the door, the history and the trends take and give."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


class ErrorPolicy(StrEnum):
    """What one bad row does to the rest; names as in Saleor's bulk mutations."""

    IGNORE_FAILED = "IGNORE_FAILED"
    """A bad value becomes a missing one, and the row is kept if any value is left; else it is quarantined."""
    REJECT_FAILED_ROWS = "REJECT_FAILED_ROWS"
    """Rows with anything wrong are quarantined, the others stored."""
    REJECT_EVERYTHING = "REJECT_EVERYTHING"
    """Anything wrong refuses the whole body; nothing is stored or quarantined."""


class BodyFormat(StrEnum):
    ARROW = "arrow"
    NDJSON = "ndjson"
    CSV = "csv"


class TimeUnit(StrEnum):
    """What a numeric `time` counts since 1970-01-01T00:00:00Z. Without it, numbers are refused: nobody guesses."""

    SECONDS = "s"
    MILLISECONDS = "ms"
    MICROSECONDS = "us"
    NANOSECONDS = "ns"


@dataclass(frozen=True, slots=True)
class Body:
    """What a client sent in one request.

    `content` may be gzip. `units` says in which unit a signal comes, where it is not the contract's (Arrow bodies may
    say it in the field's metadata, key `unit`). `late_window`: rows older than now minus it are refused as too old,
    for live ways in whose clock may be wrong; None takes backfill of any age since 2000.
    """

    content: bytes
    format: BodyFormat
    policy: ErrorPolicy = ErrorPolicy.REJECT_FAILED_ROWS
    units: Mapping[str, str] = field(default_factory=dict[str, str])
    time_unit: TimeUnit | None = None
    late_window: timedelta | None = None


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """One thing that is wrong with one row (0 is the first row of the body)."""

    row: int
    code: str
    """`UNKNOWN_ASSET`, `UNKNOWN_SIGNAL`, `BAD_TIME`, `TIME_TOO_OLD`, `TIME_IN_FUTURE`, `WRONG_TYPE`, `NOT_FINITE`,
    `OUT_OF_RANGE`, `BAD_UNIT`, `EMPTY_ROW`, `BAD_ENCODING`, `BAD_ROW` (no object, or a wrong number of fields),
    `DUPLICATE`."""
    message: str
    signal: str | None = None


@dataclass(frozen=True, slots=True)
class IngestReceipt:
    """stored + quarantined + refused + duplicates = received. Answered after the stream has the stored rows on disk."""

    received: int
    stored: int
    quarantined: int
    refused: int
    duplicates: int
    verdicts: tuple[RowVerdict, ...]
    """The first 100; `verdict_count` says how many there are."""
    verdict_count: int
    batch: UUID | None
    """Id of the quarantine batch, where the quarantined rows can be read again."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The rows of an asset in a range."""

    rows: int
    first: datetime
    """Source time."""
    last: datetime


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    id: UUID
    batch: UUID
    row: int
    code: str
    message: str
    content: str
    """The row as it came, as JSON."""
    received_at: datetime


@dataclass(frozen=True, slots=True)
class TrendQuery:
    asset_id: UUID
    signals: tuple[str, ...]
    """Signal keys of the asset's contract; `score` is the champion's score, `score.route` (0 main, 1 fallback, 2 none)
    and `score.coverage` say how it was made, `score.shadow` is the shadow's."""
    start: datetime
    end: datetime
    px: int
    """Width to decimate to: at most 2 × px points a signal come back (smallest and largest of each pixel)."""
