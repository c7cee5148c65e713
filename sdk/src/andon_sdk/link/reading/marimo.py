"""Cells of a marimo notebook: functions under `@app.cell`, read by their syntax. marimo itself is not needed.

A cell's tag is the name of its function, or a comment such as `# step: clean` at its beginning.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from andon_sdk.link.contracts import Cell, Role
from andon_sdk.link.plain import parsed, plain
from andon_sdk.link.reading.errors import NotebookRefused
from andon_sdk.link.reading.tags import PLAIN, tagged

_APP = re.compile(r"^\w+\s*=\s*(?:marimo|mo)\.App\(", re.MULTILINE)
_COMMENT = re.compile(r"\s*#\s*(?:(?P<plain>imports|parameters|metrics|skip)|step:\s*(?P<step>\S+))\s*(?:\n|\Z)")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def is_marimo(text: str) -> bool:
    return "marimo" in text and _APP.search(text) is not None


def marimo_cells(text: str, path: Path) -> tuple[Cell, ...]:
    """Its cells in the order of the file, which marimo shows. Raises `NotebookRefused` where it is not Python."""
    try:
        tree = parsed(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        where = f"line {line}: {getattr(error, 'msg', error)}" if line else str(error)
        raise NotebookRefused(f"{path} is not Python ({where}).", "Its cells cannot be found.", "Mend it.") from error
    return tuple(
        cell for number, (source, tags) in enumerate(_found(tree, text), 1) if (cell := _cell(number, source, tags))
    )


def _found(tree: ast.Module, text: str) -> Iterator[tuple[str, list[str]]]:
    """Source and tags of each cell."""
    lines = text.split("\n")
    for node in tree.body:
        if isinstance(node, ast.With) and any(_called(item.context_expr) == "setup" for item in node.items):
            yield _outdented(lines, node, node.body[0].lineno - 1, node.end_lineno), [Role.IMPORTS.value]
        elif isinstance(node, Function | ast.ClassDef):
            kinds = {_called(each) for each in node.decorator_list}
            if kinds & {"function", "class_definition"}:
                yield "\n".join(lines[node.lineno - 1 : node.end_lineno]), [Role.IMPORTS.value]
            elif "cell" in kinds and isinstance(node, Function):
                yield _cell_body(lines, node), _tags(node.name)


def _called(node: ast.expr) -> str | None:
    """`cell` of `app.cell` and `app.cell(hide_code=True)`."""
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) else None


def _cell_body(lines: list[str], node: Function) -> str:
    """Without the return that marimo writes."""
    last = node.body[-1]
    end = last.lineno - 1 if isinstance(last, ast.Return) else node.end_lineno
    first = node.body[0].lineno
    start = first - 1
    while start > node.lineno and (not lines[start - 1].strip() or lines[start - 1].lstrip().startswith("#")):
        start -= 1  # comments before the first statement belong to the cell
    return _outdented(lines, node, start, end)


def _outdented(lines: list[str], node: Function | ast.With, start: int, end: int | None) -> str:
    """Lines of its body as they stood in the cell. What goes on inside a text of several lines stays as it is."""
    kept = {
        line
        for each in ast.walk(node)
        if isinstance(each, ast.Constant | ast.JoinedStr) and each.end_lineno is not None
        for line in range(each.lineno, each.end_lineno)
    }
    margin = node.body[0].col_offset
    taken = enumerate(lines[start:end], start)
    told = [line if at in kept or line[:margin].strip() else line[margin:] for at, line in taken]
    return "\n".join(told).strip("\n")


def _tags(name: str) -> list[str]:
    if name.startswith("_"):
        return []
    return [name if name in PLAIN else f"step:{name}"]


def _cell(number: int, source: str, tags: list[str]) -> Cell | None:
    """None for a cell that is text alone."""
    if comment := _COMMENT.match(source):
        tags = [comment["plain"] or f"step:{comment['step']}"]
    if not tags and _is_text(source):
        return None
    return tagged(number, source, tags)


def _is_text(source: str) -> bool:
    return all(
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and _called(node.value) in {"md", "image", "hstack"}
        for node in plain(source).tree.body
    )
