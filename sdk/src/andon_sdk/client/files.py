"""Files in and out: what both clients share."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from andon_sdk.client.errors import ClientError
from andon_sdk.client.typed.enums import ExportFormat, ExportOf, ImportFormat, ImportPolicy, JobState, TimeUnit
from andon_sdk.client.typed.input_types import StartExportInput, StartImportInput, UnitInput

PIECE = 1024 * 1024
OVER = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})
_FORMATS = {".csv": ImportFormat.CSV, ".gz": ImportFormat.CSV, ".parquet": ImportFormat.PARQUET}


class Failed(ClientError):
    """A job ended otherwise than well; `job` is it."""

    def __init__(self, job: Any) -> None:
        problem = job.problem
        super().__init__(f"The job ended as {job.job_state.value}: {problem.message if problem else 'no reason told'}")
        self.job = job
        self.code: str | None = problem.code if problem else None


def ended_well(job: Any) -> Any:
    """Raises `Failed`."""
    if job.job_state is not JobState.SUCCEEDED:
        raise Failed(job)
    return job


def format_of(path: Path) -> ImportFormat:
    """By the name's ending; anything unknown is Arrow."""
    return _FORMATS.get(path.suffix.lower(), ImportFormat.ARROW)


def import_input(
    upload_id: str,
    contract: str,
    form: ImportFormat,
    policy: ImportPolicy,
    time_unit: TimeUnit | None,
    units: Mapping[str, str],
) -> StartImportInput:
    named = [UnitInput(signal=signal, unit=unit) for signal, unit in units.items()]
    return StartImportInput(
        uploadId=upload_id, contract=contract, format=form, policy=policy, timeUnit=time_unit, units=named
    )


def export_input(
    of: ExportOf, contract: str, start: datetime, end: datetime, form: ExportFormat, labels: str | None
) -> StartExportInput:
    return StartExportInput(of=of, contract=contract, start=start, end=end, format=form, labels=labels, assetIds=[])


class Kept:
    """A download on its way into a file, which is there under its name when it is whole and what it should be."""

    def __init__(self, path: Path, sha256: str | None) -> None:
        self._path, self._part, self._sha256 = path, path.with_name(f"{path.name}.part"), sha256
        self._digest = hashlib.sha256()
        self._file = self._part.open("wb")

    def write(self, piece: bytes) -> None:
        self._digest.update(piece)
        self._file.write(piece)

    def close(self) -> None:
        """Raises `ClientError` when the digest is another."""
        self._file.close()
        if self._sha256 is not None and self._digest.hexdigest() != self._sha256:
            self._part.unlink()
            raise ClientError("The file that came is not the one that was written. Download it again.")
        self._part.replace(self._path)


def pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
