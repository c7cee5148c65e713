"""Packages of three frameworks, as a trainer loads them: a model for each of twenty assets, kept and scored."""

import importlib
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from andon_sdk.link.findings import analyse
from andon_sdk.link.package import write
from andon_sdk.link.reading import read
from services.fleet.artefact import pack_of, read_pack, write_pack
from services.fleet.make import make_fleet
from services.fleet.prepare import FleetRows
from services.fleet.score import FALLBACK, MAIN, Entry, Scorer

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
ASSETS, ROWS, SIGNALS = 20, 160, 4
NOTHING = np.zeros(SIGNALS, bool)
CHANGED = {"watch": {"epochs": 2.0}, "shape": {"components": 3.0}, "trees": {"trees": 5.0, "rate": 0.5}}

TAKEN = {
    "watch": lambda made: (made.epochs == 2).all(),
    "shape": lambda made: made.main["axes"].shape == (ASSETS, 3, SIGNALS),
    "trees": lambda made: made.main["leaf"].shape[:3] == (ASSETS, SIGNALS, 5),
}
"""How it is seen that what a run changed reached the models."""


def valves() -> FleetRows:
    """Two causes move four signals; every valve has its own mixing and base."""
    draw = np.random.default_rng(4)
    values = draw.normal(size=(ASSETS, ROWS, 2)) @ draw.normal(size=(ASSETS, 2, SIGNALS))
    values = draw.uniform(-50, 50, (ASSETS, 1, SIGNALS)) + 5 * values + 0.3 * draw.normal(size=values.shape)
    keys = tuple(f"valve-{number:02}" for number in range(ASSETS))
    return FleetRows(keys, np.arange(ASSETS + 1) * ROWS, values.reshape(-1, SIGNALS))


@pytest.mark.parametrize("name", CHANGED)
def test_a_package_makes_a_model_for_every_asset(name, tmp_path, monkeypatch):
    (tmp_path / "rows.csv").touch()
    path = Path(shutil.copy(NOTEBOOKS / f"{name}.py", tmp_path))
    package = write(analyse(read(path)), tmp_path / "out", f"fleet-{name}", lock={})
    monkeypatch.syspath_prepend(str(package / "src"))
    try:
        [recipe] = importlib.import_module(f"fleet_{name}.plugin").blueprints()
        rows = valves()
        made = make_fleet(recipe, rows, NOTHING, NOTHING, CHANGED[name], {}, seed=0)
        assert (made.failures, made.assets) == ((), rows.assets)
        assert TAKEN[name](made)
        pack = pack_of(made)
        kept = read_pack(write_pack(pack), pack.digest)
    finally:
        for module in [each for each in sys.modules if each.startswith(f"fleet_{name}")]:
            del sys.modules[module]
    scorer = Scorer([Entry(asset, asset, kept, place, recipe) for place, asset in enumerate(kept.assets)])
    values = rows.values.reshape(ASSETS, ROWS, SIGNALS)[:, -16:].reshape(-1, SIGNALS).copy()
    values[8::16, 1] = np.nan
    block = scorer.score(np.repeat(np.arange(ASSETS), 16), values, None, scorer.state())
    assert np.isfinite(block.value).all()
    assert set(block.route.tolist()) == {MAIN, FALLBACK}
    assert np.median(block.value) < 1
