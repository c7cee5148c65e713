"""What a query may cost, measured on the parsed document before anything else looks at it.

One pass, in which each fragment is measured once however often it is spread, so the time grows with the text and not
with what the fragments unfold to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

from gateway.errors import QueryTooCostly

TOKENS = 4000
DEPTH = 16
ALIASES = 60
DIRECTIVES = 30
FIELDS = 1000
"""Fields with all fragments unfolded."""
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
    cost: int = 0


def check(document: DocumentNode, variables: Mapping[str, Any] | None = None) -> Measured:
    """Measures all operations of the document together. Raises `QueryTooCostly`, naming the limit."""
    pass_ = _Pass(
        {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)},
        variables or {},
    )
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    parts = [pass_.measure(node.selection_set) for node in operations]
    parts += [pass_.fragment(name) for name in pass_.fragments]
    whole = Measured(
        max((part.depth for part in parts), default=0),
        sum(part.fields for part in parts[: len(operations)]),
        sum(part.aliases for part in parts[: len(operations)]),
        sum(part.directives for part in parts[: len(operations)]),
        sum(part.cost for part in parts[: len(operations)]),
    )
    _refuse_over(whole)
    return whole


def _refuse_over(whole: Measured) -> None:
    limits = {"depth": DEPTH, "aliases": ALIASES, "directives": DIRECTIVES, "fields": FIELDS, "cost": COST}
    for name, limit in limits.items():
        if getattr(whole, name) > limit:
            raise QueryTooCostly(
                f"The query is over the limit of {name}: at most {limit}. Ask for less, or in several queries.",
                limit=name,
                most=limit,
            )


class _Pass:
    def __init__(self, fragments: dict[str, FragmentDefinitionNode], variables: Mapping[str, Any]) -> None:
        self.fragments = fragments
        self.variables = variables
        self.done: dict[str, Measured] = {}
        self.open: set[str] = set()

    def measure(self, selections: SelectionSetNode | None) -> Measured:
        depth = fields = aliases = directives = cost = 0
        for node in selections.selections if selections else ():
            part = self._node(node)
            depth = max(depth, part.depth)
            fields += part.fields
            aliases += part.aliases
            directives += part.directives + len(node.directives or ())
            cost += part.cost
        return Measured(depth, fields, aliases, directives, cost)

    def fragment(self, name: str) -> Measured:
        if name in self.done:
            return self.done[name]
        if name in self.open:
            raise QueryTooCostly(f"The fragment “{name[:50]}” contains itself.", limit="fragments")
        found = self.fragments.get(name)
        self.open.add(name)
        self.done[name] = self.measure(found.selection_set if found else None)
        self.open.discard(name)
        return self.done[name]

    def _node(self, node: object) -> Measured:
        if isinstance(node, FragmentSpreadNode):
            return self.fragment(node.name.value)
        if isinstance(node, InlineFragmentNode):
            return self.measure(node.selection_set)
        assert isinstance(node, FieldNode)
        inner = self.measure(node.selection_set)
        return Measured(
            inner.depth + 1,
            inner.fields + 1,
            inner.aliases + (node.alias is not None),
            inner.directives,
            1 + inner.cost * self._size(node),
        )

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
