"""An import at work: the file is cut by a child, each piece goes through the door, and what became of it is written in
one transaction with the piece. So a worker that dies costs a piece that is done again, and nothing is counted twice.

In the order in which a piece is done: the door takes it, with messages named after the file and the place in it; the
object that tells of its rows is written, under the piece's number; the piece, its rejected rows and the counts are
committed. Whatever is done again until then is the same again.
"""

import asyncio
import gzip
import hashlib
import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from services.budgets import api as budgets
from services.bulk import model, uploads
from services.bulk.contracts import FileFormat, Outcome, StartImport
from services.bulk.cutter.limits import SILENCE_S
from services.bulk.errors import FileUnreadable, UploadNotFound
from services.bulk.repository import Bulk
from services.bulk.steps import Hold
from services.enclaves.platform import Platform
from services.kernel.child import Child
from services.kernel.rights import system_principal
from services.readings import api as readings
from services.readings.api import TakenPiece
from services.readings.contracts import Body, BodyFormat, ErrorPolicy

_BODY = {FileFormat.CSV: BodyFormat.CSV, FileFormat.ARROW: BodyFormat.ARROW, FileFormat.PARQUET: BodyFormat.ARROW}
_OUTCOMES = np.array(["stored", Outcome.QUARANTINED.value, Outcome.REFUSED.value], object)
_LOOK_S = 2.0
_STORED, _QUARANTINED, _REFUSED = range(3)
REPEATED = "The file has this asset at this time a few rows before; the first counts."


@dataclass(frozen=True, slots=True)
class _Piece:
    path: Path
    number: int
    first: int
    rows: int
    share: float


@dataclass(frozen=True, slots=True)
class _Judged:
    """A piece with what became of each of its rows."""

    piece: _Piece
    taken: TakenPiece
    outcomes: np.ndarray
    """Of each row: `_STORED`, `_QUARANTINED` or `_REFUSED`."""


async def run(platform: Platform, hold: Hold) -> None:
    """Stores what is left of the import's file. Raises `FileUnreadable`, `UploadNotFound`, what the door raises for the
    file as a whole, and `Lost` or `Stopped` from `hold`."""
    bucket = await platform.objects.bucket(hold.tenant)
    command = model.import_command(hold.upload_id, hold.spec)
    async with platform.database.unit(hold.tenant) as uow:
        store = Bulk(uow)
        upload = await store.upload(hold.upload_id)
        done = len(await store.pieces(hold.id))
    if upload is None:
        raise UploadNotFound("The staged file is gone.")
    with tempfile.TemporaryDirectory(prefix="andon-import-") as folder:
        path = Path(folder, "file")
        await uploads.fetch(bucket, model.staged_prefix(upload.id), upload.parts, path)
        async with Child.of("services.bulk.cutter") as child:
            told = {"path": str(path), "format": command.format.value, "into": folder, "behind": done}
            await child.say(told)
            while (piece := await _next(child)) is not None:
                await _store(platform, hold, command, piece)
                piece.path.unlink()
                await _pace(platform, hold, piece.rows)
                await child.say({"next": True})


async def _pace(platform: Platform, hold: Hold, rows: int) -> None:
    """Rows of files take from the tenant's budget of rows as bodies do; where it is used up, the import waits."""
    wait = await budgets.take_rows(platform.database, hold.tenant, rows)
    while wait > 0:
        pause = min(wait, _LOOK_S)
        await asyncio.sleep(pause)
        wait -= pause
        async with hold.step(platform):  # somebody may have cancelled it
            pass


async def _next(child: Child) -> _Piece | None:
    """Raises `FileUnreadable`."""
    heard = await child.hear(SILENCE_S)
    if heard is None:
        raise FileUnreadable(f"The file could not be read: {child.ending()}. Is it what it was called?")
    if "problem" in heard:
        raise FileUnreadable(heard["problem"])
    if "piece" not in heard:
        return None
    if heard["first"] + heard["rows"] > model.MAX_FILE_ROWS:
        raise FileUnreadable(f"The file has more than {model.MAX_FILE_ROWS:,} rows. Send it in several.")
    return _Piece(Path(heard["piece"]), heard["number"], heard["first"], heard["rows"], heard["share"])


async def _store(platform: Platform, hold: Hold, command: StartImport, piece: _Piece) -> None:
    body = Body(
        piece.path.read_bytes(),
        _BODY[command.format],
        ErrorPolicy(command.policy.value),
        command.units,
        command.time_unit,
    )
    principal = system_principal(hold.tenant)
    room = max(0, model.MOST_QUARANTINED - hold.quarantined)
    mark = f"{_digest(hold.spec)}.{piece.first}"
    taken = await hold.patiently(
        lambda: readings.take_piece(platform, principal, command.contract, body, mark, room), platform
    )
    judged = _Judged(piece, taken, _outcomes(piece, taken))
    told = _told(judged)
    bucket = await platform.objects.bucket(hold.tenant)
    await hold.put(bucket, piece.number, told)
    await _commit(platform, hold, command, judged, len(told))


def _digest(spec: dict[str, Any]) -> str:
    """Of the file, and of everything that its rows depend on."""
    said = [spec[key] for key in ("sha256", "contract", "format", "policy", "time_unit")]
    return hashlib.sha256(repr([*said, sorted(spec["units"].items())]).encode()).hexdigest()[:32]


def _outcomes(piece: _Piece, taken: TakenPiece) -> np.ndarray:
    if taken.rows != piece.rows:
        raise FileUnreadable(
            f"Row {piece.first:,} and those behind it cannot be told apart: {taken.rows} of {piece.rows}."
        )
    outcomes = np.full(taken.rows, _STORED, np.int8)
    outcomes[taken.bad] = _REFUSED
    outcomes[list(taken.contents)] = _QUARANTINED
    outcomes[taken.repeated] = _REFUSED
    return outcomes


def _told(judged: _Judged) -> bytes:
    """A member of the gzip file of results: a line for each row of the piece."""
    piece, taken = judged.piece, judged.taken
    texts: dict[str, list[str | None]] = {name: [None] * taken.rows for name in ("code", "message", "signal")}
    for row, reason in taken.reasons.items():
        texts["code"][row], texts["message"][row], texts["signal"][row] = reason.code, reason.message, reason.signal
    for row in taken.repeated.tolist():
        texts["code"][row], texts["message"][row] = "DUPLICATE", REPEATED
    table = pa.table(
        {
            "row": pa.array(np.arange(piece.first, piece.first + taken.rows)),
            "outcome": pa.array(_OUTCOMES[judged.outcomes], pa.utf8()),
            **{name: pa.array(values, pa.utf8()) for name, values in texts.items()},
        }
    )
    sink = BytesIO()
    with gzip.GzipFile(fileobj=sink, mode="wb", compresslevel=6, mtime=0) as packed:
        pacsv.write_csv(table, packed, pacsv.WriteOptions(include_header=piece.number == 0))
    return sink.getvalue()


async def _commit(platform: Platform, hold: Hold, command: StartImport, judged: _Judged, size: int) -> None:
    piece, taken, now = judged.piece, judged.taken, platform.clock()
    quarantined, duplicates = len(taken.contents), len(taken.repeated)
    refused = len(taken.bad) - quarantined + duplicates
    async with hold.step(platform) as step:
        row = step.row
        room = max(0, model.MOST_REJECTIONS - row.rejections)
        rejected = _rejected(judged)[:room]
        await step.store.add_piece(hold.id, piece.number, piece.rows, size)
        await step.store.reject(hold.id, rejected)
        batch, kept = hold.id, list(taken.contents.values())
        if kept:
            await readings.keep_rejected(step.uow, command.contract, batch, piece.first, kept, now)
        row.tries = 0
        row.rows += piece.rows
        row.stored += taken.stored
        row.quarantined += quarantined
        row.refused += refused
        row.duplicates += duplicates
        row.rejections += len(rejected)
        row.progress, row.bytes = max(row.progress, min(piece.share, 1.0)), (row.bytes or 0) + size
        hold.quarantined = row.quarantined


def _rejected(judged: _Judged) -> list[dict[str, Any]]:
    piece, taken = judged.piece, judged.taken
    found = []
    for row in np.flatnonzero(judged.outcomes != _STORED)[: model.MOST_REJECTIONS].tolist():
        reason = taken.reasons.get(row)
        found.append(
            {
                "row": piece.first + row,
                "outcome": str(_OUTCOMES[judged.outcomes[row]]),
                "code": reason.code if reason else "DUPLICATE",
                "message": (reason.message if reason else REPEATED).replace("\0", "�"),
                "signal": reason.signal.replace("\0", "�") if reason and reason.signal else None,
            }
        )
    return found
