"""Regressors that tell each judged signal from the others, as named arrays. Needs scikit-learn or LightGBM at fitting.

A family says what of its arrays is there before anything is fitted (`empty`) and writes one signal's fitted model into
them (`place`). A signal that is not told keeps the mean it has, in `offset` or `bias`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from andon_sdk.link.recipes.refused import RecipeRefused
from andon_sdk.link.recipes.trees import Room, place_histogram, place_lightgbm, place_sklearn

Arrays = dict[str, np.ndarray]
_LEAVES = {"num_leaves", "num_leaf", "max_leaves", "max_leaf", "max_leaf_nodes"}
_TREES = {
    "num_iterations", "num_iteration", "n_iter", "num_tree", "num_trees", "num_round", "num_rounds", "nrounds",
    "num_boost_round", "n_estimators", "max_iter",
}  # fmt: skip
_SEEDS = {"seed", "random_seed", "random_state"}
"""Other names that LightGBM knows for these."""
_IDENTITY = {"regression", "regression_l1", "l1", "l2", "mse", "mae", "rmse", "huber", "fair", "quantile", "mape"}
"""Objectives of LightGBM whose trees' sum is the answer."""


@dataclass(frozen=True, slots=True)
class Family:
    """How a kind of regressor becomes arrays."""

    empty: Callable[[Any, int], Arrays]
    """Of an unfitted model and the number of signals."""
    place: Callable[[Arrays, int, Any, np.ndarray], None]
    """A fitted model of one signal, told from the signals `columns`."""
    gaps: bool = False
    """Whether missing values have a way of their own; else they stand at the asset's center."""
    fit: Callable[[Any, np.ndarray, np.ndarray], Any] = lambda model, x, y: model.fit(x, y)


def _no_weights(model: Any, signals: int) -> Arrays:
    return {"weights": np.zeros((signals, signals), np.float32), "bias": np.zeros(signals, np.float32)}


def _place_weights(found: Arrays, signal: int, model: Any, columns: np.ndarray) -> None:
    found["weights"][signal, columns] = model.coef_
    found["bias"][signal] = model.intercept_


def _no_forest(model: Any, signals: int) -> Arrays:
    told, name = model.get_params(), type(model).__name__
    trees = told.get("n_estimators", 1)
    return Room.of(name, trees, told["max_leaf_nodes"], told["max_depth"]).empty(name, signals, missing=False)


def _place_forest(found: Arrays, signal: int, model: Any, columns: np.ndarray) -> None:
    trees = getattr(model, "estimators_", [model])
    for number, tree in enumerate(trees):
        grown = tree.tree_
        place_sklearn(found, (signal, number), grown, columns, grown.value[:, 0, 0] / len(trees))


def _no_histogram(model: Any, signals: int) -> Arrays:
    told, name = model.get_params(), type(model).__name__
    if told["loss"] not in {"squared_error", "absolute_error", "quantile"}:
        raise RecipeRefused(f"{name} with loss={told['loss']!r} answers with a power of its trees' sum: take another.")
    return Room.of(name, told["max_iter"], told["max_leaf_nodes"], told["max_depth"]).empty(name, signals, missing=True)


def _place_histogram(found: Arrays, signal: int, model: Any, columns: np.ndarray) -> None:
    found["offset"][signal] = np.ravel(model._baseline_prediction)[0]
    for number, [predictor] in enumerate(model._predictors):
        place_histogram(found, (signal, number), predictor.nodes, columns)


def _no_network(model: Any, signals: int) -> Arrays:
    told = model.get_params()
    widths = [max(signals - 1, 1), *np.atleast_1d(told["hidden_layer_sizes"]), 1]
    found: Arrays = {"offset": np.zeros(signals, np.float32)}
    for number, (wide, narrow) in enumerate(pairwise(widths)):
        name = _layer(number, len(widths) - 2, told["activation"])
        found[f"{name}_weight"] = np.zeros((signals, signals if number == 0 else wide, narrow), np.float32)
        found[f"{name}_bias"] = np.zeros((signals, narrow), np.float32)
    return found


def _place_network(found: Arrays, signal: int, model: Any, columns: np.ndarray) -> None:
    last = len(model.coefs_) - 1
    for number, (weight, bias) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        name = _layer(number, last, model.activation)
        found[f"{name}_weight"][signal, columns if number == 0 else slice(None)] = weight
        found[f"{name}_bias"][signal] = bias


def _layer(number: int, last: int, activation: str) -> str:
    return f"layer{number:02}_{'identity' if number == last else activation}"


def _no_boosting(model: Any, signals: int) -> Arrays:
    told = _boosting(model)
    if str(told.get("objective", "regression")) not in _IDENTITY or told.get("boosting", "gbdt") in {
        "rf",
        "random_forest",
    }:
        raise RecipeRefused(
            "LightGBM: only objectives whose trees' sum is the answer become arrays "
            f"({', '.join(sorted(_IDENTITY))}), and no random forest."
        )
    if told.get("linear_tree"):
        raise RecipeRefused("LightGBM: trees with linear leaves cannot be kept as arrays.")
    depth = int(told.get("max_depth", -1))
    leaves = int(_known(told, _LEAVES, 31))
    trees = int(_known(told, _TREES, 100))
    return Room.of("LightGBM", trees, leaves, depth if depth > 0 else None).empty("LightGBM", signals, missing=True)


def _fit_boosting(model: Any, x: np.ndarray, y: np.ndarray) -> Any:
    """A Booster, the same whenever it is grown."""
    import lightgbm  # noqa: PLC0415 - who uses scikit-learn only does without it

    given = _boosting(model)
    told = {"verbosity": -1, **({} if _SEEDS & given.keys() else {"seed": 0}), **given}
    told |= {"num_threads": 1, "deterministic": True, "force_row_wise": True}
    trees = int(_known(told, _TREES, 100))
    rest = {key: value for key, value in told.items() if key not in _TREES}
    return lightgbm.train(rest, lightgbm.Dataset(x, y, params={"verbosity": -1}), trees)  # pyright: ignore[reportUnknownMemberType]


def _place_boosting(found: Arrays, signal: int, booster: Any, columns: np.ndarray) -> None:
    for number, tree in enumerate(booster.dump_model()["tree_info"]):
        place_lightgbm(found, (signal, number), tree["tree_structure"], columns)


def _boosting(model: Any) -> dict[str, Any]:
    """Params of `lightgbm.train`, those of an `LGBMRegressor` under the names that it gives them."""
    if isinstance(model, Mapping):
        return dict(model)
    given: dict[str, Any] = {key: value for key, value in model.get_params().items() if value is not None}
    names = {
        "boosting_type": "boosting", "min_split_gain": "min_gain_to_split",
        "min_child_weight": "min_sum_hessian_in_leaf", "min_child_samples": "min_data_in_leaf",
        "subsample": "bagging_fraction", "subsample_freq": "bagging_freq",
        "colsample_bytree": "feature_fraction", "reg_alpha": "lambda_l1", "reg_lambda": "lambda_l2",
        "subsample_for_bin": "bin_construct_sample_cnt", "random_state": "seed",
    }  # fmt: skip
    dropped = {"n_jobs", "importance_type", "class_weight"}
    return {names.get(key, key): value for key, value in given.items() if key not in dropped}


def _known(told: Mapping[str, Any], names: set[str], default: int) -> int:
    return next((told[name] for name in sorted(names) if name in told), default)


_LINEAR = Family(_no_weights, _place_weights)
_FOREST = Family(_no_forest, _place_forest)
BOOSTING = Family(_no_boosting, _place_boosting, gaps=True, fit=_fit_boosting)
PREDICTORS = {
    "LinearRegression": _LINEAR,
    "Ridge": _LINEAR,
    "Lasso": _LINEAR,
    "ElasticNet": _LINEAR,
    "DecisionTreeRegressor": _FOREST,
    "RandomForestRegressor": _FOREST,
    "ExtraTreesRegressor": _FOREST,
    "HistGradientBoostingRegressor": Family(_no_histogram, _place_histogram, gaps=True),
    "MLPRegressor": Family(_no_network, _place_network),
    "LGBMRegressor": BOOSTING,
}
"""Regressors that a signal is told by."""
