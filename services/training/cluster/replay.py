"""Rows that a champion was trained on, for a run that updates it: mixed in, so that what it knew is not forgotten.

Rehearsal keeps an old normal better than any penalty on weights when a bounded memory of old rows is allowed
(D. Rolnick and others, *Experience replay for continual learning*, 2019). Old rows are those of the champion's
snapshot, and of those that it replayed itself, from the start of the asset's present regime on: a normal that an event
ended is to be forgotten. What the new range holds itself is left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services.datasets.errors import SnapshotNotFound
from services.datasets.reader import open_snapshot
from services.datasets.slices import rows_of
from services.fleet.pack import Pack
from services.fleet.prepare import FleetRows
from services.training.cluster.messages import TrainAsset, Update
from services.training.cluster.objects import BucketAccess
from services.training.cluster.rows import events_of

MOST_SNAPSHOTS = 4
"""Of an asset: its champion's, and those that the champion replayed, the newest first."""
MOST_ROWS = 2048
"""Of an asset, in bursts spread evenly."""
LEAST_ROWS = 100
"""Fewer are not replayed: nothing could be measured on them."""
_BURST = 128
_APART = 1 << 40
"""What lies between the places of old rows and new ones: they are no neighbours."""


@dataclass(frozen=True, slots=True)
class Old:
    """An asset's rows of before, by time."""

    values: np.ndarray
    place: np.ndarray
    event: np.ndarray


def sources(assets: Sequence[TrainAsset], champions: Mapping[str, tuple[Pack, int]]) -> dict[str, tuple[str, ...]]:
    """Digests of snapshots by asset."""
    return {str(asset.asset): _snapshots(champions[str(asset.asset)][0], str(asset.asset)) for asset in assets}


def _snapshots(pack: Pack, asset: str) -> tuple[str, ...]:
    found = [pack.facts.get("snapshot"), *pack.facts.get("replayed", {}).get(asset, ())]
    return tuple(dict.fromkeys(str(one) for one in found if one))[:MOST_SNAPSHOTS]


def with_old(
    rows: FleetRows,
    bucket: BucketAccess,
    update: Update,
    assets: Sequence[TrainAsset],
    snapshots: Mapping[str, Sequence[str]],
    signals: Sequence[str],
) -> FleetRows:
    """`rows`, each asset's behind its rows of before. A snapshot that is not there any more gives none."""
    found = _old(bucket, update, {str(asset.asset): asset for asset in assets}, snapshots, signals)
    if not found:
        return rows
    pieces, counts = [], []
    for i, asset in enumerate(rows.assets):
        fresh = slice(rows.offsets[i], rows.offsets[i + 1])
        event = np.full(fresh.stop - fresh.start, -1, np.int32) if rows.event is None else rows.event[fresh]
        old = found.get(asset)
        first = 0 if old is None else int(old.event.max(initial=-1)) + 1
        numbered = np.where(event < 0, -1, event + first)
        new = (rows.values[fresh], np.arange(len(event)) + _APART, numbered, np.zeros(len(event), bool))
        if old is not None:
            pieces.append((old.values, old.place, old.event, np.ones(len(old.values), bool)))
        pieces.append(new)
        counts.append(len(event) + (0 if old is None else len(old.values)))
    values, place, event, flag = (np.concatenate(column) for column in zip(*pieces, strict=True))
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return FleetRows(rows.assets, offsets, values, event.astype(np.int32), place, flag)


def _old(
    bucket: BucketAccess,
    update: Update,
    assets: Mapping[str, TrainAsset],
    snapshots: Mapping[str, Sequence[str]],
    signals: Sequence[str],
) -> dict[str, Old]:
    """By asset; assets with too few are left out."""
    pieces: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    for digest, wanted in _by_snapshot(snapshots):
        try:
            reader = open_snapshot(bucket.client(), bucket.bucket, digest)
        except SnapshotNotFound:
            continue
        if reader.signals != tuple(signals):
            continue
        for rows in rows_of(reader, wanted):
            since = assets[rows.asset].since
            kept = (rows.time >= since) & ((rows.time < update.start) | (rows.time >= update.end))
            if kept.any():
                pieces.setdefault(rows.asset, []).append((rows.time[kept], rows.values[kept]))
    enough = {asset: each for asset, each in pieces.items() if sum(len(time) for time, _ in each) >= LEAST_ROWS}
    return {asset: _bounded(each, assets[asset]) for asset, each in enough.items()}


def _bounded(pieces: Sequence[tuple[np.ndarray, np.ndarray]], asset: TrainAsset) -> Old:
    """In order of time, each time once, at most `MOST_ROWS`."""
    values = np.concatenate([values for _, values in pieces])
    time, first = np.unique(np.concatenate([time for time, _ in pieces]), return_index=True)
    place = np.arange(len(time))
    if len(time) > MOST_ROWS:
        bursts, kept = -(-len(time) // _BURST), MOST_ROWS // _BURST
        burst = place // _BURST
        place = place[(burst + 1) * kept // bursts != burst * kept // bursts]
    return Old(values[first[place]], place, events_of(time[place], asset.labels))


def _by_snapshot(snapshots: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, list[str]]]:
    """(digest, its assets), in order of digests: what is read does not depend on the order of assets."""
    for digest in sorted({one for each in snapshots.values() for one in each}):
        yield digest, [asset for asset, each in snapshots.items() if digest in each]
