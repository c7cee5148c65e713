"""What bindings take and give."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class BindingState(StrEnum):
    WAITING = "waiting"
    """It has too few rows for any model."""
    BORROWING = "borrowing"
    BORROWED = "borrowed"
    """A model of another asset, adapted to it, answers."""
    TRAINING = "training"
    OWN = "own"
    """A model trained on its own rows answers, or one that a person chose."""


@dataclass(frozen=True, slots=True)
class NewRule:
    blueprint: str
    labels: str
    """A label query; an empty one means every asset that the blueprint can read."""
    parameters: Mapping[str, float] = field(default_factory=dict[str, float])
    """Overrides of the blueprint's parameters, by key."""


@dataclass(frozen=True, slots=True)
class Rule:
    id: UUID
    blueprint: str
    labels: str
    parameters: Mapping[str, float]
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Binding:
    id: UUID
    rule_id: UUID
    asset_id: UUID
    state: BindingState
    message: str
    """What it waits for or what became of it, for people."""
    rows: int
    """Of the last 30 days, when it was last looked at."""
    train_at: int | None
    """So many rows start its next run; None when there is none to come."""
    run_id: UUID | None
    """The run it waits for."""
