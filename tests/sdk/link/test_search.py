"""A search over parameters: what is asked for, what is shared, what is said of trials that fail."""

import signal
import threading

import pytest
from link_graphs import EPOCHS
from link_notebooks import SUMS, analysed

from andon_sdk.link.contracts import LinkParameter
from andon_sdk.link.given import ParameterRefused
from andon_sdk.link.search import Range, drawn, grid, search, space
from andon_sdk.link.shown import found

RATE = LinkParameter("rate", float, 1e-3, low=1e-5, high=1.0)
KIND = LinkParameter("kind", str, "mean", choices=("mean", "median"))
SMALL = LinkParameter("small", bool, False)
KNOWN = (EPOCHS, RATE, KIND, SMALL)


def test_a_grid_is_all_combinations():
    meant = space(["epochs=20,60", "rate=1e-4..1e-2:3", "small=true,false"], KNOWN)
    assert meant == {"epochs": (20, 60), "rate": Range(1e-4, 1e-2, 3), "small": (True, False)}
    trials = grid(meant, KNOWN)
    assert len(trials) == 12
    assert trials[0] == {"epochs": 20, "rate": 1e-4, "small": True}
    assert [each["rate"] for each in trials[::2][:3]] == [1e-4, 1e-3, 1e-2]
    assert grid(space(["epochs=1..5:5"], KNOWN), KNOWN) == [{"epochs": each} for each in (1, 2, 3, 4, 5)]


def test_chance_is_the_same_for_the_same_seed():
    meant = space(["rate=0.2..0.4", "kind=mean,median", "epochs=1..200"], KNOWN)
    trials = drawn(meant, KNOWN, 40, seed=3)
    assert trials == drawn(meant, KNOWN, 40, seed=3)
    assert trials != drawn(meant, KNOWN, 40, seed=4)
    assert all(0.2 <= each["rate"] <= 0.4 and type(each["epochs"]) is int for each in trials)
    assert {each["kind"] for each in trials} == {"mean", "median"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["epoch=1"], "'epoch=1' is no parameter=values of this notebook. It has epochs, rate, kind, small."),
        (["epochs=1,x"], "epochs takes a whole number, and 'x' is none."),
        (["epochs=0"], "epochs = 0 is outside of its range, 1 to 200."),
        (["rate=0.1..2:3"], "rate = 2 is outside of its range, 1e-05 to 1."),
        (["rate=0.5..0.1:3"], "its low end comes first"),
        (["rate=1e-4.."], "write 1e-4..1e-2:8"),
        (["kind=mode"], "kind is one of mean, median, and 'mode' is none of them."),
        (["rate=0.1..0.2"], "How many values of rate? Write 0.1..0.2:8, or --random."),
        (["epochs=1..200:200", "rate=0.1..0.9:100"], "These are 20,000 trials, and at most 1,000 are run"),
    ],
)
def test_what_cannot_be_searched_is_refused(words, said):
    with pytest.raises(ParameterRefused) as error:
        grid(space(words, KNOWN), KNOWN)
    assert said in str(error.value)


def test_trials_share_their_steps_and_the_best_comes_first(tmp_path):
    text = SUMS.replace("* epochs", "* epochs\nassert epochs != 2, 'two is none'")
    one = analysed(tmp_path, text)
    meant = space(["epochs=1,2,3,4"], one.graph.parameters)
    told = []
    trials = grid(meant, one.graph.parameters)
    folder = tmp_path / "cache"
    came = search(one, trials, "total", greatest=True, folder=folder, at_once=2, told=told.append)
    assert sorted(each.number for each in told) == [1, 2, 3, 4]
    assert [each.parameters["epochs"] for each in came.ranked] == [4, 3, 1, 2]
    assert came.best is not None
    assert came.best.metrics == {"total": 24.0, "count": 8.0}
    failed = came.trials[1]
    assert str(failed.failure) == "double failed (cell 4, line 2): AssertionError: two is none"
    assert sum(each.cached for each in came.trials) == 5, "load once, other once, each for three others but the failed"
    shown = found(came, meant)
    assert "3 of 4 trials ended with total; the greatest first." in shown.text
    assert "two is none" in shown.text
    assert shown.html.count("<circle") == 3
    again = search(one, trials, "total", greatest=False, folder=folder)
    assert again.best is not None
    assert again.best.metrics["total"] == 6.0
    assert [each.cached for each in again.trials] == [4, 1, 4, 4]


def test_a_metric_that_is_none_is_refused_before_anything_runs(tmp_path):
    one = analysed(tmp_path, SUMS)
    with pytest.raises(ParameterRefused, match="no metric auc"):
        search(one, [{"epochs": 1}], "auc", greatest=True, folder=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


@pytest.fixture
def interruptible():
    """As in a terminal: who runs tests in the background may have them ignore interrupts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_ends_what_runs_and_keeps_what_there_is(tmp_path):
    text = SUMS.replace("import json", "import time").replace("* epochs", "* epochs\nif epochs > 1: time.sleep(60)")
    one = analysed(tmp_path, text)

    def interrupt(_):
        threading.Timer(0.3, signal.raise_signal, (signal.SIGINT,)).start()

    trials = [{"epochs": 1}, {"epochs": 2}, {"epochs": 3}]
    came = search(one, trials, "total", greatest=True, folder=tmp_path / "cache", told=interrupt)
    assert [(each.number, each.cancelled, each.metrics.get("total")) for each in came.trials] == [
        (1, False, 6.0),
        (2, True, None),
    ]
    assert came.asked == 3
    assert "1 of 3 trials ended" in found(came, {"epochs": (1, 2, 3)}).text
