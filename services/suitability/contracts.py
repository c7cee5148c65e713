"""What suitability takes and gives. Times in the numerics are int64 µs since 1970, spans are half open."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

Interval = tuple[int, int]
"""Start ≤ time < end, in µs since 1970."""


CONVERSIONS: tuple[tuple[str, float, float], ...] = (
    ("×1000", 1000.0, 0.0),
    ("÷1000", 1e-3, 0.0),
    ("×100", 100.0, 0.0),
    ("÷100", 1e-2, 0.0),
    ("×10", 10.0, 0.0),
    ("÷10", 0.1, 0.0),
    ("°C→°F", 1.8, 32.0),
    ("°F→°C", 1 / 1.8, -32 / 1.8),
    ("°C→K", 1.0, 273.15),
    ("K→°C", 1.0, -273.15),
    ("bar→psi", 14.503774, 0.0),
    ("psi→bar", 1 / 14.503774, 0.0),
    ("kPa→psi", 0.14503774, 0.0),
    ("psi→kPa", 1 / 0.14503774, 0.0),
)
"""(name, factor, offset): what the value became of the true one."""


def moment(time: int) -> datetime:
    """Of µs since 1970."""
    return datetime.fromtimestamp(time / 1e6, UTC)


class Fitness(StrEnum):
    FITS = "fits"
    WITH_CARE = "with_care"
    DOES_NOT_FIT = "does_not_fit"


SEVERITY = (Fitness.FITS, Fitness.WITH_CARE, Fitness.DOES_NOT_FIT)
"""By how bad they are."""


class FactorCode(StrEnum):
    ROWS = "rows"
    """How many rows the range has."""
    GAPS = "gaps"
    """Share of the rows that the usual pace promises and that are not there."""
    MISSING = "missing"
    """Share of rows without the signal that is missing most, measured by the limit of its importance."""
    COVERAGE = "coverage"
    """Share of rows that have every essential signal."""
    DEAD = "dead"
    """Signals that stand still in the range and moved elsewhere."""
    CORE_EVENTS = "core_events"
    """Share of rows near an event of a core part."""
    OTHER_REGIME = "other_regime"
    """Share of rows from before the newest replacement of a part."""
    KNOWN_ABNORMAL = "known_abnormal"
    """Share of rows in periods that are known to be abnormal."""
    MODEL_ABNORMAL = "model_abnormal"
    """Share of scored rows that the current model finds abnormal."""
    OUTLIERS = "outliers"
    """Share of rows that an independent detector finds abnormal."""
    CONTAMINATION = "contamination"
    """Share of rows that anybody but the current model holds for abnormal."""
    REGIMES = "regimes"
    """Share of recent production in operating regimes that the range has too."""
    UNITS = "units"
    """Share of rows in which a signal looks as if it came in another unit."""
    CLOCK = "clock"
    """Places where the clock or the sampling changed."""


@dataclass(frozen=True, slots=True)
class KnownEvents:
    """What people know of one asset, as spans of time; all may be empty."""

    core: tuple[Interval, ...] = ()
    """Near an event of a core part: a replacement, maintenance."""
    abnormal: tuple[Interval, ...] = ()
    """Judged abnormal, or near a failure."""
    normal: tuple[Interval, ...] = ()
    """Judged normal: no detector's word counts against it."""
    replaced: tuple[int, ...] = ()
    """When parts were replaced: each opens another normal."""


@dataclass(frozen=True, slots=True)
class CustomFactor:
    """A factor that a plugin declared: the share of rows in which a signal lies outside `low` to `high`."""

    key: str
    title: str
    signal: int
    low: float
    high: float
    care: float
    refuse: float | None
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where on a chart a factor is to be seen; `signal` is a key, or None for all of the row."""

    start: int
    end: int
    signal: str | None = None


@dataclass(frozen=True, slots=True)
class Factor:
    code: str
    """A `FactorCode`, or the key of a plugin's factor."""
    verdict: Fitness
    value: float
    care: float
    """The limit from which the range needs care."""
    refuse: float | None
    """The limit from which it does not fit; None for a factor that never refuses by itself."""
    below: bool
    """Whether values below the limits are bad, and not those above."""
    sentence: str
    """In English. Portals write their own from code, value and facts."""
    facts: Mapping[str, float | str] = field(default_factory=dict[str, float | str])
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """One range of one asset."""

    start: int
    end: int
    rows: int
    verdict: Fitness
    factors: tuple[Factor, ...]
    """The worst first."""
    better: Interval | None
    """The nearest range of a better verdict, None where there is none or none is needed."""
    better_verdict: Fitness | None = None


@dataclass(frozen=True, slots=True)
class Range:
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class AssetSuitability:
    asset_id: UUID
    verdict: Fitness
    rows: int
    factors: tuple[Factor, ...]
    better: Range | None
    better_verdict: Fitness | None


@dataclass(frozen=True, slots=True)
class Suitability:
    """The verdict on one or several ranges of one asset or a fleet."""

    verdict: Fitness
    rows: int
    asked: int
    """Assets that were asked about."""
    assets: tuple[AssetSuitability, ...]
    """Those that were looked at; of a large fleet an even sample. The worst first."""
    factors: tuple[Factor, ...]
    """Of the fleet: each factor as the worst asset has it, the worst first."""
    better: Range | None
    """The nearest better range of a single asset asked about in one range."""
    better_verdict: Fitness | None
    ranges: tuple["RangeShare", ...] = ()
    """What several ranges are composed of, in the order asked."""


@dataclass(frozen=True, slots=True)
class Fitting:
    """Those of a fleet that may be trained on a range without a person, and why the others may not."""

    judged: Suitability | None
    """The verdict on those that fit; None where none does."""
    unfit: Mapping[UUID, str]
    """The sentence of the worst factor, by asset."""


@dataclass(frozen=True, slots=True)
class RangeShare:
    start: datetime
    end: datetime
    rows: int
    share: float
    """Of all rows of the composition."""
    verdict: Fitness
    """Of this range by itself."""
