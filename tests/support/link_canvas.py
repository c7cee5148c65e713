"""Notebooks in the format that Link of MakinaRocks writes, of our own."""

import json
from pathlib import Path
from typing import Any


def component(name: str, source: str, *parents: str, **canvas: Any) -> dict[str, Any]:
    """A cell of code that is a component; its id is its name with a dash before it."""
    edges = [{"id": f"-{parent}", "name": parent} for parent in parents]
    return cell(source, id=f"-{name}", isComponent=True, name=name, parents=edges, **canvas)


def cell(source: str, kind: str = "code", **canvas: Any) -> dict[str, Any]:
    told = {
        "comments": [], "componentType": "CodeCell", "copiedOriginId": None, "diskcache": False,
        "headerColor": "inherit", "id": f"id of {source[:9]}", "isComponent": False, "name": "", "parents": [],
    }  # fmt: skip
    code = {"execution_count": 3, "outputs": [{"output_type": "stream", "name": "stdout", "text": ["12"]}]}
    return {
        "cell_type": kind,
        "id": "c",
        "metadata": {"canvas": told | canvas, "tags": []},
        "source": source.splitlines(keepends=True),
        **(code if kind == "code" else {}),
    }


def written(folder: Path, *cells: dict[str, Any], parameters: list[Any] | None = None) -> Path:
    """Writes a notebook of these cells and parameters, and says where."""
    book = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"canvas": {"parameters": parameters or [], "version": "1.0"}},
        "cells": list(cells),
    }
    path = folder / "canvas.ipynb"
    path.write_text(json.dumps(book))
    return path
