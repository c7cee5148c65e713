"""A wheel from elsewhere, read within bounds: nothing is unpacked, run or believed before it was looked at.

Bounds hold whatever the file says of itself: the directory of the archive is measured before it is read, no member is
read beyond the size it declares, and the declared sizes are summed up first.
"""

import csv
import hashlib
import io
import re
import stat
import struct
import zipfile
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from pathlib import Path
from types import TracebackType

_END = struct.Struct("<4s4H2LH")
_LOCATOR_BYTES = 20
_CHUNK = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9_][\w.+!-]{0,99}(/[A-Za-z0-9_][\w.+!-]{0,99}){0,15}", re.ASCII)
_UNLISTED = ("RECORD", "RECORD.jws", "RECORD.p7s")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a wheel may take."""

    wheel_bytes: int = 100_000_000
    unpacked_bytes: int = 400_000_000
    files: int = 5_000
    directory_bytes: int = 1_000_000
    """Of the archive's directory, which is read as a whole."""
    text_bytes: int = 1_000_000
    """Of METADATA, RECORD and the like."""


class WheelRefused(Exception):
    """A file that is no wheel of a plugin, or not one to be touched. The message says why and what to do."""


class WheelModified(Exception):
    """A wheel whose files are not those that its RECORD names."""


class Wheel:
    """An open wheel whose directory was found harmless. Raises `WheelRefused` when it is not."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path, self.limits = path, limits
        _measure(path, limits)
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise WheelRefused(f"{path.name} is not a wheel: {error}. Build it again: andon-sdk build.") from error
        try:
            self._members = _members(self._zip, limits)
            self.info = self._info()
        except WheelRefused:
            self._zip.close()
            raise

    def __enter__(self) -> "Wheel":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    @property
    def names(self) -> tuple[str, ...]:
        """Of all files, in the order of the archive."""
        return tuple(self._members)

    def text(self, name: str) -> bytes | None:
        """Content of a small file; None where there is none."""
        if name not in self._members:
            return None
        if self._members[name].file_size > self.limits.text_bytes:
            raise WheelRefused(
                f"{name} is larger than {self.limits.text_bytes} bytes, which is no size for such a file."
            )
        return b"".join(self.chunks(name))

    def chunks(self, name: str) -> Iterator[bytes]:
        """Content of a file, at most as much as was declared and summed up."""
        try:
            with self._zip.open(self._members[name]) as file:
                while chunk := file.read(_CHUNK):
                    yield chunk
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            ValueError,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise WheelRefused(f"{name} cannot be read: {error}. Build the wheel again.") from error

    def metadata(self) -> dict[str, str]:
        """Name, Version and Requires-Python of METADATA."""
        content = self.text(f"{self.info}/METADATA")
        if content is None:
            raise WheelRefused(f"{self.path.name} has no METADATA: build it again with setuptools.")
        told = BytesHeaderParser().parsebytes(content)
        found = {key: str(told[key]) for key in ("Name", "Version", "Requires-Python") if told[key] is not None}
        if missing := {"Name", "Version"} - found.keys():
            raise WheelRefused(f"METADATA does not say {' and '.join(sorted(missing))}: build the wheel again.")
        return found

    def check_record(self) -> None:
        """Raises `WheelModified` unless RECORD names every file with the size and SHA-256 it has, and no other."""
        content = self.text(f"{self.info}/RECORD")
        if content is None:
            raise WheelRefused(f"{self.path.name} has no RECORD: build it again with setuptools.")
        listed = _listed(content)
        names = {name for name in self._members if name not in {f"{self.info}/{each}" for each in _UNLISTED}}
        if unlisted := sorted(names - listed.keys()):
            raise WheelModified(f"{unlisted[0]} is in the wheel and not in its RECORD.")
        for name, (digest, size) in listed.items():
            if name not in self._members:
                raise WheelModified(f"{name} is in RECORD and not in the wheel.")
            if name in names and (digest, size) != self._digest(name):
                raise WheelModified(f"{name} is not the file that RECORD describes.")

    def _digest(self, name: str) -> tuple[str, str]:
        total, size = hashlib.sha256(), 0
        for chunk in self.chunks(name):
            total.update(chunk)
            size += len(chunk)
        return "sha256=" + urlsafe_b64encode(total.digest()).rstrip(b"=").decode(), str(size)

    def _info(self) -> str:
        infos = {name.split("/")[0] for name in self._members if name.split("/")[0].endswith(".dist-info")}
        if len(infos) != 1:
            raise WheelRefused(
                f"{self.path.name} has {len(infos)} .dist-info folders and must have one: build it again."
            )
        return infos.pop()


def unpack(path: Path, folder: Path, limits: Limits | None = None) -> None:
    """Writes the wheel's files into `folder`, which must be empty or absent: plain files only, never executable.

    Raises `WheelRefused` or `FileExistsError`. Inspect the wheel before, and unpack the same bytes: compare digests.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    with Wheel(path, limits or Limits()) as wheel:
        for name in wheel.names:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:
                file.writelines(wheel.chunks(name))


def _measure(path: Path, limits: Limits) -> None:
    """Looks at the end of the archive only."""
    try:
        size = path.stat().st_size
        if not path.is_file() or size < _END.size:
            raise WheelRefused(f"{path.name} is not a wheel: name the .whl file that andon-sdk build wrote.")
        if size > limits.wheel_bytes:
            raise WheelRefused(
                f"{path.name} has {size} bytes; a wheel may have {limits.wheel_bytes}. Leave data out of it."
            )
        with path.open("rb") as file:
            file.seek(max(0, size - _END.size - _LOCATOR_BYTES))
            tail = file.read()
    except OSError as error:
        raise WheelRefused(f"{path.name} cannot be read: {error.strerror}.") from error
    mark, _, _, _, files, directory, _, comment = _END.unpack(tail[-_END.size :])
    if mark != b"PK\x05\x06" or comment or tail[:4] == b"PK\x06\x07":
        raise WheelRefused(f"{path.name} does not end as a wheel does (no comment, no Zip64): build it again.")
    if files > limits.files or directory > limits.directory_bytes:
        raise WheelRefused(f"{path.name} holds {files} files; {limits.files} are read at most.")


def _members(archive: zipfile.ZipFile, limits: Limits) -> dict[str, zipfile.ZipInfo]:
    entries = archive.infolist()
    if len(entries) > limits.files:
        raise WheelRefused(f"The wheel holds {len(entries)} files; {limits.files} are read at most.")
    if sum(entry.file_size for entry in entries) > limits.unpacked_bytes:
        raise WheelRefused(f"The wheel would unpack to more than {limits.unpacked_bytes} bytes. Leave data out of it.")
    members: dict[str, zipfile.ZipInfo] = {}
    taken: set[str] = set()
    for entry in entries:
        if entry.is_dir() and _NAME.fullmatch(entry.filename.rstrip("/")):
            continue
        _look_at(entry)
        if (folded := entry.filename.casefold()) in taken:
            raise WheelRefused(f"{entry.filename} is in the wheel twice.")
        taken.add(folded)
        members[entry.filename] = entry
    folders = {
        "/".join(parts[:depth]) for parts in (name.split("/") for name in taken) for depth in range(1, len(parts))
    }
    if both := sorted(folders & taken):
        raise WheelRefused(f"{both[0]} is a file and a folder in the wheel.")
    return members


def _look_at(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    shown = repr(name if len(name) <= 80 else f"{name[:77]}…")
    if not _NAME.fullmatch(name) or entry.orig_filename != name:
        raise WheelRefused(f"The wheel has a file called {shown}; names are plain and stay inside its folders.")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat.S_IFREG}:
        raise WheelRefused(f"{shown} is a link or a device. A wheel of a plugin holds plain files.")
    if entry.flag_bits & 0x1 or entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise WheelRefused(f"{shown} is encrypted, or compressed in a way wheels are not. Build the wheel again.")


def _listed(content: bytes) -> dict[str, tuple[str, str]]:
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise WheelRefused(f"RECORD cannot be read: {error}. Build the wheel again.") from error
    if any(len(row) != 3 for row in rows) or len({row[0] for row in rows}) != len(rows):
        raise WheelRefused("RECORD has a line that is none of path, digest and size, or names a file twice.")
    return {name: (digest, size) for name, digest, size in rows}
