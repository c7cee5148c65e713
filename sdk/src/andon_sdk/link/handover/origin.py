"""Where code comes from: which step defines a function or a class, so that it can be made again from its source."""

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.util import find_spec
from types import CodeType
from typing import Any

Path = tuple[int, ...]


class Origin:
    """The code of a pipeline, and of what runs of it now.

    `code` are the steps' functions by step, `trees` their sources as parsed, `namespace` the module's names.
    """

    def __init__(
        self, code: Mapping[str, CodeType], trees: Mapping[str, ast.FunctionDef], namespace: dict[str, Any]
    ) -> None:
        self.code, self.trees, self.namespace = code, trees, namespace
        self.step = ""
        """The step whose values are written now, and what it bound."""
        self.bound: Mapping[str, Any] = {}
        self.known: dict[int, tuple[Any, dict[str, Any]]] = {}
        """Made again here, with the node each was made from; the object is kept so that its id stays its own."""
        self._places = {id(each): (step, path) for step, top in code.items() for path, each in _inside(top, ())}

    def place(self, code: CodeType) -> tuple[str, Path] | None:
        """The step that a function's code is written in, and the way to it there."""
        return self._places.get(id(code))

    def found(self, step: str, path: Path) -> CodeType:
        """Raises `LookupError` for a place that is not."""
        code = self.code[step]
        for index in path:
            code = code.co_consts[index]
        if not isinstance(code, CodeType):
            raise LookupError(path)
        return code

    def in_library(self, code: CodeType, module: str) -> Path | None:
        """The way to code in the source of an installed module, such as a function that another one made."""
        whole = _code_of(module)
        places = _inside(whole, ()) if whole is not None else ()
        same = (path for path, each in places if each == code and each.co_firstlineno == code.co_firstlineno)
        return next(same, None)

    def from_library(self, module: str, path: Path) -> CodeType:
        """Raises `LookupError` for a place that is not."""
        code = _code_of(module)
        for index in path:
            code = code.co_consts[index] if isinstance(code, CodeType) else None
        if not isinstance(code, CodeType):
            raise LookupError(module)
        return code

    def definition(self, step: str, name: str) -> ast.ClassDef | None:
        """The one class of that name in a step, outside of its functions; None where there is none, or several."""
        [*found] = (each for each in _classes(self.trees[step].body) if each.name == name)
        return found[0] if len(found) == 1 else None


@lru_cache(100)
def _code_of(module: str) -> CodeType | None:
    spec = find_spec(module)
    get_code = getattr(spec.loader, "get_code", None) if spec is not None else None
    return get_code(module) if get_code is not None else None


def _inside(code: CodeType, path: Path) -> Iterator[tuple[Path, CodeType]]:
    for index, each in enumerate(code.co_consts):
        if isinstance(each, CodeType):
            yield (*path, index), each
            yield from _inside(each, (*path, index))


def _classes(body: list[ast.stmt]) -> Iterator[ast.ClassDef]:
    for each in body:
        if isinstance(each, ast.ClassDef):
            yield each
        elif not isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _classes([inner for inner in ast.walk(each) if isinstance(inner, ast.ClassDef)])
