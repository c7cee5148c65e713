"""Pipeline parameters as a cell that types them: `epochs: int = 60`."""

import ast
import keyword
from collections.abc import Sequence

from andon_sdk.link.canvas.reading import CanvasParameter
from andon_sdk.link.canvas.report import Fate, Part

KIND = "parameters"
_NAMES = {
    "int": "int", "integer": "int", "float": "float", "double": "float", "number": "float",
    "str": "str", "string": "str", "bool": "bool", "boolean": "bool",
}  # fmt: skip
_TRUE, _FALSE = ("true", "1", "yes"), ("false", "0", "no")


def typed(parameters: Sequence[CanvasParameter]) -> tuple[list[str], list[str], list[Part]]:
    """(lines of the cell of parameters, lines of constants for what a parameter cannot be, what became of each)."""
    lines: list[str] = []
    constants: list[str] = []
    parts: list[Part] = []
    seen: set[str] = set()
    for each in parameters:
        fate, line, what = _line(each, seen)
        seen.add(each.name)
        (lines if fate is Fate.CARRIED else constants).extend([line] if line else [])
        parts.append(Part(KIND, each.name or "(without a name)", fate, what))
    return lines, constants, parts


def _line(parameter: CanvasParameter, seen: set[str]) -> tuple[Fate, str, str]:
    name = parameter.name
    if not name.isidentifier() or keyword.iskeyword(name):
        return Fate.LEFT, "", "that is no name in Python, so no component can have read it."
    if name in seen:
        return Fate.LEFT, "", "the name stands there twice; the first one is kept."
    kind = _NAMES.get(parameter.kind.strip().lower())
    if kind is None:
        return _constant(parameter)
    value = _value(kind, parameter.value)
    if value is None:
        return Fate.LEFT, "", f"{parameter.value!r} is no {kind}. Add it to the cell of parameters by hand."
    return Fate.CARRIED, f"{name}: {kind} = {value}", ""


def _constant(parameter: CanvasParameter) -> tuple[Fate, str, str]:
    """A list, a dict and the like: it cannot be typed in a form, so it stays what it is."""
    try:
        value = ast.literal_eval(parameter.value.strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return Fate.LEFT, "", f"a {parameter.kind or 'value'} that is no literal: {parameter.value[:40]!r}."
    kind = parameter.kind or type(value).__name__
    what = f"a {kind} is no parameter here (bool, int, float, str are): it is a constant beside the imports."
    return Fate.CHANGED, f"{parameter.name} = {value!r}", what


def _value(kind: str, text: str) -> str | None:
    """As it is written in Python."""
    plain = text.strip()
    if kind == "str":
        return repr(_unquoted(plain))
    if kind == "bool":
        return "True" if plain.lower() in _TRUE else "False" if plain.lower() in _FALSE else None
    try:
        return repr(int(plain)) if kind == "int" else repr(float(plain))
    except ValueError:
        return None


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return text
