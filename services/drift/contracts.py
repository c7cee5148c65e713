"""What drift gives."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

SCORE = "score"
"""Stands beside the signals for the champion's scores, as it does in trends."""


class DriftState(StrEnum):
    SOUND = "sound"
    DRIFT = "drift"
    """Two looks in a row were over the limit, and none has been well below it since."""
    SILENT = "silent"
    """It cannot be compared; the finding says why."""


class Finding(StrEnum):
    """What a look found in a signal."""

    ALIKE = "alike"
    SHIFTED = "shifted"
    """Its values lie elsewhere."""
    SPREAD = "spread"
    """They are spread otherwise."""
    UNIT = "unit"
    """They lie where a conversion of units would bring them."""
    MISSING = "missing"
    """The newest rows have no value."""
    FEW_ROWS = "few_rows"
    STILL = "still"
    """It moved in the reference and stands still now."""
    NEVER_MOVED = "never_moved"
    """It did not move in the reference."""
    NO_REFERENCE = "no_reference"
    """The reference has too few rows with a value."""
    WAITING = "waiting"
    """The reference is still being gathered: scores need a time in production first."""


FINDINGS = tuple(Finding)
"""As numbers, in arrays."""


@dataclass(frozen=True, slots=True)
class Middle:
    """Where nine tenths of the values lie, and their middle."""

    low: float
    """5 % are below."""
    median: float
    high: float
    """5 % are above."""


@dataclass(frozen=True, slots=True)
class SignalDrift:
    signal: str
    """Its key; `score` for the champion's scores."""
    state: DriftState
    finding: Finding
    figure: float | None
    """Distance of the newest rows from the reference, in spreads of the reference."""
    limit: float | None
    since: datetime | None
    """When it was found to drift."""
    rows: int
    """Of the newest rows, those with a value."""
    before: Middle | None
    now: Middle | None
    unit: str | None
    """The conversion, where it looks like one: `°C→°F`."""
    sentence: str


@dataclass(frozen=True, slots=True)
class AssetDrift:
    """What the last look at an asset found."""

    asset_id: UUID
    version_id: UUID
    """The champion whose reference it was compared with."""
    looked_at: datetime
    start: datetime
    end: datetime
    """Of the newest rows."""
    reference_start: datetime
    reference_end: datetime
    rows: int
    drifting: int
    """Signals that drift, scores not counted."""
    score_drifts: bool
    worst: float
    """The largest figure of what drifts, in limits; 0 where nothing does."""
    since: datetime | None
    """Since when anything drifts, without a break."""
    looks: int
    """How many looks in a row found signals drifting."""
    signals: tuple[SignalDrift, ...]
    """Those that drift first, by figure."""
    score: SignalDrift | None


@dataclass(frozen=True, slots=True)
class DriftMark:
    """That anything of an asset drifts, for lists."""

    drifting: int
    """Signals that drift, scores not counted."""
    score_drifts: bool
    since: datetime


class DriftOrder(StrEnum):
    FIGURE = "figure"
    """The furthest beyond its limit first."""
    SINCE = "since"
    """The newest first."""


@dataclass(frozen=True, slots=True)
class HeldDrift:
    """Signals of an asset drift, and have for some looks."""

    asset_id: UUID
    version_id: UUID
    since: datetime
    looks: int
