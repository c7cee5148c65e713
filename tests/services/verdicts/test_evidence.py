"""Every figure can be counted by hand: see `hourly_scores`."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hourly_scores import HOUR, RULE, START, labels, run, values

from services.verdicts.contracts import Scores, Stretch
from services.verdicts.evidence import compare, side_by_side, together


def at(hour: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour)


def test_both_warn_and_one_is_nine_days_earlier():
    found = run(
        [values(960, (700, 725))],
        [values(960, (484, 490), (700, 725))],
        labels([(0, 724)]),
    )
    assert found.targets.champion.tolist() == [23 * 3600]
    assert found.targets.shadow.tolist() == [(724 - 485) * 3600]
    assert (found.champion.false.tolist(), found.shadow.false.tolist()) == ([False], [False, False])
    assert found.gain.tolist() == [0] * 25  # days before the last 14; the failure is not among them
    early = run([values(960, (400, 425))], [values(960, (184, 190))], labels([(0, 424)]))
    assert early.gain.tolist() == [0] * 17 + [1] + [0] * 7


def test_alarms_that_nothing_explains_are_false_once_no_failure_can_explain_them():
    found = run([values(960, (100, 105), (900, 905))], [values(960)])
    assert found.champion.raised.tolist() == [(START + hour * HOUR).item() for hour in (101, 901)]
    assert (found.champion.false.tolist(), found.champion.waiting.tolist()) == ([True, False], [False, True])
    assert found.gain.tolist() == [0] * 4 + [1] + [0] * 20
    assert found.shadow.false.tolist() == []
    assert found.days == pytest.approx(959 / 24)


def test_a_period_judged_normal_makes_an_alarm_false_for_sure():
    said = labels([(0, 910)], [(0, 899, 903, False)])
    found = run([values(960, (900, 905))], [values(960)], said)
    assert (found.champion.false.tolist(), found.champion.waiting.tolist()) == ([True], [False])
    assert np.isnan(found.targets.champion).all()
    corrected = labels([(0, 910)], [(0, 899, 903, False), (0, 890, 909, True)])
    assert run([values(960, (900, 905))], [values(960)], corrected).targets.champion.tolist() == [9 * 3600]


def test_a_period_judged_abnormal_is_a_target_of_its_own_unless_a_failure_ends_it():
    said = labels([], [(0, 200, 230, True)])
    found = run([values(960, (210, 215))], [values(960, (190, 205))], said)
    assert found.targets.failure.tolist() == [False]
    assert (found.targets.champion.tolist(), found.targets.shadow.tolist()) == ([-11 * 3600], [9 * 3600])
    ended = run([values(960, (210, 215))], [values(960)], labels([(0, 240)], [(0, 200, 230, True)]))
    assert ended.targets.failure.tolist() == [True]
    assert ended.targets.champion.tolist() == [29 * 3600]


def test_an_alarm_right_after_a_failure_is_neither_a_warning_nor_false():
    found = run([values(960, (105, 110))], [values(960, (130, 140))], labels([(0, 100)]))
    assert np.isnan(found.targets.champion).all()
    assert (found.champion.false.tolist(), found.shadow.false.tolist()) == ([False], [True])


def test_alarms_with_less_than_a_shift_between_them_are_one_matter():
    found = run([values(960, (100, 105), (110, 115), (130, 135))], [values(960)])
    assert len(found.champion.raised) == 2


def test_an_alarm_that_is_on_all_the_time_warns_no_longer_than_an_alarm_can():
    found = run([values(960, (0, 960))], [values(960)], labels([(0, 900)]))
    assert found.targets.champion.tolist() == [14 * 86_400]


def test_assets_are_apart_and_events_without_rows_are_no_targets():
    found = run(
        [values(960), values(960, (300, 320))],
        [values(960), values(960, (300, 320))],
        labels([(0, 319), (1, 319), (1, 5000)], [(0, -50, -10, True)]),
    )
    assert found.targets.asset.tolist() == [0, 1]
    assert np.isnan(found.targets.champion[0])
    assert found.targets.champion[1] == 18 * 3600
    fleet = run([values(960, (100, 105)), values(960)], [values(960), values(960)])
    assert (fleet.gain[4], fleet.mean_gain[4]) == (1, 0.5)


def test_where_they_differ_is_shown_the_longest_first():
    champion, shadow = values(960, (10, 13)), values(960, (100, 120), (300, 310))
    shadow[105] = 4.5
    found = run([champion], [shadow])
    assert found.stretches == (
        Stretch(0, at(101), at(120), True, 4.5),
        Stretch(0, at(301), at(310), True, 2.0),
        Stretch(0, at(11), at(13), False, 2.0),
    )


def test_rows_without_an_answer_are_counted_and_raise_nothing():
    shadow = values(960, (100, 110))
    shadow[95:115] = np.nan
    found = run([values(960)], [shadow])
    assert (found.rows, found.unanswered_champion, found.unanswered_shadow) == (960, 0, 20)
    assert len(found.shadow.raised) == 0


def test_no_rows_at_all():
    none = np.zeros(0)
    found = compare(RULE, Scores(none.astype(int), none.astype("datetime64[us]"), none, none), labels(), 0, 60.0)
    assert (found.rows, found.days, found.stretches, len(found.gain)) == (0, 0, (), 0)


def test_what_each_asset_gained():
    found = run(
        [values(960, (100, 105)), values(960, (300, 325)), values(960)],
        [values(960), values(960), values(960, (200, 205), (500, 505))],
        labels([(1, 324)]),
    )
    counts = found.by_asset
    assert (counts.rows.tolist(), counts.targets.tolist(), counts.lost.tolist()) == ([960] * 3, [0, 1, 0], [0, 1, 0])
    assert (counts.false_champion.tolist(), counts.false_shadow.tolist()) == ([1, 0, 0], [0, 0, 2])
    assert found.daily.net.sum(axis=1).tolist() == [1, -1, -2]
    assert found.daily.seen.sum(axis=1).tolist() == [25] * 3
    assert (found.gain == together(found.daily)[0]).all()


def test_contracts_side_by_side_are_on_the_days_of_both():
    long, none = run([values(960, (100, 105))], [values(960)]), run([values(24)], [values(24)])
    short = run([values(480, (100, 105))], [values(480)])
    both = side_by_side([long.daily, none.daily, short.daily])
    assert both.net.shape == (3, 25)
    assert (both.net.sum(axis=1).tolist(), both.seen.sum(axis=1).tolist()) == ([1, 0, 1], [25, 0, 5])
    assert together(both)[0].tolist() == [0] * 4 + [1] + [0] * 20
