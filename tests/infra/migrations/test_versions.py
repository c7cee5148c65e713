"""Migrations of rows that are there already."""

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest

from infra.local import postgres
from infra.migrations.apply import migrate
from services.kernel.ids import new_id

pytestmark = pytest.mark.platform


class Older:
    """A database of its own that is not at the newest migration."""

    def __init__(self, platform: Any, name: str) -> None:
        self._owner = postgres.sqlalchemy(at(platform.owner_url, name))
        self._superuser = at(platform.superuser_url, name)

    async def migrate(self, revision: str) -> None:
        await asyncio.to_thread(migrate, self._owner, revision)

    def execute(self, statement: Any, *values: Any) -> list[Any]:
        with psycopg.connect(self._superuser, autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []


def at(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


@pytest.fixture
def older(platform: Any) -> Iterator[Older]:
    name = f"older_{uuid4().hex}"
    with psycopg.connect(platform.superuser_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" OWNER andon_owner')
        yield Older(platform, name)
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


async def test_keys_that_could_speak_graphql_go_on_speaking_it(older: Older) -> None:
    await older.migrate("0018")
    tenant = new_id()
    # Without triggers: those of the newest trail know columns that are not there yet.
    older.execute(
        "WITH quiet AS MATERIALIZED (SELECT set_config('session_replication_role', 'replica', true))"
        " INSERT INTO tenant (tenant_id, slug, name, created_at) SELECT %s, 'acme', 'Acme', now() FROM quiet",
        tenant,
    )
    for name, scopes in (("reads", '["view"]'), ("sends", '["ingest"]'), ("all", '["ingest", "view", "score"]')):
        older.execute(
            "INSERT INTO api_key (tenant_id, id, name, prefix, digest, scopes, created_at)"
            " VALUES (%s, %s, %s, 'andon_', %s, %s, now())",
            tenant, new_id(), name, name, scopes,
        )  # fmt: skip
    await older.migrate("0019")
    assert older.execute("SELECT name, scopes FROM api_key ORDER BY name") == [
        ("all", ["ingest", "view", "score", "query"]),
        ("reads", ["view", "query"]),
        ("sends", ["ingest"]),
    ]
    assert older.execute("SELECT relforcerowsecurity FROM pg_class WHERE relname = 'api_key'") == [(True,)]
    told = older.execute("SELECT actor_name, after FROM audit_record r JOIN audit_change c ON c.record_id = r.id "
                         "WHERE actor_name = 'andon_owner'")  # fmt: skip
    assert [name for name, _ in told] == ["andon_owner"] * 2


async def test_replaced_parts_of_before_began_regimes(older: Older) -> None:
    await older.migrate("0024")
    tenant, drill = new_id(), new_id()
    quiet = "WITH quiet AS MATERIALIZED (SELECT set_config('session_replication_role', 'replica', true))"
    events = [
        ("part_replaced", "2026-03-02", None),
        ("part_replaced", "2026-03-01", None),
        ("part_replaced", "2026-03-01", None),
        ("part_replaced", "2026-03-03", "2026-03-04"),
        ("maintenance", "2026-03-05", None),
    ]
    ids = sorted(new_id() for _ in events)
    for id_, (kind, time, retracted) in zip(ids, events, strict=True):
        older.execute(
            f"{quiet} INSERT INTO event (tenant_id, id, asset_id, kind, time, note, recorded_by, recorded_at,"
            " retracted_at) SELECT %s, %s, %s, %s, %s, '', 'Ada', '2026-03-06', %s FROM quiet",
            tenant, id_, drill, kind, f"{time}T00:00:00Z", retracted,
        )  # fmt: skip
    older.execute(
        "INSERT INTO outbox (tenant_id, kind, name, payload, created_at)"
        """ VALUES (%s, 'event', 'assets.event_recorded', '{"event_id": "e", "asset_id": "a"}', now())""",
        tenant,
    )
    await older.migrate("0025")
    assert older.execute('SELECT id, asset_id, start::date::text, "end"::date::text FROM regime ORDER BY start') == [
        (ids[1], drill, "2026-03-01", "2026-03-02"),
        (ids[0], drill, "2026-03-02", None),
    ]
    began = older.execute("SELECT kind FROM event WHERE begins_regime")
    assert began == [("part_replaced",)] * 4
    news = older.execute("SELECT name, payload -> 'asset_ids' FROM outbox ORDER BY sequence")
    assert news == [("events.recorded", ["a"]), ("events.regimes_changed", [str(drill)])]
    forced = "SELECT bool_and(relforcerowsecurity) FROM pg_class WHERE relname IN ('event', 'regime', 'outbox')"
    assert older.execute(forced) == [(True,)]
