from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import ORIGIN, Plant, hours

from services.suitability.contracts import SEVERITY, KnownEvents
from services.suitability.factors import likeness, measure, totals, worst
from services.suitability.judge import judge
from services.suitability.search import nearest_better, preferred


@settings(max_examples=25, deadline=None)
@given(
    first=st.integers(0, 200),
    length=st.integers(1, 40),
    spoilt=st.tuples(st.integers(0, 230), st.integers(1, 40)),
)
def test_the_better_range_has_the_verdict_it_is_offered_with(first: int, length: int, spoilt: tuple[int, int]):
    known = KnownEvents(abnormal=(hours(spoilt[0], spoilt[0] + spoilt[1]),))
    found = Plant(days=12).study(known)
    one = judge(found, [hours(first, first + length)])
    if one.better is None:
        assert one.verdict is SEVERITY[0] or one.better_verdict is None
        return
    other = judge(found, [one.better])
    assert other.verdict is one.better_verdict
    assert SEVERITY.index(other.verdict) < SEVERITY.index(one.verdict)


def test_the_better_range_does_not_begin_before_a_replaced_part():
    replaced = hours(100, 101)[0]
    found = Plant(days=40).study(KnownEvents(replaced=(replaced,), abnormal=(hours(930, 950),)))
    asked = judge(found, [hours(96, 955)])
    assert (asked.verdict, asked.better_verdict) == (SEVERITY[1], SEVERITY[0])
    # From four hours before the part on it would fit as well, by the share that the verdict forgives, and be nearer.
    assert judge(found, [hours(96, 930)]).verdict is SEVERITY[0]
    assert asked.better is not None
    assert replaced <= asked.better[0] < replaced + 2 * found.buckets.length


def test_before_a_replaced_part_nothing_is_better_where_nothing_came_after_it():
    found = Plant(days=12).study(KnownEvents(replaced=(hours(300, 301)[0],)))
    assert judge(found, [hours(20, 200)]).better is None


def test_the_newest_rows_count_though_the_range_ends_within_their_bucket():
    """A machine that began ten minutes ago, asked about up to now: its rows fill a third of one bucket."""
    plant = Plant(days=40)
    plant.cut(480 + 1 / 6, 960)
    plant.cut(0, 480)
    end = hours(0, 480.2)[1]
    assert judge(plant.study(), [(ORIGIN, end)]).rows == 0
    found = replace(plant.study(), newest_row=int(plant.time[-1]))
    assert judge(found, [(ORIGIN, end)]).rows == len(plant.time) == 10
    assert judge(found, [(ORIGIN, int(plant.time[5]))]).rows == 0


def test_nothing_better_than_what_fits():
    assert nearest_better(Plant().study(), 0, 100, 0) is None


def test_many_ranges_at_once_are_measured_as_each_alone():
    plant = Plant()
    plant.put("load", 10, 30, np.nan)
    found = plant.study(KnownEvents(core=(hours(40, 50),)))
    i, j = np.array([60, 30, 600]), np.array([160, 1400, 1400])
    together = measure(found, totals(found, i, j))
    for k in range(3):
        alone = measure(found, totals(found, i[k : k + 1], j[k : k + 1]))
        for code, one in alone.items():
            assert one.value[0] == together[code].value[k]
            assert one.severity[0] == together[code].severity[k]
    assert worst(together).tolist() == [2, 1, 0]


def test_what_is_preferred_ends_with_the_study_and_leaves_the_old_out():
    plant = Plant()
    plant.values[plant.at(0, 60)] += np.array([3, -3, 2, -2, 2, 1])
    found = plant.study()
    i, j = preferred(found)
    assert (int(worst(measure(found, totals(found, np.array([i]), np.array([j]))))[0]), j) == (0, 1440)
    assert i >= 360
    like = likeness(found, totals(found, np.array([i]), np.array([j])))
    assert 0.9 < like[0] <= 1
