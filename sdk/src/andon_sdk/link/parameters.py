"""The cell of parameters: what a run may be given, read from its code.

`epochs = 60`, `mode: Literal["fast", "exact"] = "fast"`, `epochs: Annotated[int, Range(1, 200), Help("…")] = 60`.
"""

import ast
import math
from collections.abc import Iterator
from dataclasses import dataclass

from andon_sdk.link.contracts import LinkParameter

_KINDS: dict[str, type[bool] | type[int] | type[float] | type[str]] = {
    "bool": bool,
    "int": int,
    "float": float,
    "str": str,
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """A line of the cell that gives no parameter, or a doubtful one."""

    rule: str
    line: int
    what: str
    fix: str


@dataclass(slots=True)
class _Marks:
    """What an annotation says."""

    kind: type[bool] | type[int] | type[float] | type[str] | None = None
    low: float | None = None
    high: float | None = None
    help: str = ""
    choices: tuple[str, ...] = ()


def parameters_of(tree: ast.Module, cell: int) -> Iterator[LinkParameter | Mistake]:
    """In the order of the cell. Imports and texts in it are nobody's business."""
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield from _one(node.target.id, node.annotation, node.value, node.lineno, cell)
        elif isinstance(node, ast.Assign) and all(isinstance(target, ast.Name) for target in node.targets):
            for target in node.targets:
                yield from _one(ast.unparse(target), None, node.value, node.lineno, cell)
        elif not isinstance(node, ast.Import | ast.ImportFrom | ast.Pass) and not _is_text(node):
            said = ast.unparse(node).split("\n")[0][:60]
            yield Mistake(
                "parameter-not-literal",
                node.lineno,
                f"`{said}` in the cell of parameters is no parameter.",
                "Keep lines such as `epochs = 60` there, and move the rest to a step or to the imports.",
            )


def _one(
    key: str, annotation: ast.expr | None, value: ast.expr | None, line: int, cell: int
) -> Iterator[LinkParameter | Mistake]:
    default = _literal(value)
    if default is None:
        yield Mistake(
            "parameter-not-literal",
            line,
            f"`{key}` has no default that is a number, a text, True or False.",
            f"Write the value itself, such as `{key} = 60`, or move what is computed to a step.",
        )
        return
    marks = _Marks()
    unread = _read(annotation, marks) if annotation is not None else None
    if unread is not None:
        yield Mistake(
            "parameter-annotation",
            line,
            f"`{unread[:60]}` on `{key}` says nothing that a form could ask for.",
            "Use bool, int, float, str, Literal of texts, or Annotated of these with Range and Help.",
        )
    kind = marks.kind or type(default)
    if kind is float and isinstance(default, int) and not isinstance(default, bool):
        default = float(default)
    found = LinkParameter(key, kind, default, marks.help, marks.low, marks.high, marks.choices, cell)
    if told := _unfit(found):
        yield Mistake("parameter-out-of-range", line, f"The default of `{key}` {told}.", "Change one of the two.")
    yield found


def _literal(value: ast.expr | None) -> bool | int | float | str | None:
    """None for what is none, or no finite number."""
    try:
        found = None if value is None else ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    if isinstance(found, float) and not math.isfinite(found):
        return None
    return found if isinstance(found, bool | int | float | str) else None


def _unfit(parameter: LinkParameter) -> str | None:
    default = parameter.default
    if type(default) is not parameter.kind:
        return f"is {default!r}, and not of its kind, {parameter.kind.__name__}"
    if parameter.choices and default not in parameter.choices:
        return f"is {default!r}, which is none of its choices"
    low, high = parameter.low, parameter.high
    if low is not None and high is not None:
        if low > high:
            return f"cannot lie in a range from {low:g} to {high:g}, which is empty"
        if isinstance(default, str):
            return "is a text, and texts have no range"
        if not low <= default <= high:
            return f"is {default:g}, outside {low:g} to {high:g}"
    return None


def _read(annotation: ast.expr, marks: _Marks) -> str | None:
    """Fills the marks; returns what of it was not understood."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value, mode="eval").body
        except SyntaxError:
            return annotation.value
    if isinstance(annotation, ast.Name) and annotation.id in _KINDS:
        marks.kind = _KINDS[annotation.id]
        return None
    if not isinstance(annotation, ast.Subscript):
        return ast.unparse(annotation)
    inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    name = _last(annotation.value)
    if name == "Literal" and all(isinstance(each, ast.Constant) and isinstance(each.value, str) for each in inner):
        marks.kind, marks.choices = str, tuple(ast.literal_eval(each) for each in inner)
        return None
    if name == "Annotated":
        return next(
            (told for told in (_read(inner[0], marks), *(_mark(each, marks) for each in inner[1:])) if told), None
        )
    return ast.unparse(annotation)


def _mark(node: ast.expr, marks: _Marks) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        marks.help = node.value
        return None
    if isinstance(node, ast.Call):
        try:
            given = [ast.literal_eval(each) for each in node.args]
            named = {each.arg: ast.literal_eval(each.value) for each in node.keywords}
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return ast.unparse(node)
        if _last(node.func) == "Range":
            ends = (*given, *(named[each] for each in ("low", "high") if each in named))
            if len(ends) == 2 and all(isinstance(end, int | float) and math.isfinite(end) for end in ends):
                marks.low, marks.high = float(ends[0]), float(ends[1])
                return None
        elif _last(node.func) == "Help":
            texts = (*given, *named.values())
            if len(texts) == 1 and isinstance(texts[0], str):
                marks.help = texts[0]
                return None
    return ast.unparse(node)


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
