"""Rows from files and simulators, and rows that are frozen: no Andon anywhere."""

import json
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from andon_sdk.link import data
from andon_sdk.link.data import frames

START = datetime(2026, 3, 1, tzinfo=UTC)
ROWS = pl.DataFrame(
    {
        "asset": ["b", "a", "a"],
        "time": [START, START + timedelta(seconds=1), START],
        "load": [1, 2, 3],
        "heat": [float("nan"), 0.5, 0.25],
    }
)
SHAPED = {
    "asset": ["a", "b", "a"],
    "time": [START, START, START + timedelta(seconds=1)],
    "load": [3.0, 1.0, 2.0],
    "heat": [0.25, None, 0.5],
}


@pytest.fixture(autouse=True)
def beside(tmp_path, monkeypatch):
    """The notebook's folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_parquet_file_has_the_one_shape():
    ROWS.write_parquet("rows.parquet")
    found = data.from_parquet("rows.parquet")
    assert found.to_dict(as_series=False) == SHAPED
    assert dict(found.schema) == {"asset": pl.String, "time": frames.TIME, "load": pl.Float64, "heat": pl.Float64}


def test_a_csv_file_has_it_too():
    with open("rows.csv", "w") as file:
        file.write("time,load\n2026-03-01T02:00:01+01:00,2\n2026-03-01T00:00:00Z,\n")
    assert data.from_csv("rows.csv").to_dict(as_series=False) == {
        "time": [START, START + timedelta(hours=1, seconds=1)],
        "load": [None, 2.0],
    }


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("moment,load\n2026-03-01T00:00Z,1\n", "no column `time`, but moment, load"),
        ("time,load\n2026-03-01T00:00:00,1\n", "no offset from UTC"),
        ("time,load\n2026-03-01T00:00:00Z,1\nyesterdayZ,2\n", "1 rows have no time"),
        ("time,load\n2026-03-01T00:00:00Z,much\n", "`load` holds no numbers"),
        ("time\n2026-03-01T00:00:00Z\n", "no signal beside"),
        ("", "cannot be read"),
    ],
)
def test_a_file_that_holds_no_rows_is_told(content, said):
    with open("rows.csv", "w") as file:
        file.write(content)
    with pytest.raises(data.FileUnreadable, match=said):
        data.from_csv("rows.csv")


def test_a_file_that_is_not_there_or_none_is_told():
    with pytest.raises(data.FileUnreadable, match=r"nothing\.parquet cannot be read"):
        data.from_parquet("nothing.parquet")
    with open("rows.parquet", "w") as file:
        file.write("no parquet")
    with pytest.raises(data.FileUnreadable, match="cannot be read"):
        data.from_parquet("rows.parquet")


def test_frozen_rows_come_back_by_name_and_by_digest():
    made = data.freeze("march", ROWS)
    assert (made.rows, made.assets, made.signals) == (3, ("a", "b"), ("load", "heat"))
    assert str(made.path) == f".link/snapshots/{made.digest}.parquet"
    assert data.pinned("march").to_dict(as_series=False) == SHAPED
    assert data.pinned("march", made.digest).equals(made.frame())
    assert data.freeze("april", ROWS).digest == made.digest


def test_a_name_may_mean_other_rows_later_and_the_old_ones_stay():
    old = data.freeze("march", ROWS)
    new = data.freeze("march", ROWS.head(2))
    assert data.pinned("march").height == 2
    assert old.frame().height == 3
    with pytest.raises(data.SnapshotChanged, match=f"means {new.digest[:12]}… now, not {old.digest[:12]}…"):
        data.pinned("march", old.digest)


def test_a_file_that_changed_is_refused_and_frozen_anew():
    made = data.freeze("march", ROWS)
    content = made.path.read_bytes()
    made.path.write_bytes(content[:-1] + b"?")
    with pytest.raises(data.SnapshotChanged, match="is not what was frozen"):
        data.pinned("march")
    data.freeze("march", ROWS)
    assert made.path.read_bytes() == content
    made.path.unlink()
    with pytest.raises(data.SnapshotMissing, match="is gone"):
        data.pinned("march")


def test_a_name_that_is_not_there_is_told_with_those_that_are():
    data.freeze("march", ROWS)
    with pytest.raises(data.SnapshotMissing, match=r"no snapshot 'april' .* \(there: march\)"):
        data.pinned("april")


@pytest.mark.parametrize("name", ["", "../march", "March", "a b", "0" * 64])
def test_a_name_is_a_name(name):
    with pytest.raises(data.DataError, match="is no name for a snapshot"):
        data.freeze(name, ROWS)


@pytest.mark.parametrize("told", ["{}", "[]", "no json", '{"digest": "../../secret", "signals": [], "assets": []}'])
def test_a_name_whose_file_says_nothing_is_refused(told, beside):
    (beside / ".link/snapshots").mkdir(parents=True)
    (beside / ".link/snapshots/march.json").write_text(told)
    with pytest.raises(data.SnapshotChanged, match="does not say what 'march' means"):
        data.pinned("march")


def test_snapshots_may_be_elsewhere(beside, monkeypatch):
    monkeypatch.setenv("ANDON_LINK_SNAPSHOTS", str(beside / "pins"))
    made = data.freeze("march", ROWS)
    assert made.path.parent == beside / "pins"
    assert json.loads((beside / "pins/march.json").read_text())["digest"] == made.digest


def test_a_demo_plant_is_simulated_the_same_each_time():
    found = data.simulated("laser-drills", START, 0.5, every_s=3600, machines=2)
    assert found.contract.key == "laser-drill"
    assert found.rows.columns == ["asset", "time", *found.contract.keys]
    assert found.rows["asset"].unique().sort().to_list() == ["drill-01", "drill-02"]
    assert (found.rows.height, found.rows["time"][0], found.rows["time"][-1]) == (
        24,
        START,
        START + timedelta(hours=11),
    )
    assert found.rows.equals(data.simulated("laser-drills", START, 0.5, every_s=3600, machines=2).rows)
    with pytest.raises(data.DataError, match="there are laser-drills, robot-arms, solar-plants"):
        data.simulated("submarines", START, 1)


def test_a_simulated_plant_tells_what_happened():
    found = data.simulated("laser-drills", START, 60, every_s=86400, machines=3)
    assert found.events.columns == ["asset", "kind", "time", "part", "note"]
    assert set(found.events["kind"]) == {"failure", "maintenance", "part_replaced"}


def test_without_an_address_the_two_ways_out_are_told(monkeypatch):
    monkeypatch.delenv("ANDON_URL", raising=False)
    monkeypatch.setattr(data, "_used", [])
    with pytest.raises(data.NotConnected, match=r"set ANDON_URL and ANDON_KEY .* data\.from_parquet"):
        data.assets()
