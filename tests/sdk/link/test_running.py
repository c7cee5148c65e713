"""A run by steps: only what changed runs again, and a failure names the notebook's own cell."""

import json
import time
from pathlib import Path

import pytest
from link_graphs import graph, numbers, step
from link_notebooks import SUMS, analysed

from andon_sdk.link.given import ParameterRefused
from andon_sdk.link.process import Place
from andon_sdk.link.running import State, known, run

STATES = {"w": State.WAITING, "c": State.CACHED, "d": State.DONE, "f": State.FAILED}


def states(outcome):
    progress = outcome.progress if hasattr(outcome, "progress") else outcome
    letters = {state: letter for letter, state in STATES.items()}
    return "".join(letters[each.state] for each in progress)


def test_each_step_says_how_it_stands(tmp_path):
    told = []
    outcome = run(numbers(), {}, tmp_path, told=told.append)
    assert outcome.metrics == {"total": 18.0, "count": 6.0}
    assert outcome.failure is None
    of_load = [each[0].state for each in told]
    assert list(dict.fromkeys(of_load)) == [State.WAITING, State.RUNNING, State.DONE]
    assert [each.step for each in outcome.progress] == ["load", "double", "other", "metrics"]
    assert all(each.seconds is not None for each in outcome.progress)


def changed(**change):
    made = numbers(**change.pop("whole", {}))
    steps = [change.get(each.name, each) for each in made.steps]
    return graph(*steps, imports=made.imports, metrics=change.get("metrics", made.metrics))


@pytest.mark.parametrize(
    ("other", "parameters", "again"),
    [
        (numbers(), {}, "cccc"),
        (numbers(), {"epochs": 3}, "cccc"),
        (numbers(), {"epochs": 4}, "cdcd"),
        (changed(load=step("load", "values = [1.0,   2.0]  # the same", gives="values")), {}, "cccc"),
        (changed(load=step("load", "values = [1.0, 2.5]", gives="values")), {}, "ddcd"),
        (changed(load=step("load", "values = [3.0 - 2.0, 2.0]", gives="values")), {}, "dccc"),
        (changed(other=step("other", "side = 6", gives="side")), {}, "ccdc"),
        (numbers(imports="import json"), {}, "cccc"),
        (numbers(imports="import json\njson.loads('1')"), {}, "dddd"),
    ],
    ids=["nothing", "default", "parameter", "layout", "code", "same-value", "side", "unused-import", "effect"],
)
def test_only_what_changed_runs_again(other, parameters, again, tmp_path):
    run(numbers(), {}, tmp_path)
    assert states(known(other, parameters, tmp_path)).rstrip("w") == again.partition("d")[0]
    outcome = run(other, parameters, tmp_path)
    assert (outcome.failure, states(outcome)) == (None, again)


def test_helpers_of_the_imports_count_for_whom_they_are(tmp_path):
    def made(helper):
        return graph(
            step("one", "a = near(1)", gives="a"),
            step("two", "b = 1", gives="b"),
            imports=f"BY = {helper}\n\ndef near(x):\n    return x + BY",
            metrics=step("metrics", "c = a + b", "a b", "c"),
        )

    assert run(made(2), {}, tmp_path).metrics == {"c": 4.0}
    outcome = run(made(3), {}, tmp_path)
    assert (outcome.metrics, states(outcome)) == ({"c": 5.0}, "dcd")


def test_a_function_that_is_handed_over_brings_what_it_stands_on(tmp_path):
    def made(by):
        return graph(
            step("define", "def f(x):\n    return g(x)", gives="f"),
            step("use", "a = f(1)", "f", "a", "", "define"),
            imports=f"def g(x):\n    return x + {by}",
            metrics=step("metrics", "b = a", "a", "b", "", "use"),
        )

    assert run(made(1), {}, tmp_path).metrics == {"b": 2.0}
    assert run(made(5), {}, tmp_path).metrics == {"b": 6.0}


def test_a_file_that_is_named_counts(tmp_path):
    (tmp_path / "rows.txt").write_text("3")
    text = SUMS.replace("[1.0, 2.0]", '[float(open("rows.txt").read())]')
    one = analysed(tmp_path, text)
    assert run(one.graph, {}, tmp_path / "cache", notebook=one.notebook).metrics["total"] == 18.0
    (tmp_path / "rows.txt").write_text("4")
    outcome = run(one.graph, {}, tmp_path / "cache", notebook=one.notebook)
    assert (outcome.metrics["total"], states(outcome)) == (24.0, "ddcd")


def test_generators_of_random_numbers_go_from_step_to_step(tmp_path):
    """As in the notebook: a step draws what comes after what was drawn before it, from the cache or not."""

    def made(first):
        return graph(
            step("one", f"a = [random.random() for _ in range({first})]", gives="a"),
            step("two", "b = random.random()", gives="b"),
            step("three", "random.seed(4)\nc = random.random()", gives="c"),
            imports="import random\nrandom.seed(3)",
            metrics=step("metrics", "x = a[0]\ny = b\nz = c", "a b c", "x y z"),
        )

    import random

    random.seed(3)
    expected = [random.random() for _ in range(3)]
    random.seed(4)
    outcome = run(made(1), {}, tmp_path)
    assert outcome.metrics == {"x": expected[0], "y": expected[1], "z": random.random()}
    assert [each.drawn for each in outcome.progress] == [("python",)] * 3 + [()]
    assert run(made(2), {}, tmp_path).metrics["y"] == expected[2]
    outcome = run(made(1), {}, tmp_path)
    assert (outcome.metrics["y"], states(outcome)) == (expected[1], "cccc")


@pytest.mark.parametrize("harm", ["truncate", "swap", "delete", "record", "other-record"])
def test_a_cache_that_was_tampered_with_is_run_again(harm, tmp_path):
    made = graph(
        step("load", "values = np.arange(4.0)", gives="values"),
        step("more", "others = np.arange(5.0)", gives="others"),
        imports="import numpy as np",
        metrics=step("metrics", "total = (values.sum() + others.sum())", "values others", "total", "", "load more"),
    )
    before = run(made, {}, tmp_path)
    files = sorted((tmp_path / "values").iterdir())
    records = [each for each in tmp_path.glob("*.json") if "safetensors" in each.read_text()]
    if harm == "truncate":
        files[0].write_bytes(files[0].read_bytes()[:-1])
    elif harm == "swap":
        files[0].write_bytes(files[1].read_bytes())
    elif harm == "delete":
        files[0].unlink()
    elif harm == "record":
        records[0].write_text(records[0].read_text().replace('"scalar": false', '"scalar": true'))
    else:
        records[0].write_text(records[1].read_text())
    outcome = run(made, {}, tmp_path)
    assert outcome.metrics == before.metrics == {"total": 16.0}
    assert sorted(states(outcome)) == ["c", "c", "d"]


@pytest.mark.parametrize("name", ["work.py", "work.ipynb"])
def test_a_failure_names_cell_and_line(name, tmp_path):
    text = SUMS.replace(
        "doubled = [2 * each for each in values] * epochs",
        "scale = 1\n\n\n# %% tags=[\"step:double\"]\n%matplotlib inline\nprint('so far')\n\ndoubled = [scale / 0]",
    )
    one = analysed(tmp_path, text, name)
    outcome = run(one.graph, {}, tmp_path / "cache", notebook=one.notebook)
    failure = outcome.failure
    assert failure is not None
    assert (failure.step, failure.cell, failure.line) == ("double", 5, 4)
    assert str(failure) == "double failed (cell 5, line 4): ZeroDivisionError: division by zero"
    assert failure.printed == "so far\n"
    assert states(outcome) == "dfww"


def test_a_value_that_cannot_go_over_names_both_steps(tmp_path):
    one = analysed(tmp_path, SUMS.replace("values = [1.0, 2.0]", "a = 1\nvalues = (each for each in [1.0])"))
    failure = run(one.graph, {}, tmp_path / "cache", notebook=one.notebook).failure
    assert failure is not None
    assert (failure.step, failure.cell, failure.line) == ("load", 3, 2)
    assert failure.what == "values (generator) cannot be handed to double: make a list of it: list(…)."


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os\nos._exit(3)", "its process ended with 3."),
        ("import os\nos.kill(os.getpid(), 9)", "its process ended by signal 9 (SIGKILL)."),
        ("raise SystemExit(2)", "SystemExit: 2"),
        ("while True: pass", "it took longer than 1 s."),
        ("if epochs > 5: values = 1", "NameError: the step ended without binding values, which is taken from it"),
    ],
)
def test_whatever_a_step_does_is_told(code, said, tmp_path):
    made = graph(
        step("load", code, gives="values", reads="epochs"), metrics=step("metrics", "a = values", "values", "a")
    )
    failure = run(made, {}, tmp_path, place=Place(limit_s=1.0)).failure
    assert failure is not None
    assert (failure.step, failure.what) == ("load", said)


def test_imports_that_fail_are_told_too(tmp_path):
    one = analysed(tmp_path, SUMS.replace("import json", "import json\nraise OSError('no licence')"))
    failure = run(one.graph, {}, tmp_path / "cache", notebook=one.notebook).failure
    assert str(failure) == "imports failed (cell 1, line 2): OSError: no licence"


def test_no_module_of_the_notebooks_folder_leaks_in(tmp_path):
    (tmp_path / "helper.py").write_text("BY = 2")
    text = SUMS.replace("values = [1.0, 2.0]", "from helper import BY\nvalues = [BY]")
    one = analysed(tmp_path, text)
    failure = run(one.graph, {}, tmp_path / "cache", notebook=one.notebook).failure
    assert failure is not None
    assert failure.what == "ModuleNotFoundError: No module named 'helper'"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"epoch": 3}, "The notebook has no parameter epoch. It has epochs."),
        ({"epochs": 3.5}, "epochs takes a whole number, and 3.5 is none."),
        ({"epochs": 500}, "epochs = 500 is outside of its range, 1 to 200."),
    ],
)
def test_parameters_that_cannot_be_are_refused(given, said, tmp_path):
    with pytest.raises(ParameterRefused) as error:
        run(numbers(), given, tmp_path)
    assert str(error.value) == said
    assert list(tmp_path.iterdir()) == []


def test_what_is_known_costs_no_process(tmp_path):
    run(numbers(), {}, tmp_path)
    began = time.perf_counter()
    outcome = run(numbers(), {}, tmp_path)
    assert time.perf_counter() - began < 0.15
    assert states(outcome) == "cccc"


def test_behind_walls_there_is_the_steps_own_folder_and_no_more(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("x")
    (tmp_path / "rows.txt").write_text("7")
    code = (
        "import os, json\nfrom pathlib import Path\n"
        "seen = [int(Path('rows.txt').read_text()), len(list(Path().iterdir()))]\n"
        f"seen.append(int(os.path.exists({str(secret)!r}) or os.path.exists('/etc/passwd')))\n"
        "seen.append(len([each for each in os.listdir('/proc') if each.isdigit()]))\n"
        "home, names = os.environ['HOME'], sorted(os.environ)"
    )
    made = graph(
        step("look", code, gives="seen home names"),
        metrics=step("metrics", "rows, files, secrets, processes = seen", "seen", "rows files secrets processes"),
    )
    place = Place(walled=True, files={"rows.txt": tmp_path / "rows.txt"})
    outcome = run(made, {}, tmp_path / "cache", place=place)
    assert outcome.failure is None
    assert outcome.shut_off
    assert outcome.metrics == {"rows": 7.0, "files": 1.0, "secrets": 0.0, "processes": 2.0}
    assert not outcome.gives["home"]["value"].startswith(str(Path.home()))
    assert "names" in outcome.gives
    assert set(outcome.gives["names"]["value"]) - {"OMP_NUM_THREADS", "PWD"} == {
        "HOME", "LANG", "LC_CTYPE", "MPLBACKEND", "OMP_WAIT_POLICY", "PATH", "PYTHONHASHSEED", "TMPDIR", "TZ",
    } - ({"LC_CTYPE"} - set(outcome.gives["names"]["value"]))  # fmt: skip


def test_records_are_json_and_values_are_files_named_by_digest(tmp_path):
    run(numbers(), {}, tmp_path)
    assert all(json.loads(each.read_text()).keys() == {"digest", "record"} for each in tmp_path.glob("*.json"))
    assert {each.suffix for each in tmp_path.iterdir()} == {".json", ""}
