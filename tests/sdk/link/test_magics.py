"""`%link` in a real kernel, as an engineer types it."""

import time

import pytest
from link_kernels import kernel
from link_notebooks import SUMS, written

from andon_sdk.link.magics import step_lines
from andon_sdk.link.stored import MIME

METRICS = 'total = sum(doubled)\ncount = len(doubled)\nnames = ["not", "numbers"]'


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("notebook")


@pytest.fixture(scope="module")
def jupyter(place):
    path = written(place, SUMS, "work.ipynb")
    with kernel(place, JPY_SESSION_NAME=str(path)) as started:
        assert started.run("%load_ext andon_sdk.link")[0]["text/plain"] == "work.ipynb is watched."
        yield started


def text(shown):
    return shown[-1]["text/plain"]


def test_the_graph_is_a_picture_that_is_told_in_words_too(jupyter):
    [shown] = jupyter.run("%link graph")
    assert shown["text/plain"] == (
        "○ load: waiting\n○ double after load: waiting\n○ other: waiting\n○ metrics after double: waiting"
    )
    assert shown["text/html"].startswith('<svg xmlns="http://www.w3.org/2000/svg" role="img"')
    assert "<desc>○ load: waiting\n○ double after load: waiting" in shown["text/html"]
    assert "script" not in shown["text/html"]


def test_a_run_is_seen_while_it_runs(jupyter):
    shown = jupyter.run("%link run epochs=2")
    assert "▶ load: running" in [line for each in shown for line in each["text/plain"].split("\n")]
    assert text(shown).endswith("Metrics\nmetric  value\ntotal   12\ncount   4")
    again = jupyter.run("%link run epochs=4")
    assert "✓ load: cached, 0.00 s when it ran" in text(again)
    assert "✓ double after load: done" in text(again)
    assert text(jupyter.run("%link graph")).startswith(
        "✓ load: cached, 0.00 s when it ran\n○ double after load: waiting"
    )


def test_other_words(jupyter, place):
    checked = text(jupyter.run("%link check")).split("\n")
    assert checked[0] == "1 found, 0 of them in the way of a pipeline."
    assert checked[2].split()[:4] == ["6", "1", "warning", "recipe-missing"]
    assert "def pipeline(*, epochs: int = 3) -> dict[str, float]:" in text(jupyter.run("%link generate"))
    jupyter.run("%link generate pipeline.py")
    assert "def double(values, *, epochs: int = 3):" in (place / "pipeline.py").read_text()
    shown = text(jupyter.run("%link search epochs=1,2 --metric total --max"))
    assert "2 of 2 trials ended with total; the greatest first.\ntrial  epochs  total" in shown
    for line, said in {
        "%link run epochs=x": "epochs takes a whole number, and 'x' is none.",
        "%link fly": "invalid choice: 'fly'",
        "%link --file gone.ipynb check": "gone.ipynb is no file: name the notebook, %link --file work.ipynb.",
        "%link search epochs=1 --metric auc --max": "The notebook has no metric auc. It has total, count.",
    }.items():
        assert said in text(jupyter.run(line))


def test_each_save_is_compiled_and_a_proof_is_kept(jupyter, place):
    assert text(jupyter.run("%link")) == "○ unproven"
    assert "✓ proven (against a first run, network shut off" in text(jupyter.run("%link prove"))
    assert "✓ proven (" in text(jupyter.run("%link"))
    began = time.monotonic()
    written(place, SUMS.replace("sum(doubled)", "sum(doubles)"), "work.ipynb")
    assert "doubles" in jupyter.until("doubles")["text/plain"]
    assert time.monotonic() - began < 10
    jupyter.run("%link auto on")
    written(place, SUMS.replace("2 * each", "5 * each"), "work.ipynb")
    assert "total   45" in jupyter.until("✓ proven (")["text/plain"]
    jupyter.run("%link auto off")


def test_numbers_of_metrics_are_kept_with_all_their_digits(jupyter, place):
    written(place, SUMS, "work.ipynb")
    assert jupyter.run("doubled = [0.1, 0.2]") == []
    [shown] = jupyter.run(METRICS)
    assert shown[MIME] == {"total": 0.30000000000000004, "count": 2.0}
    assert shown["text/plain"] == "Metrics\nmetric  value\ntotal   0.3\ncount   2"


def test_a_step_may_be_tagged_in_its_first_line(jupyter):
    assert jupyter.run("%%step clean\nkept = 1") == []
    assert text(jupyter.run("kept")) == "1"
    assert step_lines(["%%step clean\n", "a = 1"]) == ["# %%step clean\n", "a = 1"]
    assert step_lines(["%%time\n"]) == ["%%time\n"]


def test_an_interrupted_run_leaves_nothing_behind(jupyter, place):
    written(place, SUMS.replace("side = 5", "import time\ntime.sleep(60)\nside = 5"), "work.ipynb")
    asked = jupyter.client.execute("%link run epochs=7")
    jupyter.until("▶ other")
    jupyter.interrupt()
    assert "KeyboardInterrupt" in jupyter.ended(asked)
    assert text(jupyter.run("1 + 1")) == "2"


def test_it_is_taken_away_again(jupyter):
    assert jupyter.run("%unload_ext andon_sdk.link") == []
    assert "not found" in text(jupyter.run("%link"))
