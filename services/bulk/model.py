"""Rules of transfers: limits, names of objects, states, and how what was asked is kept. Pure functions."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.bulk.contracts import (
    ExportFormat,
    ExportOf,
    FileFormat,
    ImportPolicy,
    JobState,
    StartExport,
    StartImport,
)
from services.bulk.errors import ExportRangeInvalid, JobEnded
from services.readings.contracts import TimeUnit
from services.rollouts.contracts import Rollout, RolloutAssetState, RolloutState
from services.training.contracts import Run, RunState

MAX_FILE_BYTES = 2 * 1024**3
"""Of a staged file, as sent."""
MAX_FILE_ROWS = 50_000_000
PART_BYTES = 8 * 1024 * 1024
"""Of an object that a file is kept in: what a receiving gateway holds of it at once."""
UPLOAD_GOOD_FOR = timedelta(minutes=15)
"""Within it the first byte must come to the address."""
RECEIVING_FOR = timedelta(hours=1)
"""Within it the last byte must."""
STAGED_FOR = timedelta(hours=24)
"""A staged file waits so long for its import."""
RESULTS_FOR = timedelta(days=7)
"""What may be downloaded is there so long after the end; the job itself a little longer than a month."""
JOB_FOR = timedelta(days=35)
MOST_REJECTIONS = 10_000
"""Rejected rows of an import that can be paged through; the file of results has all."""
MOST_QUARANTINED = 10_000
"""Rows of an import that are kept in quarantine; further bad ones are refused."""
LONGEST_EXPORT = timedelta(days=366 * 5)
MOST_EXPORTED_ASSETS = 10_000
UNFINISHED = (JobState.WAITING, JobState.RUNNING, JobState.CANCELLING)

RUN_STATES: Mapping[RunState, JobState] = {
    RunState.QUEUED: JobState.WAITING,
    RunState.FREEZING: JobState.RUNNING,
    RunState.STARTING: JobState.RUNNING,
    RunState.TRAINING: JobState.RUNNING,
    RunState.CHECKING: JobState.RUNNING,
    RunState.CANCELLING: JobState.CANCELLING,
    RunState.SUCCEEDED: JobState.SUCCEEDED,
    RunState.STOPPED: JobState.FAILED,
    RunState.FAILED: JobState.FAILED,
    RunState.CANCELLED: JobState.CANCELLED,
}
ROLLOUT_STATES: Mapping[RolloutState, JobState] = {
    RolloutState.RUNNING: JobState.RUNNING,
    RolloutState.PAUSED: JobState.PAUSED,
    RolloutState.DONE: JobState.SUCCEEDED,
    RolloutState.CANCELLED: JobState.CANCELLED,
    RolloutState.ROLLED_BACK: JobState.CANCELLED,
}
SETTLED = frozenset(RolloutAssetState) - {
    RolloutAssetState.WAITING,
    RolloutAssetState.TRAINING,
    RolloutAssetState.PASSED,
}
"""States in which nothing more comes for an asset of a rollout."""


def state_of(job: Run | Rollout) -> JobState:
    return RUN_STATES[job.state] if isinstance(job, Run) else ROLLOUT_STATES[job.state]


def staged_prefix(upload: UUID) -> str:
    return f"staged/{upload}/"


def result_prefix(transfer: UUID) -> str:
    return f"transfers/{transfer}/"


def part(prefix: str, number: int) -> str:
    return f"{prefix}{number:06d}"


def cancelled_from(state: JobState) -> JobState:
    """Where a cancel leads. Raises `JobEnded`."""
    if state is JobState.WAITING:
        return JobState.CANCELLED
    if state in (JobState.RUNNING, JobState.CANCELLING):
        return JobState.CANCELLING
    if state is JobState.CANCELLED:
        return state
    raise JobEnded(f"The job is over: it {state.value}.", state=state.value)


def check_span(start: datetime, end: datetime) -> None:
    """Raises `ExportRangeInvalid`."""
    if start.tzinfo is None or end.tzinfo is None or not start < end or end - start > LONGEST_EXPORT:
        raise ExportRangeInvalid(
            f"Give a start and a later end, with time zones, at most {LONGEST_EXPORT.days} days apart.", field="end"
        )


def import_spec(command: StartImport, size: int, sha256: str) -> dict[str, Any]:
    return {
        "contract": command.contract,
        "format": command.format.value,
        "policy": command.policy.value,
        "time_unit": command.time_unit.value if command.time_unit else None,
        "units": dict(command.units),
        "bytes": size,
        "sha256": sha256,
    }


def import_command(upload: UUID, spec: Mapping[str, Any]) -> StartImport:
    return StartImport(
        upload_id=upload,
        contract=spec["contract"],
        format=FileFormat(spec["format"]),
        policy=ImportPolicy(spec["policy"]),
        time_unit=TimeUnit(spec["time_unit"]) if spec["time_unit"] else None,
        units=spec["units"],
    )


def export_spec(command: StartExport, asset_ids: list[UUID] | None, assets: int) -> dict[str, Any]:
    """`asset_ids` None: all assets of the contract."""
    return {
        "of": command.of.value,
        "contract": command.contract,
        "start": command.start.isoformat(),
        "end": command.end.isoformat(),
        "format": command.format.value,
        "asset_ids": None if asset_ids is None else [str(each) for each in asset_ids],
        "assets": assets,
    }


def export_command(spec: Mapping[str, Any]) -> StartExport:
    return StartExport(
        of=ExportOf(spec["of"]),
        contract=spec["contract"],
        start=datetime.fromisoformat(spec["start"]),
        end=datetime.fromisoformat(spec["end"]),
        format=ExportFormat(spec["format"]),
        asset_ids=tuple(UUID(each) for each in spec["asset_ids"] or ()),
    )
