"""Rows of transfers as the contracts that others see."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.bulk import model
from services.bulk.contracts import (
    Download,
    ExportFormat,
    ExportJob,
    ExportOf,
    FileFormat,
    ImportJob,
    JobKind,
    JobState,
    Outcome,
    Problem,
    RejectedRow,
)
from services.bulk.tables import PieceRow, RejectionRow, TransferRow

GZIP_CSV = "application/gzip"
PARQUET = "application/vnd.apache.parquet"


def transfer(row: TransferRow) -> ImportJob | ExportJob:
    spec = row.spec
    common: dict[str, Any] = {
        "id": row.id,
        "state": JobState(row.state),
        "progress": row.progress,
        "rows": row.rows,
        "problem": Problem(**row.problem) if row.problem else None,
        "contract": spec["contract"],
        "bytes": row.bytes,
        "created_by": row.created_by,
        "created_at": row.created_at,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "expires_at": row.expires_at,
    }
    if row.kind == JobKind.IMPORT.value:
        return ImportJob(
            **common,
            format=FileFormat(spec["format"]),
            file_bytes=spec["bytes"],
            file_sha256=spec["sha256"],
            stored=row.stored,
            quarantined=row.quarantined,
            refused=row.refused,
            duplicates=row.duplicates,
        )
    return ExportJob(
        **common,
        of=ExportOf(spec["of"]),
        format=ExportFormat(spec["format"]),
        start=datetime.fromisoformat(spec["start"]),
        end=datetime.fromisoformat(spec["end"]),
        assets=spec["assets"],
        sha256=row.sha256,
    )


def rejected(row: RejectionRow) -> RejectedRow:
    return RejectedRow(row.row, Outcome(row.outcome), row.code, row.message, row.signal)


def download_of(row: TransferRow, pieces: Sequence[PieceRow]) -> Download:
    prefix, spec = model.result_prefix(row.id), row.spec
    if row.kind == JobKind.IMPORT.value:
        name, kind = f"import-{row.id}.results.csv.gz", GZIP_CSV
    elif spec["format"] == ExportFormat.CSV.value:
        name, kind = f"{spec['of']}-{row.id}.csv.gz", GZIP_CSV
    else:
        name, kind = f"{spec['of']}-{row.id}.parquet", PARQUET
    parts = tuple((model.part(prefix, piece.number), piece.bytes) for piece in pieces)
    return Download(name, kind, row.bytes or 0, parts, f"{row.id.hex}-{row.attempt}")
