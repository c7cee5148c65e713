"""Names that nothing above gives: bound later, in a cell that is left out, or nowhere any more."""

import builtins
from collections.abc import Iterator
from dataclasses import dataclass

from andon_sdk.link.contracts import Finding, Form, Role
from andon_sdk.link.graph import Missing, Unit
from andon_sdk.link.packages import imports
from andon_sdk.link.seen import Rule, Seen, error, said

OUT_OF_ORDER = error("out-of-order", "Steps run from top to bottom, and have what the steps above them made.")
HIDDEN = error("hidden-state", "The pipeline runs tagged cells only, so nobody makes this value.")
UNDEFINED = error("undefined-name", "It lives in the memory of the kernel alone, and is gone at the next start.")
NOTEBOOK_ONLY = error("notebook-only", "It is there in a notebook's kernel and nowhere else.")
CYCLE = error("cycle", "Each of these steps waits for another of them, so none can be first.")

_OF_IPYTHON = {
    "display",
    "get_ipython",
    "In",
    "Out",
    "_",
    "__",
    "___",
    "_i",
    "_ii",
    "_iii",
    "_ih",
    "_oh",
    "_dh",
    "exit",
}
_OF_MODULES = {"__name__", "__file__", "__doc__", "__builtins__", "__annotations__", "__spec__", "__loader__"}
_KNOWN = set(dir(builtins)) | _OF_MODULES


@dataclass(frozen=True, slots=True)
class _Why:
    rule: Rule
    what: str
    fix: str


def undefined(seen: Seen) -> Iterator[Finding]:
    star = any(node.names[0].name == "*" for text in seen.told for _, _, node in imports(text.tree))
    told: set[tuple[str, Unit]] = set()
    for missing in seen.links.missing:
        if seen.notebook.form is Form.MARIMO and missing.name in missing.unit.takes:
            continue  # there, cells run in the order of what they need
        if (missing.name, missing.unit) not in told and (why := _why(missing, seen, star)):
            told.add((missing.name, missing.unit))
            yield why.rule.at(missing.cell, missing.line, why.what, why.fix)
    if circle := seen.links.circle:
        names = " → ".join(said(unit) for unit in (*circle, circle[0]))
        what = f"Steps take from each other in a circle: {names}."
        yield CYCLE.at(min(unit.cells[0] for unit in circle), 1, what, "Move what both need to a step before them.")


def _why(missing: Missing, seen: Seen, star: bool) -> _Why | None:
    name, unit = missing.name, missing.unit
    if name in _KNOWN:
        return None  # and `max = max(rows)` is for rules.shadowed to tell
    by = f"the function `{missing.deferred}` of {said(unit)}" if missing.deferred else said(unit)
    if missing.deleted:
        what = f"`{name}` is read in {by} after it was deleted."
        return _Why(OUT_OF_ORDER, what, "Delete it later, or take the line out.")
    if name in unit.bound:
        cell = unit.bound[name][1]
        what = f"`{name}` is read in {by} before it is bound, in {_cell(cell, missing.cell)}."
        return _Why(OUT_OF_ORDER, what, f"Move the line that binds `{name}` up.")
    if any(parameter.key == name for parameter in seen.links.parameters):
        what = f"`{name}` is a parameter, and {by} reads it."
        return _Why(OUT_OF_ORDER, what, f"Hand `{name}` to the function as an argument: parameters belong to steps.")
    elsewhere = [each for each in seen.links.units if each is not unit and name in each.bound]
    for each in sorted(elsewhere, key=lambda each: _RANK.get(each.role, 9)):
        if why := _bound_there(missing, by, each):
            return why
    return None if star else _nowhere(name, by)


def _nowhere(name: str, by: str) -> _Why:
    if name in _OF_IPYTHON:
        fix = "Import it: from IPython.display import display." if name == "display" else "Take it out of the step."
        return _Why(NOTEBOOK_ONLY, f"`{name}` in {by} is IPython's.", fix)
    fix = f"Bind `{name}` in a step above, or take the line out: the cell that bound it was deleted or renamed."
    return _Why(UNDEFINED, f"`{name}` is read in {by} and bound in no cell.", fix)


_RANK = {Role.STEP: 0, Role.IMPORTS: 1, Role.METRICS: 2, Role.SKIP: 3}


def _bound_there(missing: Missing, by: str, unit: Unit) -> _Why | None:
    name, cell = missing.name, unit.bound[missing.name][1]
    if unit.role is Role.SKIP:
        what = f"`{name}` is read in {by} and bound only in cell {cell}, which is left out."
        return _Why(HIDDEN, what, f"Tag cell {cell} as a step, or bind `{name}` in one.")
    if unit.role is Role.METRICS:
        what = f"`{name}` is read in {by} and bound only in *metrics*, cell {cell}."
        return _Why(HIDDEN, what, f"Bind `{name}` in a step that both take it from.")
    if unit.role is Role.PARAMETERS:
        what = f"`{name}` is read in {by} and bound only among the parameters, in cell {cell}, as what is none."
        return _Why(HIDDEN, what, f"Bind `{name}` in a step, or import it in a cell tagged imports.")
    if unit.role is Role.STEP and missing.unit.role is Role.IMPORTS:
        what = f"`{name}` belongs to the step {said(unit)}, and {by} reads it."
        return _Why(
            OUT_OF_ORDER, what, f"Hand `{name}` to the function as an argument, or move the function to a step."
        )
    if unit.role in {Role.STEP, Role.IMPORTS}:
        above = cell < missing.cell
        where = f"in cell {cell}, which deletes it later" if above else f"further down, in cell {cell}"
        what = f"`{name}` is read in {by} and bound only {where} ({said(unit)})."
        return _Why(OUT_OF_ORDER, what, f"Move cell {cell} up, or the line in {said(missing.unit)} down.")
    return None


def _cell(cell: int, here: int) -> str:
    return "the same cell" if cell == here else f"cell {cell}"
