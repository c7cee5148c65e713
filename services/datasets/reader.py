"""Reading a snapshot where it is trained on: no database, only the tenant's bucket.

    snapshot = open_snapshot(client, bucket, digest)
    for rows in snapshot:            # asset after asset, in order of ids
        rows.asset, rows.time, rows.values

Every asset's rows are checked against the digest before they are handed out.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from minio import Minio
from minio.error import S3Error

from services.datasets.content import AssetContent, AssetDigest, Manifest
from services.datasets.errors import SnapshotDamaged, SnapshotNotFound
from services.kernel import subjects

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class AssetRows:
    """One asset's rows in order of time: `time` int64 µs since 1970 [rows]; `values` float64 [rows, signals] in the
    contract's order and units, NaN where missing."""

    asset: str
    time: np.ndarray
    values: np.ndarray


@dataclass(frozen=True, slots=True)
class SnapshotReader:
    """An opened snapshot whose manifest was checked. Iterating reads one part after the other."""

    client: Minio
    bucket: str
    digest: str
    manifest: Manifest

    @property
    def signals(self) -> tuple[str, ...]:
        return tuple(signal.key for signal in self.manifest.content.signals)

    @property
    def assets(self) -> tuple[str, ...]:
        """Ids, in the order in which they come; those without a row are among them."""
        return tuple(asset.id for asset in self.manifest.content.assets)

    @property
    def rows(self) -> int:
        return self.manifest.content.rows

    def __iter__(self) -> Iterator[AssetRows]:
        """Raises `SnapshotDamaged` at the first asset whose rows are not those that were frozen."""
        wanted = iter(self.manifest.content.assets)
        for rows in self._stored():
            expected = next(wanted, None)
            while expected is not None and expected.rows == 0 and expected.id != rows.asset:
                yield self._nothing(expected)
                expected = next(wanted, None)
            verify(rows, expected)
            yield rows
        for expected in wanted:
            if expected.rows:
                raise SnapshotDamaged(f"Rows of asset {expected.id} are missing from snapshot {self.digest}.")
            yield self._nothing(expected)

    def _nothing(self, asset: AssetContent) -> AssetRows:
        return AssetRows(asset.id, np.empty(0, np.int64), np.empty((0, len(self.signals))))

    def _stored(self) -> Iterator[AssetRows]:
        for part in self.manifest.parts:
            data = get(self.client, self.bucket, subjects.snapshot_object(self.digest, part))
            try:
                table = pq.read_table(io.BytesIO(data), columns=["asset", "time", *self.signals])
            except (pa.ArrowException, OSError) as error:
                raise SnapshotDamaged(f"Part {part} of snapshot {self.digest} cannot be read: {error}") from error
            yield from by_asset(table, self.signals)


def open_snapshot(client: Minio, bucket: str, digest: str) -> SnapshotReader:
    """Raises `SnapshotNotFound`; `SnapshotDamaged` when the manifest is not the one the digest names."""
    try:
        data = get(client, bucket, subjects.snapshot_object(digest, MANIFEST))
    except SnapshotDamaged as error:
        raise SnapshotNotFound(f"There is no snapshot {digest}.") from error
    try:
        manifest = Manifest.from_json(data)
    except (KeyError, TypeError, ValueError) as error:
        raise SnapshotDamaged(f"The manifest of snapshot {digest} cannot be read: {error}") from error
    if manifest.content.digest != digest:
        raise SnapshotDamaged(f"The manifest under {digest} describes {manifest.content.digest}.")
    return SnapshotReader(client, bucket, digest, manifest)


def get(client: Minio, bucket: str, key: str) -> bytes:
    try:
        response = client.get_object(bucket, key)
    except S3Error as error:
        if error.code in {"NoSuchKey", "NoSuchBucket"}:
            raise SnapshotDamaged(f"The object {key} is missing.") from error
        raise
    try:
        return response.read()
    finally:
        response.close()
        response.release_conn()


def by_asset(table: pa.Table, signals: tuple[str, ...]) -> Iterator[AssetRows]:
    table = table.combine_chunks()
    if not table.num_rows:
        return
    runs = pc.call_function("run_end_encode", [table.column("asset").chunk(0)])
    ends = runs.run_ends.to_numpy()
    names = runs.values.to_pylist()
    time = table.column("time").cast(pa.timestamp("us", "UTC")).chunk(0).view(pa.int64()).to_numpy()
    columns = [table.column(key).to_numpy() for key in signals]
    start = 0
    for name, end in zip(names, ends, strict=True):
        yield AssetRows(name, time[start:end], np.column_stack([column[start:end] for column in columns]))
        start = end


def verify(rows: AssetRows, expected: AssetContent | None) -> None:
    digest = AssetDigest(rows.values.shape[1])
    digest.feed(rows.time, list(rows.values.T))
    if expected is None or (rows.asset, digest.hexdigest()) != (expected.id, expected.digest):
        raise SnapshotDamaged(f"The rows of asset {rows.asset} are not those that were frozen.")
