"""The cell of parameters: what a run can be given."""

from collections.abc import Iterator

from andon_sdk.link.contracts import Finding
from andon_sdk.link.seen import Seen, error, warning

NOT_LITERAL = error("parameter-not-literal", "A run is started with a form, and a form can only hold plain values.")
ANNOTATION = warning("parameter-annotation", "The form of a run is made of kind, range and help.")
OUT_OF_RANGE = error("parameter-out-of-range", "The form of a run would refuse its own default.")
UNUSED = warning("parameter-unused", "Whoever changes it for a run changes nothing.")
_RULES = {rule.name: rule for rule in (NOT_LITERAL, ANNOTATION, OUT_OF_RANGE)}


def asked(seen: Seen) -> Iterator[Finding]:
    for cell, mistake in seen.links.mistakes:
        yield _RULES[mistake.rule].at(cell, mistake.line, mistake.what, mistake.fix)
    read = {key for unit in seen.links.units for key in unit.parameters}
    for parameter in seen.links.parameters:
        if parameter.key not in read:
            what = f"No step reads the parameter `{parameter.key}`."
            line = next(
                (
                    event.line
                    for text in seen.told
                    for event in text.events
                    if text.cell.number == parameter.cell and event.name == parameter.key
                ),
                1,
            )
            yield UNUSED.at(parameter.cell, line, what, "Use it in a step, or take it out.")
