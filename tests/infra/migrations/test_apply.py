"""Migrations make the very tables that the services declare."""

import asyncio
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from infra.local import postgres
from infra.migrations.metadata import metadata
from infra.settings import REPOSITORY

pytestmark = pytest.mark.platform


def test_the_schema_is_what_the_services_declare(platform):
    engine = create_engine(postgres.sqlalchemy(platform.owner_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [each for each in compare_metadata(context, metadata()) if "alembic_version" not in str(each)]
    engine.dispose()
    assert differences == []


_AGAIN = "import sys; from infra.migrations import apply; apply(*sys.argv[1:])"


async def test_applying_again_by_two_processes_at_once_is_harmless(platform):
    url = postgres.sqlalchemy(platform.owner_url)
    command = (sys.executable, "-c", _AGAIN, url, platform.relay_url)
    both = [await asyncio.create_subprocess_exec(*command, cwd=REPOSITORY) for _ in range(2)]
    assert [await each.wait() for each in both] == [0, 0]
