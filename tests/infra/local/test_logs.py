"""Logs of parts: appended, cut, never lost to the part that writes."""

import os
import stat

from infra.local import logs


def test_a_log_that_grew_is_cut_while_its_part_writes(tmp_path):
    handle = logs.open_log(tmp_path, "nats")
    os.write(handle, b"a" * 100)
    logs.rotate(tmp_path, limit=50)
    os.write(handle, b"next\n")
    os.close(handle)
    assert (tmp_path / "nats.log").read_bytes() == b"next\n"
    assert (tmp_path / "nats.log.1").read_bytes() == b"a" * 100
    assert stat.S_IMODE((tmp_path / "nats.log").stat().st_mode) == 0o600


def test_only_two_old_logs_are_kept(tmp_path):
    for letter in b"abcd":
        handle = logs.open_log(tmp_path, "nats")
        os.write(handle, bytes([letter]) * 10)
        os.close(handle)
        logs.rotate(tmp_path, limit=5)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["nats.log", "nats.log.1", "nats.log.2"]
    assert (tmp_path / "nats.log.1").read_bytes() == b"d" * 10
    assert (tmp_path / "nats.log.2").read_bytes() == b"c" * 10


def test_the_tail_of_a_part_that_never_ran_is_empty(tmp_path):
    assert logs.tail(tmp_path, "nobody") == []


def test_the_tail_has_the_last_lines(tmp_path):
    (tmp_path / "nats.log").write_text("".join(f"{number}\n" for number in range(100)))
    assert logs.tail(tmp_path, "nats", 2) == ["98", "99"]
