"""Readings from tables, in which a row is a moment and a column a tag."""

from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from andon_sdk.connector.tabular import numeric, of_columns

AT = datetime(2026, 3, 1, tzinfo=UTC)
TIMES = pa.array([AT, AT], pa.timestamp("us", "UTC"))


@pytest.mark.parametrize(
    ("column", "values", "qualities"),
    [
        (pa.array([1, None]), [1.0, None], [0, -1]),
        (pa.array([Decimal("1.50"), None]), [1.5, None], [0, -1]),
        (pa.array([True, False]), [1.0, 0.0], [0, 0]),
        (pa.array([" 1.5e3", "+.5"]), [1500.0, 0.5], [0, 0]),
        (pa.array(["", "off"]), [None, None], [-1, 2]),
        (pa.array(["0x10", "1_000"]), [None, None], [2, 2]),
        (pa.array([AT, None]), [None, None], [2, -1]),
    ],
)
def test_cells_are_numbers_empty_or_bad(column, values, qualities):
    value, quality = numeric(column)
    assert (value.to_pylist(), quality.tolist()) == (values, qualities)


def test_a_decimal_comma():
    assert numeric(pa.array(["1,5"]), ",")[0].to_pylist() == [1.5]


def test_empty_cells_are_no_readings():
    columns = {"a": numeric(pa.array([1, None])), "b": numeric(pa.array(["x", "2"]))}
    batch = of_columns(TIMES, columns)
    assert batch.column("tag").to_pylist() == ["a", "b", "b"]
    assert batch.column("value").to_pylist() == [1.0, None, 2.0]
    assert batch.column("quality").to_pylist() == [0, 2, 0]


def test_a_column_of_machines_makes_tags_of_both():
    columns = {"a": numeric(pa.array([1, 2]))}
    batch = of_columns(TIMES, columns, pa.array(["m1", None]), {"m1/a", "m2/a"})
    assert batch.column("tag").to_pylist() == ["m1/a"]
    assert of_columns(TIMES, {}, None, None).num_rows == 0
