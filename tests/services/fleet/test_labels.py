"""Labelled events: kept out of what is normal, and heard where thresholds are chosen."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from small_fleet import SIGNALS, fleet_rows, settings

from andon_sdk.plugin import Blueprint, Threshold
from services.fleet.artefact import main_judged, main_levels, open_pack, pack_of, save_pack
from services.fleet.estimators import stack_of
from services.fleet.labels import PRIOR_EVENTS, Evidence, chosen, left_out
from services.fleet.prepare import STRETCHES, FleetRows, Rows, SplitSettings, prepare
from services.fleet.score import Entry, Scorer
from services.fleet.thresholds import Judged, label_figures, levels
from services.fleet.train import TrainedFleet, train_fleet

NONE = np.zeros(SIGNALS, bool)


def evidence(*events: list[float], normal: list[float] | None = None, plain: float = 3.0) -> Evidence:
    """One pair: scores of its events, each a list of rows."""
    labelled = np.array([[score for event in events for score in event]])
    part = np.array([[number * STRETCHES for number, event in enumerate(events) for _ in event]])
    return Evidence.of(np.array([normal or [0.5, 1.0]]), labelled, part, np.array([plain]), np.array([1.0]))


@pytest.mark.parametrize(
    ("events", "threshold"),
    [
        # Found by the plain threshold already: nothing to gain.
        ([[5.0, 6.0]], 3.0),
        # Weaker than the lowest that is allowed: nothing helps, nothing moves.
        ([[0.8, 0.9]], 3.0),
        # One event at 2 wants the highest candidate below 2, and is believed a third of the way.
        ([[2.0, 2.0]], 3.0 * (1.98702 / 3.0) ** (1 / 3)),
        # Three that agree are believed three fifths of the way.
        ([[2.0, 2.0]] * 3, 3.0 * (1.98702 / 3.0) ** (3 / 5)),
        # A long event has no more to say than a short one: most events are at 2, one with many rows at 1.2.
        ([[2.0]] * 2 + [[2.9] * 50], 3.0 * (1.98702 / 3.0) ** (3 / 5)),
    ],
)
def test_a_threshold_goes_as_far_as_events_are_believed(events: list[list[float]], threshold: float) -> None:
    assert chosen(evidence(*events))[0] == pytest.approx(threshold, rel=1e-4)


def test_false_alarms_are_weighed_and_bounded() -> None:
    floor = chosen(evidence(*[[1.1]] * 1000))[0]
    assert 1.0 <= floor < 1.11
    # Half of the normal rows lie as high as the event: to find it would cost as much as it gains.
    normal = [1.0] * 5 + [2.5] * 5
    event = [2.4] * 5 + [0.1] * 5
    assert chosen(evidence(event, normal=normal))[0] == 3.0
    assert PRIOR_EVENTS == 2.0


def test_nothing_labelled_or_nothing_scored_leaves_the_threshold() -> None:
    silent = Evidence.of(
        np.array([[1.0]] * 2),
        np.array([[np.nan, np.nan], [2.0, np.nan]]),
        np.array([[0, 0], [-1, -1]]),
        np.array([3.0, 4.0]),
        np.array([1.0, 1.0]),
    )
    assert chosen(silent).tolist() == [3.0, 4.0]
    assert [column.tolist() for column in left_out(silent)] == [[0, 0], [0, 0], [0, 0]]


def test_an_event_is_found_by_what_the_others_chose() -> None:
    figures = left_out(evidence([2.0, 2.6], [2.0, 2.6], [2.0, 2.6], [3.5]))
    assert [int(column[0]) for column in figures] == [4, 1, 4]
    alone = left_out(evidence([2.0]))
    assert [int(column[0]) for column in alone] == [1, 0, 0]


def labelled_rows() -> FleetRows:
    """Two assets of 400 rows; of the first, two stretches of events 0 and 1 are far away from what is normal."""
    rows = fleet_rows(2, 400)
    values, event = rows.values.copy(), np.full(800, -1, np.int32)
    event[100:120], event[385:395] = 0, 1
    values[event >= 0] += 1e4
    return FleetRows(rows.assets, rows.offsets, values, event)


def test_abnormal_rows_reach_nothing_that_is_normal() -> None:
    rows = labelled_rows()
    with_labels = prepare(rows, NONE, history=3, smooth=5)
    counts = [part.counts - part.lead.sum(axis=1) + (part.width - part.counts) for part in (with_labels.calibration,)]
    assert (with_labels.train.counts.tolist(), counts[0].tolist()) == ([250, 270], [83, 90])
    for part in (with_labels.train, with_labels.calibration, with_labels.held_out):
        assert np.abs(part.x).max() < 20
    # No window looks over the gap.
    assert with_labels.train.part[0].max() == 1
    assert (with_labels.train.part[0, :100] == 0).all()
    assert with_labels.train.part[0, 100] == 1


def test_labelled_rows_come_with_the_rows_before_them() -> None:
    found = prepare(labelled_rows(), NONE, history=3, smooth=5).labelled
    assert found is not None
    assert found.counts.tolist() == [20 + 6 + 10 + 6, 0]
    assert (~found.lead).sum(axis=1).tolist() == [30, 0]
    event = found.part // STRETCHES
    assert event[0].tolist() == [0] * 26 + [1] * 16
    assert (event[1] == -1).all()
    assert found.lead[0, :6].all()
    assert found.lead[0, 26:32].all()


def test_long_events_are_thinned_in_bursts() -> None:
    rows = fleet_rows(1, 2000)
    event = np.full(2000, -1, np.int32)
    event[500:1500] = 0
    split = SplitSettings(max_labelled_rows=256)
    found = prepare(FleetRows(rows.assets, rows.offsets, rows.values, event), NONE, split, 1, 3).labelled
    assert found is not None
    assert 192 <= (~found.lead).sum() <= 256
    assert (found.part[found.part >= 0] // STRETCHES == 0).all()
    assert len(np.unique(found.part[0])) == 4


def test_too_few_normal_rows_are_too_few() -> None:
    rows = fleet_rows(1, 200)
    event = np.where(np.arange(200) < 150, 0, -1).astype(np.int32)
    failed = prepare(FleetRows(rows.assets, rows.offsets, rows.values, event), NONE).failures
    assert [one.sentence for one in failed] == ["50 rows, at least 100 are needed."]


HALF = 500


def planted(part: slice, strength: float = 0.5) -> FleetRows:
    """Two assets whose signal 1 leaves the others by a little for 40 rows in a hundred."""
    whole = fleet_rows(2, 2 * HALF, 5)
    values = whole.values.reshape(2, 2 * HALF, SIGNALS).copy()
    event = np.full((2, 2 * HALF), -1, np.int32)
    spread = values.std(axis=1)
    for number in range(8):
        at = slice(80 + 100 * number, 120 + 100 * number)
        values[:, at, 1] += strength * spread[:, None, 1]
        event[:, at] = number
    values, event = values[:, part], event[:, part]
    offsets = np.arange(3) * values.shape[1]
    return FleetRows(whole.assets, offsets, values.reshape(-1, SIGNALS), event.reshape(-1))


@pytest.fixture(scope="module")
def cautious(blueprint: Blueprint) -> Blueprint:
    """A wide margin, as a partner takes who knows nothing of the faults to come."""
    return replace(blueprint, threshold=Threshold(0.99, 4.0, 7))


@pytest.fixture(scope="module")
def labelled_fleet(cautious: Blueprint) -> TrainedFleet:
    return train_fleet(cautious, planted(slice(HALF)), NONE, settings(cautious))


def test_a_few_labels_find_other_events(cautious: Blueprint, labelled_fleet: TrainedFleet) -> None:
    """The same kind of fault, in rows that came later and that nobody labelled."""
    pack = pack_of(labelled_fleet)
    plain = replace(pack, labelled=None, levels=main_levels(labelled_fleet, labels=False))
    later = planted(slice(HALF, None))
    assert later.event is not None
    abnormal = later.event >= 0
    figures = []
    for each in (plain, pack):
        scorer = Scorer([Entry(asset, asset, each, i, cautious) for i, asset in enumerate(each.assets)])
        alarm = scorer.score(np.repeat([0, 1], HALF), later.values, None, scorer.state()).value > 1
        f1 = 2 * (alarm & abnormal).sum() / (alarm.sum() + abnormal.sum())
        figures.append((f1, (alarm & ~abnormal).sum() / (~abnormal).sum()))
    print("F1 and false alarms, without labels and with them", figures)
    assert figures[0] == (0.0, 0.0)
    assert figures[1][0] > 0.4
    assert figures[1][1] < 0.02
    assert (pack.levels[:, 0] < 0.5 * plain.levels[:, 0]).all()
    told = label_figures(main_judged(labelled_fleet), cautious.threshold)
    assert told is not None
    assert told.events.tolist() == [5, 5]
    assert told.plain.tolist() == [0, 0]
    assert told.labelled[1] == 5


def test_each_mask_has_a_threshold_of_its_own_from_the_same_labels(
    cautious: Blueprint, labelled_fleet: TrainedFleet
) -> None:
    judged = replace(main_judged(labelled_fleet), weights=labelled_fleet.fallback)
    masks = np.ones((2, SIGNALS), bool)
    masks[1, 1] = False
    models = np.ones(2, np.int64)
    with_labels = levels(judged, models, models, masks, cautious.threshold).threshold
    plain = levels(replace(judged, labelled=None), models, models, masks, cautious.threshold).threshold
    assert plain[0] != plain[1]
    assert ((plain / 4 <= with_labels) & (with_labels < plain)).all()


def test_events_that_look_normal_move_nothing() -> None:
    """As under a mask that hides what made them abnormal."""
    scores = np.random.default_rng(0).gamma(4.0, 0.1, (1, 4000))
    part = np.repeat(np.arange(4) * STRETCHES, 500)[None]
    bare = np.quantile(scores[:, :2000], 0.99, axis=1)
    found = Evidence.of(scores[:, :2000], scores[:, 2000:], part, 4 * bare, bare)
    assert chosen(found) == 4 * bare


def test_labels_travel_in_the_pack(cautious: Blueprint, labelled_fleet: TrainedFleet, tmp_path: Path) -> None:
    pack = pack_of(labelled_fleet)
    again = open_pack(save_pack(pack, tmp_path), pack.digest)
    assert again.labelled is not None
    assert pack.labelled is not None
    for name in ("x", "present", "part", "lead", "counts"):
        assert (getattr(again.labelled, name) == getattr(pack.labelled, name)).all()
    values = planted(slice(HALF)).values[:HALF].copy()
    values[:, 2] = np.nan
    served = Entry("a", "asset-0", again, 0, cautious)
    alone, mixed = Scorer([served]), Scorer([Entry("b", "b", replace(again, labelled=None), 1, cautious), served])
    one = alone.score(np.zeros(HALF, int), values, None, alone.state())
    both = mixed.score(np.ones(HALF, int), values, None, mixed.state())
    assert both.threshold == pytest.approx(one.threshold, rel=1e-5, nan_ok=True)


def test_thresholds_do_not_depend_on_mates(cautious: Blueprint, labelled_fleet: TrainedFleet) -> None:
    whole = main_levels(labelled_fleet)
    alone = main_levels(train_fleet(cautious, planted(slice(HALF)).take([1]), NONE, settings(cautious)))
    assert alone[0] == pytest.approx(whole[1], rel=1e-3)


def test_rows_without_a_label_are_the_rows_they_were() -> None:
    rows = fleet_rows(2)
    none = replace(rows, event=np.full(len(rows.values), -1, np.int32))
    plain, other = prepare(rows, NONE), prepare(none, NONE)
    assert other.labelled is None
    assert all((getattr(plain.train, name) == getattr(other.train, name)).all() for name in ("x", "part", "counts"))


def test_judged_without_labels_has_no_figures(blueprint: Blueprint) -> None:
    stack = stack_of(blueprint, SIGNALS, NONE)
    empty = Rows(*(np.zeros((1, 1, SIGNALS)) for _ in range(2)), *(np.zeros((1, 1)) for _ in range(3)))
    known = np.ones((1, SIGNALS), bool)
    assert label_figures(Judged(stack, {"w": torch.zeros(1)}, empty, ~known, known), blueprint.threshold) is None
