"""What a notebook measures is what the fleet will do: the same rows, scale, models, thresholds and scores."""

from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import polars as pl
import pytest
from andon_laser_drill.contract import LASER_DRILL
from andon_laser_drill.simulation import drill_plant
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from andon_sdk.link.recipes import RecipeRefused, fit, lightgbm_recipe, score, sklearn_recipe, torch_recipe
from andon_sdk.link.recipes.asset_rows import prepared
from andon_sdk.plugin.dense import MaskedAutoencoder, reconstruction_loss, reconstruction_score
from services.fleet.artefact import pack_of
from services.fleet.make import make_fleet
from services.fleet.prepare import FleetRows, prepare
from services.fleet.score import Entry, Scorer

DRILLS, ORIGIN = 2, datetime(2026, 1, 1, tzinfo=UTC)
SIGNALS = len(LASER_DRILL.signals)
NOTHING = np.zeros(SIGNALS, bool)
RECIPES = {
    "torch": torch_recipe(
        key="dense",
        title="Dense",
        module=lambda inputs: MaskedAutoencoder(inputs, (16, 3, 16)),
        loss=reconstruction_loss,
        score=reconstruction_score,
        epochs=6,
        learning_rate=3e-3,
    ),
    "torch-history": torch_recipe(
        key="dense-history",
        title="Dense",
        module=lambda inputs: MaskedAutoencoder(inputs, (16, 3, 16)),
        loss=reconstruction_loss,
        score=reconstruction_score,
        epochs=3,
        history_rows=4,
    ),
    "sklearn": sklearn_recipe(
        key="plane", title="Plane", make=lambda _: Pipeline([("scale", StandardScaler()), ("plane", PCA(3))])
    ),
    "sklearn-history": sklearn_recipe(
        key="forest",
        title="Forest",
        make=lambda _: RandomForestRegressor(6, max_leaf_nodes=8),
        history_rows=3,
    ),
    "lightgbm": lightgbm_recipe(
        key="boosted", title="Boosted", params={"num_leaves": 8, "num_iterations": 10, "min_data_in_leaf": 10}
    ),
}


@cache
def drills(rows: int = 300, gaps: float = 0.02) -> FleetRows:
    """Simulated drills, with values missing at random and a signal that one drill never had."""
    found = drill_plant(drills=DRILLS).simulate(ORIGIN, 5).rows(ORIGIN, ORIGIN + timedelta(seconds=300 * rows), 300.0)
    values = found.values.copy()
    values[np.random.default_rng(2).random(values.shape) < gaps] = np.nan
    values[found.asset == 1, 3] = np.nan
    return FleetRows.gather([f"drill-{i}" for i in range(DRILLS)], found.asset, found.time, values)


def frame_of(rows: FleetRows, drill: int) -> pl.DataFrame:
    values = rows.values[rows.offsets[drill] : rows.offsets[drill + 1]]
    return pl.DataFrame(values, schema=list(LASER_DRILL.keys)).fill_nan(None)


@pytest.mark.parametrize(("history", "smooth", "rows"), [(1, 1, 700), (4, 15, 700), (3, 7, 6500), (1, 15, 101)])
def test_rows_are_split_scaled_and_thinned_as_the_platform_does(history, smooth, rows):
    plant = drills(rows)
    theirs = prepare(plant, NOTHING, history=history, smooth=smooth)
    for drill in range(DRILLS):
        scaling, training, calibration = prepared(
            plant.values[plant.offsets[drill] : plant.offsets[drill + 1]], history, smooth
        )
        np.testing.assert_allclose(scaling.center, theirs.center[drill], rtol=1e-12)
        np.testing.assert_allclose(scaling.scale, theirs.scale[drill], rtol=1e-9)
        np.testing.assert_array_equal(scaling.known, theirs.known[drill])
        for ours, part in ((training, theirs.train), (calibration, theirs.calibration)):
            count = int(part.counts[drill])
            assert len(ours.x) == count
            np.testing.assert_allclose(ours.x, part.x[drill, :count], rtol=1e-6, atol=1e-6)
            np.testing.assert_array_equal(ours.present, part.present[drill, :count])
            np.testing.assert_array_equal(ours.counted, ~part.lead[drill, :count])
            for mine, wide in zip(ours.windows(history), part.windows(history), strict=True):
                np.testing.assert_allclose(mine, wide[drill, :count], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_local_and_fleet_scores_agree(recipe):
    plant = drills()
    fleet = pack_of(make_fleet(recipe, plant, NOTHING, NOTHING, {}, {}, seed=3))
    scorer = Scorer([Entry(asset, asset, fleet, i, recipe) for i, asset in enumerate(fleet.assets)])
    for drill in range(DRILLS):
        fitted = fit(recipe, frame_of(plant, drill), seed=3, asset=plant.assets[drill])
        assert fitted.threshold == pytest.approx(fleet.levels[drill, 0], rel=2e-3)
        rows = frame_of(drills(400, 0.0), drill)
        found = score(fitted, rows)
        slots = np.full(len(rows), drill)
        values = drills(400, 0.0).values[drill * 400 : (drill + 1) * 400]
        block = scorer.score(slots, values, None, scorer.state(), explain_above=-np.inf)
        main = block.route == 0
        alone = np.convolve(main, np.ones(recipe.threshold.smooth_rows), "full")[: len(main)] > 14.5
        main[: recipe.history_rows] = False  # with less of a past than the model looks at
        assert alone.sum() > 300
        np.testing.assert_allclose(found["raw"].to_numpy()[main], block.raw[main], rtol=5e-3, atol=1e-4)
        np.testing.assert_allclose(found["value"].to_numpy()[alone], block.value[alone], rtol=5e-3, atol=1e-4)


def test_answers_come_with_time_shares_and_nulls():
    rows = frame_of(drills(), 0).with_row_index("time")
    fitted = fit(RECIPES["sklearn"], rows, contract=LASER_DRILL)
    blank = rows.head(3).with_columns(pl.lit(None, pl.Float64).alias(key) for key in LASER_DRILL.keys)
    found = score(fitted, blank)
    assert found.columns == ["time", "raw", "value", "abnormal", *(f"{key}_share" for key in LASER_DRILL.keys)]
    assert found["raw"].null_count() == found["abnormal"].null_count() == 3


@pytest.mark.parametrize(
    ("change", "parameters", "said"),
    [
        (lambda rows: rows.head(99), {}, "99 rows, at least 100 are needed"),
        (lambda rows: rows.drop(rows.columns[0]), {}, "The rows lack"),
        (lambda rows: rows, {"depth": 3}, "plane has no parameter 'depth'; it has drop_share."),
        (lambda rows: rows, {"drop_share": 3}, "drop_share must lie between 0.0 and 0.9, not 3"),
        (lambda rows: rows.with_columns(pl.lit(float("inf")).alias(rows.columns[0])), {}, "infinite"),
        (lambda rows: rows.with_columns(pl.lit(None, pl.Float64).alias(k) for k in rows.columns), {}, "No signal has"),
    ],
)
def test_what_cannot_be_fitted_says_why(change, parameters, said):
    with pytest.raises(RecipeRefused) as refused:
        fit(RECIPES["sklearn"], change(frame_of(drills(), 0)), contract=LASER_DRILL, **parameters)
    assert said in str(refused.value)


def test_a_rate_that_is_too_high_is_said():
    with pytest.raises(RecipeRefused, match="Training diverged in epoch"):
        fit(torch_recipe(**{**wild(), "learning_rate": 1e12, "epochs": 40}), frame_of(drills(), 0))


def wild() -> dict:
    return {
        "key": "wild",
        "title": "Wild",
        "module": lambda inputs: MaskedAutoencoder(inputs, (16, 3, 16)),
        "loss": reconstruction_loss,
        "score": reconstruction_score,
    }
