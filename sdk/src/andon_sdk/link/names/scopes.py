"""Which names a function, a comprehension or a class has to itself."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass(slots=True)
class Scope:
    """Names bound in it; those it says are of the top level. Functions in a class do not see the class's."""

    own: set[str]
    top: set[str] = field(default_factory=set)
    kind: Literal["function", "class", "comprehension"] = "function"
    outer: "Scope | None" = None


def is_top_level(name: str, scope: Scope | None) -> bool:
    """Whether the name means the notebook's there."""
    here = True
    while scope is not None:
        if name in scope.top:
            return True
        if name in scope.own and (here or scope.kind != "class"):
            return False
        scope, here = scope.outer, False
    return True


def function_scope(node: Function, outer: Scope | None) -> Scope:
    arguments = node.args
    own = {each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    own |= {each.arg for each in (arguments.vararg, arguments.kwarg) if each is not None}
    top: set[str] = set()
    outside: set[str] = set()
    for each in within(node.body if isinstance(node.body, list) else [node.body]):
        own |= set(bound_by(each))
        if isinstance(each, ast.Global):
            top |= set(each.names)
        elif isinstance(each, ast.Nonlocal):
            outside |= set(each.names)
    return Scope(own - top - outside, top, outer=outer)


def comprehension_scope(node: Comprehension, outer: Scope | None) -> Scope:
    """What a walrus in it binds belongs outside."""
    own = {name.id for each in node.generators for name in ast.walk(each.target) if isinstance(name, ast.Name)}
    return Scope(own, kind="comprehension", outer=outer)


def within(body: list[ast.stmt] | list[ast.expr]) -> Iterator[ast.AST]:
    """All nodes of one scope, without the insides of functions and classes; of comprehensions only the walrus."""
    waiting: list[ast.AST] = list(reversed(body))
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, Comprehension):
            waiting += [each for each in ast.walk(node) if isinstance(each, ast.NamedExpr)]
        else:
            waiting += reversed(list(ast.iter_child_nodes(node)))


def bound_by(node: ast.AST) -> Iterator[str]:
    """Names that this node binds in its scope, by itself."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
        yield node.id
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (imported_as(alias) for alias in node.names if alias.name != "*")
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
        if node.name:
            yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest


def imported_as(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]
