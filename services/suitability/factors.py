"""The factors of any number of ranges at once, each against its limits.

`Totals` are differences of a study's running sums, so a range costs a few subtractions; several ranges are put together
by adding their totals. `CARE` and `REFUSE` are the limits; `docs/reference/suitability.md` says where each comes from.
"""

from dataclasses import dataclass

import numpy as np

from services.suitability.contracts import FactorCode
from services.suitability.study import Study

CARE: dict[str, float] = {
    FactorCode.GAPS: 0.1,
    FactorCode.COVERAGE: 0.9,
    FactorCode.DEAD: 0.05,
    FactorCode.CORE_EVENTS: 0.02,
    FactorCode.OTHER_REGIME: 0.01,
    FactorCode.KNOWN_ABNORMAL: 0.01,
    FactorCode.MODEL_ABNORMAL: 0.1,
    FactorCode.OUTLIERS: 0.05,
    FactorCode.CONTAMINATION: 0.1,
    FactorCode.REGIMES: 0.9,
    FactorCode.UNITS: 0.01,
    FactorCode.CLOCK: 1,
}
REFUSE: dict[str, float] = {
    FactorCode.COVERAGE: 0.5,
    FactorCode.DEAD: 0.5,
    FactorCode.CORE_EVENTS: 0.2,
    FactorCode.OTHER_REGIME: 0.3,
    FactorCode.KNOWN_ABNORMAL: 0.1,
    FactorCode.OUTLIERS: 0.2,
    FactorCode.CONTAMINATION: 0.3,
    FactorCode.REGIMES: 0.5,
    FactorCode.UNITS: 0.05,
}
"""Those that are not here never refuse by themselves: what the current model finds abnormal may be the very reason to
train another, a clock that was set spoils only what depends on the time of day, and gaps leave rows that are good."""
MISSING_CARE = (0.1, 0.3, 0.7)
"""Share of rows without an essential, an important, an optional signal."""
MISSING_REFUSE = 0.5
"""Of an essential signal."""
COVERED = 0.2
"""A regime is covered when the range has at least this share of what recent production has of it."""
BELOW = frozenset({FactorCode.ROWS, FactorCode.COVERAGE, FactorCode.REGIMES})


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over ranges [m, …]."""

    start: np.ndarray
    """µs [m]"""
    end: np.ndarray
    buckets: np.ndarray
    """[m]"""
    of: dict[str, np.ndarray]

    def together(self) -> "Totals":
        """All ranges as one, which must not overlap: [1, …]."""
        joined = {name: values.sum(0, keepdims=True) for name, values in self.of.items()}
        return Totals(self.start, self.end, self.buckets.sum(keepdims=True), joined)


@dataclass(frozen=True, slots=True)
class Measured:
    """One factor of m ranges. NaN in `refuse`: never refuses."""

    value: np.ndarray
    care: np.ndarray
    refuse: np.ndarray
    below: bool
    which: np.ndarray | None = None
    """The signal it is about, where it is about one [m]."""

    @property
    def severity(self) -> np.ndarray:
        """0 fits, 1 care, 2 does not fit, int8 [m]."""
        if self.below:
            return np.where(self.value < self.refuse, 2, np.where(self.value < self.care, 1, 0)).astype(np.int8)
        return np.where(self.value >= self.refuse, 2, np.where(self.value >= self.care, 1, 0)).astype(np.int8)

    @property
    def penalty(self) -> np.ndarray:
        """How near each range is to the limits: up to 0.25 within them, 1 to 2 from the first to the second."""
        far = np.where(np.isnan(self.refuse), self.care / 2 if self.below else 2 * self.care, self.refuse)
        if self.below:
            good = np.clip((self.care - self.value) / np.maximum(self.care - far, 1e-12), 0, 1)
            return np.where(self.value >= self.care, 0, 1 + good)
        inside = 0.25 * np.clip(self.value / np.maximum(self.care, 1e-12), 0, 1)
        beyond = 1 + np.clip((self.value - self.care) / np.maximum(far - self.care, 1e-12), 0, 1)
        return np.where(self.value < self.care, inside, beyond)


def totals(study: Study, i: np.ndarray, j: np.ndarray) -> Totals:
    """Of the ranges from bucket i (included) to bucket j (not); i < j."""
    start = study.buckets.start
    end = start[np.maximum(j - 1, 0)] + study.buckets.length
    return Totals(start[i], end, j - i, {name: values[j] - values[i] for name, values in study.sums.items()})


def measure(study: Study, ranges: Totals) -> dict[str, Measured]:
    """Every factor that can be told of this study, by code."""
    of = ranges.of
    rows = np.maximum(of["rows"], 1)
    subject = study.subject
    m = len(of["rows"])
    empty = of["rows"] <= 0
    found: dict[str, Measured] = {}

    def add(code: str, value: np.ndarray, care: float, refuse: float | None, which: np.ndarray | None = None) -> None:
        bound = np.full(m, np.nan if refuse is None else refuse)
        found[code] = Measured(value.astype(float), np.full(m, float(care)), bound, code in BELOW, which)

    add(FactorCode.ROWS, of["rows"], subject.enough_rows, subject.fewest_rows)
    add(FactorCode.GAPS, of["short"] / np.maximum(ranges.buckets, 1), CARE[FactorCode.GAPS], None)
    found[FactorCode.MISSING] = _missing(study, of, rows, empty)
    coverage = np.where(empty, 1.0, of["complete"] / rows)
    add(FactorCode.COVERAGE, coverage, CARE[FactorCode.COVERAGE], REFUSE[FactorCode.COVERAGE])
    for code, name in ((FactorCode.DEAD, "still"), (FactorCode.UNITS, "units")):
        share = of[name] / rows[:, None]
        worst = share.argmax(1)
        add(code, share[np.arange(m), worst], CARE[code], REFUSE[code], worst)
    for code in (FactorCode.CORE_EVENTS, FactorCode.KNOWN_ABNORMAL, FactorCode.OUTLIERS, FactorCode.CONTAMINATION):
        add(code, of[code] / rows, CARE[code], REFUSE[code])
    # A range that ends before the newest replacement is as much of another regime as one can be.
    add(FactorCode.OTHER_REGIME, of["other"] / rows, CARE[FactorCode.OTHER_REGIME], REFUSE[FactorCode.OTHER_REGIME])
    if study.scored:
        share = of[FactorCode.MODEL_ABNORMAL] / np.maximum(of["scored"], 1)
        add(FactorCode.MODEL_ABNORMAL, share, CARE[FactorCode.MODEL_ABNORMAL], None)
    if len(study.recent):
        share = of["groups"] / np.maximum(of["groups"].sum(1, keepdims=True), 1)
        covered = ((share >= COVERED * study.recent) * study.recent).sum(1)
        add(FactorCode.REGIMES, np.round(covered, 9), CARE[FactorCode.REGIMES], REFUSE[FactorCode.REGIMES])
    add(FactorCode.CLOCK, _doubts_inside(study, ranges, m), CARE[FactorCode.CLOCK], None)
    for k, factor in enumerate(subject.custom):
        add(factor.key, of["custom"][:, k] / rows, factor.care, factor.refuse)
    return found


def likeness(study: Study, ranges: Totals) -> np.ndarray:
    """How much of the regimes' shares the ranges have in common with recent production, 0 to 1 [m]."""
    if not len(study.recent):
        return np.ones(len(ranges.of["rows"]))
    share = ranges.of["groups"] / np.maximum(ranges.of["groups"].sum(1, keepdims=True), 1)
    return np.minimum(share, study.recent).sum(1)


def _missing(study: Study, of: dict[str, np.ndarray], rows: np.ndarray, empty: np.ndarray) -> Measured:
    subject = study.subject
    care = np.where(subject.essential, MISSING_CARE[0], np.where(subject.optional, MISSING_CARE[2], MISSING_CARE[1]))
    share = np.where(empty[:, None], 0.0, np.clip(1 - of["count"] / rows[:, None], 0, 1))
    worst = (share / care).argmax(1)
    refuse = np.where(subject.essential[worst], MISSING_REFUSE, np.nan)
    return Measured(share[np.arange(len(share)), worst], care[worst], refuse, False, worst)


def _doubts_inside(study: Study, ranges: Totals, m: int) -> np.ndarray:
    """How many doubts about the clock lie in each range; of ranges put together, in all of them."""
    inside = np.zeros(len(ranges.start))
    for doubt in study.clock:
        inside += (
            (ranges.start < doubt.time) & (doubt.time < ranges.end)
            if doubt.kind == "shifted"
            else (ranges.start < doubt.end) & (doubt.time < ranges.end)
        )
    return inside if len(inside) == m else inside.sum(keepdims=True)


def worst(measured: dict[str, Measured]) -> np.ndarray:
    """Severity of the whole verdict [m]: that of the worst factor."""
    return np.stack([one.severity for one in measured.values()]).max(0)
