"""What rules look at, and how they tell what they find."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from andon_sdk.link.contracts import Finding, Graph, Notebook, Role, Severity
from andon_sdk.link.graph import Links, Text, Unit
from andon_sdk.link.packages import Packages


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of mistake: its name in docs/reference/link-findings.md, how bad it is, and why it matters."""

    name: str
    severity: Severity
    why: str

    def at(self, cell: int, line: int, what: str, fix: str, severity: Severity | None = None) -> Finding:
        return Finding(self.name, severity or self.severity, cell, line, what, self.why, fix)


def error(name: str, why: str) -> Rule:
    return Rule(name, Severity.ERROR, why)


def warning(name: str, why: str) -> Rule:
    return Rule(name, Severity.WARNING, why)


@dataclass(frozen=True)
class Seen:
    """A notebook, read and linked."""

    notebook: Notebook
    links: Links
    graph: Graph
    packages: Packages = field(default_factory=Packages)

    @cached_property
    def told(self) -> tuple[Text, ...]:
        """Cells that become a part of the pipeline."""
        return tuple(text for text in self.links.texts if text.cell.role is not Role.SKIP)

    @cached_property
    def unit_of(self) -> dict[int, Unit]:
        """By number of a cell."""
        return {text.cell.number: unit for unit in self.links.units for text in unit.texts}

    @cached_property
    def imported(self) -> dict[str, str]:
        """By name: the dotted name of the module, class or function that was imported under it."""
        found: dict[str, str] = {}
        for text in self.told:
            for node in ast.walk(text.tree):
                if isinstance(node, ast.Import):
                    for alias in node.names:
                        found[alias.asname or alias.name.partition(".")[0]] = (
                            alias.name if alias.asname else alias.name.partition(".")[0]
                        )
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    for alias in node.names:
                        found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        return found

    def dotted(self, node: ast.AST) -> str:
        """`numpy.random.rand` of `np.random.rand`, as the imports say; empty for what is no name."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        return ".".join([self.imported.get(node.id, node.id), *reversed(parts)])

    def calls(
        self, roles: tuple[Role, ...] = (Role.IMPORTS, Role.STEP, Role.METRICS)
    ) -> Iterator[tuple[int, ast.Call]]:
        """All calls, with the numbers of their cells."""
        for text in self.told:
            if text.cell.role in roles:
                yield from ((text.cell.number, node) for node in ast.walk(text.tree) if isinstance(node, ast.Call))

    @cached_property
    def functions(self) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
        """Functions and classes that cells define at their top, by name."""
        return {
            node.name: node
            for text in self.told
            for node in text.tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        }

    def where(self, cell: int) -> str:
        """*clean*, or what else a cell is."""
        return said(self.unit_of[cell])


def said(unit: Unit) -> str:
    """A part of the notebook, as findings name it."""
    return "a cell that is skipped" if unit.role is Role.SKIP else f"*{unit.name}*"


def at_once(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes that run when the cell does, in its order: without the insides of functions."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            for each in (*node.args.defaults, *(each for each in node.args.kw_defaults if each is not None)):
                yield each
                yield from at_once(each)
        else:
            yield node
            yield from at_once(node)


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in call.keywords if each.arg == name), None)


def is_constant(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is type(value) and node.value == value
