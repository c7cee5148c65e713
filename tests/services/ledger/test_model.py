"""Facts become loops: stages, steps back, ends; late, repeated and undone facts lead to the same."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ledger.contracts import Begin, Loop, LoopEnd, LoopStage, LoopState, Spell, StepBack
from services.ledger.errors import HandsOnInvalid
from services.ledger.model import (
    Attempt,
    Change,
    Fact,
    FactKind,
    Matter,
    check_spells,
    dwell,
    healthy,
    loop_of,
    loops_of,
)

ASSET = UUID(int=1)
START = datetime(2026, 1, 1, tzinfo=UTC)
EVENT, LATER, CASE = UUID(int=10), UUID(int=11), UUID(int=12)
OBSERVE, ORIENT, DECIDE, ACT = LoopStage


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def version(number: int) -> UUID:
    return UUID(int=100 + number)


def attempt(number: int, chosen: float, ended: float | None, *, passed: bool = True, **more) -> Attempt:
    told = {"regime": EVENT, "version_id": version(number) if passed and ended is not None else None} | more
    return Attempt(UUID(int=50 + number), at(chosen), None if ended is None else at(ended), "b", **told)


def fact(sequence: int, hours: float, number: int, kind: FactKind = FactKind.PROMOTED) -> Fact:
    return Fact(sequence, at(hours), kind, version(number))


CHANGE = Change(EVENT, at(0), at(2))


def derived(changes=(CHANGE,), matters=(), attempts=(), facts=()) -> list[Loop]:
    return loops_of(ASSET, changes, matters, attempts, facts)


def way(loop: Loop) -> list[tuple[LoopStage, float, float | None, StepBack | None]]:
    hours = [(None if t is None else (t - START) / timedelta(hours=1)) for stay in loop.stays for t in (stay.left_at,)]
    return [
        (stay.stage, (stay.entered_at - START) / timedelta(hours=1), left, stay.back)
        for stay, left in zip(loop.stays, hours, strict=True)
    ]


def test_a_loop_from_change_to_champion():
    [loop] = derived(attempts=[attempt(1, 5, 6)], facts=[fact(1, 10, 1)])
    assert way(loop) == [(OBSERVE, 0, 2, None), (ORIENT, 2, 5, None), (DECIDE, 5, 6, None), (ACT, 6, 10, None)]
    assert (loop.id, loop.begun_by, loop.state, loop.end) == (EVENT, Begin.REGIME, LoopState.CLOSED, LoopEnd.LIVE)
    assert (loop.stage, loop.live_at, loop.ended_at, loop.version_id) == (None, at(10), at(10), version(1))
    assert (loop.steps_back, loop.blueprint) == (0, "b")
    assert [dwell(loop, stage) for stage in LoopStage] == [7200, 10800, 3600, 14400]


@pytest.mark.parametrize(
    ("attempts", "stage", "since"),
    [((), ORIENT, 2), ((attempt(1, 5, None),), DECIDE, 5), ((attempt(1, 5, 6),), ACT, 6)],
)
def test_an_open_loop_waits_in_a_stage(attempts, stage, since):
    [loop] = derived(attempts=attempts)
    assert (loop.state, loop.stage, loop.stays[-1].entered_at) == (LoopState.OPEN, stage, at(since))


@pytest.mark.parametrize("back", [StepBack.STOPPED, StepBack.FAILED, StepBack.CANCELLED])
def test_a_run_without_a_version_steps_back(back):
    attempts = [attempt(1, 5, 6, passed=False, back=back), attempt(2, 8, 9)]
    [loop] = derived(attempts=attempts, facts=[fact(1, 10, 2)])
    assert way(loop)[2:] == [(DECIDE, 5, 6, back), (ORIENT, 6, 8, None), (DECIDE, 8, 9, None), (ACT, 9, 10, None)]
    assert (loop.steps_back, dwell(loop, ORIENT), dwell(loop, DECIDE)) == (1, 5 * 3600, 2 * 3600)


def test_data_chosen_again_after_a_version_passed():
    [loop] = derived(attempts=[attempt(1, 5, 6), attempt(2, 8, 9)])
    assert way(loop)[3:] == [(ACT, 6, 8, StepBack.CHOSEN_AGAIN), (DECIDE, 8, 9, None), (ACT, 9, None, None)]


def test_a_stopped_shadow_steps_back():
    [loop] = derived(attempts=[attempt(1, 5, 6)], facts=[fact(1, 7, 1, FactKind.SHADOW_STOPPED)])
    assert way(loop)[3:] == [(ACT, 6, 7, StepBack.SHADOW_STOPPED), (ORIENT, 7, None, None)]
    [other] = derived(attempts=[attempt(1, 5, 6)], facts=[fact(1, 7, 9, FactKind.SHADOW_STOPPED)])
    assert other.steps_back == 0


def test_an_undone_promotion_opens_the_loop_again():
    facts = [fact(0, -9, 7), fact(1, 10, 1), fact(2, 30, 7, FactKind.UNDONE)]
    [loop] = derived(attempts=[attempt(1, 5, 6)], facts=facts)
    assert way(loop)[3:] == [(ACT, 6, 10, StepBack.ROLLED_BACK), (ORIENT, 30, None, None)]
    assert (loop.state, loop.live_at, loop.version_id, loop.steps_back) == (LoopState.OPEN, at(10), None, 1)
    [again] = derived(attempts=[attempt(1, 5, 6), attempt(2, 31, 32)], facts=[*facts, fact(3, 40, 2)])
    assert (again.state, again.live_at, again.ended_at) == (LoopState.CLOSED, at(10), at(40))
    assert sum(dwell(again, stage) for stage in LoopStage) == 20 * 3600  # not while it was live


@pytest.mark.parametrize("kind", list(FactKind)[:2])
def test_a_promotion_made_again_closes_the_loop_again(kind):
    """By promoting, or by undoing the undoing: the version before becomes champion again both times."""
    facts = [fact(0, -9, 7), fact(1, 10, 1), fact(2, 30, 7, FactKind.UNDONE), fact(3, 31, 1, kind)]
    [loop] = derived(attempts=[attempt(1, 5, 6)], facts=facts)
    assert way(loop)[3:] == [(ACT, 6, 10, StepBack.ROLLED_BACK), (ORIENT, 30, 31, None)]
    assert (loop.state, loop.end, loop.live_at, loop.ended_at) == (LoopState.CLOSED, LoopEnd.LIVE, at(10), at(31))
    assert (loop.version_id, loop.steps_back) == (version(1), 1)
    [back] = derived(attempts=[attempt(1, 5, 6)], facts=[*facts, fact(4, 50, 7, FactKind.UNDONE)])
    assert (back.state, back.stage, back.steps_back) == (LoopState.OPEN, ORIENT, 2)


def test_an_alarm_after_the_champion_is_the_rolled_back_loops():
    facts = [fact(0, -9, 7), fact(1, 10, 1), fact(2, 30, 7, FactKind.UNDONE)]
    first, second = derived(
        matters=[Matter(CASE, at(20), None, at(20), at(21))], attempts=[attempt(1, 5, 6)], facts=facts
    )
    assert (first.state, second.state, second.end) == (LoopState.OPEN, LoopState.ABANDONED, LoopEnd.SUPERSEDED)


def test_the_first_alarm_notices_a_change_before_it_is_told():
    [loop] = derived(matters=[Matter(CASE, at(1), None, at(1), at(1))])
    assert (loop.noticed_at, loop.begun_by) == (at(1), Begin.REGIME)


def test_who_trained_on_the_new_rows_had_noticed():
    [loop] = derived([Change(EVENT, at(0), at(20))], attempts=[attempt(1, 5, 6)])
    assert (loop.noticed_at, loop.stage) == (at(5), ACT)


def test_a_run_over_rows_of_before_is_not_of_the_loop():
    [loop] = derived(attempts=[attempt(1, 5, 6, regime=None)], facts=[fact(1, 7, 1)])
    assert (loop.state, loop.stage) == (LoopState.OPEN, ORIENT)


def test_an_alarm_begins_a_loop_where_none_is_open():
    matter = Matter(CASE, at(0), at(9), at(0), at(1))
    [loop] = derived([], [matter], [attempt(1, 5, 6, regime=None)], [fact(1, 10, 1)])
    assert (loop.begun_by, loop.state, loop.noticed_at) == (Begin.ALARM, LoopState.CLOSED, at(1))
    [nobody] = derived([], [matter])
    assert (nobody.state, nobody.end, nobody.ended_at) == (LoopState.ABANDONED, LoopEnd.CASE_CLOSED, at(9))
    [stopped] = derived([], [matter], [attempt(1, 5, 12, regime=None, passed=False)])
    assert (stopped.end, stopped.ended_at, stopped.steps_back) == (LoopEnd.CASE_CLOSED, at(12), 1)
    assert derived([], [Matter(CASE, at(0), None)]) == []


def test_another_change_supersedes():
    later = Change(LATER, at(24), at(25))
    old, new = derived([CHANGE, later], attempts=[attempt(1, 26, 27, regime=LATER)], facts=[fact(1, 28, 1)])
    assert (old.state, old.end, old.ended_at) == (LoopState.ABANDONED, LoopEnd.SUPERSEDED, at(25))
    assert (new.id, new.state) == (LATER, LoopState.CLOSED)


def test_a_change_told_after_a_newer_one_is_superseded_at_once():
    new, old = derived([Change(EVENT, at(0), at(40)), Change(LATER, at(24), at(25))])
    assert (new.id, new.state) == (LATER, LoopState.OPEN)
    assert (old.id, old.end, old.ended_at) == (EVENT, LoopEnd.SUPERSEDED, at(40))


HOURS = st.integers(0, 60)
ATTEMPTS = st.lists(
    st.tuples(HOURS, st.integers(0, 9), st.booleans(), st.sampled_from([EVENT, LATER, None])), max_size=4
)
FACTS = st.lists(st.tuples(HOURS, st.integers(0, 3), st.sampled_from(FactKind)), max_size=5)


@given(ATTEMPTS, FACTS, HOURS, HOURS, st.none() | HOURS, st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_lead_to_the_same(tried, told, late, raised, closed, chance: random.Random):
    changes = [CHANGE, Change(LATER, at(20), at(20 + late))]
    matters = [Matter(CASE, at(raised), None if closed is None else at(closed), at(raised), at(raised + 1))]
    attempts = [attempt(n, a, a + b, passed=ok, regime=of) for n, (a, b, ok, of) in enumerate(tried)]
    facts = [fact(n, a, which, kind) for n, (a, which, kind) in enumerate(told)]
    found = loops_of(ASSET, changes, matters, attempts, facts)
    mixed = [chance.choices(each, k=5) + list(each) if each else [] for each in (changes, matters, attempts, facts)]
    for each in mixed:
        chance.shuffle(each)
    assert loops_of(ASSET, *mixed) == found
    assert len([loop for loop in found if loop.state is LoopState.OPEN]) <= 1
    for loop in found:
        assert all(stay.left_at is None or stay.entered_at <= stay.left_at for stay in loop.stays)
        for before, after in pairwise(loop.stays):
            assert before.left_at is not None
            assert before.left_at <= after.entered_at
        assert (loop.stays[-1].left_at is None) == (loop.state is LoopState.OPEN)
        assert loop.stays[0].entered_at == loop.changed_at


LIVE = (fact(1, 0, 1),)
DAY = 24


class TestHealth:
    def test_the_champion_stays_and_no_case_is_open(self):
        assert healthy(START, LIVE, [])
        assert healthy(START, LIVE, [Matter(CASE, at(5), at(30 * DAY))])

    def test_a_later_champion_counts(self):
        assert healthy(START, [*LIVE, fact(2, 50, 2)], [])

    def test_an_open_case_fails(self):
        assert not healthy(START, LIVE, [Matter(CASE, at(5), None)])
        assert not healthy(START, LIVE, [Matter(CASE, at(5), at(30 * DAY + 1))])
        assert healthy(START, LIVE, [Matter(CASE, at(30 * DAY + 1), None)])

    def test_an_undone_promotion_fails_unless_another_follows(self):
        undone = [fact(0, -5, 7), *LIVE, fact(2, 40, 7, FactKind.UNDONE)]
        assert not healthy(START, undone, [])
        assert healthy(START, [*undone, fact(3, 50, 3)], [])
        assert healthy(START, [*LIVE, fact(2, 31 * DAY, 7, FactKind.UNDONE)], [])


def test_a_case_is_of_its_own_loop_or_of_the_one_that_was_open():
    own, alarm = derived(
        changes=[CHANGE],
        matters=[Matter(CASE, at(30), None, at(30), at(30))],
        attempts=[attempt(1, 5, 6)],
        facts=[fact(1, 10, 1)],
    )
    loops = [alarm, own]
    assert (own.id, alarm.id) == (EVENT, CASE)
    assert loop_of(CASE, None, at(30), loops) is alarm
    assert loop_of(LATER, EVENT, at(2), loops) is own
    assert loop_of(LATER, None, at(4), loops) is own
    assert loop_of(LATER, None, at(20), loops) is None


def test_spells_that_can_be_are_taken():
    check_spells([Spell(ASSET, at(0), 1), Spell(ASSET, at(24), 60)], at(24))


@pytest.mark.parametrize(
    ("spells", "field"),
    [
        ([Spell(ASSET, at(24), 60), Spell(ASSET, at(24), 61)], "spells.1.seconds"),
        ([Spell(ASSET, at(24), 0)], "spells.0.seconds"),
        ([Spell(ASSET, at(23.99), 60)], "spells.0.at"),
        ([Spell(ASSET, at(48.01), 60)], "spells.0.at"),
        ([Spell(ASSET, at(24), 60)] * 101, "spells"),
    ],
)
def test_spells_that_cannot_be_are_refused(spells, field):
    with pytest.raises(HandsOnInvalid) as caught:
        check_spells(spells, at(48))
    assert caught.value.field == field
