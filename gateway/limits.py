"""What a query may cost, measured on the parsed document before anything else looks at it.

One pass, in which each fragment is measured once however often it is spread, so the time grows with the text and not
with what the fragments unfold to. What validation compares pairwise, fields with one name and fragments spread side by
side, has limits too: without them half a kilobyte of `n{x}` holds a process for a second.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DefinitionNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableDefinitionNode,
    VariableNode,
)

from gateway.errors import QueryTooCostly

TOKENS = 4000
DEPTH = 16
ALIASES = 60
DIRECTIVES = 30
FIELDS = 1000
"""Fields with all fragments unfolded."""
REPEATS = 30
"""Fields that answer under a name which their selection, with its fragments, already has."""
SPREADS = 200
"""Spreads of named fragments, each counted where it is written."""
NESTING = 120
"""Levels of fields and of fragments together: a fragment adds none to the depth of the answer, but one to this."""
NAME = 100
"""Characters of an alias, which every error about the field repeats."""
COST = 60_000
"""Fields times the size of the lists they are in."""
_USUAL_PAGE = 50
_LARGEST_PAGE = 100


@dataclass(frozen=True, slots=True)
class Measured:
    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    repeats: int = 0
    spreads: int = 0
    cost: int = 0


@dataclass(frozen=True, slots=True)
class _Part:
    """A selection, not yet closed by the field that it belongs to."""

    measured: Measured
    names: Mapping[str, int]
    """How many fields answer under each name, fragments unfolded."""
    levels: int

    @property
    def repeats(self) -> int:
        return self.measured.repeats + sum(self.names.values()) - len(self.names)


def check(document: DocumentNode, variables: Mapping[str, Any] | None = None) -> Measured:
    """Measures all operations of the document together. Raises `QueryTooCostly`, naming the limit."""
    pass_ = _Pass(
        {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)},
        variables or {},
    )
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    parts = [pass_.measure(node.selection_set) for node in operations]
    fragments = [pass_.fragment(name) for name in pass_.fragments]
    # Fragments that nobody spreads are validated too, so their repeats count for themselves.
    repeats = max(sum(part.repeats for part in parts), sum(part.repeats for part in fragments))
    whole = Measured(
        max((part.measured.depth for part in (*parts, *fragments)), default=0),
        sum(part.measured.fields for part in parts),
        sum(part.measured.aliases for part in parts),
        sum(part.measured.directives for part in parts) + sum(map(_directives_of, document.definitions)),
        repeats,
        pass_.spreads,
        sum(part.measured.cost for part in parts),
    )
    _refuse_over(whole)
    return whole


def _directives_of(definition: DefinitionNode) -> int:
    """Those of a definition itself and of its variables."""
    found = len(getattr(definition, "directives", None) or ())
    variables: tuple[VariableDefinitionNode, ...] = getattr(definition, "variable_definitions", None) or ()
    return found + sum(len(each.directives or ()) for each in variables)


def _refuse_over(whole: Measured) -> None:
    limits = {
        "depth": DEPTH, "aliases": ALIASES, "directives": DIRECTIVES, "fields": FIELDS, "repeats": REPEATS,
        "spreads": SPREADS, "cost": COST,
    }  # fmt: skip
    for name, limit in limits.items():
        if getattr(whole, name) > limit:
            raise _over(name, limit)


def _over(name: str, limit: int) -> QueryTooCostly:
    return QueryTooCostly(
        f"The query is over the limit of {name}: at most {limit}. Ask for less, or in several queries.",
        limit=name,
        most=limit,
    )


class _Pass:
    def __init__(self, fragments: dict[str, FragmentDefinitionNode], variables: Mapping[str, Any]) -> None:
        self.fragments = fragments
        self.variables = variables
        self.done: dict[str, _Part] = {}
        self.open: set[str] = set()
        self.spreads = 0
        self._level = 0

    def measure(self, selections: SelectionSetNode | None) -> _Part:
        self._level += 1
        if self._level > NESTING:  # before the pass itself is too deep
            raise _over("nesting", NESTING)
        depth = fields = aliases = directives = repeats = cost = levels = 0
        names: Counter[str] = Counter()
        for node in selections.selections if selections else ():
            part = self._node(node)
            depth = max(depth, part.measured.depth)
            fields += part.measured.fields
            aliases += part.measured.aliases
            directives += part.measured.directives + len(node.directives or ())
            repeats += part.measured.repeats
            cost += part.measured.cost
            levels = max(levels, part.levels)
            for name, count in part.names.items():
                names[name] += count
        if levels + 1 > NESTING:  # through fragments that were measured before
            raise _over("nesting", NESTING)
        self._level -= 1
        return _Part(Measured(depth, fields, aliases, directives, repeats, 0, cost), names, levels + 1)

    def fragment(self, name: str) -> _Part:
        if name in self.done:
            return self.done[name]
        if name in self.open:
            raise QueryTooCostly(f"The fragment “{name[:50]}” contains itself.", limit="fragments")
        found = self.fragments.get(name)
        self.open.add(name)
        self.done[name] = self.measure(found.selection_set if found else None)
        self.open.discard(name)
        return self.done[name]

    def _node(self, node: object) -> _Part:
        if isinstance(node, FragmentSpreadNode):
            self.spreads += 1
            return self.fragment(node.name.value)
        if isinstance(node, InlineFragmentNode):
            return self.measure(node.selection_set)
        assert isinstance(node, FieldNode)
        name = (node.alias or node.name).value
        if node.alias is not None and len(name) > NAME:
            raise _over("name", NAME)
        inner = self.measure(node.selection_set) if node.selection_set else _LEAF
        found = Measured(
            inner.measured.depth + 1,
            inner.measured.fields + 1,
            inner.measured.aliases + (node.alias is not None),
            inner.measured.directives,
            inner.repeats,
            0,
            1 + inner.measured.cost * self._size(node),
        )
        return _Part(found, {name: 1}, inner.levels)

    def _size(self, node: FieldNode) -> int:
        """How many rows a field may answer: its `first`, or the usual page for a connection without one."""
        for argument in node.arguments or ():
            if argument.name.value == "first":
                return self._first(argument.value)
        children = node.selection_set.selections if node.selection_set else ()
        pages = any(isinstance(child, FieldNode) and child.name.value == "edges" for child in children)
        return _USUAL_PAGE if pages else 1

    def _first(self, value: object) -> int:
        number: object = None
        if isinstance(value, IntValueNode) and len(value.value) < 10:
            number = int(value.value)
        elif isinstance(value, VariableNode):
            number = self.variables.get(value.name.value)
        return min(max(number, 1), _LARGEST_PAGE) if isinstance(number, int) else _LARGEST_PAGE


_LEAF = _Part(Measured(), {}, 0)
