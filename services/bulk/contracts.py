"""What transfers take and give."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.readings.contracts import ErrorPolicy, TimeUnit
from services.rollouts.contracts import Rollout
from services.training.contracts import Run


class JobState(StrEnum):
    """How far long work is, of whatever kind."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    """It waits for a person."""
    CANCELLING = "cancelling"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})


class JobKind(StrEnum):
    RUN = "run"
    ROLLOUT = "rollout"
    IMPORT = "import"
    EXPORT = "export"


class UploadState(StrEnum):
    WAITING = "waiting"
    """Nothing was sent to its address yet, or what was sent broke off."""
    RECEIVING = "receiving"
    STAGED = "staged"
    IMPORTED = "imported"
    """An import has it; its parts go with the import's end."""


class FileFormat(StrEnum):
    CSV = "csv"
    """Plain or gzip, which its first bytes tell."""
    PARQUET = "parquet"
    ARROW = "arrow"
    """IPC, file or stream."""


class ImportPolicy(StrEnum):
    """What one bad value does to its row; as at the door, but for refusing everything: pieces of a file are stored one
    after the other."""

    IGNORE_FAILED = ErrorPolicy.IGNORE_FAILED.value
    REJECT_FAILED_ROWS = ErrorPolicy.REJECT_FAILED_ROWS.value


class ExportOf(StrEnum):
    READINGS = "readings"
    SCORES = "scores"


class ExportFormat(StrEnum):
    PARQUET = "parquet"
    CSV = "csv"
    """With gzip."""


class Outcome(StrEnum):
    """Of a row that is not stored."""

    QUARANTINED = "quarantined"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class StagedUpload:
    id: UUID
    state: UploadState
    bytes: int | None
    """Of the whole file, once it is there."""
    sha256: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class StartImport:
    upload_id: UUID
    contract: str
    format: FileFormat
    policy: ImportPolicy = ImportPolicy.REJECT_FAILED_ROWS
    time_unit: TimeUnit | None = None
    """What numbers in `time` count; without it they are refused."""
    units: Mapping[str, str] = field(default_factory=dict[str, str])
    """Unit of a signal where it is not the contract's."""


@dataclass(frozen=True, slots=True)
class StartExport:
    of: ExportOf
    contract: str
    start: datetime
    end: datetime
    """Rows with start ≤ source time < end."""
    format: ExportFormat = ExportFormat.PARQUET
    asset_ids: tuple[UUID, ...] = ()
    """Empty where `labels` chooses them."""
    labels: str | None = None
    """A label query; "" or None without ids is all assets of the contract."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a job did not end well."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    id: UUID
    state: JobState
    progress: float
    """0 to 1."""
    rows: int
    """That are done."""
    problem: Problem | None
    contract: str
    """Its key."""
    bytes: int | None
    """Of what may be downloaded; None while there is nothing."""
    created_by: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime | None
    """When what may be downloaded goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportJob(Transfer):
    """stored + quarantined + refused = rows."""

    format: FileFormat
    file_bytes: int
    file_sha256: str
    stored: int
    """On the stream, acknowledged; history keeps one row of an asset and time, however often it came."""
    quarantined: int
    refused: int
    duplicates: int
    """Of the refused: rows that repeat asset and time of an earlier one of their piece."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportJob(Transfer):
    of: ExportOf
    format: ExportFormat
    start: datetime
    end: datetime
    assets: int
    """How many it is about."""
    sha256: str | None


@dataclass(frozen=True, slots=True)
class RejectedRow:
    row: int
    """Position in the file, from 0; a header and empty lines do not count."""
    outcome: Outcome
    code: str
    message: str
    signal: str | None


@dataclass(frozen=True, slots=True)
class Download:
    """What a finished transfer gives: the parts, in order, whose bytes one after the other are the file."""

    name: str
    media_type: str
    bytes: int
    parts: tuple[tuple[str, int], ...]
    """(object, bytes)."""
    tag: str
    """Changes when the file does."""


Job = Run | Rollout | ImportJob | ExportJob


@dataclass(frozen=True, slots=True)
class JobQuery:
    """A page of jobs, the newest first."""

    kinds: tuple[JobKind, ...] = tuple(JobKind)
    states: tuple[JobState, ...] | None = None
    first: int = 50
    after: UUID | None = None
