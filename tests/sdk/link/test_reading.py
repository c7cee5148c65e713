"""Files of three forms become the same notebook; what is none is refused with what, why and what next."""

import json
from pathlib import Path

import pytest

from andon_sdk.link.contracts import Cell, Form, Role
from andon_sdk.link.reading import NotebookRefused, parse, read

PERCENT = '''\
# ---
# jupyter:
#   kernelspec: {}
# ---

# %% tags=["imports"]
import polars as pl

# %% [markdown]
# # Wear

# %% Cleaning tags=["step:clean", "slow"]
text = """
# not a mark
"""
%matplotlib inline

# %%
# %%step plot
print(text)

# %%
left = 1
'''
MARIMO = '''\
import marimo

app = marimo.App(width="medium")

with app.setup:
    import polars as pl


@app.function
def double(x):
    return 2 * x


@app.cell(hide_code=True)
def _(mo):
    mo.md("""# Wear""")
    return


@app.cell
def clean(double):
    # what is kept
    text = """
not indented
    """
    if text:
        kept = double(text)
    return (kept,)


@app.cell
def _():
    # step: plot
    print(1)
    return


@app.cell
def metrics():
    total = 1.0
    return


if __name__ == "__main__":
    app.run()
'''


def jupyter(*cells: dict, **metadata: object) -> str:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": list(cells)})


def code(source: str | list[str], *tags: str, count: int | None = None) -> dict:
    return {"cell_type": "code", "source": source, "metadata": {"tags": list(tags)}, "execution_count": count}


def test_jupyter_counts_cells_as_people_do():
    text = {"cell_type": "markdown", "source": "# Wear"}
    found = parse(
        jupyter(
            text,
            code(["a = 1\n", "b = 2"], "step:clean", count=7),
            text,
            code("%%step plot\nprint(1)"),
            code("x", "hide"),
        ),
        Path("n.ipynb"),
    )
    assert found.form is Form.JUPYTER
    assert found.cells == (
        Cell(2, "a = 1\nb = 2", Role.STEP, "clean", 7, ("step:clean",)),
        Cell(4, "%%step plot\nprint(1)", Role.STEP, "plot", None, ("step:plot",)),
        Cell(5, "x", Role.SKIP, None, None, ("hide",)),
    )


def test_python_with_marks():
    found = parse(PERCENT, Path("n.py"))
    assert found.form is Form.PYTHON
    assert found.cells == (
        Cell(1, "import polars as pl", Role.IMPORTS, tags=("imports",)),
        Cell(
            3,
            'text = """\n# not a mark\n"""\n%matplotlib inline',
            Role.STEP,
            "clean",
            tags=("step:clean", "slow"),
        ),
        Cell(4, "# %%step plot\nprint(text)", Role.STEP, "plot", tags=("step:plot",)),
        Cell(5, "left = 1", Role.SKIP),
    )


def test_what_stands_before_the_first_mark_is_a_cell():
    found = parse("x = 1\n# %%\ny = 2\n", Path("n.py"))
    assert [(cell.number, cell.source) for cell in found.cells] == [(1, "x = 1"), (2, "y = 2")]


def test_marimo_by_its_syntax():
    found = parse(MARIMO, Path("n.py"))
    assert found.form is Form.MARIMO
    assert found.cells == (
        Cell(1, "import polars as pl", Role.IMPORTS, tags=("imports",)),
        Cell(2, "def double(x):\n    return 2 * x", Role.IMPORTS, tags=("imports",)),
        Cell(
            4,
            '# what is kept\ntext = """\nnot indented\n    """\nif text:\n    kept = double(text)',
            Role.STEP,
            "clean",
            tags=("step:clean",),
        ),
        Cell(5, "# step: plot\nprint(1)", Role.STEP, "plot", tags=("step:plot",)),
        Cell(6, "total = 1.0", Role.METRICS, tags=("metrics",)),
    )


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("n.ipynb", "{", "n.ipynb is not JSON"),
        ("n.ipynb", "[" * 100_000, "It is nested too deep"),
        ("n.ipynb", "[]", "is JSON and no notebook"),
        ("n.ipynb", '{"nbformat": 4}', "has no list of cells"),
        ("n.ipynb", '{"nbformat": 3, "worksheets": []}', "is of nbformat 3"),
        ("n.ipynb", '{"nbformat": 4, "cells": [7]}', "Cell 1 of n.ipynb has no source"),
        ("n.ipynb", jupyter(code([1, 2])), "Cell 1 of n.ipynb has no source"),  # type: ignore[list-item]
        ("n.ipynb", jupyter(code(b"a = '\\ud800'".decode("unicode_escape"))), "Cell 1 of n.ipynb holds half"),
        ("n.ipynb", jupyter(code("#" * 2_100_000)), "n.ipynb has 2,100,000 characters of code"),
        ("n.py", "# %%\n" * 500_000, "n.py has 2,500,000 characters of code"),
        ("n.ipynb", jupyter(kernelspec={"language": "R"}), "is written in r"),
        ("n.py", "x = 1\n", "is Python without cells"),
        ("n.py", "import marimo\napp = marimo.App()\n@app.cell\ndef _(:\n", "is not Python (line 4"),
        ("n.txt", "x", "Its name ends neither in .ipynb nor in .py"),
    ],
    ids=lambda each: each[:30],
)
def test_what_is_no_notebook_is_refused(name, text, said):
    with pytest.raises(NotebookRefused) as refused:
        parse(text, Path(name))
    assert said in str(refused.value)
    assert all((refused.value.what, refused.value.why, refused.value.fix))


def test_files_that_cannot_be_read_are_refused(tmp_path):
    (tmp_path / "n.ipynb").write_bytes(b"\xff\xfe")
    for path, said in (
        (tmp_path / "n.ipynb", "not text in UTF-8"),
        (tmp_path, "is no file"),
        (tmp_path / "x.py", "No such"),
    ):
        with pytest.raises(NotebookRefused) as refused:
            read(path)
        assert said in str(refused.value)


def test_a_file_is_read(tmp_path):
    (tmp_path / "n.py").write_text("\ufeff# %%\r\nx = 1\r\n", encoding="utf-8")
    assert [cell.source for cell in read(tmp_path / "n.py").cells] == ["x = 1"]
