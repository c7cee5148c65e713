"""`andon-sdk link`: findings and graphs of notebooks for people and programs."""

import json

import pytest

from andon_sdk.command import main

GOOD = """\
# %% tags=["imports"]
import statistics

# %% tags=["parameters"]
window: int = 3

# %% tags=["step:load"]
rows = [1, 2, 3]

# %% tags=["step:smooth"]
smooth = [sum(rows[at : at + window]) for at in range(len(rows))]

# %% tags=["metrics"]
mean = statistics.mean(smooth)
"""


@pytest.fixture
def notebook(tmp_path):
    path = tmp_path / "n.py"
    path.write_text(GOOD)
    return path


def test_a_notebook_without_errors_is_well(notebook, capsys):
    assert main(["link", "check", str(notebook)]) == 0
    told = capsys.readouterr().out
    assert told.startswith("! cell 5, line 1: recipe-missing: No step binds `recipe`.\n")
    assert told.endswith("✓ A pipeline of 2 steps can be made; 1 warning.\n")


def test_findings_name_cell_line_why_and_fix(notebook, capsys):
    notebook.write_text(GOOD.replace("rows = [1, 2, 3]", "rows = [1, scale]"))
    assert main(["link", "check", str(notebook)]) == 1
    assert capsys.readouterr().out.split("! ")[0] == (
        "✗ cell 3, line 1: undefined-name: `scale` is read in *load* and bound in no cell.\n"
        "    It lives in the memory of the kernel alone, and is gone at the next start.\n"
        "    Fix: Bind `scale` in a step above, or take the line out: the cell that bound it was deleted or renamed.\n"
    )
    assert main(["link", "check", str(notebook), "--json"]) == 1
    first = json.loads(capsys.readouterr().out)[0]
    assert (first["rule"], first["severity"], first["cell"], first["line"]) == ("undefined-name", "error", 3, 1)


def test_the_graph_for_people_programs_and_as_a_picture(notebook, capsys):
    assert main(["link", "graph", str(notebook)]) == 0
    assert capsys.readouterr().out == (
        "parameter window: int = 3\n"
        "load (cells 3)\n    gives rows\n"
        "smooth (cells 4)\n    takes rows\n    from load\n    reads window\n    gives smooth\n"
        "metrics (cells 5)\n    takes smooth\n    from smooth\n    gives mean\n"
    )
    assert main(["link", "graph", str(notebook), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["parameters"][0]["kind"] == "int"
    assert [step["name"] for step in told["steps"]] == ["load", "smooth"]
    assert main(["link", "graph", str(notebook), "--mermaid"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "flowchart LR",
        '    s0["load"]',
        '    s1["smooth"]',
        '    s0 -- "rows" --> s1',
        '    s2["metrics"]',
        '    s1 -- "smooth" --> s2',
    ]


def test_what_is_no_notebook_is_said(tmp_path, capsys):
    assert main(["link", "check", str(tmp_path / "none.ipynb")]) == 2
    assert "none.ipynb cannot be read. No such file or directory." in capsys.readouterr().err


def test_a_run_prints_its_metrics(notebook, capsys):
    assert main(["link", "run", str(notebook), "window=2"]) == 0
    assert capsys.readouterr().out.endswith("Metrics\nmetric  value\nmean    3.6666667\n")
    assert main(["link", "run", str(notebook), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["metrics"] == {"mean": 14 / 3}
    assert [(each["step"], each["state"]) for each in told["steps"]] == [
        ("load", "cached"),
        ("smooth", "done"),
        ("metrics", "done"),
    ]


def test_a_run_that_fails_says_where(notebook, capsys):
    notebook.write_text(GOOD.replace("rows = [1, 2, 3]", "rows = [1, 2, 3]\n1 / 0"))
    assert main(["link", "run", str(notebook)]) == 1
    assert "load failed (cell 3, line 2): ZeroDivisionError: division by zero" in capsys.readouterr().out


def test_a_proof_is_kept_beside_the_notebook(notebook, capsys):
    assert main(["link", "prove", str(notebook), "--json", "--tolerance", "mean=1e-3"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["metrics"], told["tolerance"]) == ("proven", {"mean": 14 / 3}, {"mean": 1e-3})
    assert json.loads((notebook.parent / ".link" / "n.json").read_text())["state"] == "proven"


def test_the_module_is_written(notebook, tmp_path, capsys):
    assert main(["link", "generate", str(notebook), "--into", str(tmp_path / "p.py")]) == 0
    scope: dict = {}
    exec((tmp_path / "p.py").read_text(), scope)
    assert scope["pipeline"](window=2) == {"mean": 11 / 3}


def test_a_search_prints_the_best_first(notebook, capsys):
    assert main(["link", "search", str(notebook), "window=1,2", "--metric", "mean", "--max"]) == 0
    lines = capsys.readouterr().out.split("\n")
    assert lines[0] == "2 of 2 trials ended with mean; the greatest first."
    assert lines[2].split()[:3] == ["2", "2", "3.6666667"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "window=x"], "window takes a whole number, and 'x' is none."),
        (["run", "wide=1"], "'wide=1' is no parameter=value of this notebook. It has window."),
        (["prove", "--file", "../a=b"], "--file ../a=b: write NAME=PATH"),
        (["prove", "--tolerance", "mean"], "mean is no tolerance: write auc=1e-3."),
        (["search", "window=1", "--metric", "auc", "--min"], "The notebook has no metric auc. It has mean."),
    ],
)
def test_what_cannot_be_done_is_said(words, said, notebook, capsys):
    assert main(["link", words[0], str(notebook), *words[1:]]) == 2
    assert said in capsys.readouterr().err
