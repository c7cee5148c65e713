"""CSV, plain or gzip: the header is put before every piece, lines are never looked into."""

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from services.bulk.cutter.limits import (
    COLUMNS,
    INFLATED_ANYWAY,
    LINE_BYTES,
    MOST_INFLATION,
    PIECE_BYTES,
    PIECE_CELLS,
    PIECE_ROWS,
    NotCuttable,
)

_GZIP = b"\x1f\x8b"
_WINDOW = 16 + zlib.MAX_WBITS
_CHUNK = 256 * 1024


def pieces(path: Path) -> Iterator[tuple[bytes, int, float]]:
    """(a CSV of its own, its rows, share of the file that is read). Empty lines are no rows."""
    lines = _lines(path)
    header = next(lines, (b"", 0.0))[0]
    columns = header.count(b",") + 1
    if columns > COLUMNS:
        raise NotCuttable(f"The header has {columns:,} columns; {COLUMNS:,} are taken.")
    most = min(PIECE_ROWS, max(1, PIECE_CELLS // columns))
    held, size, share = list[bytes](), 0, 0.0
    for line, share in lines:
        held.append(line)
        size += len(line) + 1
        if len(held) >= most or size >= PIECE_BYTES:
            yield b"\n".join((header, *held, b"")), len(held), share
            held, size = [], 0
    if held:
        yield b"\n".join((header, *held, b"")), len(held), 1.0


def _lines(path: Path) -> Iterator[tuple[bytes, float]]:
    rest, size, number = b"", max(1, path.stat().st_size), 0
    for chunk, read in _chunks(path):
        parts = (rest + chunk).split(b"\n")
        rest = parts.pop()
        for line in parts:
            number += 1
            _check(line, number)
            if line.strip():
                yield line, read / size
        _check(rest, number + 1)
    if rest.strip():
        yield rest, 1.0


def _check(line: bytes, number: int) -> None:
    if len(line) > LINE_BYTES:
        raise NotCuttable(f"Line {number:,} is longer than {LINE_BYTES:,} bytes. Is this CSV with a row a line?")


def _chunks(path: Path) -> Iterator[tuple[bytes, int]]:
    """(content, bytes of the file read so far)."""
    with path.open("rb") as file:
        if file.read(2) == _GZIP:
            file.seek(0)
            yield from _inflated(file, path.stat().st_size)
            return
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk, file.tell()


def _inflated(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int]]:
    most, grown = max(INFLATED_ANYWAY, size * MOST_INFLATION), 0
    member, begun = zlib.decompressobj(_WINDOW), False
    while waiting := file.read(_CHUNK):
        more = True
        while waiting or more:
            try:
                part = member.decompress(waiting, _CHUNK)
            except zlib.error as error:
                raise NotCuttable(f"The file begins like gzip but cannot be inflated: {error}.") from error
            grown, begun = grown + len(part), True
            if grown > most:
                raise NotCuttable(f"The file inflates to more than {most:,} bytes, which is no CSV of readings.")
            yield part, file.tell()
            waiting, more = member.unconsumed_tail, len(part) == _CHUNK  # it may hold more than came out
            if member.eof:
                waiting, member, begun, more = member.unused_data, zlib.decompressobj(_WINDOW), False, False
    if begun:
        raise NotCuttable("The gzip file ends too early; it was cut on its way.")
