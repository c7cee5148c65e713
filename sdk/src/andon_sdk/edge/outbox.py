"""Rows that wait on disk for Andon: frames in append-only segments, of one source and contract.

A frame is a header and an Arrow stream with one batch. It is on disk before `append` returns, and is shown to the
sender once its step is committed. What kill -9 or a power cut tears off the end is cut away; a frame of a step that was
not committed too, since the source will tell its readings again. A segment whose frames all were acknowledged is
deleted. Beyond the bound the oldest segment goes, acknowledged or not, and its rows are counted.
"""

import os
import struct
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from andon_sdk.edge.disk import sync_folder
from andon_sdk.edge.progress import Progress, Span

_HEADER = struct.Struct("<4sIIIQQId")
"""Magic, bytes and CRC-32 of the payload, shape, number of the frame, step, rows, wall-clock seconds."""
_MAGIC = b"AEF1"
SEGMENT_BYTES = 8 * 1024 * 1024
_LZ4 = pa.ipc.IpcWriteOptions(compression="lz4")


@dataclass(frozen=True, slots=True)
class Frame:
    number: int
    step: int
    rows: int
    wall: float
    offset: int
    """Of the payload."""
    size: int
    crc: int
    shape: int
    """CRC-32 of the schema: a block has one, since a changed mapping changes columns and units."""

    @property
    def end(self) -> int:
        return self.offset + self.size


class Damaged(Exception):
    """A frame that is not what was written: a disk that fails. Its rows cannot be sent."""

    def __init__(self, path: Path, frame: Frame) -> None:
        super().__init__(f"{path}: frame {frame.number} with {frame.rows} rows is damaged and was left out")
        self.frame = frame


@dataclass(slots=True)
class Segment:
    path: Path
    frames: list[Frame] = field(default_factory=list)

    @property
    def size(self) -> int:
        return self.frames[-1].end if self.frames else 0

    @property
    def span(self) -> Span:
        return Span(self.frames[0].number, self.frames[-1].number)


class Outbox:
    """`append` and `read` wait for the disk and may be called in threads, `append` by one at a time."""

    def __init__(self, folder: Path, progress: Progress, step: int, *, max_bytes: int, hours: float) -> None:
        """`step`: the last one that was committed."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._progress, self._max_bytes, self._hours = folder, progress, max_bytes, hours
        self._segments = [_scanned(path) for path in sorted(folder.glob("*.seg"))]
        self._file: BinaryIO | None = None
        self.cut(step)
        self.tail = self._next
        """Frames below it are committed."""
        self.waiting_rows = sum(frame.rows for frame in self._frames(0) if frame.number not in progress)
        """Committed and not acknowledged."""

    def cut(self, step: int) -> None:
        """Takes back what was appended after that step."""
        self.close()
        for segment in self._segments:
            segment.frames = [frame for frame in segment.frames if frame.step <= step]
            if segment.frames:
                os.truncate(segment.path, segment.size)
            else:
                segment.path.unlink()
        self._segments = [segment for segment in self._segments if segment.frames]
        last = [segment.frames[-1].number for segment in self._segments]
        self._next = max([*last, self._progress.last]) + 1

    @property
    def size(self) -> int:
        return sum(segment.size for segment in self._segments)

    def done(self, span: Span, rows: int, **counts: int) -> None:
        """Andon answered for these frames, of so many rows. Deletes the segments that nobody needs any more."""
        self._progress.ack(span, **counts)
        self.waiting_rows -= rows
        for segment in self._segments[: -1 if self._file else None]:
            if segment.span in self._progress:
                segment.path.unlink()
                self._segments.remove(segment)

    def append(self, rows: pa.RecordBatch, step: int) -> None:
        """On disk when it returns; the sender sees it after `publish`. Raises `OSError` of a full disk."""
        payload = _encoded(rows)
        if self._file is None or self._segments[-1].size >= SEGMENT_BYTES:
            self._begin_segment()
        assert self._file is not None
        segment = self._segments[-1]
        wall, crc, shape = time.time(), zlib.crc32(payload), zlib.crc32(rows.schema.serialize())
        header = _HEADER.pack(_MAGIC, len(payload), crc, shape, self._next, step, rows.num_rows, wall)
        self._file.write(header + payload)
        self._file.flush()
        os.fsync(self._file.fileno())
        offset = segment.size + _HEADER.size
        segment.frames.append(Frame(self._next, step, rows.num_rows, wall, offset, len(payload), crc, shape))
        self._next += 1

    def _begin_segment(self) -> None:
        self.close()
        path = self._folder / f"{self._next:016d}.seg"
        self._file = path.open("wb")
        sync_folder(self._folder)
        self._segments.append(Segment(path))

    def publish(self) -> None:
        """The step of what was appended is committed."""
        self.waiting_rows += sum(frame.rows for frame in self._frames(self.tail))
        self.tail = self._next
        self._bound()

    def first_waiting(self, start: int, end: int) -> int | None:
        """The first committed frame in [start, end) that is not acknowledged."""
        for frame in self._frames(start):
            if frame.number >= min(end, self.tail):
                return None
            if frame.number not in self._progress:
                return frame.number
        return None

    def block(self, start: int, end: int, most_rows: int) -> Span:
        """From `start` on the frames before `end` that are unacknowledged and of one schema, up to `most_rows` rows."""
        last, rows, shape = start, 0, None
        for frame in self._frames(start):
            rows += frame.rows
            beyond = frame.number >= min(end, self.tail) or frame.number in self._progress
            if frame.number > start and (beyond or rows > most_rows or frame.shape != shape):
                break
            last, shape = frame.number, frame.shape
        return Span(start, last)

    def read(self, span: Span) -> pa.Table | None:
        """The rows of these frames; None if they are gone beyond the bound. Equal spans give equal tables."""
        batches: list[pa.RecordBatch] = []
        for segment in self._segments:
            wanted = [frame for frame in segment.frames if span.first <= frame.number <= span.last]
            if not wanted:
                continue
            with segment.path.open("rb") as file:
                for frame in wanted:
                    file.seek(frame.offset)
                    payload = file.read(frame.size)
                    if zlib.crc32(payload) != frame.crc:
                        raise Damaged(segment.path, frame)
                    with pa.ipc.open_stream(payload) as reader:
                        batches += reader
        if len(batches) != span.last - span.first + 1:
            return None
        return pa.Table.from_batches(batches).combine_chunks()

    def lose(self, frame: Frame) -> None:
        """A damaged frame; its rows count as dropped."""
        self._progress.drop(Span(frame.number, frame.number), frame.rows)
        self.waiting_rows -= frame.rows

    def _bound(self) -> None:
        oldest = time.time() - self._hours * 3600
        while len(self._segments) > 1:
            segment = self._segments[0]
            if self.size <= self._max_bytes and segment.frames[-1].wall >= oldest:
                return
            lost = sum(frame.rows for frame in segment.frames if frame.number not in self._progress)
            self._progress.drop(segment.span, lost)
            self.waiting_rows -= lost
            segment.path.unlink()
            self._segments.pop(0)

    def _frames(self, start: int) -> Iterator[Frame]:
        for segment in list(self._segments):
            if segment.frames and segment.frames[-1].number >= start:
                yield from (frame for frame in list(segment.frames) if frame.number >= start)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _encoded(rows: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema, options=_LZ4) as writer:
        writer.write(rows)
    return sink.getvalue().to_pybytes()


def _scanned(path: Path) -> Segment:
    """The whole frames from the beginning on; of the last one the payload is looked at too."""
    segment, size = Segment(path), path.stat().st_size
    with path.open("rb") as file:
        while len(head := file.read(_HEADER.size)) == _HEADER.size:
            magic, length, crc, shape, number, step, rows, wall = _HEADER.unpack(head)
            offset = file.tell()
            if magic != _MAGIC or offset + length > size:
                break
            segment.frames.append(Frame(number, step, rows, wall, offset, length, crc, shape))
            file.seek(offset + length)
        while segment.frames:
            frame = segment.frames[-1]
            file.seek(frame.offset)
            if zlib.crc32(file.read(frame.size)) == frame.crc:
                break
            segment.frames.pop()
    return segment
