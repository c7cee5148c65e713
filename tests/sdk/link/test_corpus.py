"""Notebooks with mistakes are told all of them, at cell and line, and nothing else; good ones are told nothing.

A line that ends in `# finds: rule` must be found by that rule. A rule that is told at a cell's first line stands there.
"""

import re
import sys
from pathlib import Path

import pytest

from andon_sdk.link.contracts import Notebook
from andon_sdk.link.findings import analyse
from andon_sdk.link.packages import Packages
from andon_sdk.link.reading import read

CORPUS = Path(__file__).with_name("corpus")
GOOD = sorted((CORPUS / "good").iterdir())
BAD = sorted(path for path in (CORPUS / "bad").iterdir() if path.stem != "corpus_helpers")
MARK = re.compile(r"# finds: (.*)")
THERE = {"joblib", "lightgbm", "matplotlib", "marimo", "numpy", "pandas", "polars", "pyarrow", "requests", "scipy"}
THERE |= {"sklearn", "torch", "tqdm", "matplotlib_lookalike"}


class Usual(Packages):
    """What is there, whatever is installed here."""

    def has(self, name: str) -> bool:
        return name in THERE or name in sys.stdlib_module_names


def expected(notebook: Notebook) -> list[tuple[str, int, int]]:
    return sorted(
        (rule, cell.number, line)
        for cell in notebook.cells
        for line, text in enumerate(cell.source.split("\n"), 1)
        for mark in MARK.findall(text)
        for rule in mark.split(", ")
    )


def found(notebook: Notebook) -> list[tuple[str, int, int]]:
    return sorted((each.rule, each.cell, each.line) for each in analyse(notebook, Usual()).findings)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_mistakes_are_found_where_they_are(path):
    notebook = read(path)
    assert found(notebook) == expected(notebook)


def test_good_notebooks_are_told_nothing():
    told = {path.name: found(read(path)) for path in GOOD}
    false = {name: findings for name, findings in told.items() if findings}
    assert false == {}, f"{len(false)} of {len(GOOD)} notebooks ({len(false) / len(GOOD):.0%}) have a false finding."


def test_there_are_enough_of_them():
    assert len(BAD) >= 40
    assert len(GOOD) >= 20
