"""What rollouts take and give."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

SHARES = (0.01, 0.1, 1.0)
MOST_FAILING = 0.2


class RolloutState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    """It waits for a person; `message` says why."""
    DONE = "done"
    CANCELLED = "cancelled"
    """What was promoted stays; nothing more is."""
    ROLLED_BACK = "rolled_back"


class RolloutAssetState(StrEnum):
    WAITING = "waiting"
    TRAINING = "training"
    PASSED = "passed"
    """Its version passed all gates and waits to be promoted."""
    PROMOTED = "promoted"
    QUARANTINED = "quarantined"
    """Its version did not pass; the champion before goes on answering."""
    ROLLED_BACK = "rolled_back"
    LEFT = "left"
    """Nothing was changed for it."""


@dataclass(frozen=True, slots=True)
class StartRollout:
    blueprint: str
    asset_ids: tuple[UUID, ...]
    """Empty where `labels` chooses them."""
    start: datetime
    end: datetime
    labels: str | None = None
    """A label query instead: all assets that match it now and keep to the blueprint's contract; "" is all of them."""
    parameters: Mapping[str, float] = field(default_factory=dict[str, float])
    """Overrides of the blueprint's parameters, by key."""
    overrides: Mapping[UUID, Mapping[str, float]] = field(default_factory=dict[UUID, Mapping[str, float]])
    """What single assets have instead, by asset and key, of the parameters the blueprint lets be their own."""
    seed: int = 0
    shares: tuple[float, ...] = SHARES
    """Share of all assets that is reached with each cohort, rising to 1."""
    most_failing: float = MOST_FAILING
    """Most of a cohort, 0 to 1, that may fail before the rollout pauses."""
    by_hand: bool = False
    """Whether it pauses before each cohort but the first."""


@dataclass(frozen=True, slots=True)
class Cohort:
    number: int
    """From 1."""
    counts: Mapping[RolloutAssetState, int]
    """How many of its assets are in each state; states without one are left out."""


@dataclass(frozen=True, slots=True)
class RolloutAsset:
    """What a rollout came to for one of its assets."""

    rollout_id: UUID
    asset_id: UUID
    position: int
    """Place in the rollout, from 0; cohorts follow each other."""
    cohort: int
    """From 1."""
    state: RolloutAssetState
    reason: str | None
    """Why it is quarantined or left, or keeps its version after all was rolled back; for people."""
    run_id: UUID | None
    version_id: UUID | None
    """What was promoted."""
    parameters: Mapping[str, float] = field(default_factory=dict[str, float])
    """Those that were given for this asset alone."""


@dataclass(frozen=True, slots=True)
class Rollout:
    id: UUID
    blueprint: str
    asset_count: int
    start: datetime
    end: datetime
    parameters: Mapping[str, float]
    seed: int
    shares: tuple[float, ...]
    most_failing: float
    by_hand: bool
    state: RolloutState
    message: str
    """What is happening, or why it waits, for people."""
    cohort: int
    """Which one it is at, from 1."""
    cohort_count: int
    run_id: UUID | None
    """The run that trains the present cohort."""
    created_by: str
    created_at: datetime
    ended_at: datetime | None
