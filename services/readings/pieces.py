"""A piece of a file through the door: the same parsers and checks as for a body, told per row, stored once.

A body answers its sender with counts and a hundred verdicts; a file wants to know of every row what became of it. And a
piece may be done again after a crash, so its messages are named after the file and the place in it: what the stream has
already is dropped there, and counts as stored.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np

from services.enclaves.platform import Platform
from services.kernel import subjects
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.readings import repository
from services.readings.adapters.publish import publish
from services.readings.contracts import Body, RowVerdict
from services.readings.door.body import inflate, parse
from services.readings.door.check import Checked, asset_column, check
from services.readings.door.parsed import Parsed
from services.readings.ingest import QUARANTINE_KEPT, bad_row
from services.readings.plant import Plant

_plant = Plant()


@dataclass(frozen=True, slots=True)
class TakenPiece:
    """stored + rows of `bad` + rows of `repeated` = rows. Numbers are positions in the piece, from 0, ascending."""

    rows: int
    stored: int
    bad: np.ndarray
    repeated: np.ndarray
    """Of rows that name an asset and time which an earlier one of the piece has."""
    reasons: Mapping[int, RowVerdict]
    """The first fault of each bad row, and of each that is stored without a value that was bad."""
    contents: Mapping[int, dict[str, Any]] = field(repr=False)
    """The first bad rows as they came, as `keep_rejected` takes them."""


async def take_piece(
    platform: Platform, principal: Principal, contract: str, body: Body, mark: str, kept: int
) -> TakenPiece:
    """Checks a piece as a body is checked and stores what passes; answers once the stream has it on disk. `kept`: so
    many bad rows are answered as they came.

    Raises `ContractNotFound`, the errors of `services.readings.errors`, `Forbidden`.
    """
    principal.require(Permission.INGEST)
    now = platform.clock()
    agreed = await _plant.contract(platform.database, principal.tenant, contract)
    keys = agreed.contract.keys
    parsed = await asyncio.to_thread(lambda: parse(inflate(body.content), body.format, keys, body.time_unit))
    assets = asset_column(parsed)
    known = await _plant.asset_ids(platform.database, principal.tenant, agreed.id, assets.keys)
    checked = await asyncio.to_thread(lambda: check(parsed, assets, known, agreed, body, now))
    stored = 0
    if checked.batch is not None:
        client = await platform.streams.connection(principal.tenant)
        jetstream = await platform.streams.jetstream(principal.tenant)
        await publish(client, jetstream, subjects.readings(agreed.id), checked.batch, mark)
        stored = checked.batch.num_rows
    return await asyncio.to_thread(_told, parsed, checked, stored, kept)


def _told(parsed: Parsed, checked: Checked, stored: int, kept: int) -> TakenPiece:
    faults = checked.faults
    reasons = faults.reasons(np.flatnonzero(faults.touched)) if faults.count else {}
    contents = {int(row): bad_row(parsed, reasons[int(row)]) for row in checked.bad[:kept]}
    return TakenPiece(parsed.rows, stored, checked.bad, checked.repeated, reasons, contents)


async def keep_rejected(
    uow: UnitOfWork, contract: str, batch: UUID, first_row: int, rows: Sequence[dict[str, Any]], now: datetime
) -> None:
    """Keeps bad rows of a piece that begins at `first_row` of its file in quarantine, those that are kept already left
    as they are."""
    await repository.forget_quarantined(uow, now - QUARANTINE_KEPT)
    common = {"batch": batch, "contract": contract, "received_at": now}
    await repository.quarantine(uow, [{**common, **row, "row": first_row + row["row"]} for row in rows])
