"""Hostile files end an import with a reason, within the memory and the time that reading one may take."""

import gzip
import io
import struct
import time
import zlib
from contextlib import suppress

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bulk_plant import csv, table

from services.bulk.cutter import columns, limits, lines
from services.bulk.cutter.limits import NotCuttable
from services.kernel.child import Child


def cut(way, tmp_path, content: bytes):
    path = tmp_path / "file"
    path.write_bytes(content)
    return list(way(path))


def as_parquet(rows: pa.Table, **options: object) -> bytes:
    sink = io.BytesIO()
    pq.write_table(rows, sink, **options)
    return sink.getvalue()


def as_stream(rows: pa.Table, chunk: int = 1000, **options: object) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, rows.schema, **options) as writer:
        writer.write_table(rows, max_chunksize=chunk)
    return sink.getvalue()


async def judged(tmp_path, content: bytes, form: str) -> tuple[dict, float]:
    """What the child says at the end, and the seconds that it took."""
    path = tmp_path / "file"
    path.write_bytes(content)
    began = time.monotonic()
    async with Child.of("services.bulk.cutter") as child:
        await child.say({"path": str(path), "format": form, "into": str(tmp_path), "behind": 0})
        while (heard := await child.hear(60)) is not None and "piece" in heard:
            await child.say({"next": True})
    return heard or {"problem": child.ending()}, time.monotonic() - began


def test_lines_are_cut_and_never_looked_into(tmp_path, monkeypatch):
    monkeypatch.setattr(lines, "PIECE_ROWS", 3)
    content = b'asset,time\na,1\n\n  \nb,"x\nc,3\r\nd,4'
    assert cut(lines.pieces, tmp_path, content) == [
        (b'asset,time\na,1\nb,"x\nc,3\r\n', 3, 1.0),
        (b"asset,time\nd,4\n", 1, 1.0),
    ]


@pytest.mark.parametrize("members", [1, 3])
def test_gzip_gives_the_same_pieces(tmp_path, monkeypatch, members):
    monkeypatch.setattr(lines, "PIECE_ROWS", 700)
    monkeypatch.setattr(lines, "_CHUNK", 1000)
    content = csv(5000)
    plain = [piece[:2] for piece in cut(lines.pieces, tmp_path, content)]
    step = len(content) // members + 1
    packed = b"".join(gzip.compress(content[at : at + step]) for at in range(0, len(content), step))
    assert [piece[:2] for piece in cut(lines.pieces, tmp_path, packed)] == plain
    assert sum(rows for _, rows in plain) == 5000


def test_a_gzip_that_was_cut_off_says_so(tmp_path):
    with pytest.raises(NotCuttable, match="ends too early"):
        cut(lines.pieces, tmp_path, gzip.compress(csv(5000))[:-9])
    with pytest.raises(NotCuttable, match="cannot be inflated"):
        cut(lines.pieces, tmp_path, gzip.compress(csv(5000))[:50] + b"\0" * 500)


@pytest.mark.parametrize("filling", [b"\n", b"a,1\n", b"x"])
async def test_a_gzip_bomb_ends_at_its_limit(tmp_path, filling):
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    block = filling * (4_000_000 // len(filling))
    content = b"".join(packer.compress(block) for _ in range(40)) + packer.flush()
    assert len(content) < 3_000_000, "it would be 160 MB"
    heard, seconds = await judged(tmp_path, content, "csv")
    assert "inflates to more than" in heard["problem"] or "is longer than" in heard["problem"]
    assert seconds < 60


def test_a_row_of_gigantic_length_is_refused_by_its_number(tmp_path):
    content = csv(3) + b"p0," + b"9" * (limits.LINE_BYTES + 1) + b"\n" + csv(3)
    with pytest.raises(NotCuttable, match="Line 5 is longer than 1,048,576 bytes"):
        cut(lines.pieces, tmp_path, content)


def test_too_many_columns_are_refused(tmp_path):
    header = b",".join(b"c%d" % number for number in range(5000))
    with pytest.raises(NotCuttable, match="5,000 columns"):
        cut(lines.pieces, tmp_path, header + b"\n")
    wide = pa.table({f"c{number}": [1.0] for number in range(5000)})
    for way, content in ((columns.parquet_pieces, as_parquet(wide)), (columns.arrow_pieces, as_stream(wide))):
        with pytest.raises(NotCuttable, match="5,000 columns"):
            cut(way, tmp_path, content)


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_batches_become_pieces_of_one_size(tmp_path, monkeypatch, form):
    monkeypatch.setattr(columns, "PIECE_ROWS", 1000)
    rows = table(2500)
    content = as_parquet(rows, row_group_size=600) if form == "parquet" else as_stream(rows, 170)
    way = columns.parquet_pieces if form == "parquet" else columns.arrow_pieces
    found = cut(way, tmp_path, content)
    assert [count for _, count, _ in found] == [1000, 1000, 500]
    assert found[-1][2] == 1.0
    again = pa.concat_tables([pa.ipc.open_stream(piece).read_all() for piece, *_ in found])
    assert again.equals(rows)
    assert cut(way, tmp_path, content) == found, "the cut depends on the file alone"


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (pa.table({"asset": ["a"], "time": [[1, 2]]}), "is of type list"),
        (pa.table({"asset": ["a"], "time": [{"x": 1}]}), "is of type struct"),
    ],
)
def test_nested_columns_are_refused(tmp_path, rows, says):
    for way, content in ((columns.parquet_pieces, as_parquet(rows)), (columns.arrow_pieces, as_stream(rows))):
        with pytest.raises(NotCuttable, match=says):
            cut(way, tmp_path, content)


def test_compressed_and_extended_arrow_is_refused(tmp_path):
    packed = as_stream(table(1000), options=pa.ipc.IpcWriteOptions(compression="zstd"))
    with pytest.raises(NotCuttable, match="Compressed Arrow buffers"):
        cut(columns.arrow_pieces, tmp_path, packed)
    extended = pa.table({"asset": pa.array(["a"])})
    field = extended.schema.field(0).with_metadata({"ARROW:extension:name": "x", "ARROW:extension:metadata": ""})
    with pytest.raises(NotCuttable, match="Extension types"):
        cut(columns.arrow_pieces, tmp_path, as_stream(extended.cast(pa.schema([field]))))


def test_a_huge_dictionary_is_refused_before_it_is_unfolded(tmp_path):
    words = pa.array([f"{number:012d}" * 8 for number in range(120_000)])
    rows = pa.table({"asset": pa.DictionaryArray.from_arrays(pa.array([0], pa.int32()), words)})
    with pytest.raises(NotCuttable, match="A dictionary is larger"):
        cut(columns.arrow_pieces, tmp_path, as_stream(rows))


@pytest.mark.parametrize("way", [columns.parquet_pieces, columns.arrow_pieces])
def test_nonsense_is_no_file(tmp_path, way):
    random = np.random.default_rng(7)
    for size in (0, 1, 11, 12, 500, 50_000):
        content = random.integers(0, 256, size, np.uint8).tobytes()
        for start in (b"", b"PAR1", b"ARROW1\0\0"):
            with pytest.raises(NotCuttable):
                cut(way, tmp_path, start + content + (b"PAR1" if start == b"PAR1" else b"!"))


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_damaged_files_end_with_a_reason_and_never_take_long(tmp_path, form):
    whole = as_parquet(table(2000)) if form == "parquet" else as_stream(table(2000))
    random = np.random.default_rng(11)
    way = columns.parquet_pieces if form == "parquet" else columns.arrow_pieces
    began = time.monotonic()
    for _ in range(60):
        damaged = bytearray(whole)
        for at in random.integers(0, len(whole), 5):
            damaged[at] ^= int(random.integers(1, 256))
        with suppress(NotCuttable):  # anything else fails here; a flipped bit of a value may pass
            cut(way, tmp_path, bytes(damaged))
    assert time.monotonic() - began < 60


def test_a_footer_that_is_larger_than_the_file_is_refused(tmp_path):
    whole = as_parquet(table(10))
    lying = whole[:-8] + struct.pack("<I", 2**31) + b"PAR1"
    with pytest.raises(NotCuttable, match="does not end as Parquet does"):
        cut(columns.parquet_pieces, tmp_path, lying)


def test_counts_that_lie_are_found(tmp_path, monkeypatch):
    class Lying(pq.ParquetFile):
        """What a file with a changed footer reads as: one row group's worth of rows fewer than it tells of."""

        def iter_batches(self, *arguments, **options):
            yield from list(super().iter_batches(*arguments, **options))[:-1]

    monkeypatch.setattr(pq, "ParquetFile", Lying)
    monkeypatch.setattr(columns, "PIECE_ROWS", 40)
    with pytest.raises(NotCuttable, match="says that it has 100 rows, and has 80"):
        cut(columns.parquet_pieces, tmp_path, as_parquet(table(100)))


async def test_texts_that_unfold_to_more_memory_than_there_is_end_the_child_and_not_the_worker(tmp_path):
    long = "x" * 60_000_000
    rows = pa.table({"asset": pa.DictionaryArray.from_arrays(pa.array([0] * 1000, pa.int32()), pa.array([long]))})
    content = as_parquet(rows, use_dictionary=True, compression="zstd", store_schema=False)
    assert len(content) < 1_000_000, "it would be 60 GB"
    heard, seconds = await judged(tmp_path, content, "parquet")
    assert heard["problem"]
    assert seconds < 60


async def test_the_child_leaves_out_what_is_done(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(csv(120_000))
    async with Child.of("services.bulk.cutter") as child:
        await child.say({"path": str(path), "format": "csv", "into": str(tmp_path), "behind": 2})
        heard = await child.hear(30)
        assert (heard["number"], heard["first"], heard["rows"], heard["share"]) == (2, 100_000, 20_000, 1.0)
        await child.say({"next": True})
        assert await child.hear(30) == {"rows": 120_000}
