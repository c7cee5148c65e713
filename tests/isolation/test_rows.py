"""Rows of two tenants in every table, touched as the wrong one; and a pool whose connections change hands."""

import random

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from infra.migrations.metadata import metadata
from infra.migrations.rls import TENANT
from services.kernel.ids import new_id
from services.kernel.uow import Database

pytestmark = pytest.mark.platform

TABLES = sorted(table.name for table in metadata().sorted_tables)
ONLY_READ = {"audit_change", "audit_head", "audit_record"}


def as_tenant(connection: psycopg.Connection, tenant) -> None:
    connection.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant)])


@pytest.fixture
def app(platform):
    with psycopg.connect(platform.app_url) as connection:
        yield connection
        connection.rollback()


@pytest.mark.parametrize("table", TABLES)
def test_a_tenant_sees_and_changes_only_its_own(app, tenant, other_tenant, table):
    as_tenant(app, tenant.id)
    assert app.execute(f"SELECT count(*) FROM {table} WHERE tenant_id <> %s", [tenant.id]).fetchone() == (0,)
    if table in ONLY_READ:
        return
    assert app.execute(f"DELETE FROM {table} WHERE tenant_id = %s", [other_tenant.id]).rowcount == 0
    assert (
        app.execute(f"UPDATE {table} SET tenant_id = tenant_id WHERE tenant_id = %s", [other_tenant.id]).rowcount == 0
    )


@pytest.mark.parametrize("table", sorted(ONLY_READ))
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET tenant_id = tenant_id"])
def test_what_is_only_read_is_changed_by_nobody(app, tenant, table, change):
    as_tenant(app, tenant.id)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(change.format(table))


@pytest.mark.parametrize("table", TABLES)
def test_a_row_of_another_tenant_cannot_be_written(app, tenant, other_tenant, table):
    as_tenant(app, tenant.id)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(f"INSERT INTO {table} (tenant_id) VALUES (%s)", [other_tenant.id])


@pytest.mark.parametrize("table", TABLES)
def test_without_a_tenant_there_is_nothing(app, tenant, table):
    assert tenant is not None
    assert app.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


@pytest.mark.parametrize("table", TABLES)
def test_nobody_truncates(app, tenant, table):
    as_tenant(app, tenant.id)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(f"TRUNCATE {table}")


def test_dropping_a_policy_is_noticed(platform, tenant, other_tenant):
    """The checks above are able to fail: with an open policy in its place, the other tenant's rows are seen."""
    with psycopg.connect(platform.superuser_url) as owner:
        owner.execute("DROP POLICY tenant ON tenant")
        owner.execute("CREATE POLICY open ON tenant USING (true)")
        owner.execute("SET LOCAL ROLE andon_app")
        as_tenant(owner, tenant.id)
        others = owner.execute("SELECT count(*) FROM tenant WHERE tenant_id <> %s", [tenant.id]).fetchone()
        assert others is not None
        assert others[0] >= 1
        owner.rollback()
        assert other_tenant.id != tenant.id


async def test_a_pool_of_one_never_hands_a_tenant_on(platform, tenant, other_tenant):
    """10,000 alternating transactions over one connection, a third rolled back, a few failing in mid-transaction."""
    seed = 20261123
    chance = random.Random(seed)
    database = Database(platform.app_url_async, pool_size=1)
    database.engine = create_async_engine(platform.app_url_async, pool_size=1, max_overflow=0)
    probe = text("SELECT current_setting('app.tenant', true), array_agg(DISTINCT tenant_id) FROM tenant")
    for turn in range(10_000):
        chosen = tenant if chance.random() < 0.5 else other_tenant
        async with database.unit(chosen.id) as uow:
            setting, seen = (await uow.session.execute(probe)).one()
            assert (setting, seen) == (str(chosen.id), [chosen.id]), f"turn {turn}, seed {seed}"
            if chance.random() < 0.33:
                await uow.commit()
        if turn % 1000 == 0:
            async with database.engine.connect() as connection:
                assert (await connection.execute(text(f"SELECT {TENANT}"))).scalar() is None
                assert (await connection.execute(text("SELECT count(*) FROM tenant"))).scalar() == 0
    await database.close()


def test_an_unknown_tenant_sees_nothing(app):
    as_tenant(app, new_id())
    assert app.execute("SELECT count(*) FROM tenant").fetchone() == (0,)
