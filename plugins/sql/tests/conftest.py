"""A real PostgreSQL with a table of readings, started for these tests."""

import shutil
import tempfile
from pathlib import Path

import psycopg
import pytest

from infra.local import postgres
from infra.local.state import State
from infra.local.supervisor import Supervisor


@pytest.fixture(scope="session")
async def database():
    """libpq URL of a superuser."""
    home = Path(tempfile.mkdtemp(prefix="andon-sql-"))
    state, supervisor = State(home), Supervisor(State(home))
    try:
        await supervisor.start(postgres.part(state))
        yield postgres.urls(state).superuser
    finally:
        await supervisor.stop_all()
        shutil.rmtree(home)


@pytest.fixture
def log(database):
    """A connection beside an empty table `log`, as a historian writes it."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS log")
        connection.execute(
            "CREATE TABLE log (at timestamptz, local timestamp, pump text, temperature float8, pressure numeric,"
            " note text)"
        )
        yield connection
