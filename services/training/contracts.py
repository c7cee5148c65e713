"""What training takes and gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.suitability.contracts import Fitness


class RunState(StrEnum):
    QUEUED = "queued"
    FREEZING = "freezing"
    """Rows are being frozen into a snapshot."""
    STARTING = "starting"
    """The training cluster is being started, or the run waits for its turn there."""
    TRAINING = "training"
    CHECKING = "checking"
    """Gates are being judged."""
    CANCELLING = "cancelling"
    SUCCEEDED = "succeeded"
    """At least one asset passed all gates; look at the gates for the others."""
    STOPPED = "stopped"
    """Trained, and stopped by gates for every asset."""
    FAILED = "failed"
    CANCELLED = "cancelled"


class StartFrom(StrEnum):
    """Which weights a run starts from."""

    NOTHING = "nothing"
    """The blueprint's own initialisation: the model knows the range and nothing else."""
    CHAMPION = "champion"
    """Those of each asset's champion; rows it was trained on, of the present regime, are mixed in."""


ENDED = frozenset({RunState.SUCCEEDED, RunState.STOPPED, RunState.FAILED, RunState.CANCELLED})


@dataclass(frozen=True, slots=True)
class StartRun:
    blueprint: str
    asset_ids: tuple[UUID, ...]
    start: datetime
    end: datetime
    parameters: Mapping[str, float] = field(default_factory=dict[str, float])
    """Overrides of the blueprint's parameters, by key."""
    overrides: Mapping[UUID, Mapping[str, float]] = field(default_factory=dict[UUID, Mapping[str, float]])
    """What single assets have instead, by asset and key, of the parameters the blueprint lets be their own."""
    seed: int = 0
    override_reason: str | None = None
    """Why the range is taken although it does not fit, by somebody who may."""
    lenders: tuple[UUID, ...] = ()
    """Model versions of one pack: the run trains nothing, but adapts the best of these to each asset."""
    start_from: StartFrom = StartFrom.NOTHING


@dataclass(frozen=True, slots=True)
class Gate:
    """A check one asset's new version had to pass."""

    asset_id: UUID
    key: str
    """`contract`, `held_out`, `not_worse`, `sensor_loss`, `latency`."""
    passed: bool
    value: float | None
    limit: float | None
    sentence: str
    number: int = field(default=0, compare=False)
    """Place among the verdicts of its run, once it is kept."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a run found about an asset beside its gates; it stops nothing."""

    key: str
    """`labels`, `old_ground`, `will_not_help`."""
    value: float | None
    before: float | None
    """The same without what the run did for it."""
    limit: float | None
    sentence: str


@dataclass(frozen=True, slots=True)
class RunAsset:
    """What a run came to for one of its assets."""

    run_id: UUID
    asset_id: UUID
    position: int
    """Place in the run, from 0."""
    problem: str | None
    """Why it got no version although the run went on, for people."""
    parameters: Mapping[str, float] = field(default_factory=dict[str, float])
    """Those in which it differs from the run."""
    findings: tuple[Finding, ...] = ()
    stopped: bool = False
    """Whether a gate stopped it, or it got no version."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a run was for one of its assets."""

    run_id: UUID
    asset_id: UUID
    blueprint: str
    start: datetime
    end: datetime
    created_at: datetime
    ended_at: datetime | None
    state: RunState
    version_id: UUID | None
    """The asset's version that passed the gates."""


@dataclass(frozen=True, slots=True)
class JudgedFactor:
    code: str
    verdict: Fitness
    value: float
    care: float
    refuse: float | None
    sentence: str


@dataclass(frozen=True, slots=True)
class RangeVerdict:
    """The verdict on a run's range, as it was at the start."""

    verdict: Fitness
    rows: int
    factors: tuple[JudgedFactor, ...]


@dataclass(frozen=True, slots=True)
class Fared:
    """How models fared that were trained on ranges of one verdict."""

    verdict: Fitness
    runs: int
    assets: int
    passed: int
    """Assets whose version passed every gate."""
    held_out: float | None
    """Mean of the gate `held_out`: the share of held-out rows found abnormal; None where no version was judged."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Verdicts on ranges, held against what the runs achieved."""

    assets: int
    agreement: float | None
    """Share of assets of which verdict and gates said the same: the range fits, with care or without, and the version
    passed, or neither. None before any run ended."""
    verdicts: tuple[Fared, ...]
    """By how good they are; those without a run are left out."""


class InVain(StrEnum):
    """Why retraining will not help."""

    CONTRACT_CHANGED = "contract_changed"
    SAME_RANGE = "same_range"
    """A run on nearly the same rows was stopped."""
    TWICE_POOR = "twice_poor"
    """The last two runs were, the second on fresher rows."""
    POOR_WITH_ENOUGH_ROWS = "poor_with_enough_rows"


@dataclass(frozen=True, slots=True)
class WillNotHelp:
    """That retraining an asset will not help, and what will."""

    asset_id: UUID
    reason: InVain
    sentence: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known of a run before it is started."""

    update_obstacle: str | None
    """Why the assets' champions cannot be updated; None where they can."""
    will_not_help: tuple[WillNotHelp, ...] = ()
    """Assets that retraining will not help."""


@dataclass(frozen=True, slots=True)
class Run:
    id: UUID
    blueprint: str
    blueprint_version: str
    declared_id: UUID | None
    """The blueprint version with all it declared; None for runs from before that was recorded."""
    asset_count: int
    start: datetime
    end: datetime
    parameters: Mapping[str, float]
    seed: int
    state: RunState
    progress: float
    """0 to 1, of the whole run."""
    message: str
    """What is happening or what went wrong, for people."""
    snapshot_digest: str | None
    created_by: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    stages: Mapping[str, float]
    """Seconds spent in each state so far."""
    suitability: RangeVerdict | None = None
    """What was judged of the range when the run was started; None where nobody judged it."""
    override_reason: str | None = None
    borrows: bool = False
    """Whether it adapts models of other assets and trains none."""
    start_from: StartFrom = StartFrom.NOTHING
