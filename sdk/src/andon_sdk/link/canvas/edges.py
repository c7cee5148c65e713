"""Edges that somebody drew, against what the code of the components takes from each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from andon_sdk.link.canvas.code import read, stored
from andon_sdk.link.canvas.converting import EDGE, Converted
from andon_sdk.link.canvas.order import ancestors
from andon_sdk.link.canvas.report import Fate, Part
from andon_sdk.link.contracts import Graph

_BY_PLACE = "the code takes nothing from it directly, so they keep their order by place alone."


def edges(graph: Graph, made: Converted) -> Iterator[Part]:
    """What became of each edge. What a component imported is there for all, so an edge to it stands when it is used."""
    found = {step.name: step for step in graph.steps}
    for id, child in made.steps.items():
        for parent in made.parents[id]:
            name = made.steps[parent]
            used = child not in found or name not in found or name in found[child].after
            if not used:
                used = bool(made.imported.get(parent, frozenset()) & read(found[child].source))
            yield Part(EDGE, f"{name} → {child}", Fate.CARRIED if used else Fate.CHANGED, "" if used else _BY_PLACE)


@dataclass(frozen=True, slots=True)
class Strange:
    """A component that takes names from one that Link would not have run before it."""

    taker: str
    giver: str
    """Canvas ids."""
    names: tuple[str, ...]
    elsewhere: bool
    """Whether components before the taker bind all these names too, and the giver binds them anew."""
    changed: tuple[str, ...]
    """Names that the giver does not bind, but changes in place."""


def strangers(graph: Graph, made: Converted) -> Iterator[Strange]:
    found = {step.name: step for step in graph.steps}
    ids = {name: id for id, name in made.steps.items()}
    for id, name in made.steps.items():
        if name not in found:
            continue
        before = ancestors(id, made.parents)
        named = [made.steps[one] for one in before]
        bound = {each for one in named if one in found for each in stored(found[one].source)}
        for other in found[name].after:
            if ids[other] not in before:
                names = tuple(each for each in found[name].takes if each in found[other].gives)
                changed = tuple(each for each in names if each not in stored(found[other].source))
                yield Strange(id, ids[other], names, bound >= set(names) and not changed, changed)


def told(strange: Sequence[Strange], made: Converted) -> Iterator[Part]:
    for each in strange:
        one, other, names = made.steps[each.taker], made.steps[each.giver], ", ".join(each.names)
        fix = "give one of them another name" if each.elsewhere else "there it had none of that name"
        if each.changed:
            fix = f"let “{other}” work on a copy of {each.changed[0]}"
        what = f"it takes {names} from “{other}”, which in Link was not before it: {fix}."
        yield Part(EDGE, f"{other} → {one}", Fate.CHANGED, what)
