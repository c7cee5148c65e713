"""Every row of a file is stored, quarantined or refused, once, whatever befalls the worker."""

import asyncio
import gzip
import io
import os
import signal
import time
from datetime import timedelta

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bulk_plant import START, csv, table

from services.budgets import api as budgets
from services.budgets.contracts import Budget, Quota
from services.bulk import api, importing, model, sweeping, worker
from services.bulk.contracts import FileFormat, ImportPolicy, JobState, Outcome, Problem
from services.bulk.repository import Bulk
from services.bulk.steps import SILENT
from services.kernel.child import Child
from services.kernel.rights import system_principal
from services.readings import api as readings
from services.readings.contracts import TimeUnit

pytestmark = pytest.mark.platform


async def test_each_row_of_a_csv_is_stored_quarantined_or_refused_and_told_of(plant):
    content = csv(10, bad=(3, 7)) + csv(1, first=5).split(b"\n", 1)[1] + b"nobody,2026-03-01T00:00:00Z,1,1\n"
    job = await plant.bring(content)
    assert (job.state, job.problem, job.progress) == (JobState.SUCCEEDED, None, 1.0)
    assert (job.rows, job.stored, job.quarantined, job.refused, job.duplicates) == (12, 8, 3, 1, 1)
    lines = await plant.results(job.id)
    assert lines[2:5] == [
        '2,"stored",,,',
        '3,"quarantined","OUT_OF_RANGE","999 is outside -20 to 150 degC.","temperature"',
        '4,"stored",,,',
    ]
    assert lines[10] == f'10,"refused","DUPLICATE","{importing.REPEATED}",'
    assert lines[11].startswith('11,"quarantined","UNKNOWN_ASSET"')
    assert len(lines) == 12
    async with plant.platform.database.unit(plant.principal.tenant) as uow:
        rejected = await api.list_rejected(uow, plant.principal, job.id, first=3)
        assert [(one.row, one.outcome, one.code) for one in rejected] == [
            (3, Outcome.QUARANTINED, "OUT_OF_RANGE"),
            (7, Outcome.QUARANTINED, "OUT_OF_RANGE"),
            (10, Outcome.REFUSED, "DUPLICATE"),
        ]
        assert [one.row for one in await api.list_rejected(uow, plant.principal, job.id, 3, after=10)] == [11]
        kept = [row for row in await readings.list_quarantine(uow, plant.principal) if row.batch == job.id]
        assert sorted(row.row for row in kept) == [3, 7, 11]
    assert (await plant.history("p0"))["temperature"].to_list() == [20.0, 21, 22, 24, 25, 26, 28, 29]


@pytest.mark.parametrize("form", ["csv.gz", "parquet", "arrow file", "arrow stream"])
async def test_the_same_rows_come_in_by_every_format(plant, form):
    asset = f"p{['csv.gz', 'parquet', 'arrow file', 'arrow stream'].index(form) + 1}"
    sink = io.BytesIO()
    if form == "csv.gz":
        sink.write(gzip.compress(csv(100, asset=asset)))
    elif form == "parquet":
        pq.write_table(table(100, asset=asset), sink, row_group_size=30)
    else:
        make = pa.ipc.new_file if form == "arrow file" else pa.ipc.new_stream
        with make(sink, table(1).schema) as writer:
            writer.write_table(table(100, asset=asset), max_chunksize=17)
    kinds = {"csv.gz": FileFormat.CSV, "parquet": FileFormat.PARQUET}
    job = await plant.bring(sink.getvalue(), kinds.get(form, FileFormat.ARROW))
    assert (job.state, job.problem) == (JobState.SUCCEEDED, None)
    assert (job.rows, job.stored, job.quarantined, job.refused) == (100, 100, 0, 0)
    found = await plant.history(asset)
    assert found["temperature"].to_list() == [20.0 + row % 50 for row in range(100)]
    assert found["time"].to_list() == [START + timedelta(seconds=row) for row in range(100)]


async def test_units_and_what_numbers_count_are_said_and_never_guessed(plant):
    moment = int((START + timedelta(days=1)).timestamp())
    content = f"asset,time,temperature\np0,{moment},212\np0,{moment + 1},32\n".encode()
    refused = await plant.bring(content)
    assert (refused.rows, refused.stored, refused.quarantined) == (2, 0, 2)
    job = await plant.bring(content, time_unit=TimeUnit.SECONDS, units={"temperature": "degF"})
    assert (job.rows, job.stored) == (2, 2)
    later = (await plant.history("p0")).tail(2)
    assert [round(value, 9) for value in later["temperature"]] == [100.0, 0.0]
    odd = await plant.bring(content, units={"speed": "m/s"})
    assert (odd.state, odd.problem.code) == (JobState.FAILED, "UNKNOWN_UNIT_NAME")


async def test_a_bad_value_may_be_left_out_of_its_row(plant):
    first = 200_000
    content = csv(3, first=first, bad=(first + 1,))
    job = await plant.bring(content, policy=ImportPolicy.IGNORE_FAILED)
    assert (job.rows, job.stored, job.quarantined) == (3, 3, 0)
    assert (await plant.results(job.id))[1] == (
        '1,"stored","OUT_OF_RANGE","999 is outside -20 to 150 degC.","temperature"'
    )


async def test_the_same_file_again_adds_nothing(plant):
    content = csv(50, first=300_000)
    before = await plant.stream_messages()
    jobs = [await plant.bring(content) for _ in range(2)]
    assert [(job.stored, job.refused) for job in jobs] == [(50, 0), (50, 0)]
    assert await plant.stream_messages() == before + 1
    assert (await plant.history("p0")).filter(_at(300_000, 50)).height == 50


def _at(first: int, rows: int):
    start = START + timedelta(seconds=first)
    return (pl.col("time") >= start) & (pl.col("time") < start + timedelta(seconds=rows))


async def test_a_worker_that_dies_in_the_midst_is_followed_by_one_that_goes_on(plant, monkeypatch):
    first, rows = 400_000, 120_000
    bad = (first + 5, first + 60_000, first + 119_999)
    job = await plant.begin(csv(rows, first=first, bad=bad))
    before = await plant.stream_messages()
    hold = await worker.claim(plant.platform, plant.principal.tenant)
    commits, commit = 0, importing._commit

    async def dies(*arguments):
        """Behind the publishing of the second piece and before its commit: the worst place."""
        nonlocal commits
        commits += 1
        if commits == 2:
            raise asyncio.CancelledError
        await commit(*arguments)

    monkeypatch.setattr(importing, "_commit", dies)
    with pytest.raises(asyncio.CancelledError):
        await worker.do(plant.platform, hold)
    monkeypatch.setattr(importing, "_commit", commit)
    found = await plant.job(job.id)
    assert (found.state, found.rows, found.stored) == (JobState.RUNNING, 50_000, 49_999)
    assert await worker.claim(plant.platform, plant.principal.tenant) is None, "it may be alive"
    await _silence(plant, job.id)
    await plant.work()
    found = await plant.job(job.id)
    assert (found.state, found.rows, found.stored, found.quarantined) == (JobState.SUCCEEDED, rows, rows - 3, 3)
    lines = await plant.results(job.id)
    assert [int(line.split(",", 1)[0]) for line in lines] == list(range(rows))
    assert [int(line.split(",", 1)[0]) + first for line in lines if "quarantined" in line] == list(bad)
    assert await plant.stream_messages() == before + 12, "a message for 10,000 rows, each once"
    assert (await plant.history("p0")).filter(_at(first, rows)).height == rows - 3


async def _silence(plant, job_id):
    async with plant.platform.database.unit(plant.principal.tenant) as uow:
        row = await Bulk(uow).get(job_id, lock=True)
        row.heartbeat_at = plant.platform.clock() - 2 * SILENT
        uow.session.add(row)
        await uow.session.flush()
        await uow.commit()


async def test_a_worker_that_was_taken_for_dead_can_write_nothing_more(plant):
    job = await plant.begin(csv(10, first=600_000))
    slow = await worker.claim(plant.platform, plant.principal.tenant)
    await _silence(plant, job.id)
    await plant.work()
    await worker.do(plant.platform, slow)
    found = await plant.job(job.id)
    assert (found.state, found.rows, found.stored) == (JobState.SUCCEEDED, 10, 10)
    assert len(await plant.results(job.id)) == 10


async def test_a_cutter_that_is_killed_fails_the_import_with_a_reason(plant, monkeypatch):
    job = await plant.begin(csv(10, first=700_000))
    hear = Child.hear

    async def killed(self, patience=None):
        os.kill(self.process.pid, signal.SIGKILL)
        return await hear(self, patience)

    monkeypatch.setattr(Child, "hear", killed)
    await plant.work()
    found = await plant.job(job.id)
    assert (found.state, found.problem.code) == (JobState.FAILED, "FILE_UNREADABLE")
    assert found.problem.message == (
        "The file could not be read: the process was ended by SIGKILL. Is it what it was called?"
    )


async def test_a_cancelled_import_keeps_what_is_stored_and_stops(plant, monkeypatch):
    waiting = await plant.begin(csv(10, first=710_000))
    cancelled = await _cancel(plant, waiting.id)
    assert (cancelled.state, cancelled.problem) == (JobState.CANCELLED, Problem("CANCELLED", "Cancelled by Ada."))
    running = await plant.begin(csv(120_000, first=800_000))
    hold = await worker.claim(plant.platform, plant.principal.tenant)
    assert hold.id == running.id
    take = readings.take_piece

    async def take_then_cancel(*arguments):
        taken = await take(*arguments)
        await _cancel(plant, running.id)
        return taken

    monkeypatch.setattr(readings, "take_piece", take_then_cancel)
    await worker.do(plant.platform, hold)
    found = await plant.job(running.id)
    assert (found.state, found.problem.code, found.rows, found.stored) == (
        JobState.CANCELLED,
        "CANCELLED",
        50_000,
        50_000,
    )
    assert len(await plant.results(running.id)) == 50_000


async def _cancel(plant, job_id):
    async with plant.platform.database.unit(plant.principal.tenant) as uow:
        found = await api.cancel_transfer(uow, plant.principal, job_id)
        await uow.commit()
    return found


async def test_bad_rows_beyond_what_quarantine_keeps_are_refused_and_counted(plant, monkeypatch):
    monkeypatch.setattr(model, "MOST_QUARANTINED", 2)
    monkeypatch.setattr(model, "MOST_REJECTIONS", 3)
    job = await plant.bring(csv(10, first=900_000, bad=tuple(range(900_000, 900_005))))
    assert (job.rows, job.stored, job.quarantined, job.refused) == (10, 5, 2, 3)
    outcomes = [line.split(",")[1].strip('"') for line in await plant.results(job.id)]
    assert outcomes == ["quarantined"] * 2 + ["refused"] * 3 + ["stored"] * 5
    async with plant.platform.database.unit(plant.principal.tenant) as uow:
        assert len(await api.list_rejected(uow, plant.principal, job.id)) == 3


async def test_the_staged_file_goes_when_the_import_is_over(plant):
    job = await plant.begin(csv(10, first=910_000))
    async with plant.platform.database.unit(plant.principal.tenant) as uow:
        upload = (await Bulk(uow).get(job.id)).upload_id
    prefix = model.staged_prefix(upload)
    await sweeping.clear(plant.platform, plant.principal.tenant)
    assert await plant.objects(prefix) == 1
    await plant.work()
    await sweeping.clear(plant.platform, plant.principal.tenant)
    assert await plant.objects(prefix) == 0
    async with plant.platform.database.unit(plant.principal.tenant) as uow:
        assert await Bulk(uow).upload(upload) is None


async def test_an_import_waits_where_the_budget_of_rows_is_used_up(plant):
    tenant, system = plant.principal.tenant, system_principal(plant.principal.tenant)
    async with plant.platform.database.unit(tenant) as uow:
        await budgets.set_quota(uow, system, Budget.ROWS, Quota(per_second=30_000, burst=10_000))
        await uow.commit()
    began = time.monotonic()
    job = await plant.bring(csv(60_000, first=1_000_000))
    assert (job.state, job.stored) == (JobState.SUCCEEDED, 60_000)
    assert time.monotonic() - began > (60_000 - 10_000) / 30_000
    async with plant.platform.database.unit(tenant) as uow:
        await budgets.set_quota(uow, system, Budget.ROWS, None)
        await uow.commit()
