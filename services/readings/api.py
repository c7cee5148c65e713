"""The door of this service: take rows in, read them back."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

import pyarrow as pa

from services.enclaves.platform import Platform
from services.kernel.changes import Change, changed
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.readings import repository
from services.readings.contracts import (
    Body,
    BodyFormat,
    ErrorPolicy,
    IngestReceipt,
    QuarantinedRow,
    TimeUnit,
)
from services.readings.door import arrow
from services.readings.door.body import inflate
from services.readings.door.units import conversion
from services.readings.history import committed_sequence, count_rows, history_bounds, settled
from services.readings.ingest import ingest as ingest_body
from services.readings.pieces import TakenPiece, keep_rejected, take_piece
from services.readings.ranges import RangePiece, RangeQuery, range_pieces, schema_of
from services.readings.scores import fleet_scores, scores
from services.readings.tables import QuarantinedRowTable
from services.readings.trend import trend

__all__ = [
    "RangePiece",
    "RangeQuery",
    "TakenPiece",
    "committed_sequence",
    "converts",
    "count_rows",
    "fleet_scores",
    "history_bounds",
    "ingest",
    "keep_rejected",
    "list_quarantine",
    "range_pieces",
    "read_rows",
    "schema_of",
    "scores",
    "settled",
    "take_piece",
    "trend",
]


def converts(given: str, wanted: str) -> bool:
    """Whether the door takes values in the unit `given` for a signal that was agreed on in `wanted`."""
    return conversion(given, wanted) is not None


async def ingest(
    platform: Platform,
    principal: Principal,
    contract: str,
    body: bytes,
    format: BodyFormat,
    policy: ErrorPolicy,
    units: Mapping[str, str] | None = None,
    idempotency_key: str | None = None,
    *,
    time_unit: TimeUnit | None = None,
    late_window: timedelta | None = None,
    admit: Callable[[int], None] | None = None,
) -> IngestReceipt:
    """Checks a body against the contract of that key and answers once the stream has the stored rows on disk.

    `units`: unit of a signal where it is not the contract's; `time_unit`: what numeric times count; `late_window`:
    refuse rows older than now minus it (None takes backfill); `admit`: is told how many rows came before anything is
    done with them, and raises what refuses them all. A key seen within 24 h with the same body answers the
    first receipt again; the same body without a key stores nothing twice either.
    Raises `ContractNotFound`, `Forbidden`, and the errors of `services.readings.errors`.
    """
    sent = Body(body, format, policy, units or {}, time_unit, late_window)
    return await ingest_body(platform, principal, contract, sent, idempotency_key, admit)


async def read_rows(body: bytes) -> pa.RecordBatch:
    """The rows of an Arrow body, with the limits that `ingest` has; nothing is known yet of their columns.

    Raises `BodyUnreadable`, `EmptyBody`, `BodyTooLarge`, `TooManyRows`, `TooManyColumns`.
    """
    return await asyncio.to_thread(lambda: arrow.read(inflate(body)))


async def changed_quarantine(
    uow: UnitOfWork, principal: Principal, since: datetime, first: int = 50, after: tuple[datetime, UUID] | None = None
) -> list[Change]:
    """A page of quarantined rows written since then, as `kernel.changes` has it."""
    principal.require(Permission.VIEW)
    return await changed(uow, QuarantinedRowTable, since, first, after)


async def list_quarantine(
    uow: UnitOfWork, principal: Principal, first: int = 100, after: tuple[datetime, UUID] | None = None
) -> list[QuarantinedRow]:
    """Quarantined rows, the newest first; `after` is (received_at, id) of the last one seen. Kept for 30 days."""
    principal.require(Permission.VIEW)
    return [_quarantined(row) for row in await repository.quarantined(uow, first, after)]


async def get_quarantined(uow: UnitOfWork, principal: Principal, ids: Collection[UUID]) -> list[QuarantinedRow]:
    """Those of `ids` that are kept, in no order."""
    principal.require(Permission.VIEW)
    return [_quarantined(row) for row in await repository.quarantined_by_ids(uow, ids)]


def _quarantined(row: QuarantinedRowTable) -> QuarantinedRow:
    return QuarantinedRow(row.id, row.batch, row.row, row.code, row.message, row.content, row.received_at)
