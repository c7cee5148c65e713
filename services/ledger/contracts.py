"""What the ledger takes and gives."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class LoopStage(StrEnum):
    OBSERVE = "observe"
    """From the change until somebody or an alarm noticed it."""
    ORIENT = "orient"
    """From then until data was chosen: until a run over it was started."""
    DECIDE = "decide"
    """From then until the run's gates were passed."""
    ACT = "act"
    """From then until the version was champion."""


class LoopState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    """Its version is champion."""
    ABANDONED = "abandoned"
    """It ended without a champion."""


class Begin(StrEnum):
    """What a loop began with."""

    REGIME = "regime"
    """An event that changed what is normal."""
    ALARM = "alarm"
    """The first alarm of a case, where no loop was open."""


class LoopEnd(StrEnum):
    """Why a loop ended."""

    LIVE = "live"
    SUPERSEDED = "superseded"
    """The machine changed again, or an earlier loop was opened again by a promotion that was undone."""
    CASE_CLOSED = "case_closed"
    """The case that it began with was closed, and nobody was training."""


class StepBack(StrEnum):
    STOPPED = "stopped"
    """The gates stopped the asset's version, or it got none."""
    FAILED = "failed"
    CANCELLED = "cancelled"
    CHOSEN_AGAIN = "chosen_again"
    """Other data was chosen although a version had passed."""
    SHADOW_STOPPED = "shadow_stopped"
    ROLLED_BACK = "rolled_back"
    """The promotion was undone."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A time that a loop spent in a stage; `left_at` is None for where it is now."""

    stage: LoopStage
    entered_at: datetime
    left_at: datetime | None
    back: StepBack | None = None
    """Why it left to an earlier stage, or to begin this one again."""


@dataclass(frozen=True, slots=True)
class Loop:
    id: UUID
    """Of the event or of the case that it began with."""
    asset_id: UUID
    begun_by: Begin
    changed_at: datetime
    """Source time of the event, or of the row that raised the alarm."""
    noticed_at: datetime
    state: LoopState
    stage: LoopStage | None
    """Where it waits now; None once it ended."""
    ended_at: datetime | None
    end: LoopEnd | None
    live_at: datetime | None
    """When a version of it was first champion, also where that was undone."""
    version_id: UUID | None
    """The champion that closed it."""
    blueprint: str | None
    """Of its newest run: assets that share one are a fleet."""
    stays: tuple[Stay, ...]
    steps_back: int
    hands_on_s: int | None = None
    """Seconds that people worked on the asset between the change was noticed and the loop's end, or now; None where
    nothing was counted."""


@dataclass(frozen=True, slots=True)
class Spell:
    """Work of one person on one asset within a minute."""

    asset_id: UUID
    at: datetime
    """When it began."""
    seconds: int
    """1 to 60."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Of a time in seconds over loops; None where there is no loop."""

    median: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class StageSummary:
    stage: LoopStage
    spread: Spread
    share: float | None
    """Of the time of all these loops together."""
    waiting: int
    """Open loops that are in it now."""


@dataclass(frozen=True, slots=True)
class Month:
    """Loops that closed in a month (UTC)."""

    start: datetime
    loops: int
    total: Spread
    medians: tuple[float | None, ...]
    """Of each stage, in the order of `LoopStage`."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A time that loops are held against. It was stated, and not measured here."""

    name: str
    seconds: float
    source: str
    within: float | None
    """Share of the loops that took no longer; None where there is no loop."""


@dataclass(frozen=True, slots=True)
class LoopSummary:
    since: datetime
    closed: int
    """Loops whose champion went live since then; all times are of these."""
    open: int
    abandoned: int
    steps_back: int
    total: Spread
    hands_on: Spread
    """Of the loops of which any work was counted."""
    counted: int
    """How many these are."""
    stages: tuple[StageSummary, ...]
    bottleneck: LoopStage | None
    """The stage that took the largest share."""
    months: tuple[Month, ...]
    stated: tuple[Stated, ...]
    judged: int
    """Loops whose champion first went live since then, and more than 30 days ago."""
    healthy: int
    """Those of them that were in production and healthy 30 days later."""
    success_rate: float | None
