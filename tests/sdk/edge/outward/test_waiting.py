"""The queue of a destination: on disk, oldest first, each notice once, and calls held back for a while."""

from dataclasses import replace
from datetime import timedelta

import pytest
from notices import ACKNOWLEDGED, CLEARED, MINUTE, NOON, RAISED, SHELF, TOLD, numbered

from andon_sdk.destination import Notice, as_json, from_json
from andon_sdk.edge.outward.alarms import look
from andon_sdk.edge.outward.waiting import Waiting

[ANSWER] = look(TOLD, ACKNOWLEDGED, NOON)[1]
[END] = look(TOLD, CLEARED, NOON + 10 * MINUTE)[1]
PATIENCE = 15 * MINUTE


@pytest.fixture
def waiting(tmp_path) -> Waiting:
    return Waiting(tmp_path)


@pytest.fixture
def patient(tmp_path) -> Waiting:
    return Waiting(tmp_path, PATIENCE)


def drained(waiting: Waiting, now=NOON) -> list[Notice]:
    found = []
    while queued := waiting.next(now):
        found.append(queued.notice)
        waiting.done(queued)
    return found


def test_oldest_first_and_whole(waiting):
    notices = [*numbered(12), SHELF]
    for notice in notices:
        waiting.put(notice, NOON)
    assert len(waiting) == 13
    assert drained(waiting) == notices
    assert (len(waiting), waiting.next(NOON), list(waiting.folder.iterdir())) == (0, None, [])


def test_what_waits_is_not_put_twice(waiting):
    for notice in [*numbered(3), *numbered(3)]:
        waiting.put(notice, NOON)
    assert drained(waiting) == numbered(3)


def test_another_process_finds_it(waiting, tmp_path):
    waiting.put(RAISED, NOON)
    (waiting.folder / "000000000001-0123.json.new").write_text('{"id": "tor')
    found = Waiting(tmp_path)
    found.put(SHELF, NOON)
    assert drained(found) == [RAISED, SHELF]
    assert list(waiting.folder.iterdir()) == []


def test_what_is_refused_lies_beside_its_reason_and_can_be_put_back(waiting, tmp_path):
    waiting.put(RAISED, NOON)
    queued = waiting.next(NOON)
    waiting.refuse(queued, "404: no such ticket project")
    assert (len(waiting), list(waiting.refusals())) == (0, [(queued.path.stem, "404: no such ticket project")])
    (waiting.refused / queued.path.name).replace(queued.path)
    assert drained(Waiting(tmp_path)) == [RAISED]


def test_a_call_is_held_back_and_others_pass(patient):
    other = replace(RAISED, id="b-raised", alarm_id="b")
    patient.put(RAISED, NOON)
    patient.put(other, NOON + 2 * MINUTE)
    patient.put(replace(END, id="c-cleared", alarm_id="c"), NOON + 3 * MINUTE)
    assert [each.id for each in drained(patient, NOON + 4 * MINUTE)] == ["c-cleared"]
    assert patient.wakes_at() == NOON + PATIENCE
    assert drained(patient, NOON + PATIENCE) == [RAISED]
    assert drained(patient, NOON + PATIENCE + 2 * MINUTE) == [other]


@pytest.mark.parametrize("answer", [ANSWER, SHELF, END])
def test_a_call_that_is_answered_meanwhile_is_never_heard(patient, tmp_path, answer):
    patient.put(RAISED, NOON)
    patient.put(answer, NOON + 14 * MINUTE)
    assert drained(patient, NOON + 20 * MINUTE) == []
    later = Waiting(tmp_path, PATIENCE)
    later.put(replace(END, id="later"), NOON + 30 * MINUTE)
    assert drained(later, NOON + 60 * MINUTE) == ([] if answer is not END else [replace(END, id="later")])


def test_a_call_that_is_answered_too_late_is_heard_with_its_answer(patient):
    """Its destination was away, say."""
    patient.put(RAISED, NOON)
    patient.put(ANSWER, NOON + 16 * MINUTE)
    assert drained(patient, NOON + 20 * MINUTE) == [RAISED, ANSWER]


def test_an_alarm_that_returns_from_its_shelf_calls_again(patient):
    returned = replace(RAISED, id="returned", moment="returned")
    patient.put(RAISED, NOON)
    patient.put(SHELF, NOON + MINUTE)
    assert drained(patient, NOON + 2 * MINUTE) == []
    patient.put(returned, NOON + 60 * MINUTE)
    assert drained(patient, NOON + 61 * MINUTE) == []
    assert [each.id for each in drained(patient, NOON + 75 * MINUTE)] == ["returned"]
    patient.put(END, NOON + 80 * MINUTE)
    assert drained(patient, NOON + 80 * MINUTE) == [END]


def test_without_patience_nothing_is_held_back(waiting):
    waiting.put(RAISED, NOON)
    waiting.put(END, NOON)
    assert drained(waiting, NOON - timedelta(seconds=0)) == [RAISED, END]


def test_json_of_a_notice():
    said = as_json(SHELF)
    times = ("2026-03-01T12:00:00+00:00", "2026-03-01T13:00:00+00:00")
    assert (said["moment"], said["at"], said["until"], said["on"]) == ("shelved", *times, False)
    assert said["top"] == [{"signal": "lens", "share": 0.6}]
    assert from_json(said) == SHELF
