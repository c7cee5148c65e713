"""When a bound asset borrows, is trained, and is looked at again."""

import pytest

from services.bindings.contracts import BindingState
from services.bindings.model import (
    Standing,
    Step,
    judged_again_s,
    next_look_s,
    next_step,
    next_training,
    training_after_failure,
    waits_for,
)

WAITING, BORROWED, OWN = BindingState.WAITING, BindingState.BORROWED, BindingState.OWN


@pytest.mark.parametrize(
    ("standing", "lenders", "step"),
    [
        (Standing(WAITING, 0, 250, True), True, Step.WAIT),
        (Standing(WAITING, 29, 250, True), True, Step.WAIT),
        (Standing(WAITING, 30, 250, True), True, Step.BORROW),
        (Standing(WAITING, 30, 250, True), False, Step.WAIT),
        (Standing(WAITING, 30, 150, False), True, Step.WAIT),
        (Standing(WAITING, 250, 250, True), True, Step.TRAIN),
        (Standing(WAITING, 150, 150, False), False, Step.TRAIN),
        (Standing(BORROWED, 249, 250, True), True, Step.WAIT),
        (Standing(BORROWED, 250, 250, True), True, Step.TRAIN),
        (Standing(OWN, 1499, 1500, True), True, Step.WAIT),
        (Standing(OWN, 1500, 1500, True), True, Step.TRAIN),
        (Standing(OWN, 90_000, None, True), True, Step.WAIT),
    ],
)
def test_the_next_step(standing, lenders, step):
    assert next_step(standing, lenders) is step


def test_what_it_waits_for_is_said():
    assert waits_for(Standing(WAITING, 12, 250, True), True) == (
        "12 of 30 rows have come; then it borrows a model of the fleet."
    )
    assert waits_for(Standing(WAITING, 12, 250, True), False) == "12 of 250 rows have come; then it is trained on them."
    assert waits_for(Standing(BORROWED, 60, 250, True), True) == "60 of 250 rows have come; then it is trained on them."


@pytest.mark.parametrize(
    ("standing", "span_s", "seconds"),
    [
        (Standing(WAITING, 0, 250, True), 0.0, 5.0),
        (Standing(WAITING, 10, 250, True), 10.0, 10.0),
        (Standing(WAITING, 28, 250, True), 28.0, 5.0),
        (Standing(BORROWED, 200, 250, True), 200.0, 25.0),
        (Standing(OWN, 200, 1500, True), 200.0, 60.0),
        (Standing(OWN, 20_000, None, True), 9e5, None),
    ],
)
def test_it_is_looked_at_half_way_to_what_it_waits_for(standing, span_s, seconds):
    assert next_look_s(standing, True, span_s) == seconds


def test_models_are_renewed_until_they_have_seen_enough():
    assert (next_training(250), next_training(750), next_training(10_000)) == (750, 2250, None)
    assert (training_after_failure(30), training_after_failure(200)) == (250, 400)


@pytest.mark.parametrize(("span_s", "again_s"), [(0.0, 60.0), (250.0, 125.0), (30 * 86_400.0, 21_600.0)])
def test_rows_are_judged_again_when_half_as_much_time_again_has_passed(span_s: float, again_s: float) -> None:
    assert judged_again_s(span_s) == again_s
