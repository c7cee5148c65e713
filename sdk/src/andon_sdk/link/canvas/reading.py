"""A Link notebook as its file tells it: nothing is run, and what is odd is kept for the report."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import jupytext
import nbformat
from nbformat import NotebookNode

from andon_sdk.link.canvas.errors import CanvasError

CODE = "CodeCell"
MOST_BYTES = 100 * 1024 * 1024
KNOWN = frozenset({
    "id", "name", "isComponent", "parents", "comments", "componentType", "diskcache",
    "headerColor", "copiedOriginId", "hasOpendPDC", "meta_id", "preDefined",
})  # fmt: skip
"""Keys of a cell's `canvas` that are read, or say only how it looks."""


@dataclass(frozen=True, slots=True)
class Comment:
    writer: str
    message: str


@dataclass(frozen=True, slots=True)
class CanvasCell:
    """One cell."""

    number: int
    """As people count, from 1."""
    code: bool
    source: str
    id: str
    """Of the canvas; the number where it has none."""
    component: bool
    name: str
    parents: tuple[tuple[str, str], ...]
    """(id, name) of the components it comes after."""
    kind: str
    comments: tuple[Comment, ...]
    cached: bool
    settings: Mapping[str, Any]
    """What else its canvas says and this does not know."""


@dataclass(frozen=True, slots=True)
class CanvasParameter:
    name: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Canvas:
    """A Link notebook."""

    path: Path
    cells: tuple[CanvasCell, ...]
    parameters: tuple[CanvasParameter, ...]
    kernel: Mapping[str, Any]
    language: Mapping[str, Any]


def read_canvas(path: Path) -> Canvas:
    """Reads an `.ipynb`, or a `.py` of jupytext whose cells are marked `# %% canvas={…}`. Raises `CanvasError`."""
    book = _notebook(path)
    language = _mapping(book.metadata.get("language_info"))
    if language.get("name", "python") != "python":
        raise CanvasError(f"{path} is a notebook of {language['name']}: only Python can be imported.")
    cells = _told_apart([_cell(number, cell) for number, cell in enumerate(book.cells, 1)])
    told = _mapping(book.metadata.get("canvas"))
    if "canvas" not in book.metadata and not any("canvas" in cell.metadata for cell in book.cells):
        raise CanvasError(
            f"{path} is no Link notebook: neither it nor a cell has `canvas` metadata. Any notebook becomes a pipeline "
            "when its cells are tagged: imports, parameters, step:<name>, metrics, skip."
        )
    given = [_mapping(each) for each in _list(told.get("parameters"))]
    parameters = tuple(
        CanvasParameter(str(each.get("name", "")), str(each.get("type", "")), str(each.get("value", "")))
        for each in given
    )
    return Canvas(path, cells, parameters, _mapping(book.metadata.get("kernelspec")), language)


def _notebook(path: Path) -> NotebookNode:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise CanvasError(f"{path} is larger than {MOST_BYTES // 2**20} MiB. Clear its outputs first.")
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CanvasError(f"{path} cannot be read: {error}") from error
    try:
        if path.suffix == ".py":
            return cast(NotebookNode, jupytext.reads(text, fmt="py:percent"))
        raw = json.loads(text)
        if not isinstance(raw, dict) or not isinstance(raw.get("cells"), list):
            raise CanvasError(f"{path} is no notebook of format 4: it has no list of cells. Save it with JupyterLab.")
        return cast(NotebookNode, nbformat.from_dict(raw))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise CanvasError(f"{path} is no notebook: {error}") from error


def _told_apart(cells: list[CanvasCell]) -> tuple[CanvasCell, ...]:
    """Cells with an id each: where two have the same, edges mean the first."""
    seen: set[str] = set()
    found: list[CanvasCell] = []
    for cell in cells:
        own = cell if cell.id not in seen else replace(cell, id=f"{cell.id} of cell {cell.number}")
        seen.add(own.id)
        found.append(own)
    return tuple(found)


def _cell(number: int, cell: Any) -> CanvasCell:
    if not isinstance(cell, NotebookNode):
        raise CanvasError(f"Cell {number} is no cell, but {type(cell).__name__}.")
    told = _mapping(_mapping(cell.get("metadata")).get("canvas"))
    source = cell.get("source", "")
    parents = [_mapping(each) for each in _list(told.get("parents"))]
    comments = [_mapping(each) for each in _list(told.get("comments"))]
    return CanvasCell(
        number=number,
        code=cell.get("cell_type") == "code",
        source="".join(source) if isinstance(source, list) else str(source),
        id=str(told.get("id") or number),
        component=told.get("isComponent") is True,
        name=str(told.get("name") or "").strip(),
        parents=tuple((str(each.get("id", "")), str(each.get("name", ""))) for each in parents),
        kind=str(told.get("componentType") or CODE),
        comments=tuple(Comment(str(each.get("writer", "")), str(each.get("message", "")).strip()) for each in comments),
        cached=told.get("diskcache") is True,
        settings={
            key: value for key, value in told.items() if key not in KNOWN and value not in (None, "", [], {}, False)
        },
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], value) if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return cast(list[Any], value) if isinstance(value, list) else []
