"""An export is whole or not there, bounded in memory, and goes with its time."""

import asyncio
import gzip
import hashlib
import io
from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bulk_plant import START, csv

from services.budgets import api as budgets
from services.budgets.contracts import Ceiling
from services.bulk import api, exporting, model, sweeping, worker
from services.bulk.contracts import ExportFormat, ExportOf, JobState, StartExport
from services.bulk.errors import ExportRangeInvalid, NoAssetsToExport, NothingToDownload
from services.bulk.repository import Bulk
from services.kernel.rights import system_principal

pytestmark = pytest.mark.platform
SPAN = {"start": START, "end": START + timedelta(days=40)}
ALL = {"of": ExportOf.READINGS, "contract": "pumps", **SPAN}


@pytest.fixture(scope="module")
async def filled(plant):
    """Two pumps with rows on three days."""
    for first in (0, 86_400, 30 * 86_400):
        for asset in ("p0", "p1"):
            await plant.bring(csv(1000, first=first, asset=asset))
    await plant.history("p1")
    return plant


async def test_parquet_has_the_rows_by_time_whatever_the_pieces(filled, monkeypatch):
    monkeypatch.setattr(exporting, "_PIECE_ROWS", 300)
    monkeypatch.setattr(model, "PART_BYTES", 10_000)
    job = await filled.export(**ALL)
    assert (job.state, job.problem, job.rows, job.assets, job.progress) == (JobState.SUCCEEDED, None, 6000, 5, 1.0)
    content = await filled.file(job.id)
    assert hashlib.sha256(content).hexdigest() == job.sha256
    assert await filled.objects(model.result_prefix(job.id)) == -(-len(content) // 10_000)
    rows = pq.read_table(io.BytesIO(content))
    assert rows.schema.names == ["asset", "time", "temperature", "pressure"]
    assert rows.schema.field("time").type == pa.timestamp("us", "UTC")
    assert rows["asset"].to_pylist() == ["p0", "p1"] * 3000
    times = rows["time"].to_pylist()
    assert times == sorted(times)
    assert rows["temperature"].to_pylist()[:6] == [20.0, 20.0, 21.0, 21.0, 22.0, 22.0]


async def test_csv_has_the_range_and_the_assets_that_were_asked_for(filled, monkeypatch):
    monkeypatch.setattr(exporting, "_PIECE_ROWS", 100)
    job = await filled.export(
        **ALL | {"start": START + timedelta(seconds=10), "end": START + timedelta(seconds=510)},
        format=ExportFormat.CSV,
        asset_ids=(filled.assets["p1"],),
    )
    lines = gzip.decompress(await filled.file(job.id)).decode().splitlines()
    assert (job.rows, job.assets, len(lines)) == (500, 1, 501)
    assert lines[:2] == ['"asset","time","temperature","pressure"', '"p1",2026-03-01 00:00:10.000000Z,30,1.5']
    assert lines[-1].startswith('"p1",2026-03-01 00:08:29.000000Z')


async def test_a_range_without_rows_gives_a_file_without_rows(filled):
    empty = ALL | {"start": START - timedelta(days=20), "end": START - timedelta(days=10)}
    job = await filled.export(**empty)
    assert (job.state, job.rows) == (JobState.SUCCEEDED, 0)
    assert pq.read_table(io.BytesIO(await filled.file(job.id))).num_rows == 0
    job = await filled.export(**empty | {"of": ExportOf.SCORES}, format=ExportFormat.CSV)
    assert gzip.decompress(await filled.file(job.id)).startswith(b'"asset","time","version","shadow","route"')


async def test_a_worker_that_dies_is_followed_by_one_that_begins_anew(filled, monkeypatch):
    monkeypatch.setattr(exporting, "_PIECE_ROWS", 500)
    note, notes = exporting._Out.note, 0

    async def dies(self, rows, progress):
        nonlocal notes
        notes += 1
        if notes == 3:
            raise asyncio.CancelledError
        await note(self, rows, progress)

    monkeypatch.setattr(exporting._Out, "note", dies)
    async with filled.platform.database.unit(filled.principal.tenant) as uow:
        job = await api.start_export(uow, filled.principal, StartExport(**ALL, format=ExportFormat.CSV))
        await uow.commit()
    hold = await worker.claim(filled.platform, filled.principal.tenant)
    with pytest.raises(asyncio.CancelledError):
        await worker.do(filled.platform, hold)
    async with filled.platform.database.unit(filled.principal.tenant) as uow:
        with pytest.raises(NothingToDownload):
            await api.download(uow, filled.principal, job.id)
        row = await Bulk(uow).get(job.id, lock=True)
        assert row.rows == 1000
        row.heartbeat_at = filled.platform.clock() - timedelta(minutes=1)
        await uow.session.flush()
        await uow.commit()
    await filled.work()
    done = await filled.job(job.id)
    assert (done.state, done.rows) == (JobState.SUCCEEDED, 6000)
    assert len(gzip.decompress(await filled.file(job.id)).splitlines()) == 6001


async def test_a_cancelled_export_gives_nothing_and_leaves_nothing(filled, monkeypatch):
    monkeypatch.setattr(exporting, "_PIECE_ROWS", 500)
    part = exporting._Out.part

    async def cancelled(self, content):
        await part(self, content)
        async with filled.platform.database.unit(filled.principal.tenant) as uow:
            await api.cancel_transfer(uow, filled.principal, self._hold.id)
            await uow.commit()

    monkeypatch.setattr(exporting._Out, "part", cancelled)
    job = await filled.export(**ALL, format=ExportFormat.CSV)
    assert (job.state, job.problem.code, job.rows) == (JobState.CANCELLED, "CANCELLED", 500)
    prefix = model.result_prefix(job.id)
    assert await filled.objects(prefix) == 1
    await sweeping.clear(filled.platform, filled.principal.tenant)
    assert await filled.objects(prefix) == 0
    async with filled.platform.database.unit(filled.principal.tenant) as uow:
        with pytest.raises(NothingToDownload):
            await api.download(uow, filled.principal, job.id)


async def test_a_file_goes_when_its_time_is_over_and_the_job_stays(filled):
    job = await filled.export(**ALL)
    assert job.expires_at - job.ended_at == model.RESULTS_FOR
    await sweeping.clear(filled.platform, filled.principal.tenant)
    assert await filled.objects(model.result_prefix(job.id)) == 1
    async with filled.platform.database.unit(filled.principal.tenant) as uow:
        row = await Bulk(uow).get(job.id, lock=True)
        row.expires_at = filled.platform.clock() - timedelta(seconds=1)
        await uow.session.flush()
        await uow.commit()
    await sweeping.clear(filled.platform, filled.principal.tenant)
    assert await filled.objects(model.result_prefix(job.id)) == 0
    assert (await filled.job(job.id)).bytes is None


async def test_an_export_that_is_larger_than_the_room_ends_with_a_reason(filled, monkeypatch):
    tenant, system = filled.principal.tenant, system_principal(filled.principal.tenant)
    await sweeping.measure(filled.platform, tenant)
    async with filled.platform.database.unit(tenant) as uow:
        stored, _ = await budgets.get_storage(uow, system)
        staged = await Bulk(uow).staged_bytes()
        await budgets.set_ceiling(uow, system, Ceiling.STORAGE, stored + staged + 100)
        await uow.commit()
    job = await filled.export(**ALL)
    assert (job.state, job.problem.code) == (JobState.FAILED, "STORAGE_FULL")
    async with filled.platform.database.unit(tenant) as uow:
        await budgets.set_ceiling(uow, system, Ceiling.STORAGE, None)
        await uow.commit()


async def test_what_cannot_be_exported_is_refused_at_once(filled):
    async with filled.platform.database.unit(filled.principal.tenant) as uow:
        with pytest.raises(ExportRangeInvalid):
            await api.start_export(uow, filled.principal, StartExport(**ALL | {"end": START}))
        with pytest.raises(NoAssetsToExport):
            await api.start_export(uow, filled.principal, StartExport(**ALL, labels="hall=nowhere"))
