"""One name for two things: a builtin's, an import's, a parameter's, another step's."""

import ast
import builtins
from collections.abc import Iterator

from andon_sdk.link.contracts import Finding, Role, Severity
from andon_sdk.link.graph import Unit
from andon_sdk.link.seen import Seen, error, said, warning

BUILTIN = warning("shadowed-builtin", "Python's own function of that name is gone for all that comes after.")
IMPORT = error("shadowed-import", "In the pipeline the import belongs to all steps, so one name cannot be both.")
PARAMETER = error("parameter-rebound", "A run that was given another value would not use it.")
TWICE = warning("bound-twice", "Who runs one of these cells again gets another result than the pipeline.")
GLOBAL = error("global-in-function", "A step becomes a function, and what its functions make global is not handed on.")

_BUILTINS = {name for name in dir(builtins) if name[0].islower()} - {"copyright", "credits", "license", "exit", "quit"}


def shadowed(seen: Seen) -> Iterator[Finding]:
    imported = set(seen.links.imports.bound) if seen.links.imports else set()
    parameters = {parameter.key for parameter in seen.links.parameters}
    for unit in seen.links.units:
        if unit.role in {Role.STEP, Role.METRICS}:
            yield from _builtins(unit, seen)
            yield from _outer(unit, imported, parameters)
    yield from _twice(seen)
    yield from _globals(seen)


def _builtins(unit: Unit, seen: Seen) -> Iterator[Finding]:
    read_before = {missing.name for missing in seen.links.missing if missing.unit is unit}
    for name, (binding, cell) in unit.bound.items():
        if name in _BUILTINS and binding.kind not in {"import", "except"}:
            what = f"`{name}` in {said(unit)} takes the name of Python's own `{name}`"
            before = name in read_before
            told = f"{what}, which it reads before." if before else f"{what}."
            worse = Severity.ERROR if before else None
            yield BUILTIN.at(cell, binding.line, told, f"Call it something else, such as `{name}_`.", worse)


def _outer(unit: Unit, imported: set[str], parameters: set[str]) -> Iterator[Finding]:
    for name, (binding, cell) in unit.bound.items():
        if name in parameters:
            what = f"The parameter `{name}` is bound anew in {said(unit)}."
            yield PARAMETER.at(cell, binding.line, what, f"Give the result a name of its own; leave `{name}` as it is.")
        elif name in imported and binding.kind != "import":
            what = f"`{name}` is an import, and {said(unit)} binds it to something else."
            yield IMPORT.at(cell, binding.line, what, "Give the result a name of its own.")


def _twice(seen: Seen) -> Iterator[Finding]:
    givers: dict[str, list[Unit]] = {}
    for unit in seen.links.steps:
        for name, (binding, _) in unit.bound.items():
            if binding.kind not in {"import", "except"}:
                givers.setdefault(name, []).append(unit)
    for name, units in givers.items():
        takers = [taken for taken in seen.links.taken if taken.name == name]
        if len(units) < 2 or not takers:
            continue
        first, second = units[0], units[1]
        binding, cell = second.bound[name]
        last = takers[-1]
        told = f"; {said(last.taker)} takes that of {said(last.giver)}" if last.taker is not second else ""
        what = f"`{name}` is bound in {said(first)} and again in {said(second)}{told}."
        yield TWICE.at(cell, binding.line, what, f"Give what {said(second)} makes a name of its own.")


def _globals(seen: Seen) -> Iterator[Finding]:
    for text in seen.told:
        for node in ast.walk(text.tree):
            if isinstance(node, ast.Global):
                names = ", ".join(f"`{name}`" for name in node.names)
                what = f"A function in {seen.where(text.cell.number)} makes {names} global."
                yield GLOBAL.at(text.cell.number, node.lineno, what, "Return the value from the function instead.")
