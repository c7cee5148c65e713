"""Whole bodies: sizes, formats, hostile bytes; and that three formats of the same rows are the same rows."""

# ruff: noqa: E501 - cases stand in tables, a case a line

import gzip
import io
import struct
import time as clock
from datetime import UTC, datetime, timedelta

import orjson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.readings.contracts import BodyFormat
from services.readings.door import limits
from services.readings.door.body import inflate, parse
from services.readings.door.parsed import Parsed
from services.readings.errors import BodyTooLarge, BodyUnreadable, EmptyBody, TooManyColumns, TooManyRows

SIGNALS = ("a", "b")


def arrow(table: pa.Table, **options: object) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, **options) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def columns(parsed: Parsed) -> dict[str, list]:
    time = parsed.time.cast(pa.timestamp("us", "UTC")).to_pylist()
    values = {key: parsed.values[key].to_pylist() if key in parsed.values else [None] * parsed.rows for key in SIGNALS}
    return {"asset": parsed.asset.to_pylist(), "time": time, **values}


number = st.none() | st.floats(allow_nan=False, allow_infinity=False, width=64)
moment = st.datetimes(datetime(2000, 1, 1), datetime(2199, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
key = st.text(st.characters(categories=("L", "N"), include_characters="_-. ,\"'"), min_size=1, max_size=8).filter(
    lambda text: text.strip() == text
)
row = st.fixed_dictionaries({"asset": key, "time": moment, "a": number, "b": number})


@settings(max_examples=150, deadline=None)
@given(st.lists(row, min_size=1, max_size=12))
def test_ndjson_csv_and_arrow_of_the_same_rows_are_the_same(rows: list[dict]) -> None:
    table = pa.Table.from_pylist(
        rows,
        pa.schema(
            [("asset", pa.utf8()), ("time", pa.timestamp("us", "UTC")), ("a", pa.float64()), ("b", pa.float64())]
        ),
    )
    text = [row | {"time": row["time"].isoformat()} for row in rows]
    ndjson = b"\n".join(orjson.dumps(row) for row in text)
    quoted = ['"' + row["asset"].replace('"', '""') + '"' for row in text]
    csv = "asset,time,a,b\n" + "".join(
        f"{asset},{row['time']},{'' if row['a'] is None else repr(row['a'])},{'' if row['b'] is None else repr(row['b'])}\r\n"
        for asset, row in zip(quoted, text, strict=True)
    )
    expected = columns(parse(arrow(table), BodyFormat.ARROW, SIGNALS, None))
    assert expected == table.to_pydict()
    assert columns(parse(ndjson, BodyFormat.NDJSON, SIGNALS, None)) == expected
    assert columns(parse(csv.encode(), BodyFormat.CSV, SIGNALS, None)) == expected


@settings(max_examples=150, deadline=None)
@given(st.lists(row, min_size=1, max_size=8))
def test_the_careful_way_reads_the_same_as_the_fast_one(rows: list[dict]) -> None:
    """One odd line sends the body through the row-by-row parser; the other rows must not notice."""
    lines = [orjson.dumps(row | {"time": row["time"].isoformat()}) for row in rows]
    fast = parse(b"\n".join(lines), BodyFormat.NDJSON, SIGNALS, None)
    careful = parse(b"\n".join([*lines, b"[]"]), BodyFormat.NDJSON, SIGNALS, None)
    assert fast.faults.count == 0
    assert careful.faults.count == 1
    assert {name: column[:-1] for name, column in columns(careful).items()} == columns(fast)


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(BodyFormat))
def test_no_bytes_crash_a_parser(content: bytes, form: BodyFormat) -> None:
    try:
        parsed = parse(inflate(content), form, SIGNALS, None)
    except (EmptyBody, BodyUnreadable, TooManyColumns, TooManyRows):
        return
    assert parsed.rows > 0


_WELL_FORMED = arrow(pa.table({"asset": ["p", "q"], "time": ["2026-01-01T00:00:00Z"] * 2, "a": [1.0, 2.0]}))


@settings(max_examples=600, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(_WELL_FORMED) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_damaged_arrow_body_never_crashes(damage: list[tuple[int, int]]) -> None:
    content = bytearray(_WELL_FORMED)
    for place, value in damage:
        content[place] = value
    try:
        parsed = parse(bytes(content), BodyFormat.ARROW, SIGNALS, None)
    except (EmptyBody, BodyUnreadable, TooManyColumns, TooManyRows):
        return
    parsed.asset.to_pylist()


@pytest.mark.parametrize("form", list(BodyFormat))
@pytest.mark.parametrize("content", [b"", b" \n\t\n", gzip.compress(b"", mtime=0)])
def test_an_empty_body_says_so(content: bytes, form: BodyFormat) -> None:
    with pytest.raises(EmptyBody):
        parse(inflate(content), form, SIGNALS, None)


@pytest.mark.parametrize(
    ("content", "form"),
    [(b"asset,time,a\n", BodyFormat.CSV), (arrow(pa.table({"asset": pa.array([], pa.utf8()), "time": pa.array([], pa.utf8())})), BodyFormat.ARROW)],
)  # fmt: skip
def test_a_body_without_a_row_says_so(content: bytes, form: BodyFormat) -> None:
    with pytest.raises(EmptyBody):
        parse(content, form, SIGNALS, None)


def test_gzip_is_inflated_members_included() -> None:
    assert inflate(gzip.compress(b"one\n") + gzip.compress(b"two\n")) == b"one\ntwo\n"


def test_a_gzip_bomb_ends_at_the_limit() -> None:
    bomb = gzip.compress(bytes(2 * limits.MAX_BODY_BYTES))
    with pytest.raises(BodyTooLarge):
        inflate(bomb)


def test_a_cut_gzip_body_is_unreadable() -> None:
    with pytest.raises(BodyUnreadable):
        inflate(gzip.compress(b"row\n" * 1000)[:-9])


def test_an_oversized_body_is_refused_before_it_is_read() -> None:
    with pytest.raises(BodyTooLarge):
        inflate(bytes(limits.MAX_BODY_BYTES + 1))


def test_ten_thousand_columns_are_refused() -> None:
    names = ["asset", "time", *(f"c{i}" for i in range(10_000))]
    with pytest.raises(TooManyColumns):
        parse((",".join(names) + "\n1").encode(), BodyFormat.CSV, SIGNALS, None)
    with pytest.raises(TooManyColumns):
        parse(arrow(pa.table({name: ["x"] for name in names})), BodyFormat.ARROW, SIGNALS, None)


def test_too_many_rows_are_refused_whatever_their_size() -> None:
    rows = limits.MAX_ROWS + 1
    with pytest.raises(TooManyRows):
        parse(b"{}\n" * rows, BodyFormat.NDJSON, SIGNALS, None)
    with pytest.raises(TooManyRows):
        parse(arrow(pa.table({"asset": pa.nulls(rows), "time": pa.nulls(rows)})), BodyFormat.ARROW, SIGNALS, None)


def test_a_short_body_cannot_name_a_huge_table() -> None:
    signals = tuple(f"s{i}" for i in range(1_000))
    with pytest.raises(TooManyRows):
        parse(b"{}\n" * 100_000, BodyFormat.NDJSON, signals, None)


def test_compressed_arrow_buffers_are_refused() -> None:
    table = pa.table({"asset": ["p"] * 1000, "time": ["2026-01-01T00:00:00Z"] * 1000})
    body = arrow(table, options=pa.ipc.IpcWriteOptions(compression="zstd"))
    with pytest.raises(BodyUnreadable, match="gzip the whole body"):
        parse(body, BodyFormat.ARROW, SIGNALS, None)


class Canary(pa.ExtensionType):
    touched = False

    def __init__(self) -> None:
        super().__init__(pa.int64(), "andon.canary")

    def __arrow_ext_serialize__(self) -> bytes:
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, storage_type: pa.DataType, serialized: bytes) -> "Canary":
        Canary.touched = True
        return cls()


def test_an_extension_type_is_refused_before_its_code_runs() -> None:
    body = arrow(
        pa.table(
            {
                "asset": ["p"],
                "time": ["2026-01-01T00:00:00Z"],
                "a": pa.ExtensionArray.from_storage(Canary(), pa.array([1])),
            }
        )
    )
    pa.register_extension_type(Canary())
    try:
        Canary.touched = False
        with pytest.raises(BodyUnreadable, match="Extension types"):
            parse(body, BodyFormat.ARROW, SIGNALS, None)
        assert not Canary.touched
    finally:
        pa.unregister_extension_type("andon.canary")


def test_an_arrow_file_is_read_as_its_stream() -> None:
    table = pa.table({"asset": ["p"], "time": ["2026-01-01T00:00:00Z"], "a": [1.5]})
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    parsed = parse(sink.getvalue(), BodyFormat.ARROW, SIGNALS, None)
    assert (parsed.rows, parsed.values["a"].to_pylist()) == (1, [1.5])


@pytest.mark.parametrize(
    ("content", "form", "reason"),
    [
        (b"hello", BodyFormat.ARROW, "no Arrow IPC stream"),
        (b"time,a\n2026-01-01T00:00:00Z,1", BodyFormat.CSV, "“asset” is missing"),
        (b"asset,time,a,a\np,2026-01-01T00:00:00Z,1,2", BodyFormat.CSV, "“a” stands twice"),
        (b"asset,time,\xff\np,2026-01-01T00:00:00Z,1", BodyFormat.CSV, "no CSV header"),
        (arrow(pa.table({"asset": [1], "time": [1]})), BodyFormat.ARROW, "“asset” must be text"),
        (arrow(pa.table({"asset": ["p"], "time": [1], "a": [[1.0]]})), BodyFormat.ARROW, "send plain values"),
    ],
)
def test_an_unreadable_body_says_why(content: bytes, form: BodyFormat, reason: str) -> None:
    with pytest.raises(BodyUnreadable, match=reason):
        parse(content, form, SIGNALS, None)


def test_csv_rows_that_are_no_rows_are_quarantined_one_by_one() -> None:
    body = b'asset,time,a\np,2026-01-01T00:00:00Z,1\np,2026-01-01T00:00:01Z\np,"2026,1\np\xff,2026-01-01T00:00:02Z,1\n'
    parsed = parse(body, BodyFormat.CSV, SIGNALS, None)
    assert [(verdict.row, verdict.code) for verdict in parsed.faults.first(9)] == [
        (1, "BAD_ROW"),
        (2, "BAD_ROW"),
        (3, "BAD_ENCODING"),
    ]
    assert parsed.content(0) == '{"asset": "p", "time": "2026-01-01T00:00:00Z", "a": "1"}'


@pytest.mark.parametrize(
    "line",
    [
        b'{"asset":"p","time":"x","u%d":1}',  # a new unknown signal on each row
        b'{"asset":"p","time":"x","a":' + b"[" * 400 + b"]" * 400 + b"}",
        b'{"asset":"p","time":"x","a":' + b"9" * 3_000 + b"}",
        b'{"asset":"\xff%d"}',
    ],
)
def test_hostile_ndjson_costs_time_in_proportion_to_its_size(line: bytes) -> None:
    def cost(rows: int) -> float:
        content = b"\n".join(line % i if b"%d" in line else line for i in range(rows))
        best = float("inf")
        for _ in range(3):
            began = clock.process_time()
            parse(content, BodyFormat.NDJSON, SIGNALS, None)
            best = min(best, clock.process_time() - began)
        return best

    assert cost(8_000) < 4 * 4 * cost(2_000) + 0.05


def test_deep_nesting_is_a_verdict_not_a_crash() -> None:
    deep = b'{"asset":' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}"
    parsed = parse(deep, BodyFormat.NDJSON, SIGNALS, None)
    assert [verdict.code for verdict in parsed.faults.first(9)] == ["BAD_ROW"]


def test_a_head_that_points_outside_itself_is_unreadable() -> None:
    body = struct.pack("<iiQ", -1, 8, 0xFFFF_FFFF_FFFF_FFFF)
    with pytest.raises(BodyUnreadable):
        parse(body, BodyFormat.ARROW, SIGNALS, None)


def test_times_before_the_epoch_survive_parsing() -> None:
    at = datetime(1969, 12, 31, tzinfo=UTC) + timedelta(microseconds=1)
    parsed = parse(orjson.dumps({"asset": "p", "time": at.isoformat(), "a": 1}), BodyFormat.NDJSON, SIGNALS, None)
    assert columns(parsed)["time"] == [at]


@pytest.mark.parametrize(
    ("column", "shown"),
    [
        (pa.array([7], pa.timestamp("us", "Mars/Olympus")), '"7 us"'),
        (pa.array([2**31 - 1], pa.int32()).view(pa.date32()), "2147483647"),
        (pa.array([float("nan")]), '"nan"'),
        (pa.array([2**62], pa.duration("ns")), '"4611686018427387904 ns"'),
    ],
)
def test_an_odd_arrow_value_can_still_be_quarantined(column: pa.Array, shown: str) -> None:
    body = arrow(pa.table({"asset": ["p"], "time": ["x"], "a": column}))
    parsed = parse(body, BodyFormat.ARROW, SIGNALS, None)
    assert parsed.content(0) == f'{{"asset": "p", "time": "x", "a": {shown}}}'
