"""A real arm's protective stops and lost grips, in order of time: see docs/reference/sectors/robot-arm.md."""

from pathlib import Path

import pytest
from andon_robot_arm.contract import ROBOT_ARM
from arm_recording import found

from infra.demo.arm.data import Recording, read


@pytest.fixture(scope="module")
def recording() -> Recording:
    return read(Path(__file__).parents[4] / "shared" / "data" / "ur3_cobotops", ROBOT_ARM.keys)


def test_it_is_what_its_controller_told(recording):
    assert recording.values.shape == (4445, 19)
    assert int(recording.abnormal.sum()) == 284
    assert len(recording.events()) == 80
    assert recording.events()[0] == (19, 23)


@pytest.mark.parametrize(("labels", "bound", "events"), [(False, 0.67, 0.25), (True, 0.86, 0.65)])
def test_later_stops_are_told_by_what_was_learned_earlier(recording, labels, bound, events):
    figures = found(recording, recording.earlier(0.6), labels)
    assert figures.auc >= bound
    assert figures.events >= events
    assert figures.false_alarms <= 0.03
