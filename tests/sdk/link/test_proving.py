"""The green mark: only after a clean process made the notebook's numbers once more, and only until the next edit."""

import json
from pathlib import Path

import nbformat
import polars as pl
import pytest
from link_notebooks import SUMS, written

from andon_sdk.link.findings import analyse
from andon_sdk.link.proving import prove
from andon_sdk.link.reading import read
from andon_sdk.link.standing import Mark, keep, kept, path_of, standing, tolerances
from andon_sdk.link.stored import MIME, Stored
from andon_sdk.link.stored import read as shown_numbers

LOAD = "values = [1.0, 2.0]"


def mark(path):
    return standing(analyse(read(path)))


def with_output(path: Path, text: str, data: dict, counts=None) -> Path:
    """As Jupyter saves it, the metrics' cell last."""
    written(path.parent, text, path.name)
    book = nbformat.read(path, 4)
    book.cells[-1].outputs = [nbformat.v4.new_output("execute_result", data, execution_count=9)]
    for at, cell in enumerate(book.cells):
        cell.execution_count = counts[at] if counts else at + 1
    nbformat.write(book, path)
    return path


def test_proven_until_it_is_edited(tmp_path):
    path = written(tmp_path, SUMS)
    assert mark(path).state is Mark.UNPROVEN
    proof = prove(path)
    assert proof.state is Mark.PROVEN
    assert proof.metrics == proof.notebook == {"total": 18.0, "count": 6.0}
    assert (proof.against, proof.network, proof.differences, proof.failure) == ("first run", "shut off", (), "")
    assert mark(path) == proof
    path.write_text(path.read_text().replace("[1.0, 2.0]", "[1.0,  2.0]  # as before"))
    assert mark(path).state is Mark.PROVEN
    path.write_text(path.read_text().replace("2 *", "3 *"))
    assert mark(path).state is Mark.UNPROVEN
    assert path_of(path) == tmp_path / ".link" / "work.json"
    assert json.loads(path_of(path).read_text())["state"] == "proven"


def test_proven_against_what_the_notebook_shows(tmp_path):
    text = SUMS.replace('names = ["not", "numbers"]', "total, count")
    proof = prove(with_output(tmp_path / "work.ipynb", text, {"text/plain": "(18.0, 6)"}))
    assert (proof.state, proof.against, proof.notebook) == (Mark.PROVEN, "outputs", {"total": 18.0, "count": 6.0})


def test_what_the_notebook_shows_and_the_code_does_not_give(tmp_path):
    text = SUMS.replace('names = ["not", "numbers"]', '{"total": total}')
    path = with_output(tmp_path / "work.ipynb", text, {"text/plain": "{'total': 19.0}"}, [1, 2, 5, 4, 6, 7])
    proof = prove(path)
    assert proof.state is Mark.DIFFERS
    [difference] = proof.differences
    assert (difference.metric, difference.notebook, difference.proof) == ("total", 19.0, 18.0)
    assert difference.cause == (
        "Cell 4 was last run before cell 3, which stands above it: run all cells in order, and save."
    )
    assert str(difference).startswith("total: 19 in the notebook, 18 in the proof. Cell 4")
    assert mark(path).state is Mark.DIFFERS


@pytest.mark.parametrize(
    ("imports", "load", "cause"),
    [
        (
            "import numpy as np",
            "values = [float(np.random.normal())]",
            "load draws random numbers of numpy and sets no seed, so that each run gives another total: "
            "set one in that step.",
        ),
        ("import json", "values = [float(next(iter({str(each) for each in range(50)})))]", "Two runs of the same code"),
    ],
    ids=["numpy", "set"],
)
def test_what_is_not_pinned_down_is_found_out(imports, load, cause, tmp_path):
    proof = prove(written(tmp_path, SUMS.replace("import json", imports).replace(LOAD, load)))
    assert proof.state is Mark.DIFFERS
    assert [each.metric for each in proof.differences] == ["total"]
    assert proof.differences[0].cause.startswith(cause)


def test_a_seed_of_the_notebooks_own_pins_it_down(tmp_path):
    text = SUMS.replace("import json", "import random").replace(LOAD, "random.seed(3)\nvalues = [random.random()]")
    assert prove(written(tmp_path, text)).state is Mark.PROVEN


@pytest.mark.parametrize(
    ("load", "said"),
    [
        ("values = [float(open('gone.txt').read())]", "The proof runs in an empty folder"),
        (
            "import socket\nhost = '.'.join('1921')\nsocket.create_connection((host, 9), 1)\nvalues = []",
            "NetworkUsed: it reached for the host 1.9.2.1. The proof has no network",
        ),
        ("import os\nvalues = [float(os.environ['MY_RATE'])]", "KeyError: 'MY_RATE'"),
    ],
    ids=["file", "network", "environment"],
)
def test_what_a_clean_process_does_not_have_is_named(load, said, tmp_path, monkeypatch):
    monkeypatch.setenv("MY_RATE", "2.5")
    proof = prove(written(tmp_path, SUMS.replace(LOAD, load)))
    assert (proof.state, proof.metrics) == (Mark.FAILED, {})
    assert said in proof.failure


def test_a_notebook_of_which_no_pipeline_can_be_made_is_not_tried(tmp_path):
    proof = prove(written(tmp_path, SUMS.replace(LOAD, "values = [unheard_of]")))
    assert proof.state is Mark.FAILED
    assert proof.failure.startswith("Cell 3, line 1: ")
    assert "unheard_of" in proof.failure
    without = SUMS.partition('# %% tags=["metrics"]')[0]
    assert "no metrics" in prove(written(tmp_path, without)).failure


def test_rows_are_pinned_by_digest(tmp_path):
    rows = tmp_path / "rows.parquet"
    pl.DataFrame({"x": [1.0, 2.0]}).write_parquet(rows)
    text = SUMS.replace("import json", "import polars as pl").replace(
        LOAD, 'values = pl.read_parquet("rows.parquet")["x"].to_list()'
    )
    path = written(tmp_path, text)
    proof = prove(path)
    assert (proof.state, proof.metrics["total"]) == (Mark.PROVEN, 18.0)
    assert list(proof.files) == ["rows.parquet"]
    assert len(proof.snapshot) == len(proof.files["rows.parquet"]) == 64
    pl.DataFrame({"x": [1.0, 2.5]}).write_parquet(rows)
    assert mark(path).state is Mark.UNPROVEN
    other = tmp_path / "other.parquet"
    pl.DataFrame({"x": [5.0]}).write_parquet(other)
    assert prove(path, {"rows.parquet": other}).metrics == {"total": 30.0, "count": 3.0}


def test_tolerance_is_stated(tmp_path):
    text = SUMS.replace("total = sum(doubled)", "total: float = sum(doubled)  # tolerance: 0.1").replace(
        'names = ["not", "numbers"]', "total, count"
    )
    path = with_output(tmp_path / "work.ipynb", text, {"text/plain": "(19.0, 6)"})
    assert tolerances(analyse(read(path))) == {"total": 0.1, "count": 1e-6}
    assert prove(path).state is Mark.PROVEN
    assert prove(path, tolerance={"total": 0.01}).state is Mark.DIFFERS
    assert mark(path).state is Mark.UNPROVEN, "it was of another tolerance"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', '{"format": 1, "state": "proven", "key": 3}'])
def test_a_mark_that_nobody_wrote_proves_nothing(text, tmp_path):
    path = written(tmp_path, SUMS)
    path_of(path).parent.mkdir()
    path_of(path).write_text(text)
    assert mark(path).state is Mark.UNPROVEN


def test_a_proof_whose_process_is_gone_is_none(tmp_path):
    path = written(tmp_path, SUMS)
    proof = prove(path)
    last = kept(path)
    assert last == proof
    from dataclasses import replace

    keep(path, replace(proof, state=Mark.PROVING, process=2**22 + 1))
    assert mark(path).state is Mark.UNPROVEN


@pytest.mark.parametrize(
    ("shown", "last", "numbers"),
    [
        ("0.93", "auc", {"auc": Stored(0.93)}),
        ("np.float64(0.93)", "auc", {"auc": Stored(0.93)}),
        ("tensor(-0.9312)", "auc", {"auc": Stored(-0.9312, 0.5e-4)}),
        ("{'auc': 0.93, 'n': np.int64(3), 'x': 1}", "dict(auc=auc, n=n, x=1)", {"auc": Stored(0.93), "n": Stored(3.0)}),
        ("(0.5, -inf)", "auc, n", {"auc": Stored(0.5), "n": Stored(float("-inf"))}),
        ("(0.5, 3)", "auc, 3", {"auc": Stored(0.5)}),
        ("(0.5, 3, 4)", "auc, n", {}),
        ("<Figure size 640x480>", "plot()", {}),
        ("0.93", "auc = 0.93", {}),
        ("'0.93'", "auc", {}),
    ],
)
def test_numbers_are_read_from_what_is_shown(shown, last, numbers):
    assert shown_numbers(shown, f"auc = 1\n{last}", ("auc", "n")) == numbers


def test_numbers_that_the_extension_kept_have_all_their_digits(tmp_path):
    path = with_output(
        tmp_path / "work.ipynb", SUMS, {MIME: {"total": 18.000000001, "side": 1}, "text/plain": "Metrics"}
    )
    proof = prove(path)
    assert (proof.state, proof.notebook) == (Mark.PROVEN, {"total": 18.000000001})
