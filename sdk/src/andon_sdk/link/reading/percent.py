"""Cells of Python's text after `# %%` lines, as jupytext, Spyder and VS Code write them."""

import json
import re
from pathlib import Path

from andon_sdk.link.contracts import Cell
from andon_sdk.link.reading.errors import NotebookRefused
from andon_sdk.link.reading.tags import tagged

_MARK = re.compile(r"#\s*%%(?:%*)(?:\s+(?P<told>.*))?\s*")
_KIND = re.compile(r"\[(markdown|md|raw)\]")
_TAGS = re.compile(r"\btags\s*=\s*(\[[^\]]*\])|\"tags\"\s*:\s*(\[[^\]]*\])")
_HEADER = re.compile(r"\A(?:#!.*\n)?# ---\n(?:#.*\n)*?# ---\n")


def percent_cells(text: str, path: Path) -> tuple[Cell, ...]:
    """Its cells of code, numbered with cells of text. What stands before the first mark is a cell of its own, if it is
    more than comments. Raises `NotebookRefused` for a text without marks."""
    found: list[tuple[str, list[str]]] = [("", [])]
    header = _HEADER.match(text)
    for line in text[header.end() if header else 0 :].split("\n"):
        if mark := _MARK.fullmatch(line):
            found.append((mark["told"] or "", []))
        else:
            found[-1][1].append(line)
    if len(found) == 1:
        raise NotebookRefused(
            f"{path} is Python without cells.", "No line begins with # %%.", "Put a line # %% before each cell."
        )
    if not any(line.strip() and not line.lstrip().startswith("#") for line in found[0][1]):
        del found[0]
    return tuple(
        tagged(number, "\n".join(lines).strip("\n"), _tags(told))
        for number, (told, lines) in enumerate(found, 1)
        if not _KIND.search(told)
    )


def _tags(told: str) -> list[str]:
    mark = _TAGS.search(told)
    if mark is None:
        return []
    try:
        tags = json.loads((mark[1] or mark[2]).replace("'", '"'))
    except ValueError:
        return [mark[1] or mark[2]]
    return [tag for tag in tags if isinstance(tag, str)]
