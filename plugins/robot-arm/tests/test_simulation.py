from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from andon_robot_arm.contract import ROBOT_ARM
from andon_robot_arm.plugin import ROBOT_ARM_PHASES
from andon_robot_arm.simulation import DAY, REPAIR, WEAR, arm_plant

from services.fleet.artefact import pack_of
from services.fleet.make import make_fleet
from services.fleet.prepare import FleetRows
from services.fleet.score import Entry, Scorer

ORIGIN = datetime(2026, 1, 1, tzinfo=UTC)
SECONDS = timedelta(seconds=1)


@pytest.fixture(scope="module")
def simulation():
    return arm_plant(4).simulate(ORIGIN, 7)


@pytest.mark.parametrize("cuts", [[0, 90], [0, 1, 2.5, 40, 90]])
def test_the_same_however_it_is_sliced(simulation, cuts):
    start = ORIGIN + timedelta(days=2)
    whole = simulation.rows(start, start + 90 * SECONDS)
    pieces = [simulation.rows(start + a * SECONDS, start + b * SECONDS) for a, b in pairwise(cuts)]
    for name in ("asset", "time", "values"):
        joined = np.concatenate([getattr(piece, name) for piece in pieces])
        np.testing.assert_array_equal(joined, getattr(whole, name))
    assert whole.values.shape == (90 * 4, len(ROBOT_ARM.signals))
    coarse = simulation.rows(start, start + 90 * SECONDS, 30)
    np.testing.assert_array_equal(whole.values[np.isin(whole.time, coarse.time)], coarse.values)


def test_values_stay_within_the_contract_and_few_are_lost(simulation):
    values = simulation.rows(ORIGIN, ORIGIN + timedelta(days=1), 60).values
    low, high = ([getattr(signal, border) for signal in ROBOT_ARM.signals] for border in ("low", "high"))
    known = ~np.isnan(values)
    assert ((values >= low) | ~known).all()
    assert ((values <= high) | ~known).all()
    assert 0.0005 < (~known).mean() < 0.005


def test_wear_ends_in_a_stop_and_a_new_joint(simulation):
    events = simulation.events(ORIGIN, ORIGIN + timedelta(days=30))
    assert [(event.asset, event.kind) for event in events] == [
        ("arm-01", "failure"), ("arm-01", "part_replaced"), ("arm-04", "failure"), ("arm-04", "part_replaced"),
    ]  # fmt: skip
    stop, repair = events[0].time, events[1].time
    assert (repair - stop).total_seconds() == pytest.approx(REPAIR)
    assert events[0].part == f"joint {simulation.joint[0, 0]}"
    assert 0 not in simulation.rows(stop, repair, 60).asset
    assert 0 in simulation.rows(repair, repair + timedelta(hours=1), 60).asset


def test_a_worn_joint_is_warned_of_and_named(simulation):
    """Models of an hour and a half on the first day, rows of ten minutes later on: two arms wear, two do not."""
    exogenous = np.array([signal.exogenous for signal in ROBOT_ARM.signals])
    learnt = simulation.rows(ORIGIN + timedelta(hours=4), ORIGIN + timedelta(hours=5.5))
    keys = [asset.key for asset in simulation.assets]
    rows = FleetRows.gather(keys, learnt.asset, learnt.time, learnt.values)
    pack = pack_of(make_fleet(ROBOT_ARM_PHASES, rows, np.zeros(len(exogenous), bool), exogenous, {}, {}, seed=0))
    assert pack.assets == tuple(keys)
    scorer = Scorer([Entry(key, key, pack, place, ROBOT_ARM_PHASES) for place, key in enumerate(keys)])

    def abnormal(seconds: float) -> tuple[np.ndarray, np.ndarray]:
        """Share of abnormal rows of each arm, and the signal that most of these name, in the ten minutes from then."""
        start = ORIGIN + timedelta(seconds=seconds)
        later = simulation.rows(start, start + timedelta(minutes=10))
        block = scorer.score(later.asset, later.values, ~np.isnan(later.values), scorer.state())
        mine = later.asset[:, None] == np.arange(4)
        above = (block.value > 1)[:, None] & mine
        named = [np.bincount(block.top[above[:, arm], 0], minlength=7).argmax() for arm in range(4)]
        return above.sum(axis=0) / mine.sum(axis=0), np.array(named)

    before, _ = abnormal(simulation.stop[0, 0] - WEAR - DAY / 4)
    assert before.max() < 0.06
    late, named = abnormal(simulation.stop[0, 0] - 2 * DAY)
    assert late[[0, 3]].min() > 0.5
    assert named[[0, 3]].tolist() == simulation.joint[[0, 3], 0].tolist()
    assert late[[1, 2]].max() < 0.06
