"""What a recipe declares as plain JSON, so that it is still known when the plugin has long been replaced.

Made when plugins are loaded, while the sources on disk are those that were imported.
"""

import ast
import linecache
import math
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any

from andon_sdk.plugin import Blueprint, Contract, Recipe


def declaration(recipe: Recipe, contract: Contract | None) -> dict[str, Any]:
    """`title`, `contract`, `parameters`, `threshold`, `history_rows` and how models are made.

    `contract` is the one that the recipe reads, where a plugin offers it; null stands for any. The same recipe gives
    the same in every process.
    """
    said = {
        "title": recipe.title,
        "contract": _contract(recipe.contract, contract),
        "parameters": [asdict(each) | {"own": each.key in recipe.own} for each in recipe.parameters],
        "threshold": asdict(recipe.threshold),
        "history_rows": recipe.history_rows,
        **_making(recipe),
    }
    return {key: _plain(value) for key, value in said.items()}


def _plain(value: Any) -> Any:
    """JSON has no infinity, which a limit may be: it is kept as the text that `float` reads."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _contract(key: str | None, contract: Contract | None) -> dict[str, Any] | None:
    if key is None:
        return None
    if contract is None:
        return {"key": key, "signals": []}
    signals = [asdict(signal) | {"importance": signal.importance.value} for signal in contract.signals]
    return {"key": key, "title": contract.title, "period_s": contract.period_s, "signals": signals}


def _making(recipe: Recipe) -> dict[str, Any]:
    if isinstance(recipe, Blueprint):
        parts = {"module": recipe.module, "loss": recipe.loss, "score": recipe.score}
        return {"kind": "trained", "code": {name: spelled(part) for name, part in parts.items()}}
    parts = {"fit": recipe.fit, "score": recipe.score}
    taught = {"learns_labels": True} if recipe.learns_labels else {}
    code = {name: spelled(part) for name, part in parts.items()}
    return {"kind": "fitted", "stacked": recipe.stacked, **taught, "code": code}


def spelled(part: Callable[..., Any]) -> str:
    """A callable in words of code: the body of a lambda, the call that a `partial` stands for, else its full name.

    What such a name does is not looked into: the digest of the plugin's files tells whether that changed.
    """
    if isinstance(part, partial):
        given = [_value(each) for each in part.args] + [f"{key}={_value(each)}" for key, each in part.keywords.items()]
        return f"{spelled(part.func)}({', '.join(given)})"
    name = getattr(part, "__qualname__", None)
    if name is None:
        return f"{type(part).__module__}.{type(part).__qualname__}"
    body = _body(part) if name.endswith("<lambda>") else None
    return body or ".".join(each for each in (part.__module__, name) if each)


def _body(part: Any) -> str | None:
    """None where the source is not at hand, or holds several lambdas in the line."""
    code = part.__code__
    try:
        tree = ast.parse("".join(linecache.getlines(code.co_filename)))
    except SyntaxError:
        return None
    found = [each for each in ast.walk(tree) if isinstance(each, ast.Lambda) and each.lineno == code.co_firstlineno]
    return ast.unparse(found[0].body) if len(found) == 1 else None


def _value(value: object) -> str:
    """Without the address in memory that a `repr` may hold: that is another one in every process."""
    if isinstance(value, tuple | list):
        return f"({', '.join(_value(each) for each in value)})"
    if isinstance(value, str | int | float | bool | None):
        return repr(value)
    return spelled(value) if callable(value) else type(value).__qualname__
