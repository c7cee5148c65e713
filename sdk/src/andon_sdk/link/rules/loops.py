"""Functions made in a loop that all see its last value."""

import ast
from collections.abc import Iterator

from andon_sdk.link.contracts import Finding
from andon_sdk.link.names.scopes import Comprehension, Scope, function_scope, is_top_level, within
from andon_sdk.link.seen import Seen, warning

RULE = warning("loop-variable-captured", "The function looks the name up when it is called: then the loop is over.")

_Function = ast.FunctionDef | ast.Lambda
_KEEPING = {"append", "add", "insert", "setdefault", "extend", "appendleft"}


def loops(seen: Seen) -> Iterator[Finding]:
    for text in seen.told:
        for node in ast.walk(text.tree):
            names: set[str] = set()
            if isinstance(node, ast.For):
                names, kept = _names(node.target), list(_kept(node.body))
            elif isinstance(node, Comprehension) and not isinstance(node, ast.GeneratorExp):
                names = {name for each in node.generators for name in _names(each.target)}
                kept = [node.value if isinstance(node, ast.DictComp) else node.elt]
            else:
                continue
            for function in kept:
                if isinstance(function, _Function) and (caught := sorted(names & _read(function))):
                    what = f"A function made in the loop over `{caught[0]}` reads `{caught[0]}` when it is called."
                    fix = f"Bind its value now, as a default: `{caught[0]}={caught[0]}`."
                    yield RULE.at(text.cell.number, function.lineno, what, fix)


def _names(target: ast.expr) -> set[str]:
    return {each.id for each in ast.walk(target) if isinstance(each, ast.Name)}


def _kept(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Functions that outlive their turn of the loop: put into a list, or under a key."""
    named = {each.name: each for each in within(body) if isinstance(each, ast.FunctionDef)}
    for node in within(body):
        values: list[ast.expr] = []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _KEEPING:
            values = node.args
        elif isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Subscript | ast.Attribute) for target in node.targets
        ):
            values = [node.value]
        for value in values:
            yield named.get(value.id, value) if isinstance(value, ast.Name) else value


def _read(function: _Function) -> set[str]:
    """Names it reads that are not its own."""
    scope: Scope = function_scope(function, None)
    body = function.body if isinstance(function.body, list) else [function.body]
    return {
        node.id
        for each in body
        for node in ast.walk(each)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and is_top_level(node.id, scope)
    }
