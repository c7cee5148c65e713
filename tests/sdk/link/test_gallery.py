"""Each notebook of the gallery runs, says nothing wrong, gives numbers within bounds, and is proven."""

import importlib.util
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pytest

from andon_sdk.link import gallery
from andon_sdk.link.findings import analyse
from andon_sdk.link.package import write
from andon_sdk.link.proving import Mark, prove
from andon_sdk.link.reading import read
from andon_sdk.plugin import Blueprint, Estimator

SOURCES = Path(__file__).parents[3] / "sdk/gallery"
_spec = importlib.util.spec_from_file_location("gallery_build", SOURCES / "build.py")
assert _spec is not None
assert _spec.loader is not None
build = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(build)

BOUNDS = {
    "battery_life": {
        "error_cycles": (20, 90),
        "error_share": (0.02, 0.12),
        "error_of_typical_life": (200, 400),
        "share_left_at_warning": (0.25, 0.6),
    },
    "drill_wear": {"stopped_drills": (2, 2), "shortest_warning_days": (24, 31), "false_alarm_share": (0, 0.03)},
    "robot_arm_gears": {
        "stopped_arms": (2, 2),
        "joints_named": (2, 2),
        "shortest_warning_days": (6, 12),
        "false_alarm_share": (0, 0.03),
    },
    "solar_forecast": {
        "hours_judged": (1260, 1260),
        "skill_against_yesterday": (0.7, 0.95),
        "skill_against_the_hour_before": (0.6, 0.95),
    },
}

TUNED = {
    "battery_life": {"ridge"},
    "drill_wear": {"epochs", "learning_rate"},
    "robot_arm_gears": {"trees", "leaves", "learning_rate"},
    "solar_forecast": {"epochs", "learning_rate"},
}
"""Parameters that a run of what was deployed may change."""


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> dict[str, Any]:
    """(path, proof) by name, after a kernel ran each notebook in a folder of its own and it was proven."""

    def work(name: str) -> tuple[Path, Any]:
        folder = tmp_path_factory.mktemp(name)
        [path] = gallery.put(folder, name)
        book = nbformat.read(path, 4)
        build.run(book, folder)
        nbformat.write(book, path)
        return path, prove(path)

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(len(gallery.NAMES)) as four:
        patch.setenv("OMP_NUM_THREADS", "1")
        return dict(zip(gallery.NAMES, four.map(work, gallery.NAMES), strict=True))


def metrics(path: Path) -> dict[str, float]:
    [cell] = [each for each in nbformat.read(path, 4).cells if "metrics" in each.metadata.get("tags", [])]
    return eval(cell.outputs[-1].data["text/plain"], {"__builtins__": {}})


@pytest.mark.parametrize("name", gallery.NAMES)
def test_it_runs_in_a_kernel_with_numbers_within_bounds(ran, name):
    path, _ = ran[name]
    found = metrics(path)
    assert list(found) == list(BOUNDS[name])
    outside = {key: found[key] for key, (low, high) in BOUNDS[name].items() if not low <= found[key] <= high}
    assert outside == {}


@pytest.mark.parametrize("name", gallery.NAMES)
def test_it_is_proven(ran, name):
    _, proof = ran[name]
    assert (proof.state, proof.failure, proof.differences) == (Mark.PROVEN, "", ())
    assert sorted(proof.metrics) == sorted(BOUNDS[name])


@pytest.mark.parametrize("name", gallery.NAMES)
def test_nothing_is_found_wrong_with_it(tmp_path, name):
    [path] = gallery.put(tmp_path, name)
    analysis = analyse(read(path))
    assert [str(finding) for finding in analysis.findings] == []
    assert all(parameter.help and parameter.low is not None for parameter in analysis.graph.parameters)


@pytest.mark.parametrize("name", gallery.NAMES)
def test_it_ends_in_a_recipe_that_takes_no_rows(name):
    source = (SOURCES / f"{name}.py").read_text("utf-8")
    book = build.jupytext.reads(source, fmt="py:percent")
    tags = ("imports", "parameters", "step:recipe")
    text = "\n".join(cell.source for cell in book.cells if set(cell.metadata.get("tags", [])) & set(tags))
    known: dict[str, Any] = {"__name__": "recipe_of_the_gallery"}
    exec(compile(text, name, "exec"), known)
    assert isinstance(known["recipe"], Blueprint | Estimator)
    assert known["recipe"].key.endswith("-notebook")


@pytest.mark.parametrize("name", gallery.NAMES)
def test_it_becomes_a_package_whose_run_asks_for_its_parameters(tmp_path, name):
    [path] = gallery.put(tmp_path, name)
    project = write(analyse(read(path)), tmp_path / "packages", name.replace("_", "-"))
    told = json.loads((project / "src" / name / "link.json").read_text("utf-8"))
    asked = {each["key"] for each in told["parameters"]} - set(told["fixed"])
    assert asked == TUNED[name]


@pytest.mark.parametrize("name", gallery.NAMES)
def test_it_is_what_its_script_says_with_outputs_of_metrics_alone(name):
    kept = json.loads(gallery.text(name))
    made = json.loads(nbformat.writes(build.notebook(name)))
    shown = [cell for cell in kept["cells"] if cell.get("outputs")]
    assert [cell["metadata"]["tags"] for cell in shown] == [["metrics"]]
    for cell in shown:
        cell["outputs"] = []
    assert kept == made, f"Run: python sdk/gallery/build.py {name}"
    assert len(gallery.text(name)) < 20_000


def test_a_file_of_ones_own_is_never_written_over(tmp_path):
    (tmp_path / "drill_wear.ipynb").write_text("mine")
    assert sorted(path.stem for path in gallery.put(tmp_path)) == ["battery_life", "robot_arm_gears", "solar_forecast"]
    assert (tmp_path / "drill_wear.ipynb").read_text() == "mine"
    assert gallery.put(tmp_path) == []
    with pytest.raises(KeyError, match="no notebook 'drills'"):
        gallery.put(tmp_path, "drills")


def test_names_are_those_of_the_files():
    assert gallery.NAMES == build.NAMES
