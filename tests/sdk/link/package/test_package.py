"""A notebook's package: a plugin project that passes what every plugin passes, with the same bytes each time."""

import hashlib
import json
import shutil
from pathlib import Path

import jupytext
import nbformat
import numpy as np
import polars as pl
import pytest

from andon_sdk.command.check import report
from andon_sdk.link.findings import analyse
from andon_sdk.link.package import PackageRefused, wheel, write
from andon_sdk.link.package.recipe_module import module, packages, recipe_graph
from andon_sdk.link.reading import read
from andon_sdk.link.standing import Mark, Proof
from andon_sdk.package import State, inspect

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
CONTRACT = """
# %% tags=["step:contract"]
contract = Contract(
    "valve", "Valve", (Signal("flow", "Flow", "l/min", 0.0, 100.0), Signal("current", "Current", "A", 0.0, 50.0)), 1.0
)
"""


@pytest.fixture
def folder(tmp_path):
    draw = np.random.default_rng(0)
    values = draw.normal(size=(300, 2)) @ draw.normal(size=(2, 4)) + 0.1 * draw.normal(size=(300, 4))
    pl.DataFrame(values, schema=["flow", "pressure", "current", "temperature"]).write_csv(tmp_path / "rows.csv")
    return tmp_path


def notebook(folder: Path, name: str = "shape", change=lambda text: text) -> Path:
    path = folder / f"{name}.py"
    path.write_text(change((NOTEBOOKS / f"{name}.py").read_text("utf-8")), "utf-8")
    return path


def defining(text: str) -> str:
    """The notebook with a contract of its own."""
    text = text.replace(
        "import polars as pl\n", "import polars as pl\n\nfrom andon_sdk.plugin import Contract, Signal\n"
    )
    before, mark, after = text.partition('\n# %% tags=["step:load"]')
    return before + CONTRACT + mark + after.replace('contract="valve"', "contract=contract")


def proven(folder: Path, metrics: dict[str, float]) -> Proof:
    files = {"rows.csv": hashlib.sha256((folder / "rows.csv").read_bytes()).hexdigest()}
    return Proof(
        Mark.PROVEN,
        "k",
        "c",
        metrics,
        metrics,
        "first run",
        dict.fromkeys(metrics, 1e-4),
        files=files,
        snapshot="s" * 64,
    )


def test_the_recipe_stands_alone():
    graph = analyse(read(NOTEBOOKS / "watch.py")).graph
    text = module(recipe_graph(graph))
    assert "polars" not in text
    assert "from andon_sdk.link.recipes import torch_recipe\n" in text
    assert packages(recipe_graph(graph)) == ("andon_sdk", "torch")
    named: dict = {}
    exec(compile(text, "recipe.py", "exec"), named)
    assert named["recipe"](epochs=7).epochs.default == 7


def test_a_package_conforms_and_says_what_it_was_made_of(folder, capsys):
    analysis = analyse(read(notebook(folder, change=defining)))
    from andon_sdk.link.recipes import fit, score

    rows, named = pl.read_csv(folder / "rows.csv"), {}
    exec(compile(module(recipe_graph(analysis.graph)), "recipe.py", "exec"), named)
    fitted = fit(named["recipe"](), rows.head(200))
    metrics = {"threshold": fitted.threshold, "abnormal": score(fitted, rows)["abnormal"].mean()}
    made = write(
        analysis, folder / "out", "valve-shape", proof=proven(folder, metrics), lock={"packages": {"numpy": "2"}}
    )
    link = json.loads((made / "src/valve_shape/link.json").read_text("utf-8"))
    assert {key: link[key] for key in ("format", "name", "version", "blueprint", "contract", "notebook", "fixed")} == {
        "format": 1,
        "name": "valve-shape",
        "version": "1.1",
        "blueprint": "valve-shape",
        "contract": "valve",
        "notebook": "notebook.py",
        "fixed": ["scaler"],
    }
    assert link["graph"]["recipe"] == ["contract", "recipe"]
    assert link["proof"]["metrics"] == metrics
    assert (link["environment"], link["proof"]["tolerance"]) == ({"packages": {"numpy": "2"}}, 1e-4)
    assert (made / "tests/data/rows.csv").read_bytes() == (folder / "rows.csv").read_bytes()
    assert report(made) == 0, capsys.readouterr().out
    found = inspect(wheel(made), [])
    assert (found.state, found.manifest.name, found.manifest.version) == (State.UNSIGNED, "valve-shape", "1.1")
    assert found.manifest.capabilities == ("blueprints", "contracts")


def test_the_same_notebook_gives_the_same_bytes_and_another_the_next_version(folder):
    first = wheel(write(analyse(read(notebook(folder, "trees"))), folder / "a", "valve-trees"))
    again = wheel(write(analyse(read(notebook(folder, "trees"))), folder / "a", "valve-trees"))
    assert (first, first.name) == (again, "valve_trees-1.1-py3-none-any.whl")
    digest = hashlib.sha256(first.read_bytes()).hexdigest()
    other = wheel(write(analyse(read(notebook(folder, "trees"))), folder / "b", "valve-trees"))
    assert hashlib.sha256(other.read_bytes()).hexdigest() == digest
    changed = analyse(read(notebook(folder, "trees", lambda text: text.replace("= 12", "= 13"))))
    assert (
        json.loads((write(changed, folder / "a", "valve-trees") / "src/valve_trees/link.json").read_text())["version"]
        == "1.2"
    )
    beyond = write(changed, folder / "c", "valve-trees", after=6)
    assert 'version = "1.7"' in (beyond / "pyproject.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("change", "asked", "said"),
    [
        (lambda text: text.replace("step:load", "step:clean up"), {}, "No pipeline can be made of shape.py:\n  cell 3"),
        (
            lambda text: text.replace("recipe = ", "made = ").replace("fit(recipe", "fit(made"),
            {},
            "No step gives the name recipe",
        ),
        (lambda text: text.replace("recipe = sklearn_recipe", "recipe = dict"), {}, "recipe is a dict: bind it to"),
        (lambda text: text.replace("def make(", "1 / 0\n\n\ndef make("), {}, "ZeroDivisionError"),
        (lambda text: text, {"name": "Valve"}, "'Valve' cannot be a package's name"),
        (lambda text: text, {"title": 'a "b"'}, "cannot be a title"),
        (lambda text: text, {"version": "1.0rc1"}, "'1.0rc1' cannot be a version"),
        (lambda text: text, {"contract": "pump"}, "reads the contract 'valve', and it is to read 'pump'"),
        (
            lambda text: defining(text).replace("contract=contract", 'contract=contract and "pump"'),
            {},
            "The notebook defines the contract 'valve', and its recipe reads 'pump'",
        ),
    ],
)
def test_what_cannot_be_a_package_says_why_and_writes_nothing(folder, change, asked, said):
    analysis = analyse(read(notebook(folder, change=change)))
    with pytest.raises(PackageRefused) as refused:
        write(analysis, folder / "out", **{"name": "valve-shape", **asked})
    assert said in str(refused.value)
    assert not (folder / "out").exists()


def test_a_folder_of_something_else_stays_as_it_is(folder):
    (folder / "out" / "valve-shape").mkdir(parents=True)
    (folder / "out" / "valve-shape" / "mine.txt").write_text("mine")
    with pytest.raises(PackageRefused, match="is there and no pipeline of Link"):
        write(analyse(read(notebook(folder))), folder / "out", "valve-shape")
    assert [path.name for path in (folder / "out" / "valve-shape").iterdir()] == ["mine.txt"]


def test_rows_that_are_not_those_of_the_proof_are_said(folder):
    proof = proven(folder, {"threshold": 1.0})
    (folder / "rows.csv").write_text("flow\n1\n")
    with pytest.raises(PackageRefused, match=r"rows\.csv is not the file any more"):
        write(analyse(read(notebook(folder))), folder / "out", "valve-shape", proof=proof)


def test_a_notebook_that_is_too_large_is_said(folder):
    book = jupytext.read(notebook(folder))
    shown = next(cell for cell in book.cells if cell.cell_type == "code")
    shown.outputs = [nbformat.v4.new_output("stream", text="x" * 5_000_000)]
    path = folder / "shape.ipynb"
    nbformat.write(book, path)
    with pytest.raises(PackageRefused, match="Clear the outputs"):
        write(analyse(read(path)), folder / "out", "valve-shape")
    shutil.rmtree(folder / "out", ignore_errors=True)
