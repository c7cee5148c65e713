"""What happens to a name of the notebook's top level, in the order in which Python does it."""

import ast
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Read:
    name: str
    line: int
    deferred: str | None = None
    """Name of the function in whose body it stands: it is read when that is called."""
    open: bool = True
    """Whether its step has not surely bound it before."""


@dataclass(frozen=True, slots=True)
class Binding:
    name: str
    line: int
    kind: str
    """`assignment`, `augmented`, `import`, `function`, `class`, `loop`, `with`, `except`, `match`."""
    value: ast.expr | None = None
    """What it is bound to, where one expression says so; for `with` what was entered."""
    node: ast.AST | None = None
    """Of functions and classes."""


@dataclass(frozen=True, slots=True)
class Change:
    """In place: whoever else has the object sees it."""

    name: str
    line: int
    how: str
    """As people would say it: `.append()`, `["x"] =`, `+=`."""
    via: str | None = None
    """Another name of the same object, by which it was done."""
    open: bool = True


@dataclass(frozen=True, slots=True)
class Deleted:
    name: str
    line: int


Event = Read | Binding | Change | Deleted
