"""A whole import: what the code says against the edges that somebody drew."""

from functools import partial

import nbformat
import pytest
from link_canvas import cell, component
from link_canvas import written as write

from andon_sdk.link.canvas import CanvasError, import_notebook
from andon_sdk.link.running import run


@pytest.fixture
def written(tmp_path):
    return partial(write, tmp_path)


def steps(path):
    tags = [each.metadata.get("tags", ["text"])[0] for each in nbformat.read(path, 4).cells]
    return [tag.removeprefix("step:") for tag in tags if tag.startswith("step:")]


def told(report, *kinds):
    return [(part.kind, part.name, part.fate.value, part.what) for part in report.parts if part.kind in kinds]


def test_a_pipeline_comes_over_and_runs(written, tmp_path):
    path = written(
        component("Imports", "import math\nfactor = 2"),
        component("Load", "rows = [1.0, 4.0, 9.0]", "Imports"),
        component("Roots", "roots = [math.sqrt(row) * factor for row in rows]", "Load", "Imports"),
        component("Total", "total = sum(roots) + offset", "Roots"),
        cell("print('by hand')"),
        parameters=[{"name": "offset", "type": "float", "value": "0.5"}],
    )
    target, report, analysis = import_notebook(path, tmp_path / "made")
    assert target == tmp_path / "made/canvas.ipynb"
    assert [(step.name, step.takes, step.parameters) for step in analysis.graph.steps] == [
        ("imports_2", (), ()),
        ("load", (), ()),
        ("roots", ("rows", "factor"), ()),
        ("total", ("roots",), ("offset",)),
    ]
    assert report.counted("components") == (4, 4)
    assert told(report, "edges", "order") == [
        (
            "edges", "imports_2 → load", "changed",
            "the code takes nothing from it directly, so they keep their order by place alone.",
        ),
        ("edges", "load → roots", "carried over", ""),
        ("edges", "imports_2 → roots", "carried over", ""),
        ("edges", "roots → total", "carried over", ""),
    ]  # fmt: skip
    outcome = run(analysis.graph, {"offset": 1.5}, tmp_path / "cache", notebook=analysis.notebook)
    assert (outcome.failure, [each.state.value for each in outcome.progress]) == (None, ["done"] * 4)


def test_an_edge_stands_where_only_an_import_is_used(written, tmp_path):
    path = written(component("A", "import math\na = 1"), component("B", "b = math.pi", "A"))
    assert told(import_notebook(path, tmp_path / "made")[1], "edges") == [("edges", "a → b", "carried over", "")]


def test_a_component_stands_before_one_whose_work_it_was_not_given(written, tmp_path):
    path = written(
        component("Load", "rows = [3, 1, 2]"),
        component("Order", "rows = sorted(rows)\nprint(rows)", "Load"),
        component("First", "first = rows[0]", "Load"),
        component("Show", "print(first)", "First"),
    )
    target, report, analysis = import_notebook(path, tmp_path / "made")
    assert steps(target) == ["load", "first", "order", "show"]
    assert told(report, "order") == [
        ("order", "first", "carried over", "it stands before “order”, whose rows it was not given in Link.")
    ]
    assert {step.name: step.after for step in analysis.graph.steps}["first"] == ("load",)


def test_what_another_branch_changes_in_place_is_told(written, tmp_path):
    path = written(
        component("Load", "rows = [3, 1, 2]"),
        component("Order", "rows.sort()\nprint(rows)", "Load"),
        component("First", "first = rows[0]", "Load"),
    )
    target, report, _ = import_notebook(path, tmp_path / "made")
    assert steps(target) == ["load", "order", "first"]
    assert told(report, "order", "edges")[2:] == [
        (
            "edges", "order → first", "changed",
            "it takes rows from “order”, which in Link was not before it: let “order” work on a copy of rows.",
        )
    ]  # fmt: skip


def test_names_that_two_branches_share_are_told_where_no_order_helps(written, tmp_path):
    path = written(
        component("A", "model = 1"),
        component("B", "model = 2"),
        component("Use A", "a = model", "A"),
        component("Use B", "b = model", "B"),
        component("Both", "print(a, b, model)", "Use A", "Use B"),
    )
    target, report, _ = import_notebook(path, tmp_path / "made")
    assert [part for part in told(report, "edges") if "not before it" in part[3]] == []
    assert steps(target).index("use_a") < steps(target).index("b")

    crossed = written(
        component("A", "model = 1"),
        component("Use A", "seen = model\nmodel = 3", "A"),
        component("B", "model = 2\nother = model"),
        component("Use B", "seen_b = model, seen", "B"),
    )
    _, report, _ = import_notebook(crossed, tmp_path / "crossed")
    assert [part for part in told(report, "edges") if "not before it" in part[3]] == [
        (
            "edges", "use_a → use_b", "changed",
            "it takes seen from “use_a”, which in Link was not before it: there it had none of that name.",
        )
    ]  # fmt: skip


def test_display_is_imported_where_it_is_used(written, tmp_path):
    target, _, analysis = import_notebook(written(component("A", "display(1)")), tmp_path / "made")
    assert nbformat.read(target, 4).cells[0].source == "from IPython.display import display"
    assert analysis.sound


def test_a_step_is_not_called_as_what_is_imported(written, tmp_path):
    path = written(component("sqrt", "from math import sqrt\na = sqrt(4)"), component("a b", "b = a", "sqrt"))
    assert steps(import_notebook(path, tmp_path / "made")[0]) == ["sqrt_2", "a_b"]


def test_a_file_that_is_there_stays(written, tmp_path):
    path = written(component("A", "a = 1"))
    before = path.read_text()
    with pytest.raises(CanvasError, match="is there already and stays as it is"):
        import_notebook(path, tmp_path)
    assert path.read_text() == before
    with pytest.raises(CanvasError, match="cannot be written"):
        import_notebook(path, path / "below")


def test_the_report_for_people_and_programs(written, tmp_path):
    path = written(
        component("A", "a = 1"), component("B", "b = ("), parameters=[{"name": "x", "type": "int", "value": "?"}]
    )
    report = import_notebook(path, tmp_path / "made")[1]
    assert list(report.lines()) == [
        "parameters: 0 of 1",
        "  ✗ x: '?' is no int. Add it to the cell of parameters by hand.",
        "components: 1 of 2",
        "  ✗ B (cell 2): it is no Python ('(' was never closed (<unknown>, line 1)); its text is kept and skipped.",
    ]
    assert not report.whole
    assert report.as_json()["parts"][0] == {
        "kind": "parameters", "name": "x", "fate": "left out", "cell": None,
        "what": "'?' is no int. Add it to the cell of parameters by hand.",
    }  # fmt: skip
