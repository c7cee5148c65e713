"""The door's judgement of single rows: each kind of fault has one precise answer."""

# ruff: noqa: E501 - cases stand in tables, a case a line

from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from andon_sdk.plugin import Contract, Signal
from services.assets.contracts import ContractVersion
from services.kernel import wire
from services.readings.contracts import Body, BodyFormat, ErrorPolicy, TimeUnit
from services.readings.door.body import inflate, parse
from services.readings.door.check import Checked, asset_column, check
from services.readings.errors import BodyUnreadable, EmptyBody, TooManyColumns, TooManyRows, UnknownUnitName

NOW = datetime(2026, 3, 2, tzinfo=UTC)
CONTRACT = ContractVersion(
    id=UUID(int=7),
    version=1,
    contract=Contract(
        "pumps",
        "Pumps",
        (Signal("temperature", "T", "degC", -20.0, 150.0), Signal("pressure", "P", "bar", 0.0, 10.0)),
        1.0,
    ),
    digest="",
    created_at=NOW,
)
KNOWN = {"p1": UUID(int=1), "p2": UUID(int=2)}
POLICIES = list(ErrorPolicy)


def judge(body: Body) -> Checked:
    parsed = parse(inflate(body.content), body.format, CONTRACT.contract.keys, body.time_unit)
    return check(parsed, asset_column(parsed), KNOWN, CONTRACT, body, NOW)


def ndjson(*lines: str, **options: object) -> Checked:
    return judge(Body("\n".join(lines).encode(), BodyFormat.NDJSON, **options))  # pyright: ignore[reportArgumentType]


def codes(checked: Checked) -> list[tuple[int, str, str | None]]:
    return [(verdict.row, verdict.code, verdict.signal) for verdict in checked.faults.first(100)]


def stored(checked: Checked) -> list[dict]:
    return [] if checked.batch is None else checked.batch.to_pylist()


GOOD = '{"asset":"p1","time":"2026-03-01T08:00:00Z","temperature":20.5,"pressure":1}'


def test_a_good_row_is_stored_in_the_contracts_columns() -> None:
    checked = ndjson('{"pressure":1,"time":"2026-03-01T17:00:00.25+09:00","asset":"p2"}')
    assert stored(checked) == [
        {
            "asset": str(KNOWN["p2"]),
            "time": datetime(2026, 3, 1, 8, 0, 0, 250_000, tzinfo=UTC),
            "temperature": None,
            "pressure": 1.0,
        }
    ]
    assert checked.batch is not None
    assert checked.batch.schema.equals(
        wire.readings_schema(CONTRACT.id, 1, ["temperature", "pressure"]), check_metadata=True
    )
    assert codes(checked) == []


@pytest.mark.parametrize(
    ("row", "code", "signal", "message"),
    [
        ('{"asset":"p9","time":"2026-03-01T08:00:00Z","pressure":1}', "UNKNOWN_ASSET", None, "No asset “p9” keeps to this contract."),
        ('{"time":"2026-03-01T08:00:00Z","pressure":1}', "UNKNOWN_ASSET", None, "The row names no asset."),
        ('{"asset":12,"time":"2026-03-01T08:00:00Z","pressure":1}', "UNKNOWN_ASSET", None, "“asset” must be an asset's key as text, not 12."),
        ('{"asset":"p1","pressure":1}', "BAD_TIME", None, "The row has no time."),
        ('{"asset":"p1","time":"yesterday","pressure":1}', "BAD_TIME", None, "The time “yesterday” is not ISO 8601, such as 2026-03-01T08:00:00.250Z."),
        ('{"asset":"p1","time":"2026-03-01T08:00:00","pressure":1}', "BAD_TIME", None, "The time “2026-03-01T08:00:00” has no zone: write Z or an offset such as +09:00 behind it."),
        ('{"asset":"p1","time":"2026-02-30T08:00:00Z","pressure":1}', "BAD_TIME", None, "The time “2026-02-30T08:00:00Z” is not ISO 8601, such as 2026-03-01T08:00:00.250Z."),
        ('{"asset":"p1","time":1772352000,"pressure":1}', "BAD_TIME", None, "The time 1772352000 is a number; say what it counts (s, ms, us or ns), or send ISO 8601."),
        ('{"asset":"p1","time":"1970-01-01T00:00:00Z","pressure":1}', "TIME_TOO_OLD", None, "The time is before 2000-01-01T00:00:00Z, the oldest taken here."),
        ('{"asset":"p1","time":"2262-04-11T23:47:16Z","pressure":1}', "TIME_IN_FUTURE", None, "The time is after 2026-03-02T00:05:00Z, five minutes ahead of our clock."),
        ('{"asset":"p1","time":"2026-03-01T08:00:00Z","pressure":"high"}', "WRONG_TYPE", "pressure", "“high” is no number."),
        ('{"asset":"p1","time":"2026-03-01T08:00:00Z","pressure":true}', "WRONG_TYPE", "pressure", "“True” is no number."),
        ('{"asset":"p1","time":"2026-03-01T08:00:00Z","pressure":NaN}', "NOT_FINITE", "pressure", "The value is nan."),
        ('{"asset":"p1","time":"2026-03-01T08:00:00Z","pressure":1e999}', "NOT_FINITE", "pressure", "The value is inf."),
        ('{"asset":"p1","time":"2026-03-01T08:00:00Z","pressure":10.01}', "OUT_OF_RANGE", "pressure", "10.01 is outside 0 to 10 bar."),
        ('{"asset":"p1","time":"2026-03-01T08:00:00Z","flow":1}', "UNKNOWN_SIGNAL", "flow", "The contract has no signal “flow”."),
        ('{"asset":"p1","time":"2026-03-01T08:00:00Z"}', "EMPTY_ROW", None, "The row has no value."),
        ('["p1"]', "BAD_ROW", None, "The row is JSON but no object with “asset”, “time” and signals."),
        ('{"asset":', "BAD_ROW", None, "The row is no JSON: Expecting value: line 1 column 10 (char 9)."),
    ],
)  # fmt: skip
def test_a_bad_row_gets_its_answer_and_the_good_one_is_kept(
    row: str, code: str, signal: str | None, message: str
) -> None:
    checked = ndjson(GOOD, row)
    [verdict] = checked.faults.first(10)
    assert (verdict.row, verdict.code, verdict.signal, verdict.message) == (1, code, signal, message)
    assert checked.bad.tolist() == [1]
    assert [row["temperature"] for row in stored(checked)] == [20.5]


def test_bad_utf8_spoils_its_own_row_only() -> None:
    checked = judge(Body(GOOD.encode() + b'\n{"asset":"p1\xff","time":"2026-03-01T08:00:01Z"}', BodyFormat.NDJSON))
    [verdict] = checked.faults.first(10)
    assert (verdict.row, verdict.code) == (1, "BAD_ENCODING")
    assert verdict.message == "The row is not UTF-8: byte 12 is 0xff."
    assert len(stored(checked)) == 1


MIXED = [
    GOOD,
    '{"asset":"p1","time":"2026-03-01T08:00:01Z","temperature":999,"pressure":2}',
    '{"asset":"p1","time":"2026-03-01T08:00:02Z","temperature":999}',
    '{"asset":"p9","time":"2026-03-01T08:00:03Z","pressure":2}',
]


def test_ignore_failed_keeps_what_is_left_of_a_row() -> None:
    checked = ndjson(*MIXED, policy=ErrorPolicy.IGNORE_FAILED)
    assert [(row["temperature"], row["pressure"]) for row in stored(checked)] == [(20.5, 1.0), (None, 2.0)]
    assert checked.bad.tolist() == [2, 3]


def test_reject_failed_rows_keeps_clean_rows_only() -> None:
    checked = ndjson(*MIXED, policy=ErrorPolicy.REJECT_FAILED_ROWS)
    assert [row["temperature"] for row in stored(checked)] == [20.5]
    assert checked.bad.tolist() == [1, 2, 3]


def test_reject_everything_stores_nothing_when_anything_is_wrong() -> None:
    checked = ndjson(*MIXED, policy=ErrorPolicy.REJECT_EVERYTHING)
    assert checked.batch is None
    assert checked.bad.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("policy", POLICIES)
def test_a_repeated_row_is_a_duplicate_not_a_fault(policy: ErrorPolicy) -> None:
    checked = ndjson(GOOD, GOOD.replace("20.5", "21"), policy=policy)
    assert [row["temperature"] for row in stored(checked)] == [20.5]
    assert (checked.duplicates, checked.bad.tolist()) == (1, [])
    assert codes(checked) == [(1, "DUPLICATE", None)]


def test_a_bad_row_does_not_shadow_the_good_one_that_repeats_it() -> None:
    checked = ndjson(GOOD.replace('"pressure":1', '"pressure":99'), GOOD)
    assert [row["pressure"] for row in stored(checked)] == [1.0]
    assert checked.duplicates == 0


@pytest.mark.parametrize(
    ("unit", "count"),
    [
        (TimeUnit.SECONDS, 1_772_352_000.25),
        (TimeUnit.MILLISECONDS, 1_772_352_000_250),
        (TimeUnit.MICROSECONDS, 1_772_352_000_250_000),
    ],
)
def test_numeric_times_count_what_the_body_says(unit: TimeUnit, count: float) -> None:
    checked = ndjson(f'{{"asset":"p1","time":{count},"pressure":1}}', time_unit=unit)
    assert stored(checked)[0]["time"] == datetime(2026, 3, 1, 8, 0, 0, 250_000, tzinfo=UTC)


def test_a_late_window_refuses_what_is_older() -> None:
    checked = ndjson(
        GOOD, GOOD.replace("2026-03-01", "2026-02-20"), late_window=timedelta(days=7), policy=ErrorPolicy.IGNORE_FAILED
    )
    assert codes(checked) == [(1, "TIME_TOO_OLD", None)]
    assert checked.faults.first(1)[0].message == "The time is before 2026-02-23T00:00:00Z, the oldest taken here."


def test_convertible_units_are_converted() -> None:
    checked = ndjson(
        '{"asset":"p1","time":"2026-03-01T08:00:00Z","temperature":212,"pressure":250}',
        units={"temperature": "°F", "pressure": "kPa"},
    )
    [row] = stored(checked)
    assert row["temperature"] == pytest.approx(100.0, abs=1e-9)
    assert row["pressure"] == pytest.approx(2.5, abs=1e-12)


def test_a_range_is_judged_in_the_contracts_unit() -> None:
    assert codes(ndjson(GOOD.replace('"pressure":1', '"pressure":1100'), units={"pressure": "kPa"})) == [
        (0, "OUT_OF_RANGE", "pressure")
    ]


def test_a_unit_of_another_kind_is_refused_for_each_value() -> None:
    checked = ndjson(GOOD, units={"temperature": "bar"})
    [verdict] = checked.faults.first(10)
    assert (verdict.code, verdict.signal) == ("BAD_UNIT", "temperature")
    assert verdict.message == "“bar” does not convert to degC, the contract's unit."


def test_a_unit_for_a_signal_that_is_not_there_refuses_the_body() -> None:
    with pytest.raises(UnknownUnitName):
        ndjson(GOOD, units={"speed": "m/s"})


def arrow(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def _table(**columns: object) -> pa.Table:
    time = pa.array([datetime(2026, 3, 1, 8, tzinfo=UTC)], pa.timestamp("us", "UTC"))
    return pa.table({"asset": pa.array(["p1"]), "time": time, "pressure": pa.array([1.0])} | columns)


def test_an_arrow_field_may_say_its_unit() -> None:
    table = _table()
    field = pa.field("pressure", pa.float32(), metadata={"unit": "kPa"})
    table = table.set_column(2, field, pa.array([150.0], pa.float32()))
    assert stored(judge(Body(arrow(table), BodyFormat.ARROW)))[0]["pressure"] == pytest.approx(1.5, abs=1e-12)


@pytest.mark.parametrize(
    ("kind", "count"),
    [("s", 1_772_352_000), ("ms", 1_772_352_000_000), ("us", 1_772_352_000_000_000), ("ns", 1_772_352_000_000_000_999)],
)
def test_arrow_timestamps_of_every_unit(kind: str, count: int) -> None:
    table = _table(time=pa.array([count], pa.timestamp(kind, "Asia/Seoul")))
    assert stored(judge(Body(arrow(table), BodyFormat.ARROW)))[0]["time"] == datetime(2026, 3, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(("year", "code"), [(1970, "TIME_TOO_OLD"), (2262, "TIME_IN_FUTURE")])
@pytest.mark.parametrize("kind", ["s", "ms", "us", "ns"])
def test_both_ends_of_time_in_every_unit(kind: str, year: int, code: str) -> None:
    time = pa.array([datetime(year, 1, 1, tzinfo=UTC)], pa.timestamp("us", "UTC")).cast(pa.timestamp(kind, "UTC"))
    assert codes(judge(Body(arrow(_table(time=time)), BodyFormat.ARROW))) == [(0, code, None)]


def test_naive_arrow_timestamps_are_refused() -> None:
    table = _table(time=pa.array([datetime(2026, 3, 1)], pa.timestamp("us")))
    [verdict] = judge(Body(arrow(table), BodyFormat.ARROW)).faults.first(10)
    assert verdict.code == "BAD_TIME"
    assert verdict.message == "The time has no zone. Send timestamps with a zone (UTC is best), not local ones."


def test_text_in_an_arrow_signal_is_the_wrong_type() -> None:
    checked = judge(Body(arrow(_table(pressure=pa.array(["1.0"]))), BodyFormat.ARROW))
    assert codes(checked) == [(0, "WRONG_TYPE", "pressure")]


def test_only_the_first_hundred_verdicts_are_worded_but_all_are_counted() -> None:
    row = '{"asset":"p1","time":"2026-03-01T08:%02d:%02dZ","pressure":99}'
    checked = ndjson(*(row % (i // 60, i % 60) for i in range(250)))
    assert checked.faults.count == 250
    assert [verdict.row for verdict in checked.faults.first(100)] == list(range(100))
    assert np.array_equal(checked.bad, np.arange(250))


_WHOLE = arrow(_table(asset=pa.array(["p1"]).dictionary_encode()))


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(_WHOLE) - 1), st.integers(0, 255)), max_size=6), st.sampled_from(POLICIES))
def test_damaged_bodies_are_judged_or_refused_whole_and_every_row_counted(
    damage: list[tuple[int, int]], policy: ErrorPolicy
) -> None:
    content = bytearray(_WHOLE)
    for place, value in damage:
        content[place] = value
    try:
        parsed = parse(bytes(content), BodyFormat.ARROW, CONTRACT.contract.keys, None)
    except (EmptyBody, BodyUnreadable, TooManyColumns, TooManyRows):
        return
    body = Body(bytes(content), BodyFormat.ARROW, policy)
    checked = check(parsed, asset_column(parsed), KNOWN, CONTRACT, body, NOW)
    kept = 0 if checked.batch is None else checked.batch.num_rows
    assert kept + len(checked.bad) + checked.duplicates == parsed.rows
    assert sorted(checked.faults.reasons(checked.bad)) == checked.bad.tolist()
    assert all(isinstance(parsed.content(int(row)), str) for row in checked.bad)
