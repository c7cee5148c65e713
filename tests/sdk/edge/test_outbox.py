"""Rows on disk: nothing acknowledged is lost, nothing torn is sent, and what is too much is counted."""

import json
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from andon_sdk.edge import outbox as module
from andon_sdk.edge.outbox import Damaged, Outbox
from andon_sdk.edge.progress import Progress, Span

AT = datetime(2026, 3, 1, tzinfo=UTC)


def batch(*values: float) -> pa.RecordBatch:
    return pa.record_batch(
        {"asset": ["a"] * len(values), "time": [AT] * len(values), "value": [float(value) for value in values]}
    )


def opened(folder, step=100, **bound) -> tuple[Outbox, Progress]:
    progress = Progress.read(folder / "progress.json")
    return Outbox(folder / "frames", progress, step, **({"max_bytes": 1_000_000_000, "hours": 72} | bound)), progress


def values(box: Outbox, span: Span) -> list[float]:
    table = box.read(span)
    return [] if table is None else table.column("value").to_pylist()


def filled(folder, count=4, **bound) -> tuple[Outbox, Progress]:
    box, progress = opened(folder, **bound)
    for number in range(count):
        box.append(batch(number, number + 0.5), step=number + 1)
        box.publish()
    return box, progress


def test_frames_come_back_after_a_restart(tmp_path):
    box, _ = filled(tmp_path)
    box.close()
    again, _ = opened(tmp_path)
    assert again.waiting_rows == 8
    assert values(again, Span(1, 4)) == [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5]
    again.append(batch(9), step=5)
    again.publish()
    assert values(again, Span(4, 5)) == [3, 3.5, 9]


def test_a_frame_is_shown_once_it_is_committed(tmp_path):
    box, _ = opened(tmp_path)
    box.append(batch(1), step=1)
    assert box.first_waiting(0, 99) is None
    box.publish()
    assert box.first_waiting(0, 99) == 1


def test_frames_of_a_step_that_was_not_committed_are_cut_off(tmp_path):
    box, _ = filled(tmp_path)
    box.close()
    again, _ = opened(tmp_path, step=2)
    assert again.waiting_rows == 4
    again.append(batch(7), step=3)
    again.publish()
    assert values(again, Span(1, 3)) == [0, 0.5, 1, 1.5, 7]


@pytest.mark.parametrize("torn", [1, 10, 40, 300])
def test_a_torn_end_is_cut_off(tmp_path, torn):
    box, _ = filled(tmp_path)
    box.close()
    [file] = (tmp_path / "frames").glob("*.seg")
    file.write_bytes(file.read_bytes()[:-torn])
    again, _ = opened(tmp_path)
    assert again.waiting_rows == 6
    assert values(again, Span(1, 3)) == [0, 0.5, 1, 1.5, 2, 2.5]


def test_rubbish_at_the_end_is_cut_off(tmp_path):
    box, _ = filled(tmp_path)
    box.close()
    [file] = (tmp_path / "frames").glob("*.seg")
    with file.open("ab") as end:
        end.write(b"\0" * 4096)
    again, _ = opened(tmp_path)
    again.append(batch(9), step=5)
    again.publish()
    again.close()
    last, _ = opened(tmp_path)
    assert last.waiting_rows == 9


def test_a_damaged_frame_is_named_and_counted(tmp_path):
    box, progress = filled(tmp_path)
    box.close()
    [file] = (tmp_path / "frames").glob("*.seg")
    content = bytearray(file.read_bytes())
    content[60] ^= 0xFF
    file.write_bytes(content)
    again, progress = opened(tmp_path)
    with pytest.raises(Damaged, match="frame 1 with 2 rows is damaged") as damage:
        again.read(Span(1, 2))
    again.lose(damage.value.frame)
    assert (progress.rows.dropped, again.waiting_rows, again.first_waiting(0, 99)) == (2, 6, 2)


def test_blocks_follow_each_other_and_have_an_end(tmp_path):
    box, progress = filled(tmp_path, 6)
    progress.ack(Span(3, 3))
    assert box.block(1, 99, 100) == Span(1, 2)
    assert box.block(4, 99, 5) == Span(4, 5)
    assert box.block(4, 6, 100) == Span(4, 5)
    assert box.block(1, 99, 1) == Span(1, 1)
    assert box.first_waiting(3, 99) == 4


def test_segments_go_when_all_of_them_is_acknowledged(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SEGMENT_BYTES", 1)
    box, _ = filled(tmp_path)
    assert len(list((tmp_path / "frames").iterdir())) == 4
    box.done(Span(2, 3), 4, sent=4, stored=4)
    assert len(list((tmp_path / "frames").iterdir())) == 2
    box.done(Span(1, 1), 2, sent=2, stored=2)
    box.done(Span(4, 4), 2, sent=2, stored=1, quarantined=1)
    box.close()
    again, progress = opened(tmp_path)
    assert (again.waiting_rows, again.first_waiting(0, 99)) == (0, None)
    assert (progress.rows.sent, progress.rows.stored, progress.rows.quarantined) == (8, 7, 1)
    again.append(batch(1), step=9)
    again.publish()
    assert again.first_waiting(0, 99) == 5


def test_a_full_buffer_drops_the_oldest_and_counts_them(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SEGMENT_BYTES", 1)
    box, progress = filled(tmp_path, 1)
    one = box.size
    box, progress = opened(tmp_path, max_bytes=one * 3)
    for number in range(1, 6):
        box.append(batch(number, number), step=number + 1)
        box.publish()
    assert (progress.rows.dropped, box.waiting_rows) == (6, 6)
    assert values(box, Span(4, 6)) == [3, 3, 4, 4, 5, 5]
    assert box.read(Span(1, 4)) is None


def test_rows_that_waited_too_long_are_dropped_too(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SEGMENT_BYTES", 1)
    box, progress = filled(tmp_path, 3, hours=0)
    assert (progress.rows.dropped, box.waiting_rows) == (4, 2)


def test_ranges_join_and_are_kept(tmp_path):
    progress = Progress.read(tmp_path / "p.json")
    progress.begin(Span(1, 4))
    for span in (Span(5, 6), Span(9, 9), Span(1, 4), Span(7, 8)):
        progress.ack(span, sent=1)
    assert progress.acked == [Span(1, 9)]
    assert progress.under_way == []
    assert (Span(2, 9) in progress, 10 in progress, Span(9, 10) in progress) == (True, False, False)
    assert Progress.read(tmp_path / "p.json").acked == [Span(1, 9)]
    assert json.loads((tmp_path / "p.json").read_text())["rows"]["sent"] == 4


def test_a_block_that_was_not_answered_is_remembered_as_it_was(tmp_path):
    Progress.read(tmp_path / "p.json").begin(Span(3, 8))
    again = Progress.read(tmp_path / "p.json")
    assert (again.under_way, again.last) == ([Span(3, 8)], 8)
    again.forget(Span(3, 8))
    assert again.under_way == []


def test_a_block_has_one_schema(tmp_path):
    box, _ = filled(tmp_path, 2)
    box.append(batch(1).append_column("other", [[2.0]]), step=9)
    box.publish()
    assert [box.block(1, 99, 100), box.block(3, 99, 100)] == [Span(1, 2), Span(3, 3)]
