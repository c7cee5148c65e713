"""A module of plain functions in the engineer's own words."""

import types

import pytest
from link_graphs import EPOCHS, graph, numbers, step

from andon_sdk.link.contracts import LinkParameter
from andon_sdk.link.generate import NotWritten, Place, content, source, written


def module_of(made):
    module = types.ModuleType("pipeline")
    exec(compile(source(made), "pipeline.py", "exec"), vars(module))
    return module


def test_the_text_is_what_an_engineer_would_have_written():
    made = graph(
        step("clean", "# without gaps\ncleaned = [each for each in rows if each]", "rows", "cleaned", "", "load"),
        step("train", "model = sum(cleaned) * epochs", "cleaned", "model recipe", "epochs", "clean"),
        imports="import math",
        metrics=step("metrics", "error = math.sqrt(model)", "model", "error"),
        recipe=("train",),
    )
    assert source(made) == (
        '"""Steps of a pipeline, written by Link from a notebook: change the notebook, not this file."""\n'
        "\n"
        "import math\n"
        "\n"
        "PARAMETERS = {\n"
        "    'epochs': 3,  # Passes over the rows. At least 1, at most 200\n"
        "}\n"
        "\n"
        "\n"
        "def clean(rows):\n"
        "    # without gaps\n"
        "    cleaned = [each for each in rows if each]\n"
        "    return cleaned\n"
        "\n"
        "\n"
        "def train(cleaned, *, epochs: int = 3):\n"
        "    model = sum(cleaned) * epochs\n"
        "    return model, recipe\n"
        "\n"
        "\n"
        "def metrics(model) -> dict[str, float]:\n"
        "    error = math.sqrt(model)\n"
        "    return {\n"
        "        name: float(value)\n"
        '        for name, value in {"error": error}.items()\n'
        '        if hasattr(value, "__float__") and not getattr(value, "ndim", 0)\n'
        "    }\n"
        "\n"
        "\n"
        "def recipe(*, epochs: int = 3):\n"
        '    """What is deployed: made of functions, classes and parameters, without a row."""\n'
        "    model, recipe = train(cleaned, epochs=epochs)\n"
        "    return recipe\n"
        "\n"
        "\n"
        "def pipeline(*, epochs: int = 3) -> dict[str, float]:\n"
        '    """Runs every step and returns the metrics."""\n'
        "    cleaned = clean(rows)\n"
        "    model, recipe = train(cleaned, epochs=epochs)\n"
        "    return metrics(model)\n"
    )


def test_the_pipeline_runs_as_a_plain_module():
    module = module_of(numbers())
    assert module.pipeline() == {"total": 18.0, "count": 6.0}
    assert module.pipeline(epochs=1) == {"total": 6.0, "count": 2.0}
    assert module.PARAMETERS == {"epochs": 3}


@pytest.mark.parametrize(
    "text",
    [
        'said = """one\n  two\nthree"""',
        "said = '''\n'''\nmore = f\"\"\"{said}\n  {epochs}\n\"\"\"",
        "said = ('a'\n'b'\n)",
        "said = 'a\\\nb'",
        "if True:\n\tsaid = 1",
        "def f():\n    '''Says.\n\n    more'''\n    return f.__doc__\n\nsaid = f()",
        "# ends with a comment\nsaid = 1\n# the end",
    ],
)
def test_moved_to_the_right_it_means_the_same(text):
    before: dict = {"epochs": 3}
    exec(text, before)
    made = graph(step("one", text, gives="said", reads="epochs"))
    assert module_of(made).one() == before["said"]


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("two words", "two_words"),
        ("1st", "step_1st"),
        ("class", "step_class"),
        ("rows", "rows_step"),
        ("filter", "filter_step"),
        ("pipeline", "pipeline_step"),
        ("metrics", "metrics_step"),
    ],
)
def test_a_function_takes_nobody_elses_name(name, function):
    made = graph(step(name, "rows = 1", gives="rows"), imports="from collections import Counter as metrics")
    assert written(made).functions == {name: function}


def test_every_line_knows_its_place():
    made = written(graph(step("one", "a = 1\n\nb = 2", gives="b"), imports="import math\nimport json"))
    lines = made.text.split("\n")
    assert {lines[at].strip(): place for at, place in enumerate(made.places) if place and lines[at]} == {
        "import math": Place("imports", 1),
        "import json": Place("imports", 2),
        "a = 1": Place("one", 1),
        "b = 2": Place("one", 3),
    }


def test_what_binds_nothing_still_is_a_function():
    made = module_of(graph(step("empty", "# nothing yet")))
    assert made.empty() is None
    assert made.pipeline() == {}


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (graph(step("one", "a = (")), "A cell cannot be read: '(' was never closed"),
        (graph(step("one", "from os import *")), "in line 1 of one: import * only allowed at module level"),
        (graph(step("one", "a = 1"), step("one", "b = 1")), "Two steps are called one"),
        (graph(step("one", "a = 1"), imports="from sklearn import pipeline"), "The imports use the name pipeline"),
        (
            graph(step("one", "a = 1"), parameters=(LinkParameter("recipe", int, 1),)),
            "No parameter may be called recipe",
        ),
    ],
)
def test_what_cannot_be_written_is_said(made, said):
    with pytest.raises(NotWritten) as error:
        source(made)
    assert said in str(error.value)


def test_a_digest_is_of_the_meaning():
    plain = graph(step("one", "a = 1 + epochs", gives="a", reads="epochs"))
    assert content(plain) == content(graph(step("one", "# why\na = (1 +\n  epochs)", gives="a", reads="epochs")))
    assert len(content(plain)) == 64
    others = [
        graph(step("one", "a = 2 + epochs", gives="a", reads="epochs")),
        graph(step("two", "a = 1 + epochs", gives="a", reads="epochs")),
        graph(step("one", "a = 1 + epochs", gives="a", reads="epochs"), imports="import math"),
        graph(step("one", "a = 1 + epochs", gives="a", reads="epochs"), recipe=("one",)),
        graph(
            step("one", "a = 1 + epochs", gives="a", reads="epochs"),
            parameters=[LinkParameter("epochs", int, 4, "Passes over the rows", 1, 200)],
        ),
    ]
    assert len({content(each) for each in (plain, *others)}) == 6


def test_cells_do_not_count_in_a_digest():
    def numbered(cells):
        return graph(step("one", "a = 1", cells=cells), parameters=[EPOCHS])

    assert content(numbered((1,))) == content(numbered((4, 5)))
