"""A callable in words of code, and what stands for one that is not here."""

import ast
import linecache
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn


class NotHere(Exception):
    """A plugin's code was called where only its declarations are."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Stands for a callable of a plugin in processes that only know what the plugin declared. To call it raises
    `NotHere`."""

    code: str
    """What `spelled` said of the callable where it is."""

    def __call__(self, *_: object, **__: object) -> NoReturn:
        raise NotHere(f"{self.code} is code of a plugin, which runs in a process of its own and not in this one.")


def spelled(part: Callable[..., Any]) -> str:
    """A callable in words of code: the body of a lambda, the call that a `partial` stands for, else its full name.

    What such a name does is not looked into: the digest of the plugin's files tells whether that changed.
    """
    if isinstance(part, Elsewhere):
        return part.code
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


def _value(value: Any) -> str:
    """Without the address in memory that a `repr` may hold: that is another one in every process."""
    if isinstance(value, tuple | list):
        return f"({', '.join(_value(each) for each in value)})"
    if isinstance(value, str | int | float | bool | None):
        return repr(value)
    return spelled(value) if callable(value) else type(value).__qualname__
