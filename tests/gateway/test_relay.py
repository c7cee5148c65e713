from datetime import UTC, datetime
from uuid import UUID

import pytest

from gateway.relay import Cursors, global_id, page_size, parse_id, split_id
from services.kernel.errors import Invalid, NotFound

ID = UUID("0190a0b0-0000-7000-8000-0000000000ff")
CURSORS = Cursors(b"s" * 32)


def test_ids_go_there_and_back():
    assert parse_id(global_id("Asset", ID), "Asset") == ID
    assert split_id(global_id("ModelVersion", ID)) == ("ModelVersion", ID)


@pytest.mark.parametrize(
    "value",
    ["", "x", "QXNzZXQ6", global_id("Run", ID), global_id("Asset", ID) + "A", global_id("Asset", ID) + "=", "é",
     "A" * 5000, str(ID)],
)  # fmt: skip
def test_anything_else_is_absent(value):
    with pytest.raises(NotFound) as caught:
        parse_id(value, "Asset", "assetId")
    assert caught.value.field == "assetId"


def test_cursors_go_there_and_back():
    moment = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
    cursor = CURSORS.make("assets", "drill-1", ID, 7, moment)
    assert CURSORS.read("assets", cursor) == ["drill-1", str(ID), "7", "2026-03-01T12:00:00.123456+00:00"]


def test_a_cursor_is_of_one_list_and_one_installation():
    cursor = CURSORS.make("assets", "drill-1", ID)
    for reader, listing in ((CURSORS, "runs"), (Cursors(b"t" * 32), "assets")):
        with pytest.raises(Invalid):
            reader.read(listing, cursor)


def test_no_changed_character_passes():
    cursor = CURSORS.make("assets", "drill-1", ID)
    for position in range(len(cursor)):
        changed = cursor[:position] + ("A" if cursor[position] != "A" else "B") + cursor[position + 1 :]
        with pytest.raises(Invalid) as caught:
            CURSORS.read("assets", changed)
        assert caught.value.field == "after"


@pytest.mark.parametrize("first", [1, 100])
def test_page_sizes_in_range(first):
    assert page_size(first) == first


@pytest.mark.parametrize("first", [-1, 0, 101, 2**31])
def test_page_sizes_out_of_range(first):
    with pytest.raises(Invalid):
        page_size(first)


def test_a_page_knows_whether_more_follow():
    full = CURSORS.page("x", ["a", "b", "c"], 2, lambda row: (row,))
    assert [edge.node for edge in full.edges] == ["a", "b"]
    assert full.page_info.has_next_page is True
    assert CURSORS.read("x", full.page_info.end_cursor or "") == ["b"]
    last = CURSORS.page("x", ["a", "b"], 2, lambda row: (row,))
    assert last.page_info.has_next_page is False
    empty = CURSORS.page("x", [], 2, lambda row: (row,))
    assert (empty.edges, empty.page_info.end_cursor) == ((), None)
