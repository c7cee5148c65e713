"""What a run tells of an asset beside its gates."""

from dataclasses import replace

import numpy as np
import pytest

from services.fleet.labels import MOST_EVENTS
from services.training import findings
from services.training.cluster.messages import LabelSpan, Measured
from services.training.cluster.rows import events_of
from services.training.contracts import Finding

MEASURED = Measured(40, 400, 4, 1.0, 0.0, 0.9, 0.8, 0.1, 0.2, 0.0, 1.0, 0.2, None, None, 15, 8)
LABELLED = replace(MEASURED, label_events=3, label_found=2, label_found_before=1, label_false_alarm_share_before=0.0)


def test_without_labels_there_is_nothing_to_tell() -> None:
    assert findings.findings(MEASURED) == []


def test_labels_are_told_with_what_was_found_before() -> None:
    assert findings.findings(LABELLED) == [
        Finding("labels", 2.0, 1.0, None, "3 labelled events: 2 of 3 found instead of 1, false alarms unchanged.")
    ]
    costly = findings.labels(replace(LABELLED, false_alarm_share=0.02, label_false_alarm_share_before=0.005))
    assert costly is not None
    assert costly.sentence.endswith("instead of 1, false alarms 2.0% instead of 0.5% of the newest rows.")
    one = findings.labels(replace(LABELLED, label_events=1))
    assert one is not None
    assert one.sentence.startswith("1 labelled event was kept out of what is normal")


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (0.86, "quality is 0.86 against the champion's 0.90: nothing is forgotten."),
        (0.7, "quality is 0.70 against the champion's 0.90: something is forgotten; train on a range that holds both."),
    ],
)
def test_an_update_tells_what_it_remembers(after: float, words: str) -> None:
    found = findings.old_ground(replace(MEASURED, remembered_rows=120, old_quality_before=0.9, old_quality_after=after))
    assert found is not None
    assert (found.value, found.before, found.limit) == (after, 0.9, pytest.approx(0.85))
    assert found.sentence.startswith("On 120 rows from before, which the update did not learn from, ")
    assert found.sentence.endswith(words)


@pytest.mark.parametrize(
    ("spans", "events"),
    [
        ([(2, 4, True)], [-1, -1, 0, 0, -1, -1, -1, -1]),
        # By time, not by when they were recorded; the end is left out.
        ([(6, 8, True), (0, 1, True)], [0, -1, -1, -1, -1, -1, 1, 1]),
        # What was recorded last counts.
        ([(1, 7, True), (3, 5, False)], [-1, 0, 0, -1, -1, 0, 0, -1]),
        ([(1, 4, True), (3, 6, True)], [-1, 0, 0, 1, 1, 1, -1, -1]),
        ([(20, 30, True)], [-1] * 8),
    ],
)
def test_rows_are_told_their_event(spans: list[tuple[int, int, bool]], events: list[int]) -> None:
    assert events_of(np.arange(8), [LabelSpan(*span) for span in spans]).tolist() == events


def test_of_too_many_events_the_oldest_count_as_one() -> None:
    spans = [LabelSpan(2 * i, 2 * i + 1, True) for i in range(MOST_EVENTS + 3)]
    found = events_of(np.arange(2 * len(spans)), spans)
    assert found[::2].tolist() == [0, 0, 0, *range(MOST_EVENTS)]
    assert (found[1::2] == -1).all()
