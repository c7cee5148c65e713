"""Arrow columns as parameters that Postgres reads."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import text

from services.kernel.arrays import array_text

TIME = datetime(2026, 3, 1, 12, 30, 0, 250_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "written"),
    [
        (pa.array(["a", None, ""]), '{"a",NULL,""}'),
        (pa.array(['say "x"', "back\\slash", "{,}", "NULL"]), r'{"say \"x\"","back\\slash","{,}","NULL"}'),
        (pa.array([1, None, -3], pa.int8()), "{1,NULL,-3}"),
        (pa.chunked_array([[0.1], [1e30]]), "{0.1,1e+30}"),
        (pa.array([], pa.utf8()), "{}"),
    ],
)
def test_an_array_is_written_in_one_text(values, written):
    assert array_text(values) == written


@pytest.mark.platform
@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("text[]", pa.array(['say "x"', "back\\slash", "{,}", "NULL", "", None, "ü\n"])),
        ("float8[]", pa.array([0.1, 1 / 3, -1e-300, None])),
        ("int[]", pa.array([2**31 - 1, None], pa.int64())),
        ("timestamptz[]", pa.array([TIME, None], pa.timestamp("us", "UTC"))),
        ("uuid[]", pa.array([], pa.utf8())),
    ],
)
async def test_postgres_reads_what_was_written(platform: Any, tenant: Any, kind: str, values: pa.Array):
    async with platform.platform.database.unit(tenant.id) as uow:
        statement = text(f"SELECT unnest(CAST(:values AS {kind}))")
        found = (await uow.session.execute(statement, {"values": array_text(values)})).scalars()
    assert list(found) == values.to_pylist()
