"""Freezing a range of history and reading it where it is trained on."""

import io
import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from services.datasets import api, writer
from services.datasets.contracts import SnapshotRequest
from services.datasets.errors import SnapshotDamaged, SnapshotEmpty, SnapshotInvalid, SnapshotNotFound
from services.datasets.reader import open_snapshot
from services.kernel import subjects

BEGIN = datetime(2026, 3, 1, 22, tzinfo=UTC)


def rows_of(asset: str, count: int, first: int = 0) -> list[dict]:
    return [
        {
            "asset": asset,
            "time": BEGIN + timedelta(minutes=i),
            "speed": 1_000.0 + i,
            "current": None if i % 3 == 0 else i / 7,
        }
        for i in range(first, first + count)
    ]


def request(plant, *keys: str, minutes: int = 300) -> SnapshotRequest:
    ids = tuple(plant.assets[key] for key in keys)
    return SnapshotRequest(plant.contract.id, ids, BEGIN, BEGIN + timedelta(minutes=minutes))


async def reader_of(plant, digest: str):
    bucket = await plant.platform.objects.bucket(plant.principal.tenant)
    return open_snapshot(bucket.client, bucket.name, digest)


@pytest.fixture(scope="module")
async def snapshot(plant):
    await plant.send(rows_of("f1", 200)[::-1])
    await plant.send(rows_of("f0", 150, first=100))
    await plant.send(rows_of("f0", 100))
    return await api.freeze(plant.platform, plant.principal, request(plant, "f0", "f1", "f2"))


async def test_a_snapshot_holds_the_rows_by_asset_and_time(plant, snapshot) -> None:
    assert (snapshot.rows, snapshot.assets, snapshot.contract_version) == (450, 3, 1)
    opened = await reader_of(plant, snapshot.digest)
    assert opened.signals == ("speed", "current")
    found = {rows.asset: rows for rows in opened}
    assert {asset: len(rows.time) for asset, rows in found.items()} == {
        str(plant.assets["f0"]): 250,
        str(plant.assets["f1"]): 200,
        str(plant.assets["f2"]): 0,
    }
    rows = found[str(plant.assets["f0"])]
    begin = int(BEGIN.timestamp() * 1e6)
    assert np.array_equal(rows.time, begin + np.arange(250) * 60_000_000)
    assert np.array_equal(rows.values[:, 0], 1_000.0 + np.arange(250))
    expected = np.where(np.arange(250) % 3 == 0, np.nan, np.arange(250) / 7)
    assert np.array_equal(rows.values[:, 1], expected, equal_nan=True)


async def test_the_same_rows_have_the_same_digest_however_they_are_cut(plant, snapshot, monkeypatch) -> None:
    monkeypatch.setattr(writer, "GROUP_BYTES", 32 * 160)  # smaller than one asset: day by day, a part an asset
    again = await api.freeze(plant.platform, plant.principal, request(plant, "f2", "f1", "f0"))
    assert again.digest == snapshot.digest


async def test_parts_cut_by_day_read_the_same(plant, snapshot, monkeypatch) -> None:
    monkeypatch.setattr(writer, "GROUP_BYTES", 32 * 160)
    smaller = await api.freeze(plant.platform, plant.principal, request(plant, "f0", "f1", minutes=240))
    opened = await reader_of(plant, smaller.digest)
    assert len(opened.manifest.parts) == 2
    assert sorted(len(rows.time) for rows in opened) == [200, 240]


async def test_another_row_is_another_digest_and_the_old_snapshot_stays(plant, snapshot) -> None:
    await plant.send(rows_of("f2", 1))
    changed = await api.freeze(plant.platform, plant.principal, request(plant, "f0", "f1", "f2"))
    assert changed.rows == 451
    assert changed.digest != snapshot.digest
    assert sum(len(rows.time) for rows in await reader_of(plant, snapshot.digest)) == 450


async def test_a_snapshot_is_listed_and_found_by_its_digest(plant, snapshot, other_principal) -> None:
    async with plant.platform.database.unit(plant.principal.tenant) as uow:
        assert await api.get_snapshot(uow, plant.principal, snapshot.digest) == snapshot
        assert snapshot in await api.list_snapshots(uow, plant.principal)
    async with plant.platform.database.unit(other_principal.tenant) as uow:
        with pytest.raises(SnapshotNotFound):
            await api.get_snapshot(uow, other_principal, snapshot.digest)


async def test_an_empty_range_cannot_be_frozen(plant) -> None:
    with pytest.raises(SnapshotEmpty):
        await api.freeze(plant.platform, plant.principal, request(plant, "f3"))
    with pytest.raises(SnapshotInvalid):
        await api.freeze(plant.platform, plant.principal, request(plant, "f0", minutes=0))


async def test_damage_is_found_before_rows_are_handed_out(plant, snapshot) -> None:
    bucket = await plant.platform.objects.bucket(plant.principal.tenant)
    key = subjects.snapshot_object(snapshot.digest, "manifest.json")
    response = bucket.client.get_object(bucket.name, key)
    original = response.read()
    response.close()
    manifest = json.loads(original)
    manifest["content"]["assets"][0]["rows"] += 1
    damaged = json.dumps(manifest).encode()
    bucket.client.put_object(bucket.name, key, io.BytesIO(damaged), len(damaged))
    with pytest.raises(SnapshotDamaged, match="describes"):
        open_snapshot(bucket.client, bucket.name, snapshot.digest)
    bucket.client.put_object(bucket.name, key, io.BytesIO(original), len(original))
    part = subjects.snapshot_object(snapshot.digest, "part-00000.parquet")
    bucket.client.put_object(bucket.name, part, io.BytesIO(b"PAR1"), 4)
    with pytest.raises(SnapshotDamaged, match="cannot be read"):
        list(open_snapshot(bucket.client, bucket.name, snapshot.digest))


async def test_a_digest_nobody_froze(plant) -> None:
    with pytest.raises(SnapshotNotFound):
        await reader_of(plant, "0" * 64)
