"""The pool behind units of work."""

import psycopg
import pytest
from sqlalchemy import text

from services.kernel.uow import Database

pytestmark = pytest.mark.platform
_BACKEND = text("SELECT pg_backend_pid()")


@pytest.fixture
async def database(platform):
    made = Database(platform.platform.database.engine.url, pool_size=1)
    yield made
    await made.close()


async def backend(database, tenant) -> int:
    async with database.unit(tenant.id) as uow:
        return (await uow.session.execute(_BACKEND)).scalar_one()


async def test_a_connection_is_kept(database, tenant):
    assert await backend(database, tenant) == await backend(database, tenant)


async def test_one_that_its_server_has_ended_is_replaced_unseen(database, tenant, platform):
    ended = await backend(database, tenant)
    with psycopg.connect(platform.superuser_url, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])
    assert await backend(database, tenant) != ended
