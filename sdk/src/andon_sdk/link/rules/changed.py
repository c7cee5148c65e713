"""What a step changes in place that is not its own."""

import ast
from collections.abc import Iterator

from andon_sdk.link.contracts import Finding
from andon_sdk.link.graph import Unit
from andon_sdk.link.names import Change, Read
from andon_sdk.link.names.changes import AUGMENTED
from andon_sdk.link.seen import Seen, error, said, warning

AFTER_USE = error(
    "changed-after-use", "Nothing says which of the two steps comes first, and their results depend on it."
)
GIVEN = warning("changed-given", "Who looks at the step that gave it does not see that it is something else later.")
ALIAS = error(
    "changed-through-alias", "Each step gets what it takes by itself, so the change is not seen under the other name."
)
CLOSURE = error("closure-changed", "In the pipeline the function keeps the value that its own step had.")

_CONTAINERS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
_PLAIN = {"len", "sum", "int", "float", "str", "bool", "abs", "round", "max", "min"}
_ARRAYS = ("numpy.", "pandas.", "torch.", "polars.")


def changed(seen: Seen) -> Iterator[Finding]:
    for unit in seen.links.units:
        for name, (change, cell) in unit.changed.items():
            yield from _one(seen, unit, name, change, cell)
    for unit in seen.links.steps:
        yield from _closures(seen, unit)


def _one(seen: Seen, unit: Unit, name: str, change: Change, cell: int) -> Iterator[Finding]:
    taken = unit.takes.get(name)
    others = [each for each in seen.links.taken if each.name == name and each.taker is not unit]
    if change.how in AUGMENTED and not _in_place(seen, taken.giver if taken else None, name, change):
        return
    how = f"(`{change.how}`)" if change.via is None else f"(`{change.how}` on `{change.via}`, the same object)"
    before = [each for each in others if each.cell < cell and (taken is None or each.giver is taken.giver)]
    after = [each for each in others if each.cell > cell]
    both = taken is not None and change.via in unit.takes
    if change.via is not None and (after or both):
        user = unit if both else after[0].taker
        what = f"`{name}` is changed in {said(unit)} {how}, and {said(user)} uses it under its own name."
        yield ALIAS.at(cell, change.line, what, f"Make a copy of `{name}` under the other name, and change that.")
    elif before:
        what = f"`{name}` is changed in {said(unit)} after {said(before[0].taker)} used it {how}."
        yield AFTER_USE.at(cell, change.line, what, f"Change a copy of `{name}` under a name of its own.")
    elif taken is not None:
        what = f"`{name}` comes from {said(taken.giver)} and is changed in {said(unit)} {how}."
        yield GIVEN.at(
            cell, change.line, what, f"Make the change in {said(taken.giver)}, or on a copy with a name of its own."
        )


def _in_place(seen: Seen, giver: Unit | None, name: str, change: Change) -> bool:
    """Whether `+=` changes what the step gave: a list does, a number does not. Of two names of one object it is taken
    for a change, unless the object is plainly none that can be changed."""
    value = giver.bound[name][0].value if giver is not None and name in giver.bound else None
    if change.via is not None:
        plain = isinstance(value, ast.Constant | ast.JoinedStr | ast.Tuple)
        return not (plain or (isinstance(value, ast.Call) and seen.dotted(value.func) in _PLAIN))
    if isinstance(value, ast.Call):
        return seen.dotted(value.func).startswith(_ARRAYS) or seen.dotted(value.func) in {"list", "dict", "set"}
    return isinstance(value, _CONTAINERS)


def _closures(seen: Seen, giver: Unit) -> Iterator[Finding]:
    """Functions that are given away and read a name which a later step binds or changes."""
    order = seen.links.units
    for function in giver.gives:
        if function not in giver.bound or giver.bound[function][0].kind != "function":
            continue
        reads = {
            event.name
            for text in giver.texts
            for event in text.events
            if isinstance(event, Read) and event.deferred == function and event.name in {*giver.bound, *giver.takes}
        }
        for at, later in enumerate(order):
            users = [
                taken
                for taken in seen.links.taken
                if taken.name == function and taken.giver is giver and order.index(taken.taker) >= at
            ]
            for name in sorted(reads) if at > order.index(giver) and users else ():
                if place := _rebound(later, name):
                    what = f"The function `{function}` of {said(giver)} reads `{name}`, which {said(later)} changes."
                    yield CLOSURE.at(*place, what, f"Hand `{name}` to `{function}` as an argument.")


def _rebound(unit: Unit, name: str) -> tuple[int, int] | None:
    """Cell and line where it becomes something else."""
    if name in unit.bound and unit.bound[name][0].kind != "import":
        return unit.bound[name][1], unit.bound[name][0].line
    if name in unit.changed:
        return unit.changed[name][1], unit.changed[name][0].line
    return None
