"""A real arm's protective stops and lost grips, in order of time: see docs/reference/sectors/robot-arm.md."""

from pathlib import Path
from uuid import UUID

import pytest
from andon_robot_arm.contract import ROBOT_ARM
from andon_robot_arm.plugin import ROBOT_ARM_PHASES
from arm_recording import found, trained

from infra.demo.arm.data import Recording, read
from services.fleet.artefact import pack_of
from services.fleet.score import Entry
from services.training import gates
from services.training.cluster.measure import measure


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


@pytest.mark.parametrize("labels", [False, True])
def test_both_models_pass_the_gates(recording, labels):
    fleet = trained(recording, recording.earlier(0.6), labels)
    entries = [Entry("arm", "arm", pack_of(fleet), 0, ROBOT_ARM_PHASES)]
    [measured] = measure(fleet, entries, {}, (), {"arm": recording.earlier(0.6)}, 0)
    asked = gates.contract, gates.held_out, gates.reference, gates.not_worse, gates.sensor_loss
    stopped = [gate.sentence for gate in (ask(UUID(int=1), measured) for ask in asked) if not gate.passed]
    assert stopped == []
