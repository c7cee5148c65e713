"""The arm's recording through the engine: a model from its earlier rows, the later ones scored one after the other."""

from typing import NamedTuple

import numpy as np
from andon_robot_arm.contract import ROBOT_ARM
from andon_robot_arm.plugin import ROBOT_ARM_PHASES

from infra.demo.arm.data import Recording
from infra.demo.quality import roc_auc
from services.fleet.artefact import pack_of
from services.fleet.labels import MOST_EVENTS
from services.fleet.make import make_fleet
from services.fleet.pack import Pack
from services.fleet.prepare import FleetRows
from services.fleet.score import Entry, Scorer
from services.fleet.train import TrainedFleet

NONE = np.zeros(len(ROBOT_ARM.signals), bool)
DRIVERS = np.array([signal.exogenous for signal in ROBOT_ARM.signals])


class Found(NamedTuple):
    auc: float
    hits: float
    """Share of abnormal rows above the threshold."""
    false_alarms: float
    """Share of normal rows above it."""
    events: float
    """Share of the stretches of abnormal rows with a row above it, or one of the two rows after them."""


def fitted(recording: Recording, earlier: int, labels: bool) -> Pack:
    """`trained` as a pack."""
    return pack_of(trained(recording, earlier, labels))


def trained(recording: Recording, earlier: int, labels: bool) -> TrainedFleet:
    """A model of the first `earlier` rows, told of their events or not."""
    marks = None
    if labels:
        marks = np.full(earlier, -1, np.int32)
        past = [(first, min(last, earlier - 1)) for first, last in recording.events() if first < earlier]
        for number, (first, last) in enumerate(past):
            marks[first : last + 1] = max(number - max(len(past) - MOST_EVENTS, 0), 0)
    rows = FleetRows(("arm",), np.array([0, earlier]), recording.values[:earlier], marks)
    return make_fleet(ROBOT_ARM_PHASES, rows, NONE, DRIVERS, {}, {}, seed=0)


def found(recording: Recording, earlier: int, labels: bool) -> Found:
    """What a model that was made of the first `earlier` rows tells of the others; rows without an answer count as 0."""
    scorer = Scorer([Entry("arm", "arm", fitted(recording, earlier, labels), 0, ROBOT_ARM_PHASES)])
    later, abnormal = recording.values[earlier:], recording.abnormal[earlier:]
    answers = scorer.score(np.zeros(len(later), np.int64), later, ~np.isnan(later), scorer.state())
    value = np.nan_to_num(answers.value)
    stretches = [(first - earlier, last - earlier) for first, last in recording.events() if first >= earlier]
    return Found(
        roc_auc(abnormal, value),
        float((value[abnormal] > 1).mean()),
        float((value[~abnormal] > 1).mean()),
        float(np.mean([(value[first : last + 3] > 1).any() for first, last in stretches])),
    )
