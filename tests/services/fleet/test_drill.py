"""The blueprint of the laser drills warns a month ahead, where a plain range check does not tell worn from sound."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from andon_laser_drill.contract import LASER_DRILL
from andon_laser_drill.plugin import LASER_DRILL_WATCH, alarm_rules
from andon_laser_drill.simulation import drill_plant

from andon_sdk.plugin import Importance
from services.fleet.artefact import pack_of
from services.fleet.prepare import FleetRows
from services.fleet.score import NONE, Entry, Scorer
from services.fleet.train import TrainSettings, train_fleet

ORIGIN = datetime(2026, 1, 1, tzinfo=UTC)
LEARNED = 10
"""Days trained on; the first drill starts wearing on day 12."""
(RULE,) = alarm_rules()


@pytest.fixture(scope="module")
def life():
    plant = drill_plant(24)
    simulation = plant.simulate(ORIGIN, 7)
    past = simulation.rows(ORIGIN, ORIGIN + timedelta(days=LEARNED), 300)
    rows = FleetRows.gather([a.key for a in plant.assets], past.asset, past.time.astype(np.int64), past.values)
    essential = np.array([signal.importance is Importance.ESSENTIAL for signal in LASER_DRILL.signals])
    pack = pack_of(train_fleet(LASER_DRILL_WATCH, rows, essential, TrainSettings.of(LASER_DRILL_WATCH)))
    assert len(pack) == 24
    scorer = Scorer([Entry(asset, asset, pack, i, LASER_DRILL_WATCH) for i, asset in enumerate(pack.assets)])
    later = simulation.rows(ORIGIN + timedelta(days=LEARNED), ORIGIN + timedelta(days=45), 600)
    block = scorer.score(later.asset, later.values, None, scorer.state())
    return simulation, past, later, block


def first_alarm(abnormal: np.ndarray, raise_rows: int = RULE.raise_rows, of_rows: int = RULE.of_rows) -> int | None:
    """Position of the first row by which so many of the last rows were abnormal."""
    many = np.flatnonzero(np.convolve(abnormal, np.ones(of_rows))[: len(abnormal)] >= raise_rows)
    return int(many[0]) if len(many) else None


def test_worn_drills_are_told_a_month_ahead_and_sound_ones_left_alone(life):
    simulation, _, later, block = life
    warnings, false_alarms = [], 0
    for drill in range(24):
        mine = later.asset == drill
        at = (later.time[mine] - np.datetime64("2026-01-01")).astype(np.int64) / 1e6
        onset, stop = simulation.life.onset[drill, 0], simulation.life.stop[drill, 0]
        alarm = first_alarm(block.value[mine] > 1)
        if stop < 50 * 86_400:
            warnings.append((stop - at[alarm]) / 86_400 if alarm is not None and at[alarm] >= onset else 0.0)
        else:
            false_alarms += alarm is not None
    assert len(warnings) == 8
    assert sorted(warnings)[1] >= 25
    assert false_alarms <= 5


def test_a_range_check_cannot_tell(life):
    simulation, past, later, _ = life
    told = []
    for drill in range(24):
        before, after = past.values[past.asset == drill], later.values[later.asset == drill]
        outside = ((after < np.nanmin(before, axis=0)) | (after > np.nanmax(before, axis=0))).any(axis=1)
        worn = simulation.life.stop[drill, 0] < 50 * 86_400
        told.append((worn, first_alarm(outside, 20, 30) is not None))
    alarms_of_sound = np.mean([alarm for worn, alarm in told if not worn])
    assert alarms_of_sound > 0.3  # it is either silent or cries wolf


def test_no_row_is_unanswered_unless_an_essential_sensor_is_gone(life):
    _, _, later, block = life
    recent = np.isnan(later.values[:, :2]).any(axis=1)
    assert (block.route == NONE).sum() <= 6 * recent.sum()
    assert (block.route == NONE).mean() < 0.002
