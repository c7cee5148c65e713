"""Some assets' rows out of a snapshot, without reading the rest: what a worker needs that trains a share of a fleet.

Assets come in the order of the manifest, each whole in one part, so the number of rows in each part (its footer says
it) tells which assets it holds and where they are.
"""

import io
import itertools
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

import pyarrow as pa
import pyarrow.parquet as pq
from minio import Minio

from services.datasets.errors import SnapshotDamaged
from services.datasets.reader import AssetRows, SnapshotReader, by_asset, get, verify
from services.kernel import subjects

_TAIL = 256 * 1024
"""Bytes at a part's end that nearly always hold its footer."""
_MAGIC = b"PAR1"


def rows_of(snapshot: SnapshotReader, wanted: Collection[str]) -> Iterator[AssetRows]:
    """Rows of those of `wanted` that have any, in the snapshot's order; each is checked against its digest.

    Raises `SnapshotDamaged`. A part that was just read is kept, so blocks of neighbours cost one download.
    """
    chosen = set(wanted)
    stored = [asset for asset in snapshot.manifest.content.assets if asset.rows]
    ends = list(itertools.accumulate(asset.rows for asset in stored))
    first = 0
    place = 0
    for part in snapshot.manifest.parts:
        if place >= len(stored) or not chosen.intersection(asset.id for asset in stored[place:]):
            return
        rows = _rows_in(snapshot.client, snapshot.bucket, subjects.snapshot_object(snapshot.digest, part))
        held = place
        while held < len(stored) and ends[held] <= first + rows:
            held += 1
        mine = [at for at in range(place, held) if stored[at].id in chosen]
        for run in _neighbours(mine):
            start, end = ends[run[0]] - stored[run[0]].rows - first, ends[run[-1]] - first
            expected = {stored[at].id: stored[at] for at in run}
            for found in by_asset(_read(snapshot, part, start, end), snapshot.signals):
                if found.asset in expected:
                    verify(found, expected.pop(found.asset))
                    yield found
            if expected:
                raise SnapshotDamaged(f"Rows of asset {next(iter(expected))} are missing from part {part}.")
        first, place = first + rows, held


def _neighbours(places: Sequence[int]) -> Iterator[list[int]]:
    """Runs of whole numbers that follow on each other: what lies between two runs is not read."""
    for _, run in itertools.groupby(enumerate(places), lambda numbered: numbered[1] - numbered[0]):
        yield [place for _, place in run]


def _read(snapshot: SnapshotReader, part: str, start: int, end: int) -> pa.Table:
    """Rows start to end of a part, cut at the borders of its row groups' assets: more may come, never fewer."""
    try:
        file = pq.ParquetFile(io.BytesIO(_part(snapshot.client, snapshot.bucket, snapshot.digest, part)))
        groups: list[int] = []
        before, skipped = 0, 0
        for group in range(file.metadata.num_row_groups):
            after = before + file.metadata.row_group(group).num_rows
            if after <= start:
                skipped = after
            elif before < end:
                groups.append(group)
            before = after
        table = file.read_row_groups(groups, columns=["asset", "time", *snapshot.signals])
        return table.slice(start - skipped, end - start)
    except (pa.ArrowException, OSError) as error:
        raise SnapshotDamaged(f"Part {part} of snapshot {snapshot.digest} cannot be read: {error}") from error


@lru_cache(maxsize=1)
def _part(client: Minio, bucket: str, digest: str, part: str) -> bytes:
    return get(client, bucket, subjects.snapshot_object(digest, part))


@lru_cache(maxsize=4096)
def _rows_in(client: Minio, bucket: str, name: str) -> int:
    """Rows of a part, from its footer alone."""
    size = client.stat_object(bucket, name).size or 0
    tail = _range(client, bucket, name, max(size - _TAIL, 0), min(size, _TAIL))
    needed = int.from_bytes(tail[-8:-4], "little") + 8
    if needed > len(tail):
        tail = _range(client, bucket, name, size - needed, needed)
    try:
        return pq.read_metadata(io.BytesIO(_MAGIC + tail[-needed:])).num_rows
    except (pa.ArrowException, OSError) as error:
        raise SnapshotDamaged(f"The footer of {name} cannot be read: {error}") from error


def _range(client: Minio, bucket: str, name: str, offset: int, length: int) -> bytes:
    response = client.get_object(bucket, name, offset=offset, length=length)
    try:
        return response.read()
    finally:
        response.close()
        response.release_conn()
