"""Bodies that are larger than they look, or that point outside themselves, at each door that takes bodies."""

import gzip
import json
import resource
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from gateway_client import http_client, make_app

pytestmark = pytest.mark.platform

ARROW = "application/vnd.apache.arrow.stream"
CSV, NDJSON = "text/csv", "application/x-ndjson"
DOORS = ("/v1/ingest", "/v1/score")
AT = "2026-03-01T00:00:00Z"
MB = 1_000_000


def arrow(columns: dict, **options) -> bytes:
    table = pa.table(columns)
    return arrow_of(table.schema, table.to_batches(), **options)


def arrow_of(schema: pa.Schema, batches: list, **options) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema, **options) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return sink.getvalue().to_pybytes()


def rows(count: int = 1, **columns) -> dict:
    moment = pa.array([datetime(2026, 3, 1, tzinfo=UTC)] * count, pa.timestamp("us", "UTC"))
    return {"asset": ["p0"] * count, "time": moment, "pressure": [1.0] * count} | columns


def pointing_at(text: str, count: int) -> pa.Array:
    """`count` rows that all name one text of a dictionary that is longer than the rows are many."""
    texts = [text, *(f"k{number}" for number in range(count))]
    return pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int32()), pa.array(texts))


def viewing(text: str, count: int) -> pa.Array:
    """`count` views of one text."""
    view = len(text).to_bytes(4, "little") + text[:4].encode() + bytes(8)
    return pa.Array.from_buffers(
        pa.string_view(), count, [None, pa.py_buffer(view * count), pa.py_buffer(text.encode())]
    )


def damaged(body: bytes, old: bytes, new: bytes) -> bytes:
    assert body.count(old) >= 1
    return body.replace(old, new)


class Odd(pa.ExtensionType):
    def __init__(self) -> None:
        super().__init__(pa.float64(), "andon.odd")

    def __arrow_ext_serialize__(self) -> bytes:
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, storage_type: pa.DataType, serialized: bytes) -> "Odd":
        raise AssertionError("the code of an extension type ran")


def declaring(count: int) -> bytes:
    """A null column has no buffer, so a batch of it may say any length."""
    body = arrow({"asset": pa.nulls(7), "time": pa.nulls(7)})
    return damaged(body, (7).to_bytes(8, "little"), count.to_bytes(8, "little"))


_TABLE = pa.table(rows())
_DOUBLED = pa.RecordBatch.from_arrays(
    [_TABLE["asset"].chunk(0), _TABLE["time"].chunk(0), _TABLE["asset"].chunk(0)], ["asset", "time", "asset"]
)
_GOOD = arrow(rows(100))
HOSTILE_ARROW = {
    "a dictionary's long text in each row": (
        arrow(rows(100, asset=pointing_at("x" * 2 * MB, 100))), 413, "BODY_TOO_LARGE"
    ),
    "views of one long text": (arrow(rows(100, asset=viewing("x" * 2 * MB, 100))), 413, "BODY_TOO_LARGE"),
    "a batch of 2^40 nulls": (declaring(2**40), 413, "TOO_MANY_ROWS"),
    "a batch of 2^62 nulls": (declaring(2**62), 413, "TOO_MANY_ROWS"),
    "a batch of -1 rows": (declaring(2**64 - 1), 400, "BODY_UNREADABLE"),
    "compressed buffers": (
        arrow(rows(1000), options=pa.ipc.IpcWriteOptions(compression="zstd")), 400, "BODY_UNREADABLE"
    ),
    "an extension type": (
        arrow(rows(pressure=pa.ExtensionArray.from_storage(Odd(), pa.array([1.0])))), 400, "BODY_UNREADABLE"
    ),
    "a name twice": (arrow_of(_DOUBLED.schema, [_DOUBLED]), 400, "BODY_UNREADABLE"),
    "a list": (arrow(rows(pressure=[[1.0]])), 400, "BODY_UNREADABLE"),
    "10,000 columns": (arrow({f"c{number}": [1.0] for number in range(10_000)}), 422, "TOO_MANY_COLUMNS"),
    "200,001 rows": (arrow({"asset": pa.nulls(200_001), "time": pa.nulls(200_001)}), 413, "TOO_MANY_ROWS"),
    "5,000 messages": (arrow_of(_TABLE.schema, _TABLE.to_batches() * 5_000), 400, "BODY_UNREADABLE"),
    "offsets out of range": (
        damaged(arrow(rows(3, asset=["abcdefg", "h", "i"])), b"\7\0\0\0\x08\0\0\0", b"\xff\xff\xff\x7f\x08\0\0\0"),
        400, "BODY_UNREADABLE",
    ),
    "an index out of its dictionary": (
        damaged(
            arrow(rows(3, asset=pa.DictionaryArray.from_arrays(pa.array([2, 1, 2], pa.int32()), ["p0", "p1", "p2"]))),
            b"\2\0\0\0\1\0\0\0\2\0\0\0", b"\xff\xff\xff\x7f\1\0\0\0\2\0\0\0",
        ), 400, "BODY_UNREADABLE",
    ),
    "cut in the middle": (_GOOD[: len(_GOOD) // 2], 400, "BODY_UNREADABLE"),
    "no row": (arrow_of(_TABLE.schema, []), 400, "EMPTY_BODY"),
    "nothing": (b"", 400, "EMPTY_BODY"),
    "a parquet's start": (b"PAR1" * 100, 400, "BODY_UNREADABLE"),
}  # fmt: skip


async def send(client, door: str, body: bytes, kind: str, **headers: str):
    return await client.post(door, params={"contract": "pumps"}, content=body, headers={"Content-Type": kind} | headers)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("body", "status", "code"), HOSTILE_ARROW.values(), ids=HOSTILE_ARROW)
async def test_arrow(client, pump, door, body, status, code):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = await send(client, door, body, ARROW)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert len(answer.content) < 4_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB


@pytest.mark.parametrize("door", DOORS)
async def test_a_long_name_is_quoted_shortly(client, pump, door):
    names = [f"{number:03}" + "n" * 100_000 for number in range(30)]
    for columns in (rows(30, asset=names), rows(**{name: [1.0] for name in names})):
        answer = await send(client, door, arrow(columns), ARROW)
        assert answer.status_code in (200, 422)
        assert len(answer.content) < 10_000


ODD_ROWS = {
    "an unclosed quote": (b'asset,time,pressure\np0,"2026-03-01T00:00:00Z,1\n' + b"p0,x,1\n" * 50, CSV, 422),
    "a field of 200 kB": (b"asset,time,pressure\n" + b"p" * 200_000 + b",2026-03-01T00:00:00Z,1\n", CSV, 422),
    "a NUL": (b"asset,time,pressure\np\0,2026-03-01T00:00:00Z,1\n", CSV, 422),
    "bad UTF-8": (b"asset,time,pressure\np\xff\xfe,2026-03-01T00:00:00Z,1\n", CSV, 422),
    "a formula": (b"asset,time,pressure\np0,2026-03-01T00:00:00Z,=1+1\n", CSV, 422),
    "a NUL in JSON": (b'{"asset": "p\\u0000", "time": "2026-03-01T00:00:00Z", "pressure": 1}', NDJSON, 422),
    "half of a surrogate": (b'{"asset": "p\\ud800", "time": "2026-03-01T00:00:00Z", "pressure": 1}', NDJSON, 422),
    "bad UTF-8 in JSON": (b'{"asset": "p\xff", "time": "2026-03-01T00:00:00Z", "pressure": 1}', NDJSON, 422),
    "JSON in JSON": (b'{"asset": "p0", "time": "x", "pressure": ' + b"[" * 9_000 + b"]" * 9_000 + b"}", NDJSON, 422),
    "a number of 100 kB": (b'{"asset": "p0", "time": "x", "pressure": ' + b"9" * 100_000 + b"}", NDJSON, 422),
    "NaN": (b'{"asset": "p0", "time": "2026-03-01T00:00:00Z", "pressure": NaN}', NDJSON, 422),
    "a key a thousand times": (b'{"asset": "p0", ' + b'"pressure": 1, ' * 1_000 + b'"time": "x"}', NDJSON, 422),
    "the year 999999": (b'{"asset": "p0", "time": "999999-01-01T00:00:00Z", "pressure": 1}', NDJSON, 422),
}  # fmt: skip


@pytest.mark.parametrize(("body", "kind", "status"), ODD_ROWS.values(), ids=ODD_ROWS)
async def test_odd_rows_are_refused_each_with_its_verdict(client, pump, body, kind, status):
    answer = await client.post(
        "/v1/ingest",
        params={"contract": "pumps", "errorPolicy": "REJECT_EVERYTHING"},
        content=body,
        headers={"Content-Type": kind},
    )
    assert (answer.status_code, answer.json()["code"]) == (status, "ROWS_REFUSED"), answer.text[:500]
    assert answer.json()["stored"] == 0
    kept = await send(client, "/v1/ingest", body, kind)  # quarantined: what was odd can be stored and read
    assert kept.status_code == 200
    assert kept.json()["quarantined"] == kept.json()["received"]
    listed = await client.post("/graphql", json={"query": "{ quarantine(first: 1) { edges { node { content } } } }"})
    assert "errors" not in listed.json()


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b",".join(b"c%d" % number for number in range(10_000)) + b"\n1", CSV, "TOO_MANY_COLUMNS"),
        (b"asset,time\n" + b"\n" * 300_000 + b"p0,x", CSV, "TOO_MANY_ROWS"),
        (b"{}\n" * 200_001, NDJSON, "TOO_MANY_ROWS"),
    ],
)  # fmt: skip
async def test_tables_that_are_too_large(client, pump, body, kind, code):
    answer = await send(client, "/v1/ingest", body, kind)
    assert answer.json()["code"] == code
    assert len(answer.content) < 4_000


ROW = json.dumps({"asset": "p0", "time": AT, "pressure": 1.0}).encode()
BOMB = gzip.compress(bytes(300 * MB), 9)


@pytest.mark.parametrize(
    ("door", "kind"),
    [("/v1/ingest", NDJSON), ("/v1/ingest", CSV), ("/v1/ingest", ARROW), ("/v1/score", ARROW),
     ("/graphql", "application/json")],
)  # fmt: skip
@pytest.mark.parametrize(
    ("packed", "status", "code"),
    [
        (BOMB, 413, "BODY_TOO_LARGE"),
        (BOMB[:-1_000], 413, "BODY_TOO_LARGE"),
        (gzip.compress(ROW) + b"trailing", 400, "BAD_REQUEST"),
        (gzip.compress(ROW) + gzip.compress(ROW), 400, "BAD_REQUEST"),
        (gzip.compress(ROW)[:-4], 400, "BAD_REQUEST"),
        (b"\x1f\x8b" + bytes(100), 400, "BAD_REQUEST"),
    ],
    ids=["bomb", "cut bomb", "trailing data", "a second member", "cut", "no gzip"],
)
async def test_gzip(client, pump, door, kind, packed, status, code):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = await send(client, door, packed, kind, **{"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 700_000  # kB


@pytest.mark.parametrize(("door", "kind"), [("/v1/ingest", NDJSON), ("/v1/ingest", ARROW), ("/v1/score", ARROW)])
async def test_gzip_in_gzip_ends_at_the_doors_own_cap(client, pump, door, kind):
    nested = gzip.compress(gzip.compress(bytes(100 * MB)))
    answer = await send(client, door, nested, kind, **{"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")


async def test_the_cap_that_is_named_is_the_setting(platform, key, pump):
    app = make_app(platform.platform, inflated_body_bytes=20_000)
    async with http_client(app, Authorization=f"Bearer {key}") as client:

        async def in_pieces():
            packed = gzip.compress(bytes(range(256)) * 200, 0)
            for start in range(0, len(packed), 1_000):
                yield packed[start : start + 1_000]

        answer = await send(client, "/v1/ingest", in_pieces(), NDJSON, **{"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["facts"]) == (413, {"most": 20_000})
