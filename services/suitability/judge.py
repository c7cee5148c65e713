"""Verdicts: a study and ranges in, factors with sentences and evidence out."""

from collections.abc import Sequence

import numpy as np

from services.suitability.buckets import runs, united
from services.suitability.contracts import (
    CONVERSIONS,
    SEVERITY,
    Evidence,
    Factor,
    FactorCode,
    Fitness,
    Interval,
    Judged,
)
from services.suitability.factors import Measured, Totals, measure, totals, worst
from services.suitability.search import nearest_better
from services.suitability.sentences import sentence
from services.suitability.study import Study

MOST_EVIDENCE = 20
"""Spans of a factor that are handed out, the longest ones."""


def judge(study: Study, ranges: Sequence[Interval], *, better: bool = True) -> Judged:
    """The verdict on the rows of all ranges together; where they overlap rows count once. `better` is looked for of a
    single range."""
    spans = united(ranges)
    i, j = study.bounds(np.array([a for a, _ in spans]), np.array([b for _, b in spans]))
    kept = j > i
    start, end = spans[0][0], spans[-1][1]
    if not kept.any():
        return _nothing(study, start, end)
    i, j = i[kept], j[kept]
    found = totals(study, i, j)
    together = found.together()
    measured = measure(study, together)
    inside = np.zeros(len(study.buckets.start), bool)
    for a, b in zip(i, j, strict=True):
        inside[a:b] = True
    factors = [_factor(study, code, one, inside, found) for code, one in measured.items()]
    factors.sort(key=lambda one: (-SEVERITY.index(one.verdict), -_excess(one)))
    severity = int(worst(measured)[0])
    near = nearest_better(study, int(i[0]), int(j[0]), severity) if better and len(spans) == 1 else None
    other = None if near is None else (int(study.buckets.start[near[0]]), int(study.buckets.end[near[1] - 1]))
    rows = int(together.of["rows"][0])
    return Judged(
        start, end, rows, SEVERITY[severity], tuple(factors), other, None if near is None else SEVERITY[near[2]]
    )


def _nothing(study: Study, start: int, end: int) -> Judged:
    subject = study.subject
    text = sentence(FactorCode.ROWS, Fitness.DOES_NOT_FIT, 0, subject.enough_rows, subject.fewest_rows, {})
    factor = Factor(
        FactorCode.ROWS.value, Fitness.DOES_NOT_FIT, 0.0, subject.enough_rows, subject.fewest_rows, True, text
    )
    return Judged(start, end, 0, Fitness.DOES_NOT_FIT, (factor,), None)


def _excess(factor: Factor) -> float:
    """How far over its first limit, to put the worst of equal verdicts first."""
    if factor.below:
        return (factor.care - factor.value) / max(factor.care, 1e-9)
    return (factor.value - factor.care) / max(factor.care, 1e-9) if factor.care < 1 or factor.value else -1.0


def _factor(study: Study, code: str, one: Measured, inside: np.ndarray, ranges: Totals) -> Factor:
    verdict = SEVERITY[int(one.severity[0])]
    which = None if one.which is None else int(one.which[0])
    facts: dict[str, float | str] = {}
    if which is not None and (one.value[0] > 0 or code == FactorCode.MISSING):
        facts["signal"] = study.subject.signals[which]
        if study.subject.titles:
            facts["signalTitle"] = study.subject.titles[which]
    custom = {factor.key: factor for factor in study.subject.custom}
    if code in custom:
        facts["title"] = custom[code].title
    evidence: tuple[Evidence, ...] = ()
    if code == FactorCode.CLOCK:
        evidence = _clock(study, ranges, facts)
    elif (code in study.flags and one.value[0] > 0) or code in {FactorCode.GAPS, FactorCode.COVERAGE}:
        evidence = _evidence(study, code, which, inside)
    if code == FactorCode.UNITS and which is not None and one.value[0] > 0:
        seen = study.conversions[inside, which]
        facts["conversion"] = CONVERSIONS[int(np.bincount(seen[seen > 0]).argmax()) - 1][0]
    value, care = float(one.value[0]), float(one.care[0])
    refuse = None if np.isnan(one.refuse[0]) else float(one.refuse[0])
    text = custom[code].sentence if code in custom and custom[code].sentence else ""
    text = (text + " " if text else "") + sentence(code, verdict, value, care, refuse, facts)
    return Factor(str(code), verdict, value, care, refuse, one.below, text, facts, evidence)


def _evidence(study: Study, code: str, which: int | None, inside: np.ndarray) -> tuple[Evidence, ...]:
    flags = study.flags[code]
    signal = None
    if flags.ndim == 2:
        assert which is not None
        flags, signal = flags[:, which], study.subject.signals[which]
    spans = runs(flags & inside, study.buckets.start, study.buckets.length)
    longest = sorted(sorted(spans, key=lambda span: span[0] - span[1])[:MOST_EVIDENCE])
    return tuple(Evidence(a, b, signal) for a, b in longest)


def _clock(study: Study, ranges: Totals, facts: dict[str, float | str]) -> tuple[Evidence, ...]:
    found: list[Evidence] = []
    for doubt in study.clock:
        met = (ranges.start < doubt.end) & (doubt.time < ranges.end)
        if doubt.kind == "shifted":
            met = (ranges.start < doubt.time) & (doubt.time < ranges.end)
        if met.any():
            if not found:
                facts |= {"kind": doubt.kind, "amount": doubt.amount, "time": doubt.time / 1e6}
            found.append(Evidence(doubt.time, doubt.end))
    return tuple(found[:MOST_EVIDENCE])
