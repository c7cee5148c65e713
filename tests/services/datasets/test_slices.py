"""Some assets out of a snapshot: the rows that a whole reading gives, from the parts that hold them and no others."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from services.datasets import api, reader, slices, writer
from services.datasets.contracts import SnapshotRequest
from services.datasets.errors import SnapshotDamaged
from services.datasets.reader import open_snapshot
from services.kernel import subjects

BEGIN = datetime(2026, 4, 1, tzinfo=UTC)
COUNTS = {"f0": 40, "f1": 25, "f2": 0, "f3": 60}


@pytest.fixture(scope="module")
async def opened(plant):
    """Parts of one or two assets, row groups of 16 rows; one asset has no row."""
    for key, count in COUNTS.items():
        rows = [
            {"asset": key, "time": BEGIN + timedelta(seconds=i), "speed": 10.0 * i, "current": None if i % 5 else 1.0}
            for i in range(count)
        ]
        if rows:
            await plant.send(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "GROUP_BYTES", 70 * 8 * 4)
        patch.setattr(writer, "_ROW_GROUP", 16)
        ids = tuple(plant.assets.values())
        snapshot = await api.freeze(
            plant.platform, plant.principal, SnapshotRequest(plant.contract.id, ids, BEGIN, BEGIN + timedelta(hours=1))
        )
    bucket = await plant.platform.objects.bucket(plant.principal.tenant)
    return open_snapshot(bucket.client, bucket.name, snapshot.digest)


@pytest.mark.parametrize(
    "keys", [(), ("f0",), ("f1",), ("f3",), ("f2",), ("f0", "f3"), ("f1", "f3"), ("f0", "f1", "f2", "f3")]
)
def test_slices_equal_the_whole(plant, opened, keys: tuple[str, ...]) -> None:
    assert len(opened.manifest.parts) > 1
    whole = {rows.asset: rows for rows in opened}
    wanted = [str(plant.assets[key]) for key in keys]
    found = {rows.asset: rows for rows in slices.rows_of(opened, wanted)}
    assert set(found) == {str(plant.assets[key]) for key in keys if COUNTS[key]}
    for asset, rows in found.items():
        np.testing.assert_array_equal(rows.time, whole[asset].time)
        np.testing.assert_array_equal(rows.values, whole[asset].values)


def test_what_lies_between_two_assets_is_not_read() -> None:
    assert list(slices._neighbours([])) == []
    assert list(slices._neighbours([2, 3, 5, 7, 8])) == [[2, 3], [5], [7, 8]]


def test_only_parts_that_hold_the_assets_are_read(plant, opened, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    slices._part.cache_clear()

    def noting(client, bucket, key):
        read.append(key)
        return reader.get(client, bucket, key)

    monkeypatch.setattr(slices, "get", noting)
    asset = next(rows.asset for rows in opened if len(rows.time))
    assert [rows.asset for rows in slices.rows_of(opened, [asset])] == [asset]
    assert read == [subjects.snapshot_object(opened.digest, opened.manifest.parts[0])]


def test_damaged_rows_are_refused(plant, opened, monkeypatch: pytest.MonkeyPatch) -> None:
    table = slices._read(opened, opened.manifest.parts[0], 0, 10_000)
    monkeypatch.setattr(slices, "_read", lambda *_: table.slice(1))
    with pytest.raises(SnapshotDamaged):
        list(slices.rows_of(opened, [next(rows.asset for rows in opened if len(rows.time))]))
