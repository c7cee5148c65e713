from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from andon_sdk.plugin import AlarmRule
from services.monitoring import model
from services.monitoring.contracts import AlarmState, CaseState
from services.monitoring.errors import AlarmIsCleared, AlarmIsShelved, AlarmNotShelved, ShelvedTooLong

RULE = AlarmRule("r", "Rule", "c", raise_rows=2, of_rows=3, clear_below=0.8, clear_rows=2)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def fresh(n: int, rule: AlarmRule = RULE) -> model.RuleState:
    return model.RuleState(np.zeros((n, rule.of_rows), bool), np.zeros(n, np.int64), np.zeros(n, bool))


def one_by_one(rule: AlarmRule, values: list[float]) -> list[tuple[int, str]]:
    """The rule as a person would say it, row by row, for one asset."""
    window: list[bool] = []
    run, on, found = 0, False, []
    for row, value in enumerate(values):
        if np.isnan(value):
            continue
        window = [*window, value > rule.raise_above][-rule.of_rows :]
        run = run + 1 if value < rule.clear_below else 0
        if value > rule.raise_above and sum(window) >= rule.raise_rows:
            if not on:
                found.append((row, "raised"))
            on = True
        elif run >= rule.clear_rows:
            if on:
                found.append((row, "cleared"))
            on, window = False, []
    return found


def changes(episodes: model.Episodes, asset: int) -> list[tuple[int, str]]:
    mine = episodes.asset == asset
    found = [(int(row), "raised") for row in episodes.raised[mine] if row >= 0]
    return sorted(found + [(int(row), "cleared") for row in episodes.cleared[mine] if row >= 0])


def test_raised_by_two_of_three_and_cleared_by_two_below() -> None:
    values = np.array([0.5, 1.2, 0.9, 1.5, 3.0, 0.7, 0.9, 0.7, 0.6, 0.5])
    state, episodes = model.watch(RULE, np.zeros(10, np.int64), values, fresh(1))
    assert episodes.asset.tolist() == [0]
    assert episodes.raised.tolist() == [3]
    assert episodes.cleared.tolist() == [8]
    assert episodes.peak.tolist() == [3.0]
    assert state.active.tolist() == [False]
    assert state.below.tolist() == [3]
    assert state.recent.tolist() == [[False, False, False]]


def test_an_alarm_on_before_the_block_goes_on_and_takes_the_peak() -> None:
    before = model.RuleState(np.array([[False, True, True]]), np.array([1]), np.array([True]))
    state, episodes = model.watch(RULE, np.zeros(1, np.int64), np.array([4.0]), before)
    assert (episodes.raised.tolist(), episodes.cleared.tolist(), episodes.peak.tolist()) == ([-1], [-1], [4.0])
    _, episodes = model.watch(RULE, np.zeros(2, np.int64), np.array([0.1, 0.1]), state)
    assert (episodes.raised.tolist(), episodes.cleared.tolist()) == ([-1], [1])


def test_unanswered_rows_say_nothing() -> None:
    nan = np.nan
    state, episodes = model.watch(RULE, np.zeros(3, np.int64), np.array([nan, nan, nan]), fresh(1))
    assert len(episodes.asset) == 0
    _, episodes = model.watch(RULE, np.zeros(3, np.int64), np.array([1.5, nan, 1.5]), state)
    assert episodes.raised.tolist() == [2]


@pytest.mark.parametrize("seed", range(20))
def test_blocks_of_any_size_say_what_row_by_row_says(seed: int) -> None:
    random = np.random.default_rng(seed)
    rule = AlarmRule(
        "r",
        "",
        "c",
        raise_rows=int(random.integers(1, 4)),
        of_rows=int(random.integers(4, 8)),
        clear_below=0.8,
        clear_rows=int(random.integers(1, 9)),
    )
    assets, rows = 7, 600
    asset = random.integers(0, assets, rows)
    value = random.choice([0.3, 0.9, 1.4, np.nan], rows, p=[0.5, 0.2, 0.25, 0.05])
    state, found = fresh(assets, rule), {one: [] for one in range(assets)}
    edges = np.sort(random.integers(0, rows, 9)).tolist()
    for begin, end in zip([0, *edges], [*edges, rows], strict=True):
        state, episodes = model.watch(rule, asset[begin:end], value[begin:end], state)
        for one in range(assets):
            found[one] += [(row + begin, kind) for row, kind in changes(episodes, one)]
    for one in range(assets):
        mine = np.flatnonzero(asset == one)
        assert found[one] == [(int(mine[row]), kind) for row, kind in one_by_one(rule, value[mine].tolist())]


def test_hands_on_an_alarm() -> None:
    assert model.acknowledge(AlarmState.ACTIVE) is AlarmState.ACKNOWLEDGED
    assert model.acknowledge(AlarmState.ACKNOWLEDGED) is AlarmState.ACKNOWLEDGED
    with pytest.raises(AlarmIsShelved):
        model.acknowledge(AlarmState.SHELVED)
    with pytest.raises(AlarmIsCleared):
        model.acknowledge(AlarmState.CLEARED)
    assert model.shelve(AlarmState.ACTIVE, NOW + timedelta(days=30), NOW) is AlarmState.SHELVED
    for until in (NOW, NOW - timedelta(seconds=1), NOW + timedelta(days=30, seconds=1)):
        with pytest.raises(ShelvedTooLong):
            model.shelve(AlarmState.ACTIVE, until, NOW)
    assert model.unshelve(AlarmState.SHELVED, acknowledged=True) is AlarmState.ACKNOWLEDGED
    assert model.unshelve(AlarmState.SHELVED, acknowledged=False) is AlarmState.ACTIVE
    with pytest.raises(AlarmNotShelved):
        model.unshelve(AlarmState.ACTIVE, acknowledged=False)


def test_a_shelf_ends_by_itself() -> None:
    until = NOW + timedelta(hours=1)
    assert model.effective(AlarmState.SHELVED, until, False, NOW) is AlarmState.SHELVED
    assert model.effective(AlarmState.SHELVED, until, False, until) is AlarmState.ACTIVE
    assert model.effective(AlarmState.SHELVED, until, True, until) is AlarmState.ACKNOWLEDGED


@pytest.mark.parametrize(
    ("closed_at", "alarms_on", "state", "closes_at"),
    [
        (None, 1, CaseState.OPEN, None),
        (None, 0, CaseState.CLEARED, NOW + model.CASE_QUIET),
        (NOW, 0, CaseState.CLOSED, None),
    ],
)
def test_a_case_is_as_its_alarms_are(
    closed_at: datetime | None, alarms_on: int, state: CaseState, closes_at: datetime | None
) -> None:
    assert model.case_state(closed_at, alarms_on) is state
    assert model.closes_at(state, NOW) == closes_at
