"""History: every acknowledged row once, whatever was sent how often and in which order."""

import asyncio
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import orjson
import polars as pl
from structlog.testing import capture_logs

from andon_sdk.plugin import Contract, Signal
from services.assets import api as assets
from services.kernel import subjects
from services.readings import api
from services.readings.adapters.delta import HistoryTable
from services.readings.contracts import TrendQuery
from services.readings.history import tables
from services.readings.tidying import Tidier

DAY = 86_400


def row(asset: str, second: int, **values: float) -> bytes:
    time = datetime.fromtimestamp(1_772_352_000 + second, UTC).isoformat()
    return orjson.dumps({"asset": asset, "time": time, **values})


def checksum(frame: pl.DataFrame) -> int:
    columns = ["asset", "time", "temperature", "pressure"]
    return int(frame.select(pl.struct(columns).hash(seed=1).sum()).item())


async def test_a_row_is_stored_with_its_values_under_its_date(plant) -> None:
    await plant.send(row("p0", 0, pressure=1.5))
    frame = (await plant.history()).filter(pl.col("asset") == str(plant.assets["p0"]))
    assert frame.to_dicts() == [
        {
            "asset": str(plant.assets["p0"]),
            "time": datetime(2026, 3, 1, 8, tzinfo=UTC),
            "temperature": None,
            "pressure": 1.5,
            "date": date(2026, 3, 1),
        }
    ]


async def test_everything_replayed_three_times_and_shuffled_changes_nothing(plant) -> None:
    """Bodies are cut differently each time, so the stream cannot drop them by their id: the rows decide."""
    chance = random.Random(7)
    lines = [row(f"p{i % 4 + 1}", i * 997, pressure=float(i % 10), temperature=i / 20) for i in range(2_000)]
    for start in range(0, len(lines), 250):
        await plant.send(b"\n".join(lines[start : start + 250]))
    first = await plant.history()
    assert first.height == 2_001
    for _ in range(3):
        chance.shuffle(lines)
        for start in range(0, len(lines), 170):
            await plant.send(b"\n".join(lines[start : start + 170]))
    again = await plant.history()
    assert again.height == 2_001
    assert checksum(again) == checksum(first)


async def test_a_late_row_finds_its_place(plant) -> None:
    before = (await plant.history()).height
    await plant.send(row("p1", -40 * DAY, pressure=3.0))
    await plant.send(row("p1", 200 * DAY, pressure=4.0))
    await plant.send(row("p1", 100 * DAY, pressure=5.0))
    frame = await plant.history()
    assert frame.height == before + 3
    bounds = await api.history_bounds(plant.platform, plant.principal, plant.assets["p1"])
    begin = datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert bounds == (begin - timedelta(days=40), begin + timedelta(days=200))


async def test_a_contract_that_grows_keeps_its_history(plant) -> None:
    before = (await plant.history()).height
    grown = Contract(
        "pumps", "Pumps", (*plant.contract.contract.signals, Signal("flow", "F", "L/min", 0.0, 500.0)), 1.0
    )
    async with plant.platform.database.unit(plant.principal.tenant) as uow:
        version = await assets.put_contract(uow, plant.principal, grown)
        await uow.commit()
    assert (version.id, version.version) == (plant.contract.id, 2)
    await asyncio.sleep(1.1)  # the door keeps a contract for a second
    assert (await plant.send(row("p2", 10 * DAY, flow=12.5))).stored == 1
    frame = await plant.history()
    assert frame.height == before + 1
    assert frame["flow"].drop_nulls().to_list() == [12.5]


async def test_a_trend_answers_n_of_m(plant) -> None:
    lines = [row("p0", 30 * DAY + i, pressure=(i % 100) / 10) for i in range(5_000)]
    await plant.send(b"\n".join(lines))
    await plant.history()
    start = datetime(2026, 3, 31, 8, tzinfo=UTC)
    query = TrendQuery(plant.assets["p0"], ("pressure", "temperature"), start, start + timedelta(days=1), 100)
    table = await api.trend(plant.platform, plant.principal, query)
    assert table.schema.metadata == {b"points": b'{"pressure": {"n": 200, "m": 5000}, "temperature": {"n": 0, "m": 0}}'}
    assert table.num_rows == 200
    shown = pl.from_arrow(table)
    assert (shown["value"].min(), shown["value"].max()) == (0.0, 9.9)
    assert shown["time"].is_sorted()


async def test_a_tidied_table_has_the_same_rows(plant) -> None:
    before = await plant.history()
    bucket = await plant.platform.objects.bucket(plant.principal.tenant)
    key = subjects.history_table(plant.contract.id)
    table = HistoryTable.of(bucket, key, ("asset",))
    files = len((await asyncio.to_thread(table.refresh)).file_uris())
    await Tidier().tidy(table)
    assert len(table.refresh().file_uris()) < files
    after = tables.scan(bucket, key).collect()
    assert after.height == before.height
    assert checksum(after) == checksum(before)


async def test_a_table_that_cannot_be_tidied_is_told(plant) -> None:
    bucket = await plant.platform.objects.bucket(plant.principal.tenant)
    table = HistoryTable.of(bucket, subjects.history_table(plant.contract.id), ("asset",))
    wrong = replace(table, options={**table.options, "aws_secret_access_key": "another"})
    with capture_logs() as logs:
        await Tidier().tidy(wrong)
    assert [entry["event"] for entry in logs] == ["the files of a table were not joined"]
    assert logs[0]["table"] == table.uri


async def test_a_table_is_tidied_beside_the_commits_that_follow(plant, monkeypatch) -> None:
    monkeypatch.setattr("services.readings.historian.TIDY_EVERY", 3)
    bucket = await plant.platform.objects.bucket(plant.principal.tenant)
    table = HistoryTable.of(bucket, subjects.history_table(plant.contract.id), ("asset",))
    before, newest = await plant.history(), 160 * DAY
    joined = times_joined(table)
    async with asyncio.timeout(60):
        while times_joined(table) == joined:
            newest += 1
            await plant.send(row("p1", newest, pressure=1.0))
            await plant.history()
    assert (await plant.history()).height == before.height + newest - 160 * DAY


def times_joined(table: HistoryTable) -> int:
    found = table.refresh()
    assert found is not None
    return sum(entry["operation"] == "OPTIMIZE" for entry in found.history())
