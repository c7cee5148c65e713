"""A block's rows out of the snapshot, checked against its digest on the way."""

from collections.abc import Sequence

import numpy as np

from services.datasets.reader import open_snapshot
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
    found = {rows.asset: rows.values for rows in rows_of(reader, assets)}
    parts = [found.get(asset, np.empty((0, len(signals)))) for asset in assets]
    offsets = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
    return FleetRows(tuple(assets), offsets, np.concatenate(parts) if parts else np.empty((0, len(signals))))
