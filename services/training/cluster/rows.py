"""A block's rows out of the snapshot, checked against its digest on the way."""

from collections.abc import Mapping, Sequence

import numpy as np

from services.datasets.reader import SnapshotReader, open_snapshot
from services.datasets.slices import rows_of
from services.fleet.labels import MOST_EVENTS
from services.fleet.prepare import FleetRows
from services.training.cluster.messages import LabelSpan
from services.training.cluster.objects import BucketAccess


class RowsUnfit(Exception):
    """The snapshot is not what the command says it is."""


def load_rows(
    bucket: BucketAccess,
    snapshot: str,
    assets: Sequence[str],
    signals: Sequence[str],
    labels: Mapping[str, Sequence[LabelSpan]] | None = None,
) -> FleetRows:
    """Rows of `assets` in that order, and of which of their events judged abnormal (`labels`, by asset) each is; an
    asset without rows in the snapshot has none here.

    Raises `RowsUnfit` for other signals than the command's, `SnapshotDamaged` for rows that are not the frozen ones.
    """
    reader = open_snapshot(bucket.client(), bucket.bucket, snapshot)
    if reader.signals != tuple(signals):
        raise RowsUnfit(f"snapshot {snapshot} has the signals {', '.join(reader.signals)}")
    counts = _counts(reader, assets)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    place = {asset: offsets[i] for i, asset in enumerate(assets)}
    values = np.empty((int(offsets[-1]), len(signals)))
    event = np.full(len(values), -1, np.int32) if labels else None
    for rows in rows_of(reader, assets):  # each goes where it belongs, so that there is no second copy of a block
        mine = slice(place[rows.asset], place[rows.asset] + len(rows.values))
        values[mine] = rows.values
        if event is not None and labels and (spans := labels.get(rows.asset)):
            event[mine] = events_of(rows.time, spans)
    return FleetRows(tuple(assets), offsets, values, event)


def events_of(time: np.ndarray, spans: Sequence[LabelSpan]) -> np.ndarray:
    """int32 [rows]: the abnormal event of each row, from 0 by time; -1 where there is none. `time` is int64 µs since
    1970, rising. Of more than `MOST_EVENTS` the oldest count as one."""
    found = np.full(len(time), -1, np.int64)
    for number, span in enumerate(spans):
        found[np.searchsorted(time, span.start) : np.searchsorted(time, span.end)] = number if span.abnormal else -1
    numbers, first = np.unique(found[found >= 0], return_index=True)
    by_time = np.argsort(np.flatnonzero(found >= 0)[first], kind="stable")
    rank = np.full(len(spans) + 1, -1, np.int32)
    rank[numbers[by_time]] = np.maximum(np.arange(len(numbers)) - max(len(numbers) - MOST_EVENTS, 0), 0)
    return rank[found]


def count_rows(bucket: BucketAccess, snapshot: str, assets: Sequence[str]) -> list[int]:
    """How many rows each of `assets` has, from the snapshot's manifest alone. Raises `SnapshotNotFound`,
    `SnapshotDamaged`."""
    return _counts(open_snapshot(bucket.client(), bucket.bucket, snapshot), assets)


def _counts(reader: SnapshotReader, assets: Sequence[str]) -> list[int]:
    found = {asset.id: asset.rows for asset in reader.manifest.content.assets}
    return [found.get(asset, 0) for asset in assets]
