"""Models in arrays answer as the libraries that fitted them, whatever they were fitted on."""

import lightgbm
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lightgbm import LGBMRegressor
from sklearn.cluster import KMeans
from sklearn.covariance import EllipticEnvelope
from sklearn.decomposition import PCA, FactorAnalysis
from sklearn.ensemble import (
    ExtraTreesRegressor,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestRegressor,
)
from sklearn.linear_model import Lasso, LinearRegression, Ridge
from sklearn.mixture import GaussianMixture
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, PolynomialFeatures, RobustScaler, StandardScaler
from sklearn.tree import DecisionTreeRegressor
from threadpoolctl import threadpool_limits

from andon_sdk.link.recipes import RecipeRefused, lightgbm_recipe, sklearn_recipe
from andon_sdk.link.recipes.fitting import fit_arrays
from andon_sdk.link.recipes.scoring import array_score, expected, standard
from andon_sdk.plugin import FitRows, Inputs

FEW = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
SIGNALS = 4


@pytest.fixture(autouse=True)
def one_thread():
    """Few rows on many threads wait for each other."""
    with threadpool_limits(1):
        yield


@st.composite
def blocks(draw):
    """Rows of signals that hang together, some of them rounded so that values are equal."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = draw(st.integers(40, 160))
    cause = random.uniform(-2, 2, rows)
    x = np.stack([cause, np.abs(cause), np.where(cause > 0.5, 1.0, -1.0), np.sin(2 * cause)], axis=1)
    x += draw(st.sampled_from([0.01, 0.3])) * random.normal(size=x.shape)
    return np.round(x, draw(st.integers(1, 6))).astype(np.float32)


def given_rows(x: np.ndarray, present: np.ndarray | None = None, exogenous: tuple[int, ...] = ()) -> FitRows:
    there = torch.ones(x.shape) if present is None else torch.from_numpy(present.astype(np.float32))
    values = torch.from_numpy(x) * there
    return FitRows(values, there, values, there, Inputs(x.shape[1], exogenous=exogenous))


def answered(model, x: np.ndarray) -> np.ndarray:
    every = torch.ones(x.shape)
    return array_score(model, torch.from_numpy(x), every, every).numpy()


def close(found: np.ndarray, wanted: np.ndarray) -> None:
    np.testing.assert_allclose(found, wanted, rtol=2e-4, atol=2e-5)


SCALERS = [
    None,
    StandardScaler(),
    RobustScaler(),
    MinMaxScaler(clip=True),
    MaxAbsScaler(),
    StandardScaler(with_mean=False),
]
REGRESSORS = {
    "linear": LinearRegression(),
    "ridge": Ridge(0.5),
    "lasso": Lasso(0.05),
    "tree": DecisionTreeRegressor(max_depth=5),
    "forest": RandomForestRegressor(8, max_leaf_nodes=12),
    "extra": ExtraTreesRegressor(8, max_depth=4),
    "histogram": HistGradientBoostingRegressor(max_iter=12, min_samples_leaf=3),
    "network": MLPRegressor(hidden_layer_sizes=(6, 5), max_iter=15, activation="tanh"),
    "lightgbm": LGBMRegressor(n_estimators=12, min_child_samples=3, reg_lambda=0.5, verbosity=-1),
}


def scaled(scaler, fitted_on: np.ndarray, x: np.ndarray) -> np.ndarray:
    return (
        x
        if scaler is None
        else scaler.fit(fitted_on.astype(np.float64)).transform(x.astype(np.float64)).astype(np.float32)
    )


def piped(scaler, model):
    return model if scaler is None else Pipeline([("scale", scaler), ("model", model)])


@FEW
@given(x=blocks(), scaler=st.sampled_from(SCALERS))
@pytest.mark.parametrize("regressor", REGRESSORS.values(), ids=REGRESSORS)
@pytest.mark.filterwarnings("ignore")
def test_each_signal_is_told_from_the_others_as_the_library_tells_it(regressor, x, scaler):
    model = fit_arrays(piped(scaler, regressor), given_rows(x))
    z = scaled(scaler, x, x)
    other = scaled(scaler, x, x[::-1] + 0.125)
    found = expected(model, standard(model, torch.from_numpy(x[::-1] + 0.125)), torch.ones(x.shape)).numpy()
    seeded = regressor.set_params(random_state=0) if "random_state" in regressor.get_params() else regressor
    if isinstance(regressor, LGBMRegressor):
        seeded = regressor.set_params(n_jobs=1, deterministic=True, force_row_wise=True)
    for signal in range(SIGNALS):
        rest = np.delete(np.arange(SIGNALS), signal)
        wanted = seeded.fit(z[:, rest], z[:, signal]).predict(other[:, rest])
        close(found[:, signal], np.ravel(wanted))


@FEW
@given(x=blocks(), scaler=st.sampled_from(SCALERS), whiten=st.booleans(), kept=st.sampled_from([2, 0.9, None]))
def test_components_leave_what_they_do_not_explain(x, scaler, whiten, kept):
    model = fit_arrays(piped(scaler, PCA(kept, whiten=whiten, random_state=0)), given_rows(x))
    z = scaled(scaler, x, x)
    own = PCA(kept, whiten=whiten, random_state=0).fit(z)
    residual = z - own.inverse_transform(own.transform(z))
    close(answered(model, x), residual**2 / SIGNALS)


@FEW
@given(x=blocks(), scaler=st.sampled_from(SCALERS))
def test_the_nearest_center_is_the_librarys(x, scaler):
    model = fit_arrays(piped(scaler, KMeans(3, n_init=1)), given_rows(x))
    z = scaled(scaler, x, x)
    own = KMeans(3, n_init=1, random_state=0).fit(z)
    close(answered(model, x).sum(1), own.transform(z).min(axis=1) ** 2 / SIGNALS)


@FEW
@given(x=blocks(), kind=st.sampled_from(["full", "tied", "diag", "spherical"]))
def test_a_mixture_says_how_far_below_its_most_a_row_lies(x, kind):
    own = GaussianMixture(2, covariance_type=kind, reg_covar=1e-2, random_state=0).fit(x)
    model = fit_arrays(GaussianMixture(2, covariance_type=kind, reg_covar=1e-2), given_rows(x))
    ceiling = np.logaddexp.reduce(
        [
            np.log(own.weights_[k]) - 0.5 * (SIGNALS * np.log(2 * np.pi) + np.linalg.slogdet(covariance(own, k))[1])
            for k in range(2)
        ]
    )
    found = answered(model, x)
    np.testing.assert_allclose(found.sum(1), ceiling - own.score_samples(x), rtol=1e-3, atol=1e-3)
    assert (found >= 0).all()


def covariance(own: GaussianMixture, k: int) -> np.ndarray:
    told = own.covariances_
    if own.covariance_type == "full":
        return told[k]
    return told if own.covariance_type == "tied" else np.diag(np.broadcast_to(told[k], SIGNALS))


@FEW
@given(x=blocks())
@pytest.mark.filterwarnings("ignore")
def test_an_envelope_says_the_squared_distance_of_mahalanobis(x):
    x = x + np.random.default_rng(0).normal(size=x.shape).astype(np.float32)
    own = EllipticEnvelope(random_state=0).fit(x)
    found = answered(fit_arrays(EllipticEnvelope(), given_rows(x)), x)
    np.testing.assert_allclose(found.sum(1), own.mahalanobis(x), rtol=1e-3, atol=1e-3)


@FEW
@given(x=blocks(), scaler=st.sampled_from(SCALERS), features=st.sampled_from([1.0, 0.5]))
def test_a_forest_of_isolation_says_the_odds_of_its_score(x, scaler, features):
    model = fit_arrays(
        piped(scaler, IsolationForest(n_estimators=20, max_features=features, max_samples=64)), given_rows(x)
    )
    z = scaled(scaler, x, x)
    score = (
        -IsolationForest(n_estimators=20, max_features=features, max_samples=64, random_state=0).fit(z).score_samples(z)
    )
    close(answered(model, x).sum(1), score / (1 - score))


def test_who_is_isolated_by_one_signal_is_told_so():
    x = np.random.default_rng(1).normal(size=(300, SIGNALS)).astype(np.float32)
    model = fit_arrays(IsolationForest(n_estimators=50), given_rows(x))
    far = np.zeros((1, SIGNALS), np.float32)
    far[0, 2] = 9.0
    assert int(answered(model, far)[0].argmax()) == 2
    shares = answered(model, far)[0]
    assert shares[2] > 2 * np.delete(shares, 2).max()


@FEW
@given(x=blocks(), gaps=st.sampled_from([0.0, 0.2]), leaves=st.sampled_from([4, 31]), rate=st.sampled_from([0.05, 0.3]))
def test_trees_of_any_depth_say_what_the_booster_says(x, gaps, leaves, rate):
    present = np.random.default_rng(0).random(x.shape) >= gaps
    params = {"num_leaves": leaves, "learning_rate": rate, "num_iterations": 15, "min_data_in_leaf": 3}
    model = fit_arrays(params, given_rows(x, present))
    inputs = np.where(present, x, np.nan)
    steady = {"verbosity": -1, "seed": 0, "num_threads": 1, "deterministic": True, "force_row_wise": True}
    found = expected(model, torch.from_numpy(x) * torch.from_numpy(present), torch.from_numpy(present).float())
    for signal in range(SIGNALS):
        rest, taught = np.delete(np.arange(SIGNALS), signal), present[:, signal]
        data = lightgbm.Dataset(inputs[taught][:, rest], x[taught, signal], params={"verbosity": -1})
        own = {key: value for key, value in params.items() if key != "num_iterations"}
        booster = lightgbm.train(own | steady, data, 15)
        close(found[:, signal].numpy(), np.asarray(booster.predict(inputs[:, rest])))


def test_a_histogram_sends_missing_values_its_own_way():
    draw = np.random.default_rng(3)
    x = draw.normal(size=(300, SIGNALS)).astype(np.float32)
    x[:, 1] = np.abs(x[:, 0])
    present = draw.random(x.shape) >= 0.3
    present[:, 1] = True
    model = fit_arrays(HistGradientBoostingRegressor(max_iter=10), given_rows(x, present))
    inputs = np.where(present, x, np.nan)
    own = HistGradientBoostingRegressor(max_iter=10, random_state=0).fit(inputs[:, [0, 2, 3]], x[:, 1])
    there = torch.from_numpy(present)
    close(expected(model, torch.from_numpy(x) * there, there.float())[:, 1].numpy(), own.predict(inputs[:, [0, 2, 3]]))


def test_arrays_have_one_shape_whatever_the_rows():
    draw = np.random.default_rng(0)
    few, many = (draw.normal(size=(rows, SIGNALS)).astype(np.float32) for rows in (30, 400))
    for made in (
        *REGRESSORS.values(),
        PCA(0.9),
        KMeans(3),
        GaussianMixture(2),
        EllipticEnvelope(),
        IsolationForest(n_estimators=9),
    ):
        shapes = [{k: (v.shape, v.dtype) for k, v in fit_arrays(made, given_rows(x)).items()} for x in (few, many)]
        assert shapes[0] == shapes[1]


def test_what_is_not_judged_is_not_told_and_adds_nothing():
    x = np.random.default_rng(0).normal(size=(60, SIGNALS)).astype(np.float32)
    model = fit_arrays(Ridge(), given_rows(x, exogenous=(0,)))
    assert (model["weights"][0] == 0).all()
    judged = torch.ones(x.shape)
    judged[:, 0] = 0
    found = array_score(model, torch.from_numpy(x), torch.ones(x.shape), judged)
    assert (found[:, 0] == 0).all()


class Bent(Ridge):
    """Answers otherwise than what it is derived from."""


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (FactorAnalysis(2), "sklearn's FactorAnalysis cannot be kept as arrays. These can: DecisionTreeRegressor, "),
        (Bent(), "Bent cannot be kept as arrays"),
        (
            Pipeline([("bend", PolynomialFeatures()), ("model", Ridge())]),
            "PolynomialFeatures → Ridge: a Pipeline is kept",
        ),
        (RandomForestRegressor(), "RandomForestRegressor grows its trees without bound"),
        (RandomForestRegressor(300, max_leaf_nodes=1000, max_depth=60), "takes 2398800 nodes for each asset"),
        (DecisionTreeRegressor(max_leaf_nodes=100), "may ask 99 questions a row; at most 64 fit"),
        (HistGradientBoostingRegressor(loss="poisson"), "with loss='poisson' answers with a power"),
        (IsolationForest(max_samples=0.5), "max_samples must be a whole number"),
        ({"objective": "poisson"}, "only objectives whose trees' sum is the answer become arrays"),
        ({"linear_tree": True}, "linear leaves"),
        ({"num_leaves": 15, "zero_as_missing": True, "min_data_in_leaf": 3}, "take zero for missing"),
    ],
)
def test_what_cannot_become_arrays_is_refused_by_name(made, said):
    x = np.random.default_rng(0).normal(size=(80, SIGNALS)).astype(np.float32)
    with pytest.raises(RecipeRefused) as refused:
        fit_arrays(made, given_rows(x))
    assert said in str(refused.value)


def test_a_recipe_gives_its_model_the_tuned_values():
    recipe = sklearn_recipe(key="ridge", title="Ridge", make=lambda told: Ridge(told["alpha"]), contract="pump")
    x = np.random.default_rng(0).normal(size=(60, SIGNALS)).astype(np.float32)
    weak, strong = (recipe.fit(given_rows(x), {"alpha": torch.tensor(a)})["weights"].abs().sum() for a in (0.1, 1e4))
    assert weak > 10 * strong
    assert (recipe.stacked, recipe.contract, recipe.drop_share.default) == (False, "pump", 0.25)


def test_lightgbm_takes_params_or_a_maker_of_them():
    for told in ({}, {"params": {}, "make": lambda _: {}}):
        with pytest.raises(ValueError, match="either make or params"):
            lightgbm_recipe(key="a", title="A", **told)
