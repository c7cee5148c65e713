"""Cells of a `.ipynb`, from its JSON alone."""

import json
from pathlib import Path
from typing import Any

from andon_sdk.link.contracts import Cell
from andon_sdk.link.reading.errors import NotebookRefused
from andon_sdk.link.reading.tags import tagged

_AGAIN = "Open it in Jupyter and save it again."


def jupyter_cells(text: str, path: Path) -> tuple[Cell, ...]:
    """Its cells of code, numbered among all of its cells. Raises `NotebookRefused`."""
    content = _content(text, path)
    language = _language(content)
    if language != "python":
        raise NotebookRefused(f"{path} is written in {language[:40]}.", "A pipeline is Python.", "Write it in Python.")
    cells = content["cells"]
    return tuple(
        _cell(number, cell, path)
        for number, cell in enumerate(cells, 1)
        if not isinstance(cell, dict) or cell.get("cell_type") == "code"
    )


def _content(text: str, path: Path) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        told = f"{error}." if isinstance(error, ValueError) else "It is nested too deep."
        raise NotebookRefused(f"{path} is not JSON, as a .ipynb is.", told, _AGAIN) from error
    if not isinstance(content, dict) or not isinstance(content.get("nbformat"), int):
        raise NotebookRefused(f"{path} is JSON and no notebook.", "It names no nbformat.", _AGAIN)
    if content["nbformat"] < 4:
        raise NotebookRefused(f"{path} is of nbformat {content['nbformat']}.", "Version 4 and later are read.", _AGAIN)
    if not isinstance(content.get("cells"), list):
        raise NotebookRefused(f"{path} has no list of cells.", "A notebook has one.", _AGAIN)
    return content


def _language(content: dict[str, Any]) -> str:
    """As the notebook says; Python where it says nothing."""
    metadata = _dict(content.get("metadata"))
    names = (_dict(metadata.get("language_info")).get("name"), _dict(metadata.get("kernelspec")).get("language"))
    return next((name.lower() for name in names if isinstance(name, str) and name), "python").replace(
        "ipython", "python"
    )


def _cell(number: int, cell: Any, path: Path) -> Cell:
    source = cell.get("source") if isinstance(cell, dict) else None
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise NotebookRefused(f"Cell {number} of {path} has no source.", "It is text, or a list of lines.", _AGAIN)
    tags = _dict(cell.get("metadata")).get("tags")
    known = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    if any("\ud800" <= letter <= "\udfff" for letter in "".join((source, *known))):
        raise NotebookRefused(f"Cell {number} of {path} holds half a character.", "It cannot be written down.", _AGAIN)
    count = cell.get("execution_count")
    executed = count if isinstance(count, int) and not isinstance(count, bool) else None
    return tagged(number, source.replace("\r\n", "\n"), known, executed)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
