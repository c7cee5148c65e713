"""The module of a notebook's recipe alone: the steps that it is made of, and of the imports what these need.

What is asked for the recipe, and what trains it, has no need of what the notebook reads and draws with, and is not to
fail where a library for charts is missing.
"""

import ast
from collections.abc import Iterable
from dataclasses import replace

from andon_sdk.link.contracts import RECIPE, Graph, Step
from andon_sdk.link.generate import names_of, written
from andon_sdk.link.package.refused import PackageRefused

CONTRACT = "contract"
"""The name that a step gives to the contract that a notebook defines."""


def recipe_graph(graph: Graph) -> Graph:
    """The part of the graph that the recipe is made of. Raises PackageRefused where there is none."""
    if not graph.recipe:
        raise PackageRefused(
            f"No step gives the name {RECIPE}: bind it to a Blueprint or an Estimator in a step that takes no rows."
        )
    steps = tuple(_giving(step) for step in graph.steps if step.name in graph.recipe)
    reads = {key for step in steps for key in step.parameters}
    return Graph(
        imports=_needed(graph.imports, set().union(*(names_of(step.source) for step in steps))),
        parameters=tuple(parameter for parameter in graph.parameters if parameter.key in reads),
        steps=steps,
        metrics=None,
        recipe=graph.recipe,
    )


def module(part: Graph) -> str:
    """Source with `recipe(**parameters)`, and `contract()` where one is defined."""
    made = written(part)
    text = made.text.rpartition("\n\n\ndef pipeline(")[0] + "\n"
    at = next((place for place, step in enumerate(part.steps) if CONTRACT in step.gives), None)
    if at is None:
        return text
    calls = [_call(step, made.functions[step.name]) for step in part.steps[: at + 1]]
    told = f'def {CONTRACT}():\n    """What its rows are."""\n'
    lines = [f"    {each}\n" for each in (*calls, f"return {CONTRACT}")]
    return f"{text}\n\n{told}{''.join(lines)}"


def packages(part: Graph) -> tuple[str, ...]:
    """Top-level packages that the part imports, sorted."""
    code = [part.imports, *(step.source for step in part.steps)]
    found: set[str] = set()
    for node in (node for each in code for node in ast.walk(ast.parse(each))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module.partition(".")[0])
    return tuple(sorted(found))


def _giving(step: Step) -> Step:
    """With the contract among what it gives, where it defines one."""
    if CONTRACT in step.gives or CONTRACT not in _bound(ast.parse(step.source).body):
        return step
    return replace(step, gives=(*step.gives, CONTRACT))


def _call(step: Step, function: str) -> str:
    call = f"{function}({', '.join(step.takes)})"
    return f"{', '.join(step.gives)} = {call}" if step.gives else call


def _needed(imports: str, names: set[str]) -> str:
    """Statements that bind a name which is used, by the steps or by another of these; of an import what is used."""
    kept: list[ast.stmt] = []
    for statement in reversed(ast.parse(imports).body):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            statement.names = [alias for alias in statement.names if _used(statement, alias, names)]
            kept += [statement] if statement.names else []
        elif names & _bound([statement]):
            names |= names_of(ast.unparse(statement))
            kept.append(statement)
    return "\n".join(ast.unparse(statement) for statement in reversed(kept))


def _used(statement: ast.Import | ast.ImportFrom, alias: ast.alias, names: set[str]) -> bool:
    always = isinstance(statement, ast.ImportFrom) and (statement.module == "__future__" or alias.name == "*")
    return always or (alias.asname or alias.name).partition(".")[0] in names


def _bound(statements: Iterable[ast.stmt]) -> set[str]:
    """Names that statements bind at their top level, in branches too."""
    found: set[str] = set()
    for statement in statements:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(statement.name)
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).partition(".")[0] for alias in statement.names}
        else:
            found |= {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
            found |= _bound(child for child in ast.walk(statement) if isinstance(child, ast.Import | ast.ImportFrom))
    return found
