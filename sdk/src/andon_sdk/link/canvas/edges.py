"""Edges that somebody drew, against what the code of the components takes from each other."""

from collections.abc import Mapping, Sequence

from andon_sdk.link.canvas.order import ancestors
from andon_sdk.link.canvas.report import Fate, Part
from andon_sdk.link.contracts import Graph

KIND = "edges"


def judged(graph: Graph, steps: Mapping[str, str], parents: Mapping[str, Sequence[str]]) -> list[Part]:
    """What became of each edge, and which names now come from a step that is before the taker by place alone.

    `steps` are names of steps by ids of components, `parents` ids of a component's parents.
    """
    found = {step.name: step for step in graph.steps}
    ids = {name: id for id, name in steps.items()}
    parts: list[Part] = []
    for id, name in steps.items():
        if name not in found:
            parts += [_hoisted(steps[parent], name) for parent in parents[id]]
            continue
        for parent in parents[id]:
            parts.append(_edge(steps[parent], name, found, {steps[each] for each in ancestors(id, parents)}))
        before = ancestors(id, parents)
        for other in found[name].after:
            if ids.get(other) not in before:
                names = ", ".join(sorted(set(found[name].takes) & set(found[other].gives)))
                what = f"“{name}” takes {names} from “{other}”, which in Link was not before it: rename one of the two."
                parts.append(Part(KIND, f"{other} → {name}", Fate.CHANGED, what))
    return parts


def _edge(parent: str, child: str, found: Mapping[str, object], before: set[str]) -> Part:
    step = found[child]
    name = f"{parent} → {child}"
    if parent not in found:
        return _hoisted(parent, child)
    if parent in step.after:  # pyright: ignore[reportAttributeAccessIssue]
        return Part(KIND, name, Fate.CARRIED)
    return Part(KIND, name, Fate.CHANGED, "the code takes nothing from it directly: they keep their order by place alone.")


def _hoisted(parent: str, child: str) -> Part:
    return Part(KIND, f"{parent} → {child}", Fate.CARRIED)
