"""A drop folder: whole files are read once and moved aside, and what is wrong with others is said."""

import asyncio
import gzip
import os
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from andon_files.plugin import connectors
from andon_files.source import FolderSource

from andon_sdk.connector import SettingsRefused, SourceUnavailable, read_settings

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
CSV = "time,t,p\n2026-03-01T00:00:00Z,1.5,\n2026-03-01T00:00:01Z,x,2\n"
READ = [("t", 0.0, 1.5, 0), ("t", 1.0, None, 2), ("p", 1.0, 2.0, 0)]


@pytest.fixture
def drop(tmp_path):
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


def source_of(drop, **said) -> FolderSource:
    usual = {"folder": str(drop), "time_column": "time", "still_s": 0, "every_s": 0.02}
    return FolderSource(read_settings(connectors()[0].settings, usual | said))


async def read(source, *tags, files=1):
    """The readings of so many whole files, which are done or bad afterwards."""
    await source.open()
    found, folder = [], source._settings.folder

    def over():
        return [*(folder / "done").iterdir(), *(each for each in (folder / "bad").iterdir() if each.suffix != ".txt")]

    async def take():
        async for batch in source.stream(tags or ("t", "p"), {}):
            found.extend(
                (tag, (time - BEGIN).total_seconds(), value, quality)
                for tag, time, value, quality in zip(*(column.to_pylist() for column in batch.columns), strict=True)
            )

    taking = asyncio.create_task(take())
    try:
        async with asyncio.timeout(10):
            while len(over()) < files and not taking.done():  # noqa: ASYNC110  folders tell nobody
                await asyncio.sleep(0.01)
    finally:
        await source.close()
        await taking
    return found


def reason(drop) -> str:
    [file] = (drop / "bad").glob("*.reason.txt")
    return file.read_text().strip()


async def test_csv_is_read_and_moved_aside(drop):
    (drop / "a.csv").write_text(CSV)
    assert await read(source_of(drop)) == READ
    assert [file.name for file in (drop / "done").iterdir()] == ["a.csv"]


async def test_gzip_is_told_by_what_it_is(drop):
    (drop / "a.csv").write_bytes(gzip.compress(CSV.encode()))
    assert await read(source_of(drop)) == READ


async def test_parquet_keeps_its_types(drop):
    times = pa.array([BEGIN, BEGIN + timedelta(seconds=1)], pa.timestamp("ns", "UTC"))
    pq.write_table(pa.table({"time": times, "t": [1, None], "p": [True, False], "n": ["a", "b"]}), drop / "a.dat")
    found = await read(source_of(drop), "t", "p", "n")
    assert found == [("t", 0, 1, 0), ("p", 0, 1, 0), ("p", 1, 0, 0), ("n", 0, None, 2), ("n", 1, None, 2)]


async def test_files_come_in_the_order_of_their_age_and_of_one_name_twice(drop):
    for name, when, value in (("b.csv", 100, 1), ("a.csv", 200, 2)):
        (drop / name).write_text(f"time,t\n2026-03-01T00:00:00Z,{value}\n")
        os.utime(drop / name, (when, when))
    (drop / "done").mkdir()
    (drop / "done/a.csv").write_text("")
    assert [value for *_, value, _ in await read(source_of(drop), files=3)] == [1, 2]
    assert sorted(file.name for file in (drop / "done").iterdir()) == ["a.2.csv", "a.csv", "b.csv"]


async def test_a_file_that_grows_is_left_until_it_is_still(drop):
    source = source_of(drop, still_s=0.3)
    await source.open()
    batches = source.stream(("t",), {})
    (drop / "a.csv").write_text("time,t\n2026-03-01T00:00:00Z,1\n")
    first = asyncio.ensure_future(anext(batches))
    for second in range(1, 5):
        await asyncio.sleep(0.1)
        assert not first.done()
        with (drop / "a.csv").open("a") as file:
            file.write(f"2026-03-01T00:00:0{second}Z,1\n")
    assert (await first).num_rows == 5
    assert (drop / "a.csv").exists(), "its readings are not safe before the next batch is asked for"
    await source.close()
    await batches.aclose()
    assert (drop / "a.csv").exists()


async def test_unfinished_names_links_and_folders_are_left(drop, tmp_path):
    (tmp_path / "secret.csv").write_text(CSV)
    (drop / "link.csv").symlink_to(tmp_path / "secret.csv")
    for name in (".a.csv", "a.csv.part", "a.tmp"):
        (drop / name).write_text(CSV)
    (drop / "z.csv").write_text(CSV)
    assert await read(source_of(drop)) == READ
    assert sorted(path.name for path in drop.iterdir() if path.is_file()) == [
        ".a.csv",
        "a.csv.part",
        "a.tmp",
        "link.csv",
    ]


async def test_several_machines_in_a_file(drop):
    (drop / "a.csv").write_text("time,m,t\n2026-03-01T00:00:00Z,m1,1\n2026-03-01T00:00:00Z,m2,2\n")
    assert await read(source_of(drop, asset_column="m"), "m2/t") == [("m2/t", 0, 2, 0)]


@pytest.mark.parametrize(
    ("text", "said", "second"),
    [
        ("2026-03-01 09:00:05", {"time_zone": "Asia/Seoul"}, 5),
        ("01.03.2026 01:00:05", {"time_zone": "Europe/Berlin", "time_format": "%d.%m.%Y %H:%M:%S"}, 5),
        ("2026-03-01T09:00:05.250+09:00", {}, 5.25),
        ("1772323205", {"time_unit": "s"}, 5),
        ("1772323205250", {"time_unit": "ms"}, 5.25),
        ("1772323205.25", {"time_unit": "s"}, 5.25),
    ],
)
async def test_times_mean_what_is_said_of_them(drop, text, said, second):
    (drop / "a.csv").write_text(f"time;t\n{text};1,5\n")
    assert await read(source_of(drop, decimal=",", **said)) == [("t", second, 1.5, 0)]


@pytest.mark.parametrize(
    ("text", "field", "said"),
    [
        ("2026-03-01 09:00:05", "time_zone", "a.csv: The times say no zone. In which are they?"),
        ("1772323205", "time_unit", "a.csv: The times are numbers. What do they count: s, ms, us or ns?"),
    ],
)
async def test_nothing_is_guessed_of_times_and_the_file_waits(drop, text, field, said):
    (drop / "a.csv").write_text(f"time,t\n{text},1\n")
    with pytest.raises(SettingsRefused) as refused:
        await read(source_of(drop))
    assert (refused.value.field, str(refused.value)) == (field, f"{field}: {said}")
    assert (drop / "a.csv").exists()


async def test_a_time_that_is_there_twice_is_bad_until_somebody_says_which(drop):
    (drop / "a.csv").write_text("time,t\n2026-10-25 02:30:00,1\n")
    assert await read(source_of(drop, time_zone="Europe/Berlin")) == []
    assert "twice, in Europe/Berlin" in reason(drop)
    (drop / "a.csv").write_text("time,t\n2026-10-25 02:30:00,1\n")
    [(*_, later, _, _)] = [await read(source_of(drop, time_zone="Europe/Berlin", twice="latest"), files=2)][0]
    assert BEGIN + timedelta(seconds=later) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"time,t\n2026-03-01T00:00:00Z,1\nyesterday,2\n", "A time is not ISO 8601"),
        (b"time,t\n2026-03-01T00:00:00Z,1,9\n", "cannot be read: CSV parse error"),
        (b"when,t\n2026-03-01T00:00:00Z,1\n", "no column “time”; it has when, t"),
        (b"time,x\n2026-03-01T00:00:00Z,1\n", "none of the mapped columns (p, t)"),
        (b"time,t,t\n", "Columns are called the same: t"),
        (b"", "no header line"),
        (b"time,t\xff\n", "no text in utf-8"),
        (b"\x1f\x8btorn", "begins as gzip and is not whole"),
        (gzip.compress(CSV.encode() * 400)[:-20], "begins as gzip and is not whole"),
        (b"PAR1 and rubbish", "begins as Parquet and cannot be read"),
        (
            gzip.compress(b"time,t\n" + b"2026-03-01T00:00:00Z,1\n" * 100_000),
            "larger than it may be once it is inflated",
        ),
        (b"time,t\n" + b"9" * 5_000_000, "larger than it may be"),
    ],
)
async def test_what_is_wrong_with_a_file_stands_beside_it(drop, content, said):
    (drop / "a.csv").write_bytes(content)
    assert await read(source_of(drop, max_inflated_mb=2)) == []
    assert said in reason(drop)
    assert [file.read_bytes() for file in (drop / "bad").glob("a.csv")] == [content]


async def test_columns_are_guessed_for_a_person_and_not_acted_on(drop):
    (drop / "a.csv").write_text("n,when,t\nx,2026-03-01 00:00:00,1\ny,2026-03-01 00:00:01,3\n")
    source = source_of(drop, time_column=None)
    await source.open()
    assert [(tag.address, tag.title) for tag in await source.browse()] == [
        ("n", "guessed: no number"),
        (
            "when",
            "guessed: the time; confirm with time_column; The times say no zone. In which are they? Say time_zone.",
        ),
        ("t", "guessed: a signal; from 1 to 3 in the first 2 rows"),
    ]
    with pytest.raises(
        SettingsRefused, match=r"Which column is the time\? In a.csv it looks like “when”: say time_column"
    ):
        await read(source)
    assert (drop / "a.csv").exists()


async def test_a_folder_that_is_not_there_is_tried_again(tmp_path):
    with pytest.raises(SourceUnavailable, match="is not there, or its share is not mounted"):
        await source_of(tmp_path / "nowhere").open()


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"time_zone": "Seoul"}, "“Seoul” is no time zone"),
        ({"encoding": "utf-9"}, "“utf-9” is no encoding"),
        ({"time_unit": "s", "time_zone": "UTC"}, "neither time_format nor time_zone"),
        ({"folders": "x"}, "folders: Extra inputs are not permitted"),
    ],
)
def test_wrong_settings_are_named(drop, said, message):
    with pytest.raises(SettingsRefused, match=message):
        source_of(drop, **said)
