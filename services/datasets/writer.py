"""Freezing rows of a table: counted, read in groups of assets that fit the memory, digested and written in order."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from minio import Minio
from minio.error import S3Error

from services.datasets.content import AssetContent, AssetDigest, Content, Manifest, SignalColumn
from services.datasets.reader import MANIFEST
from services.kernel import subjects
from services.readings.history import PARTITION

GROUP_BYTES = 128 * 1024 * 1024
"""Of rows held at once; an asset with more is read day by day."""
_ROW_GROUP = 65_536


@dataclass(frozen=True, slots=True)
class Range:
    """What to freeze: `start` ≤ time < `end` of `assets` (ids as text, sorted)."""

    assets: tuple[str, ...]
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Group:
    assets: tuple[str, ...]
    spans: tuple[tuple[datetime, datetime], ...]


def chosen(frame: pl.LazyFrame, wanted: Range) -> pl.LazyFrame:
    days = (pl.col(PARTITION) >= wanted.start.date()) & (pl.col(PARTITION) <= wanted.end.date())
    span = (pl.col("time") >= wanted.start) & (pl.col("time") < wanted.end)
    return frame.filter(days & span & pl.col("asset").is_in(list(wanted.assets)))


def counts(frame: pl.LazyFrame, wanted: Range) -> dict[str, int]:
    """Rows of each asset that has any."""
    counted = chosen(frame, wanted).group_by("asset").agg(pl.len()).collect(engine="streaming")
    return dict(counted.iter_rows())


def groups(wanted: Range, rows: dict[str, int], columns: int) -> Iterator[Group]:
    """Assets in order, cut so that a group's rows fit `GROUP_BYTES`; a larger asset alone, day by day."""
    most = max(1, GROUP_BYTES // (8 * (columns + 2)))
    waiting: list[str] = []
    held = 0
    for asset in wanted.assets:
        if waiting and held + rows.get(asset, 0) > most:
            yield Group(tuple(waiting), ((wanted.start, wanted.end),))
            waiting, held = [], 0
        if rows.get(asset, 0) > most:
            yield Group((asset,), tuple(_days(wanted)))
        elif rows.get(asset, 0):
            waiting.append(asset)
            held += rows[asset]
    if waiting:
        yield Group(tuple(waiting), ((wanted.start, wanted.end),))


def _days(wanted: Range) -> Iterator[tuple[datetime, datetime]]:
    start = wanted.start
    while start < wanted.end:
        end = min(start + timedelta(days=1), wanted.end)
        yield start, end
        start = end


class SnapshotWriter:
    """Writes parts into `folder` and gathers the digests of the assets."""

    def __init__(self, folder: Path, signals: Sequence[SignalColumn]) -> None:
        self._folder = folder
        self._signals = [signal.key for signal in signals]
        self._schema = pa.schema(
            [("asset", pa.utf8()), ("time", pa.timestamp("us", "UTC"))] + [(key, pa.float64()) for key in self._signals]
        )
        self.digests: dict[str, AssetDigest] = {}
        self.parts: list[str] = []

    def write(self, frame: pl.LazyFrame, group: Group) -> None:
        name = f"part-{len(self.parts):05d}.parquet"
        with pq.ParquetWriter(
            self._folder / name,
            self._schema,
            compression="lz4",
            use_dictionary=["asset"],  # pyright: ignore[reportArgumentType] - pyarrow takes a list of columns too
            write_statistics=False,
        ) as writer:
            for start, end in group.spans:
                rows = self._read(frame, Range(group.assets, start, end))
                if rows.num_rows:
                    self._digest(rows)
                    writer.write_table(rows, row_group_size=_ROW_GROUP)
        self.parts.append(name)

    def _read(self, frame: pl.LazyFrame, wanted: Range) -> pa.Table:
        stored = set(frame.collect_schema().names())
        columns = [
            pl.col(key).cast(pl.Float64) if key in stored else pl.lit(None, pl.Float64).alias(key)
            for key in self._signals
        ]
        rows = chosen(frame, wanted).select("asset", "time", *columns).sort("asset", "time").collect(engine="streaming")
        return rows.to_arrow().cast(self._schema).combine_chunks()

    def _digest(self, rows: pa.Table) -> None:
        runs = rows.column("asset").to_numpy()
        starts = np.flatnonzero(np.append(True, runs[1:] != runs[:-1]))
        time = rows.column("time").cast(pa.int64()).to_numpy()
        columns = [rows.column(key).to_numpy() for key in self._signals]
        for start, end in zip(starts, [*starts[1:], len(runs)], strict=True):
            digest = self.digests.setdefault(runs[start], AssetDigest(len(self._signals)))
            digest.feed(time[start:end], [column[start:end] for column in columns])


@dataclass(frozen=True, slots=True)
class Described:
    """What the manifest says beside the rows."""

    contract: str
    contract_version: int
    signals: tuple[SignalColumn, ...]


def freeze(client: Minio, bucket: str, frame: pl.LazyFrame, wanted: Range, described: Described) -> Manifest | None:
    """Writes the snapshot and returns its manifest; None where the range has no row. Blocks; run it in a thread.

    Writing the same rows again changes nothing: the digest is the same, and the manifest that is there stays.
    """
    rows = counts(frame, wanted)
    if not rows:
        return None
    with tempfile.TemporaryDirectory(prefix="andon-snapshot-") as folder:
        writer = SnapshotWriter(Path(folder), described.signals)
        for group in groups(wanted, rows, len(described.signals)):
            writer.write(frame, group)
        nothing = AssetDigest(len(described.signals))
        digests = {asset: writer.digests.get(asset, nothing) for asset in wanted.assets}
        assets = tuple(AssetContent(asset, digest.rows, digest.hexdigest()) for asset, digest in digests.items())
        manifest = Manifest(
            Content(described.contract, described.signals, assets),
            tuple(writer.parts),
            described.contract_version,
            wanted.start.isoformat(),
            wanted.end.isoformat(),
        )
        return _upload(client, bucket, Path(folder), manifest)


def _upload(client: Minio, bucket: str, folder: Path, manifest: Manifest) -> Manifest:
    digest = manifest.content.digest
    place = subjects.snapshot_object(digest, MANIFEST)
    try:
        response = client.get_object(bucket, place)
    except S3Error as error:
        if error.code != "NoSuchKey":
            raise
    else:
        with response:
            return Manifest.from_json(response.read())
    for part in manifest.parts:
        client.fput_object(bucket, subjects.snapshot_object(digest, part), str(folder / part))
    (folder / MANIFEST).write_bytes(manifest.to_json())
    client.fput_object(bucket, place, str(folder / MANIFEST))
    return manifest
