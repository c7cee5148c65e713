"""A capsule as a file: all that reproduces one score, read without trusting it.

A zip whose members are stored as they are, so that nothing in it can become larger than it is: `manifest.json` says
which files there are, with their digests; `rows.arrow` has the asset's rows in the order in which they were scored,
`answers.arrow` what was answered to them, and `models/<version>/` the model's own rows of its pack beside the pack's
manifest. Nothing in it is code, and no name in it becomes a path.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import pyarrow as pa

from services.fleet.layout import Layout, header

FORMAT = "andon-capsule/1"
MANIFEST, ROWS, ANSWERS = "manifest.json", "rows.arrow", "answers.arrow"
SEQUENCE = "#sequence"
"""Column of `rows.arrow` beside time and signals: where in the stream each row was. No signal is called so."""
MOST_BYTES = 256 * 1024 * 1024
MOST_ROWS = 20_000
_TABLES = ("models.safetensors", "calibration.safetensors")
_MOST_FILES = 64
_MOST_MANIFEST = 4 * 1024 * 1024


class CapsuleMalformed(ValueError):
    """The file is no capsule, or is not as it was made; the message says what is wrong, for people."""


@dataclass(frozen=True, slots=True)
class Capsule:
    """A capsule whose files are those that its manifest names."""

    manifest: Mapping[str, Any]
    files: Mapping[str, bytes]

    @classmethod
    def of(cls, manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> Self:
        """Adds the files' digests to the manifest."""
        described = {name: {"bytes": len(data), "sha256": _sha256(data)} for name, data in sorted(files.items())}
        return cls({"format": FORMAT, **manifest, "files": described}, dict(files))

    def encode(self) -> bytes:
        """Equal capsules are equal bytes."""
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as file:
            text = json.dumps(self.manifest, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1)
            file.writestr(zipfile.ZipInfo(MANIFEST), text)
            for name, data in sorted(self.files.items()):
                file.writestr(zipfile.ZipInfo(name), data)
        return sink.getvalue()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Raises `CapsuleMalformed` for anything but a whole capsule of this format. Digests of models are compared
        when they are opened, so that a changed model can be named."""
        if len(data) > MOST_BYTES:
            raise CapsuleMalformed(f"A capsule has at most {MOST_BYTES} bytes, this file has {len(data)}.")
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as file:
                members = file.infolist()
                _check(members)
                found = {member.filename: file.read(member) for member in members}
            manifest = json.loads(found.pop(MANIFEST))
            described = manifest["files"]
            if manifest["format"] != FORMAT:
                raise CapsuleMalformed(f"The capsule's format is {manifest['format']!r}, this Andon reads {FORMAT!r}.")
            if described.keys() != found.keys():
                raise CapsuleMalformed("The files in the capsule are not those that its manifest names.")
            changed = [name for name in (ROWS, ANSWERS) if described[name]["sha256"] != _sha256(found[name])]
        except CapsuleMalformed:
            raise
        except (zipfile.BadZipFile, ValueError, KeyError, TypeError, AttributeError, EOFError, OSError,
                RecursionError, NotImplementedError, RuntimeError) as error:  # fmt: skip
            raise CapsuleMalformed(f"The file is no capsule: {type(error).__name__}: {error}"[:300]) from error
        if changed:
            raise CapsuleMalformed(f"{changed[0]} was changed since the capsule was made; fetch the capsule again.")
        return cls(manifest, found)

    def changed(self) -> list[str]:
        """Names of the files whose digest is not the manifest's."""
        return [name for name, data in self.files.items() if self.manifest["files"][name]["sha256"] != _sha256(data)]

    def table(self, name: str) -> pa.Table:
        """Raises `CapsuleMalformed`."""
        return read_table(self.files[name])


def write_table(table: pa.Table) -> bytes:
    """One batch, not compressed."""
    sink = pa.BufferOutputStream()
    whole = table.unify_dictionaries().combine_chunks().replace_schema_metadata(None)
    with pa.ipc.new_stream(sink, whole.schema) as writer:
        writer.write_table(whole)
    return sink.getvalue().to_pybytes()


def read_table(data: bytes) -> pa.Table:
    """Raises `CapsuleMalformed`."""
    try:
        with pa.ipc.open_stream(data) as reader:
            table = reader.read_all()
        table.validate(full=True)
    except (pa.ArrowException, OSError) as error:
        raise CapsuleMalformed(f"The capsule's rows cannot be read: {error}"[:300]) from error
    if table.num_rows > MOST_ROWS * _MOST_FILES:
        raise CapsuleMalformed(f"The capsule claims {table.num_rows} rows.")
    return table


def model_ranges(plain: Mapping[str, Any], index: int) -> dict[str, tuple[int, int]]:
    """First byte and length of a model's rows in the files of its pack, whose manifest is `plain`."""
    found: dict[str, tuple[int, int]] = {}
    for name in _TABLES:
        stride = Layout.parse(plain["files"][name]["layout"]).stride
        head = header(name.removesuffix(".safetensors"), len(plain["models"]), stride)
        found[name] = len(head) + index * stride, stride
    return found


def _check(members: list[zipfile.ZipInfo]) -> None:
    """Before a byte is read of any."""
    names = [member.filename for member in members]
    if len(names) > _MOST_FILES or len(set(names)) != len(names):
        raise CapsuleMalformed("The capsule has too many files, or two of one name.")
    for member in members:
        if member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size:
            raise CapsuleMalformed(f"{member.filename[:80]!r} is compressed; nothing in a capsule is.")
        if member.filename == MANIFEST and member.file_size > _MOST_MANIFEST:
            raise CapsuleMalformed(f"The manifest has {member.file_size} bytes, {_MOST_MANIFEST} are allowed.")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
