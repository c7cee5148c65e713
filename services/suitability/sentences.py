"""The one plain sentence of each factor, in English; other languages write theirs from code, value and facts."""

from collections.abc import Mapping

from services.suitability.contracts import Fitness

_TEXTS: dict[str, tuple[str, str]] = {
    "rows": (
        "The range has {value} rows, which is enough to train on.",
        "The range has {value} rows; training wants {care}, and cannot begin below {refuse}.",
    ),
    "gaps": (
        "{value} of the rows that the usual pace promises are not there.",
        "{value} of the rows that the usual pace promises are not there; up to {care} is usual.",
    ),
    "missing": (
        "No signal is missing from more rows than its importance allows; most from {signal}, {value}.",
        "{signal} is missing from {value} of the rows; its importance allows {care}.",
    ),
    "coverage": (
        "{value} of the rows have every essential signal.",
        "Only {value} of the rows have every essential signal; {care} are wanted.",
    ),
    "dead": (
        "No signal stands still that usually moves.",
        "{signal} stands still in {value} of the rows, and moves at other times: its sensor may be dead.",
    ),
    "core_events": (
        "{value} of the rows lie near a replaced part or maintenance.",
        "{value} of the rows lie near a replaced part or maintenance, where a machine is not itself; the limit is "
        "{care}.",
    ),
    "other_regime": (
        "All rows are from after the newest replacement of a part.",
        "{value} of the rows are from before the newest replacement of a part: they show the old normal.",
    ),
    "known_abnormal": (
        "{value} of the rows are known to be abnormal.",
        "{value} of the rows are known to be abnormal; a model would learn faults as normal. The limit is {care}.",
    ),
    "model_abnormal": (
        "The current model finds {value} of the rows abnormal.",
        "The current model finds {value} of the rows abnormal; make sure that they show the new normal and no fault.",
    ),
    "outliers": (
        "A detector that knows no model finds {value} of the rows unlike the others.",
        "A detector that knows no model finds {value} of the rows unlike the others; the limit is {care}.",
    ),
    "contamination": (
        "Together {value} of the rows are doubtful.",
        "Together {value} of the rows are doubtful, by events, labels, units or the detector; the limit is {care}.",
    ),
    "regimes": (
        "The range has the operating regimes of {value} of recent production.",
        "The range has the operating regimes of only {value} of recent production: the model would not know the rest. "
        "{care} are wanted.",
    ),
    "units": (
        "No signal looks as if it came in another unit.",
        "{signal} looks as if it came in another unit in {value} of the rows ({conversion}).",
    ),
    "clock": (
        "The clock and the sampling are steady.",
        "The clock or the sampling changes at {value} places in the range, first by {kind}: check the time of "
        "the source.",
    ),
}
_KINDS = {
    "shifted": "an hour's shift of the daily pattern, as daylight saving does",
    "doubled": "more rows than the contract allows",
    "sampling": "a slower pace of rows",
}
_NUMBERS = frozenset({"rows", "clock"})


def sentence(
    code: str, verdict: Fitness, value: float, care: float, refuse: float | None, facts: Mapping[str, object]
) -> str:
    """For people; of a plugin's factor its own sentence with the value behind it."""
    show = _count if code in _NUMBERS else _percent
    if code not in _TEXTS:
        return f"{facts.get('title') or code}: {show(value)} of the rows; the limit is {show(care)}."
    good, bad = _TEXTS[code]
    known = {
        "value": show(value),
        "care": show(care),
        "refuse": show(refuse) if refuse is not None else "",
        "signal": facts.get("signalTitle") or facts.get("signal", "a signal"),
        "conversion": facts.get("conversion", ""),
        "kind": _KINDS.get(str(facts.get("kind", "")), ""),
    }
    return (good if verdict is Fitness.FITS else bad).format(**known)


def _count(value: float) -> str:
    return f"{round(value):,}"


def _percent(value: float) -> str:
    share = 100 * value
    return f"{share:.0f} %" if share >= 10 or share == 0 else f"{share:.1f} %"
