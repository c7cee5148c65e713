"""The connector at a real PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest
from andon_sql.connection import Connection
from andon_sql.plugin import connectors
from andon_sql.source import SqlSource

from andon_sdk.connector import SettingsRefused, SourceUnavailable, read_settings

pytestmark = pytest.mark.platform
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
INSERT = "INSERT INTO log VALUES (%s, %s, %s, %s, %s, %s)"


def at(second: float) -> datetime:
    return BEGIN + timedelta(seconds=second)


@pytest.fixture
def settings(database, monkeypatch):
    monkeypatch.setenv("LOG_URI", database)

    def settings(**said):
        usual = {"uri": {"env": "LOG_URI"}, "query": "SELECT at, temperature, pressure FROM log", "time_column": "at"}
        return read_settings(connectors()[0].settings, usual | {"every_s": 0.05} | said)

    return settings


class Reading:
    """A source that is asked for one batch after the other."""

    def __init__(self, settings, *tags, since=None):
        self.source, self.tags, self.since = SqlSource(settings), tags, since or {}

    async def __aenter__(self):
        await self.source.open()
        self.batches = self.source.stream(self.tags, self.since)
        return self

    async def __aexit__(self, *_):
        await self.source.close()
        await self.batches.aclose()

    async def next(self):
        batch = await anext(self.batches)
        columns = (batch.column(name).to_pylist() for name in ("tag", "time", "value"))
        return [(tag, (time - BEGIN).total_seconds(), value) for tag, time, value in zip(*columns, strict=True)]


def put(log, *seconds, **columns):
    for second in seconds:
        local = (at(second) + timedelta(hours=9)).replace(tzinfo=None)
        values = {"pump": "p1", "temperature": second * 1.0, "pressure": None, "note": "x"} | columns
        log.execute(INSERT, [at(second), local, *values.values()])


async def test_rows_come_once_in_order_of_time_and_then_those_that_are_new(log, settings):
    put(log, 3, 1, 2)
    put(log, 2.5, pressure=7)
    async with Reading(settings(), "temperature", "pressure") as reading:
        values = await reading.next()
        assert values == [*(("temperature", s, s) for s in (1, 2, 2.5, 3)), ("pressure", 2.5, 7.0)]
        put(log, 4)
        assert await reading.next() == [("temperature", 4, 4)]


async def test_a_row_that_is_written_late_is_found_within_the_overlap(log, settings):
    put(log, 100)
    async with Reading(settings(overlap_s=60), "temperature") as reading:
        await reading.next()
        put(log, 45, 39)
        assert await reading.next() == [("temperature", 45, 45)]


async def test_rows_of_one_time_are_never_cut_apart_by_a_page(log, settings):
    put(log, *[1] * 7, 2, *[3] * 5)
    async with Reading(settings(page_rows=2), "temperature") as reading:
        pages = [await reading.next(), await reading.next()]
    assert [len(page) for page in pages] == [7, 6]


async def test_reading_goes_on_behind_what_is_kept(log, settings):
    put(log, 10, 100, 200)
    async with Reading(settings(overlap_s=0), "temperature", since={"temperature": at(100)}) as reading:
        assert await reading.next() == [("temperature", 200, 200)]


async def test_rows_before_the_beginning_are_left(log, settings):
    put(log, 10, 100)
    async with Reading(settings(begin=at(100)), "temperature") as reading:
        assert await reading.next() == [("temperature", 100, 100)]


async def test_a_clock_that_runs_ahead_hides_nothing(log, settings):
    log.execute(INSERT, [datetime.now(UTC) + timedelta(days=3000), None, "p1", 1, None, None])
    async with Reading(settings(), "temperature") as reading:
        assert len(await reading.next()) == 1
        now = datetime.now(UTC)
        log.execute(INSERT, [now, None, "p1", 5, None, None])
        assert [value for *_, value in await reading.next()] == [5]


async def test_times_without_a_zone_need_one(log, settings):
    query = "SELECT local, temperature FROM log"
    with pytest.raises(SettingsRefused, match="time_zone: The times of “local” say no zone"):
        await SqlSource(settings(query=query, time_column="local")).open()
    put(log, 1, 2)
    seoul = settings(query=query, time_column="local", time_zone="Asia/Seoul", overlap_s=0)
    async with Reading(seoul, "temperature", since={"temperature": at(1)}) as reading:
        assert await reading.next() == [("temperature", 2, 2)]


async def test_several_machines_in_one_table(log, settings):
    put(log, 1, pump="p1")
    put(log, 1, pump="p2", temperature=8)
    several = settings(query="SELECT * FROM log", asset_column="pump")
    async with Reading(several, "p2/temperature", "p1/pressure") as reading:
        assert [tag.address for tag in await reading.source.browse()] == ["p1/temperature", "p2/temperature"]
        assert await reading.next() == [("p2/temperature", 1, 8)]


async def test_a_table_of_one_value_a_row(log, settings):
    put(log, 1, pump="A", temperature=4)
    put(log, 1, pump="B", temperature=None)
    put(log, 1, pump="C", temperature=6)
    narrow = settings(query="SELECT at, pump, temperature FROM log", tag_column="pump", value_column="temperature")
    async with Reading(narrow, "A", "B") as reading:
        assert [tag.address for tag in await reading.source.browse()] == ["A", "B", "C"]
        assert await reading.next() == [("A", 1, 4), ("B", 1, None)]


def test_nothing_can_be_written(log, database):
    log.execute("CREATE OR REPLACE FUNCTION sly() RETURNS int AS 'DELETE FROM log RETURNING 1' LANGUAGE sql")
    put(log, 1)
    connection = Connection(database, 5)
    with pytest.raises(SettingsRefused, match="read-only transaction"):
        connection.ask("SELECT sly()")
    assert connection.ask("SELECT count(*) AS rows FROM log").to_pylist() == [{"rows": 1}]
    connection.close()


def test_a_statement_that_takes_too_long_is_given_up(database):
    connection = Connection(database, 0.1)
    with pytest.raises(SettingsRefused, match="timeout_s: The query took longer"):
        connection.ask("SELECT pg_sleep(10)")
    connection.close()


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"query": "SELECT at FROM nowhere"}, 'relation "nowhere" does not exist'),
        ({"time_column": "when"}, "time_column: The query has no column “when”"),
        ({"query": "SELECT note, temperature FROM log", "time_column": "note"}, "time_column: “note” is string"),
    ],
)
async def test_what_a_person_has_to_change_is_told(log, settings, said, message):
    source = SqlSource(settings(**said))
    with pytest.raises(SettingsRefused, match=message):
        await source.open()
    await source.close()


def test_a_wrong_query_is_refused_with_its_field(settings):
    with pytest.raises(SettingsRefused, match="query: Value error, it does not begin with SELECT"):
        settings(query="DROP TABLE log")


async def test_a_database_that_is_away_is_tried_again(settings, monkeypatch):
    monkeypatch.setenv("LOG_URI", "postgresql://andon:secret@127.0.0.1:1/none")
    with pytest.raises(SourceUnavailable) as away:
        await SqlSource(settings()).open()
    assert "secret" not in str(away.value)
