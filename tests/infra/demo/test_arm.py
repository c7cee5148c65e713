"""Which rows the robot arm's demo sends, and when it is content."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from andon_sdk.plugin import Contract, Signal
from infra.demo.arm.data import FILE, Recording, read
from infra.demo.arm.report import reached
from infra.demo.arm.story import LABELLED, UNLABELLED, Report, batch
from infra.demo.quality import Quality

CONTRACT = Contract("robot-arm", "Arm", (Signal("b", "B", "A", -9, 9), Signal("a", "A", "A", -9, 9)), 1.0)


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    start = datetime(2022, 10, 26, 8, tzinfo=UTC)
    pl.DataFrame(
        {
            "timestamp": [start.replace(second=second) for second in (0, 2, 1, 3, 4)],
            "a": [1.0, 3.0, 2.0, None, 5.0],
            "b": [-1.0, -3.0, -2.0, -4.0, -5.0],
            "robot_protectivestop": [1.0, 0.0, None, 0.0, 1.0],
            "grip_lost": [0, 0, 1, 0, 0],
        }
    ).write_parquet(tmp_path / FILE)
    return read(tmp_path, CONTRACT.keys)


def test_rows_come_in_order_with_what_the_controller_said(recording):
    assert recording.abnormal.tolist() == [True, True, False, False, True]
    assert recording.events() == [(0, 1), (4, 4)]
    assert recording.values[:, 0].tolist() == [-1, -2, -3, -4, -5]
    assert np.isnan(recording.values[:, 1]).tolist() == [False, False, False, True, False]
    assert recording.earlier(0.6) == 3


def test_a_batch_is_what_the_door_takes(recording):
    rows = batch(recording, "arm", slice(2, None), CONTRACT)
    assert rows.columns == ["asset", "time", "b", "a"]
    assert rows["time"][0] == datetime(2022, 10, 26, 8, 0, 2, tzinfo=UTC)
    assert rows["a"].to_list() == [3.0, None, 5.0]


def test_a_folder_without_the_recording_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"Give the folder that holds the recording as ur3_cobotops\.parquet"):
        read(tmp_path, CONTRACT.keys)


@pytest.mark.parametrize(
    ("unlabelled", "labelled", "stopped", "scored", "content"),
    [
        (0.67, 0.86, {}, 9, True),
        (0.66, 0.86, {}, 9, False),
        (0.67, 0.85, {}, 9, False),
        (0.67, 0.86, {}, 8, False),
        (0.67, 0.86, {LABELLED: "reference: …"}, 9, False),
    ],
)
def test_it_is_content_with_every_row_and_both_bounds(unlabelled, labelled, stopped, scored, content):
    results = {UNLABELLED: Quality(0, 0, 0, unlabelled), LABELLED: Quality(0, 0, 0, labelled)}
    assert reached(Report(1, results, stopped, 10, scored, 1, {})) is content
