"""What retraining takes and gives."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.training.contracts import StartFrom


class Trigger(StrEnum):
    INTERVAL = "interval"
    """Every so many days, at an hour of a time zone."""
    REGIME_CHANGE = "regime_change"
    """So many hours after a regime began."""
    ALARM_FLOOD = "alarm_flood"
    """So many alarms of an asset within so many days."""
    DRIFT = "drift"
    """Signals of an asset drifted for so many looks in a row."""


class Promotion(StrEnum):
    BY_HAND = "by_hand"
    AUTOMATIC = "automatic"
    """What passed every gate is promoted, unless somebody chose another champion since the run began."""
    AFTER_SHADOW = "after_shadow"
    """What passed every gate is watched beside the champion, and promoted once it is known to be better or equal."""


class OccasionState(StrEnum):
    WAITING = "waiting"
    """Noticed; its range is judged next, or it waits for what it needs."""
    RUNNING = "running"
    NOT_STARTED = "not_started"
    """There was nothing to do, or no range that suits."""
    PASSED = "passed"
    """Its version passed every gate, and waits for a person."""
    SHADOWED = "shadowed"
    """Its version passed every gate, and is watched beside the champion."""
    SHADOW_WORSE = "shadow_worse"
    """Its version was worse than the champion, or was stopped by the cluster; it is no shadow any more."""
    PROMOTED = "promoted"
    STOPPED = "stopped"
    """By a gate."""
    FAILED = "failed"
    WILL_NOT_HELP = "will_not_help"
    """Retraining will not help; the plan waits for a person."""


@dataclass(frozen=True, slots=True)
class When:
    """What a plan waits for; those of the other triggers are None."""

    trigger: Trigger
    every_days: int | None = None
    hour: int | None = None
    """0 to 23, local."""
    zone: str | None = None
    """A name of the IANA time zone database."""
    delay_hours: int | None = None
    """From the start of the regime."""
    alarms: int | None = None
    within_days: int | None = None
    looks: int | None = None
    """In a row, each about an hour after the last."""


@dataclass(frozen=True, slots=True)
class NewPlan:
    name: str
    when: When
    lookback_days: int
    """A run learns from so many days, at most."""
    labels: str | None = None
    """A label query; an empty one means every asset. Either this or `asset_id`."""
    asset_id: UUID | None = None
    blueprint: str | None = None
    """None: that of each asset's champion."""
    promotion: Promotion = Promotion.BY_HAND
    start_from: StartFrom = StartFrom.NOTHING
    """`CHAMPION`: what can be updated is; an asset whose champion cannot be gone on from is trained anew."""


@dataclass(frozen=True, slots=True)
class Plan:
    id: UUID
    name: str
    when: When
    lookback_days: int
    labels: str | None
    asset_id: UUID | None
    blueprint: str | None
    promotion: Promotion
    start_from: StartFrom
    paused: bool
    next_due: datetime | None
    """When it is due next; None for plans that wait for something to happen, and for paused ones."""
    since: datetime
    """What happened before is not looked at: when it was made, changed or resumed."""
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Occasion:
    id: UUID
    plan_id: UUID
    asset_id: UUID
    moment: datetime
    """When it was due, the regime began, the newest of the alarms was raised, or the drift was found."""
    noticed_at: datetime
    start: datetime
    end: datetime
    """The range: of the run, or that was judged."""
    state: OccasionState
    message: str
    """What it waits for or what became of it, for people."""
    run_id: UUID | None
    ended_at: datetime | None
