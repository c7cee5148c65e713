"""Notices as rows of a real PostgreSQL."""

import json

import psycopg
import pytest
from andon_sql.alarm_settings import COLUMNS, AlarmSettings
from andon_sql.alarms import Alarms
from notices import CLEARED, MINUTE, NOON, RAISED, SHELF, TOLD
from psycopg.rows import dict_row
from pydantic import ValidationError

from andon_sdk.connector import SettingsRefused
from andon_sdk.destination import DestinationUnavailable, Undeliverable
from andon_sdk.edge.outward.alarms import look

pytestmark = pytest.mark.platform
[END] = look(TOLD, CLEARED, NOON + 10 * MINUTE)[1]


@pytest.fixture
def table(database):
    """A connection to a database without the table."""
    with psycopg.connect(database, autocommit=True, row_factory=dict_row) as connection:
        connection.execute('DROP TABLE IF EXISTS andon_alarm, "news"')
        yield connection


async def opened(database, tmp_path, **more) -> Alarms:
    sink = Alarms(AlarmSettings.model_validate({"uri": database} | more), tmp_path)
    await sink.open()
    return sink


async def test_each_notice_is_one_row(database, table, tmp_path):
    sink = await opened(database, tmp_path)
    for notice in (RAISED, SHELF, END, RAISED):
        await sink.deliver(notice)
    await sink.close()
    rows = table.execute("SELECT * FROM andon_alarm ORDER BY at, id").fetchall()
    assert [row["id"] for row in rows] == [RAISED.id, SHELF.id, END.id]
    raised, shelved, _ = rows
    assert list(raised) == list(COLUMNS)
    assert (raised["at"], raised["peak"], raised["until"], raised["because"]) == (NOON, 1.7, None, "")
    assert json.loads(raised["top"]) == [{"signal": "lens", "share": 0.6}]
    assert shelved["until"] == NOON + 60 * MINUTE


async def test_a_table_that_was_there_is_taken(database, table, tmp_path):
    with pytest.raises(SettingsRefused, match=r'table: .*relation "news" does not exist'):
        await opened(database, tmp_path, table="news", make=False)
    columns = ", ".join(f'"{name}" {kind}' for name, kind in COLUMNS.items())
    table.execute(f"CREATE TABLE news ({columns}, seen boolean DEFAULT false, CHECK (asset <> 'drill-02'))")
    sink = await opened(database, tmp_path, table="public.news", make=False)
    with pytest.raises(Undeliverable, match="violates check constraint"):
        await sink.deliver(RAISED)
    table.execute("ALTER TABLE news DROP CONSTRAINT news_asset_check")
    await sink.deliver(RAISED)
    await sink.close()
    assert table.execute("SELECT seen FROM news").fetchall() == [{"seen": False}]


async def test_a_table_of_other_columns_is_told_at_the_start(database, table, tmp_path):
    table.execute("CREATE TABLE andon_alarm (id text)")
    with pytest.raises(SettingsRefused, match=r'table: .*column "moment" does not exist'):
        await opened(database, tmp_path)


async def test_a_connection_that_was_cut_is_made_anew(database, table, tmp_path):
    sink = await opened(database, tmp_path)
    table.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'andon-edge'")
    with pytest.raises(DestinationUnavailable):
        await sink.deliver(RAISED)
    await sink.close()
    await sink.open()
    await sink.deliver(RAISED)
    await sink.close()
    assert len(table.execute("SELECT * FROM andon_alarm").fetchall()) == 1


async def test_a_database_that_is_away(tmp_path):
    with pytest.raises(DestinationUnavailable):
        await opened("postgresql://u@127.0.0.1:9/x", tmp_path)


@pytest.mark.parametrize("name", ["a; DROP TABLE b", 'a"b', "a.b.c", ""])
def test_names_that_are_none(name):
    with pytest.raises(ValidationError, match="a table's name is letters"):
        AlarmSettings.model_validate({"uri": "postgresql://h/d", "table": name})
