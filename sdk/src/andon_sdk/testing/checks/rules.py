"""Alarm rules and suitability factors, tried on scores and limits as they come."""

from andon_sdk.plugin import AlarmRule
from andon_sdk.testing.finding import Seen
from andon_sdk.testing.subject import Subject

_LONGEST = 10_000


def alarm_rules(subject: Subject) -> Seen:
    """A machine that is plainly ill raises one, and a well one clears it."""
    for rule in subject.declared("alarm_rules"):
        where = f"alarm rule {rule.key}"
        if rule.of_rows > _LONGEST or not 1 <= rule.clear_rows <= _LONGEST:
            yield where, f"Its windows are not between 1 and {_LONGEST} rows.", "Count rows, not seconds."
        elif not _state(rule, ill_rows=rule.of_rows, well_rows=0):
            said = f"A machine at twice the threshold for {rule.of_rows} rows raises none."
            yield where, said, "raise_above is in units of the threshold, so that 1 is the border of normal."
        elif _state(rule, ill_rows=rule.of_rows, well_rows=rule.clear_rows + rule.of_rows):
            said = f"It does not clear after {rule.clear_rows} rows at a tenth of the threshold."
            yield where, said, "clear_below is in units of the threshold."


def suitability_factors(subject: Subject) -> Seen:
    """The signal is one of the contract, and its limits part what the contract lets through."""
    for factor in subject.declared("suitability_factors"):
        where, contract = f"suitability factor {factor.key}", subject.contract(factor.contract)
        signal = next((each for each in contract.signals if each.key == factor.signal), None) if contract else None
        if contract is not None and signal is None:
            said = f"{contract.key} has no signal {factor.signal!r}, so that the factor would be left out."
            yield where, said, f"Name one of {', '.join(contract.keys)}."
        if signal is not None and factor.low <= signal.low and factor.high >= signal.high:
            said = "All that the contract lets through lies between its limits, so that it never speaks."
            yield where, said, f"{signal.key} lies between {signal.low} and {signal.high} {signal.unit}."
        if not factor.sentence.strip():
            yield where, "It has no sentence, and people are told it.", "Say in one plain sentence why it matters."


def _state(rule: AlarmRule, ill_rows: int, well_rows: int) -> bool:
    """Whether the alarm stands after so many rows at twice the threshold and then so many at a tenth of it."""
    scores = [2.0] * ill_rows + [0.1] * well_rows
    raised, below = False, 0
    for row, score in enumerate(scores):
        above = sum(each > rule.raise_above for each in scores[max(0, row + 1 - rule.of_rows) : row + 1])
        below = below + 1 if score < rule.clear_below else 0
        raised = (raised or above >= rule.raise_rows) and not (raised and below >= rule.clear_rows)
    return raised
