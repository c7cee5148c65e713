"""When a bound asset borrows, is trained, and is looked at again. No I/O, no clock of its own."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

from services.bindings.contracts import BindingState

BORROW_ROWS = 30
"""Half of them say where the machine's signals stand, the other half judge the model that is lent."""
OWN_ROWS = 250
"""Where a row comes each second, a machine has a model of its own within five minutes; better ones follow."""
AGAIN = 3
"""It is trained again when it has so many times the rows of its last training."""
ENOUGH_ROWS = 10_000
"""A model trained on so many is not replaced by a rule any more."""
_SOONEST_S, _LATEST_S = 5.0, 60.0
_SOONEST_JUDGED_S, _LATEST_JUDGED_S = 60.0, 6 * 3600.0


class Step(Enum):
    WAIT = auto()
    BORROW = auto()
    TRAIN = auto()


@dataclass(frozen=True, slots=True)
class Standing:
    """A binding when its rows were counted."""

    state: BindingState
    rows: int
    train_at: int | None
    may_borrow: bool


def next_step(standing: Standing, lenders: bool) -> Step:
    """What is to be done now; `lenders`: whether the fleet has models to lend."""
    if standing.train_at is not None and standing.rows >= standing.train_at:
        return Step.TRAIN
    if _borrows(standing, lenders) and standing.rows >= BORROW_ROWS:
        return Step.BORROW
    return Step.WAIT


def waits_for(standing: Standing, lenders: bool) -> str:
    """The sentence while there is nothing to do but to wait."""
    if standing.train_at is None:
        return "It has rows enough behind its model."
    if _borrows(standing, lenders):
        return f"{standing.rows} of {BORROW_ROWS} rows have come; then it borrows a model of the fleet."
    return f"{standing.rows} of {standing.train_at} rows have come; then it is trained on them."


def waits_for_better(sentence: str) -> str:
    return f"It waits for better rows to be trained on: {sentence}"


def judged_again_s(span_s: float) -> float:
    """Seconds until rows over `span_s` that did not suit are judged again: when half as much time again has passed, so
    that they may have become others."""
    return min(max(span_s / 2, _SOONEST_JUDGED_S), _LATEST_JUDGED_S)


def next_look_s(standing: Standing, lenders: bool, span_s: float) -> float | None:
    """Seconds until its rows are counted again: half of what the missing rows will take at the pace of those that came
    over `span_s`. None when nothing more is to come."""
    if standing.train_at is None:
        return None
    wanted = BORROW_ROWS if _borrows(standing, lenders) else standing.train_at
    if standing.rows == 0:
        return _SOONEST_S
    left_s = (wanted - standing.rows) * span_s / standing.rows
    return min(max(left_s / 2, _SOONEST_S), _LATEST_S)


def next_training(rows: int) -> int | None:
    """After a model trained on so many rows answers."""
    return None if rows >= ENOUGH_ROWS else rows * AGAIN


def training_after_failure(rows: int) -> int:
    """The same rows would be stopped by the same gates: as many again must come first."""
    return max(2 * rows, OWN_ROWS)


def _borrows(standing: Standing, lenders: bool) -> bool:
    return lenders and standing.may_borrow and standing.state is BindingState.WAITING


WINDOW = timedelta(days=30)
"""Rows that count, and that a model is trained on."""
