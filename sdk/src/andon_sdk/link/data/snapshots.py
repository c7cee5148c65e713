"""Rows frozen beside the notebook, so that what was learned from them can be learned again, without a network.

`.link/snapshots/<digest>.parquet` are rows, `<digest>` the SHA-256 of the file; `.link/snapshots/<name>.json` says
which of them a name means. Rows are read by digest only: a file whose content is another is refused. A name may be
given to other rows later; the rows of before stay.
"""

import hashlib
import json
import os
import re
import tempfile
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path

import polars as pl

from andon_sdk.link.data.errors import DataError, SnapshotChanged, SnapshotMissing
from andon_sdk.link.data.frames import rows_of

FOLDER = "ANDON_LINK_SNAPSHOTS"
"""Environment variable with the folder of snapshots, where it is not `.link/snapshots` of the working folder."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Frozen rows and where they come from."""

    name: str
    digest: str
    """SHA-256 of the Parquet file, in hex."""
    path: Path
    rows: int
    signals: tuple[str, ...]
    assets: tuple[str, ...] = ()
    contract: str | None = None
    """Key and version, such as `laser-drill 3`, where they are a tenant's rows."""
    start: str | None = None
    end: str | None = None

    def frame(self) -> pl.DataFrame:
        """The rows. Raises `SnapshotMissing`, `SnapshotChanged`."""
        return _read(self.path, self.digest)


def folder() -> Path:
    """Where snapshots are: what `ANDON_LINK_SNAPSHOTS` says, or beside the notebook, where its kernel works."""
    return Path(os.environ.get(FOLDER) or Path(".link", "snapshots"))


def freeze(
    name: str, frame: pl.DataFrame, *, contract: str | None = None, start: str | None = None, end: str | None = None
) -> Snapshot:
    """Freezes rows under a name of small letters, digits and dashes. Raises `DataError`, `FileUnreadable`."""
    if _NAME.fullmatch(name) is None or _DIGEST.fullmatch(name):
        raise DataError(f"{name!r} is no name for a snapshot: small letters, digits, - and _, such as drills-march.")
    rows, sink = rows_of(frame), BytesIO()
    rows.write_parquet(sink, compression="zstd", statistics=False)
    digest = hashlib.sha256(sink.getbuffer()).hexdigest()
    assets = tuple(rows["asset"].unique().sort().to_list()) if "asset" in rows.columns else ()
    signals = tuple(key for key in rows.columns if key not in ("asset", "time"))
    made = Snapshot(name, digest, _path(digest), rows.height, signals, assets, contract, start, end)
    folder().mkdir(parents=True, exist_ok=True)
    if not made.path.exists() or _digest_of(made.path) != digest:
        _write(made.path, sink.getvalue())
    told = {key: value for key, value in asdict(made).items() if key not in ("name", "path")}
    _write(folder() / f"{name}.json", json.dumps(told, indent=1).encode())
    return made


def snapshot_named(name: str) -> Snapshot:
    """Raises `SnapshotMissing`."""
    file = folder() / f"{name}.json"
    try:
        told = json.loads(file.read_text("utf-8"))
        told["signals"], told["assets"] = tuple(told["signals"]), tuple(told["assets"])
        digest = str(told["digest"])
        if _DIGEST.fullmatch(digest) is None:  # it becomes a path
            raise ValueError("its digest is none")
        return Snapshot(name=name, path=_path(digest), **told)
    except FileNotFoundError as error:
        names = ", ".join(sorted(each.stem for each in folder().glob("*.json"))) or "none"
        raise SnapshotMissing(
            f"There is no snapshot {name!r} in {folder()} (there: {names}). Make it: data.snapshot({name!r}, …)."
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SnapshotChanged(f"{file} does not say what {name!r} means ({error}). Make the snapshot again.") from error


def pinned(name: str, digest: str | None = None) -> pl.DataFrame:
    """The rows that a name means here. With `digest`, only those: other rows under this name are refused.

    Needs no Andon and no network. Raises `SnapshotMissing`, `SnapshotChanged`.
    """
    found = snapshot_named(name)
    if digest is not None and digest != found.digest:
        raise SnapshotChanged(
            f"{name!r} means {found.digest[:12]}… now, not {digest[:12]}…. If that is meant, pin the new digest."
        )
    return found.frame()


def _read(path: Path, digest: str) -> pl.DataFrame:
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise SnapshotMissing(f"{path} is gone. Copy it here again, or make the snapshot again.") from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise SnapshotChanged(f"{path} is not what was frozen: its digest is another. Make the snapshot again.")
    return pl.read_parquet(BytesIO(content))


def _path(digest: str) -> Path:
    return folder() / f"{digest}.parquet"


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        file.write(content)
    Path(file.name).replace(path)
