import json
from functools import partial
from typing import Any

import nbformat
import pytest
from link_canvas import cell, component
from link_canvas import written as write

from andon_sdk.link.canvas.converting import Converted, convert
from andon_sdk.link.canvas.errors import CanvasError
from andon_sdk.link.canvas.reading import read_canvas
from andon_sdk.link.canvas.report import Fate


@pytest.fixture
def written(tmp_path):
    return partial(write, tmp_path)


def cells(converted: Converted) -> list[tuple[Any, str]]:
    """(tag, or None for text; source)"""
    return [((each.metadata.get("tags") or [None])[0], each.source) for each in converted.notebook.cells]


def told(converted: Converted) -> list[tuple[str, str, str, str]]:
    return [(part.kind, part.name, part.fate.value, part.what) for part in converted.report.parts]


def test_components_become_steps_and_their_imports_one_cell(written):
    path = written(
        cell("# Pumps\nThat wear.", "markdown"),
        cell('# Required\n!pip install -q "numpy>=1.22"\n%pip install torch'),
        cell("print('by hand')"),
        component("Import packages", "import numpy as np  # arrays\nfrom math import (\n    sqrt,\n)\n"),
        cell("## Load", "markdown"),
        component("Load data", "import numpy as np\n\n# Rows\nrows = np.arange(4)\nprint(rows)", "Import packages"),
        component("Sum: up!", "total = sqrt(rows.sum())", "Load data"),
        cell(""),
    )
    made = convert(read_canvas(path))
    assert cells(made) == [
        ("imports", "import numpy as np\nfrom math import sqrt"),
        (None, "# Pumps\nThat wear."),
        (None, "Packages that it wants: `numpy>=1.22`, `torch`."),
        ("skip", "print('by hand')"),
        (None, "## Load"),
        ("step:load_data", "# Rows\nrows = np.arange(4)\nprint(rows)"),
        ("step:sum_up", "total = sqrt(rows.sum())"),
    ]
    assert all(each.cell_type != "code" or not each.outputs for each in made.notebook.cells)
    assert told(made) == [
        (
            "other cells", "cell 2", "changed",
            "a pipeline installs nothing: what it wants (numpy>=1.22, torch) is text now.",
        ),
        ("other cells", "cell 3", "changed", "it is no component, so no pipeline runs it: it is kept and skipped."),
        ("components", "Import packages", "carried over", ""),
        ("components", "Load data", "carried over", ""),
        ("components", "Sum: up!", "carried over", ""),
    ]  # fmt: skip
    assert made.report.counted("components") == (3, 3)


@pytest.mark.parametrize(
    ("parameter", "line", "fate"),
    [
        (("epochs", "int", "8"), "epochs: int = 8", Fate.CARRIED),
        (("epochs", "integer", " -8 "), "epochs: int = -8", Fate.CARRIED),
        (("rate", "float", "5e-4"), "rate: float = 0.0005", Fate.CARRIED),
        (("rate", "double", "1"), "rate: float = 1.0", Fate.CARRIED),
        (("name", "str", "pump one"), "name: str = 'pump one'", Fate.CARRIED),
        (("name", "string", '"quoted"'), "name: str = 'quoted'", Fate.CARRIED),
        (("quick", "bool", "true"), "quick: bool = True", Fate.CARRIED),
        (("quick", "boolean", "False"), "quick: bool = False", Fate.CARRIED),
        (("widths", "list", "[1, 2]"), "widths = [1, 2]", Fate.CHANGED),
        (("widths", "", "(1, 2)"), "widths = (1, 2)", Fate.CHANGED),
        (("options", "dict", "{'a': None}"), "options = {'a': None}", Fate.CHANGED),
        (("options", "dict", "dict(a=1)"), None, Fate.LEFT),
        (("epochs", "int", "8.5"), None, Fate.LEFT),
        (("quick", "bool", "perhaps"), None, Fate.LEFT),
        (("a b", "int", "1"), None, Fate.LEFT),
        (("class", "int", "1"), None, Fate.LEFT),
        (("", "int", "1"), None, Fate.LEFT),
    ],
)
def test_each_kind_of_parameter(written, parameter, line, fate):
    name, kind, value = parameter
    made = convert(
        read_canvas(written(component("A", "a = 1"), parameters=[{"name": name, "type": kind, "value": value}]))
    )
    expected = [] if line is None else [("parameters" if fate is Fate.CARRIED else "imports", line)]
    assert cells(made) == [*expected, ("step:a", "a = 1")]
    [part] = [part for part in made.report.parts if part.kind == "parameters"]
    assert part.fate is fate
    assert bool(part.what) is (fate is not Fate.CARRIED)


def test_a_parameter_that_stands_twice_or_is_bound_anew(written):
    given = [{"name": "d", "type": "int", "value": "20"}, {"name": "d", "type": "int", "value": "30"}]
    made = convert(read_canvas(written(component("Shape", "d = 16"), parameters=given)))
    assert cells(made) == [("parameters", "d: int = 20"), ("step:shape", "d = 16")]
    assert told(made)[:2] == [
        (
            "parameters", "d", "changed",
            "“Shape” binds it anew, so that what a run is given would be lost: rename one of the two.",
        ),
        ("parameters", "d", "left out", "the name stands there twice; the first one is kept."),
    ]  # fmt: skip


def test_components_run_after_their_parents_wherever_they_stand(written):
    path = written(
        cell("Train", "markdown"),
        component("Train", "model = learn(1)", "Learn"),
        cell("Learn", "markdown"),
        component("Learn", "def learn(x):\n    return x"),
        component("Show", "print(model)", "Train"),
    )
    assert cells(convert(read_canvas(path))) == [
        (None, "Learn"),
        ("step:learn", "def learn(x):\n    return x"),
        (None, "Train"),
        ("step:train", "model = learn(1)"),
        ("step:show", "print(model)"),
    ]


def test_components_of_one_id_are_two(written):
    path = written(component("A", "a = 1"), component("A", "a = 2"), component("B", "b = a", "A"))
    made = convert(read_canvas(path))
    assert cells(made) == [("step:a", "a = 1"), ("step:a_2", "a = 2"), ("step:b", "b = a")]
    assert made.parents["-B"] == ("-A",)


def test_the_same_notebook_gives_the_same_bytes(written):
    path = written(cell("# Text", "markdown"), component("A", "import os\na = 1"))
    once, again = (nbformat.writes(convert(read_canvas(path)).notebook) for _ in range(2))
    assert once == again


def test_edges_that_lead_nowhere_or_round_in_a_circle(written):
    path = written(component("A", "a = 1", "B", "Gone", "A"), component("B", "b = 1", "A"))
    made = convert(read_canvas(path))
    assert [tag for tag, _ in cells(made)] == ["step:a", "step:b"]
    assert [part for part in told(made) if part[0] == "edges"] == [
        ("edges", "Gone → A", "left out", "it leads to a component that is not there."),
        ("edges", "A → A", "left out", "it leads to itself."),
        ("edges", "B → A", "left out", "these components wait for each other."),
    ]


def test_what_no_pipeline_has_is_told(written):
    path = written(
        component("Plot", "%matplotlib inline\nimport math\nx = 1\n!ls {x}"),
        component("Shell", "%%bash\necho hello"),
        component("Broken", "x = ("),
        component("Empty", "  "),
        component("Files", "rows", componentType="FileCell"),
        component(
            "Far", "y = 2", remote={"host": "gpu-1"}, diskcache=True, comments=[{"writer": "Ada", "message": "Slow.\n"}]
        ),
        cell("text", "markdown", isComponent=True, name="Words"),
    )
    made = convert(read_canvas(path))
    assert cells(made) == [
        ("imports", "import math"),
        ("step:plot", "# %matplotlib inline\nx = 1\n# !ls {x}"),
        ("skip", "%%bash\necho hello"),
        ("skip", "x = ("),
        ("skip", "rows"),
        (None, "> **Ada:** Slow."),
        ("step:far", "y = 2"),
        (None, "text"),
    ]
    assert [(kind, name, fate) for kind, name, fate, _ in told(made)] == [
        ("components", "Plot", "changed"),
        ("components", "Shell", "left out"),
        ("components", "Broken", "left out"),
        ("components", "Empty", "left out"),
        ("components", "Files", "left out"),
        ("settings", "remote", "left out"),
        ("comments", "Ada", "carried over"),
        ("components", "Far", "carried over"),
        ("components", "Words", "left out"),
    ]
    assert made.report.counted("components") == (2, 7)


def test_an_import_under_a_name_that_is_taken_stays_where_it_is(written):
    path = written(
        component("A", "from numpy import sum\na = 1"), component("B", "from math import fsum as sum\nb = 1")
    )
    made = convert(read_canvas(path))
    assert cells(made) == [
        ("imports", "from numpy import sum"),
        ("step:a", "a = 1"),
        ("step:b", "from math import fsum as sum\nb = 1"),
    ]
    assert ("settings", "import", "changed", "'sum' is imported as math:fsum in “B”, and as numpy:sum before.") in told(
        made
    )


def test_imports_of_cells_that_are_no_components_are_kept(written):
    made = convert(read_canvas(written(cell("import os\n# for paths"), component("A", "a = os.sep"))))
    assert cells(made) == [("imports", "import os"), ("step:a", "a = os.sep")]


def test_imports_that_share_a_line_or_a_condition_stay(written):
    source = "import os; x = 1\ntry:\n    import json\nexcept ImportError:\n    json = None"
    assert cells(convert(read_canvas(written(component("A", source))))) == [("step:a", source)]


def test_names_of_steps_are_names_of_functions(written):
    names = ["Train", "train", "2nd pass", "class", "학습", "!", "pipeline"]
    made = convert(read_canvas(written(*(component(name, f"x{n} = 1") for n, name in enumerate(names)))))
    assert [tag for tag, _ in cells(made)] == [
        "step:train", "step:train_2", "step:step_2nd_pass", "step:step_class", "step:학습", "step:step",
        "step:pipeline_2",
    ]  # fmt: skip


def test_text_of_a_percent_script(tmp_path):
    (tmp_path / "canvas.py").write_text(
        '# %% canvas={"id": "1", "isComponent": true, "name": "Load", "parents": []}\nx = 1\n'
        '# %% canvas={"id": "2", "isComponent": true, "name": "Use", "parents": [{"id": "1", "name": "Load"}]}\n'
        "print(x)\n"
    )
    made = convert(read_canvas(tmp_path / "canvas.py"))
    assert cells(made) == [("step:load", "x = 1"), ("step:use", "print(x)")]
    assert made.parents == {"1": (), "2": ("1",)}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("no json", "is no notebook"),
        ("[]", "no list of cells"),
        ('{"worksheets": []}', "no list of cells"),
        ('{"cells": [1], "metadata": {}}', "Cell 1 is no cell"),
        ('{"cells": [], "metadata": {}, "nbformat": 4}', "is no Link notebook"),
        ('{"cells": [], "metadata": {"canvas": {}, "language_info": {"name": "R"}}}', "a notebook of R"),
        ("[" * 100_000, "is no notebook"),
    ],
)
def test_a_file_that_is_none_is_told(tmp_path, content, said):
    path = tmp_path / "canvas.ipynb"
    path.write_text(content)
    with pytest.raises(CanvasError, match=said):
        read_canvas(path)


@pytest.mark.parametrize("odd", [None, 1, "text", [1], {"parameters": 1}, {"parameters": [1]}])
def test_odd_metadata_is_nothing(tmp_path, odd):
    path = tmp_path / "canvas.ipynb"
    path.write_text(
        json.dumps({"metadata": {"canvas": odd}, "cells": [{"cell_type": "code", "metadata": 1, "source": 2}]})
    )
    assert [part.kind for part in convert(read_canvas(path)).report.parts if part.kind == "components"] == []


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CanvasError, match="cannot be read"):
        read_canvas(tmp_path / "none.ipynb")
