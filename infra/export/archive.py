"""A zip file that is written from front to back, with a digest of each file in it and never one of them in memory."""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

_COMPRESSED_ALREADY = (".parquet", ".safetensors")


@dataclass(slots=True)
class Entry:
    """A file in the archive."""

    path: str
    bytes: int = 0
    sha256: str = ""
    rows: int | None = None
    """Of a table: its lines."""


class Writer:
    """Takes the content of one file."""

    def __init__(self, out: Any, entry: Entry) -> None:
        self.entry = entry
        self._out = out
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        self._out.write(data)
        self._digest.update(data)
        self.entry.bytes += len(data)
        self.entry.sha256 = self._digest.hexdigest()

    def line(self, text: str) -> None:
        self.write(text.encode() + b"\n")
        self.entry.rows = (self.entry.rows or 0) + 1


class Archive:
    """Is there under its name when it is whole, and not at all before."""

    def __init__(self, path: Path) -> None:
        """Raises `FileExistsError`."""
        if path.exists():
            raise FileExistsError(f"{path} is there already. Choose another name.")
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self.entries: list[Entry] = []

    def __enter__(self) -> Self:
        handle = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file = os.fdopen(handle, "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, allowZip64=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self._zip.close()
            self._file.flush()
            os.fsync(self._file.fileno())
        finally:
            self._file.close()
            if kind is not None:
                self._part.unlink(missing_ok=True)
        if kind is None:
            self._part.replace(self._path)

    @contextmanager
    def file(self, path: str, *, rows: bool = False) -> Iterator[Writer]:
        entry = Entry(path, sha256=hashlib.sha256().hexdigest(), rows=0 if rows else None)
        info = zipfile.ZipInfo(path)
        info.compress_type = zipfile.ZIP_STORED if path.endswith(_COMPRESSED_ALREADY) else zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        with self._zip.open(info, "w", force_zip64=True) as out:
            yield Writer(out, entry)
        self.entries.append(entry)

    def add(self, path: str, text: str) -> None:
        with self.file(path) as writer:
            writer.write(text.encode())

    def listed(self) -> list[dict[str, Any]]:
        """What is in it so far, as the manifest has it."""
        return [{key: value for key, value in asdict(entry).items() if value is not None} for entry in self.entries]

    def manifest(self, facts: dict[str, Any]) -> None:
        """The last file: what all others are."""
        self.add("manifest.json", json.dumps({**facts, "files": self.listed()}, indent=1))
