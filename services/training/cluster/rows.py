"""A block's rows out of the snapshot, checked against its digest on the way."""

from collections.abc import Sequence

import numpy as np

from services.datasets.reader import SnapshotReader, open_snapshot
from services.datasets.slices import rows_of
from services.fleet.prepare import FleetRows
from services.training.cluster.objects import BucketAccess


class RowsUnfit(Exception):
    """The snapshot is not what the command says it is."""


def load_rows(bucket: BucketAccess, snapshot: str, assets: Sequence[str], signals: Sequence[str]) -> FleetRows:
    """Rows of `assets` in that order; an asset without rows in the snapshot has none here.

    Raises `RowsUnfit` for other signals than the command's, `SnapshotDamaged` for rows that are not the frozen ones.
    """
    reader = open_snapshot(bucket.client(), bucket.bucket, snapshot)
    if reader.signals != tuple(signals):
        raise RowsUnfit(f"snapshot {snapshot} has the signals {', '.join(reader.signals)}")
    counts = _counts(reader, assets)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    place = {asset: offsets[i] for i, asset in enumerate(assets)}
    values = np.empty((int(offsets[-1]), len(signals)))
    for rows in rows_of(reader, assets):  # each goes where it belongs, so that there is no second copy of a block
        values[place[rows.asset] : place[rows.asset] + len(rows.values)] = rows.values
    return FleetRows(tuple(assets), offsets, values)


def count_rows(bucket: BucketAccess, snapshot: str, assets: Sequence[str]) -> list[int]:
    """How many rows each of `assets` has, from the snapshot's manifest alone. Raises `SnapshotNotFound`,
    `SnapshotDamaged`."""
    return _counts(open_snapshot(bucket.client(), bucket.bucket, snapshot), assets)


def _counts(reader: SnapshotReader, assets: Sequence[str]) -> list[int]:
    found = {asset.id: asset.rows for asset in reader.manifest.content.assets}
    return [found.get(asset, 0) for asset in assets]
