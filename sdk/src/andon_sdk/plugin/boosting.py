"""Boosted trees as an estimator: what each signal should be, told from the others. Needs torch; fitting needs lightgbm.

For signals that hang together in bends and steps: a valve that opens above a pressure, a fan that starts at a
temperature. LightGBM (Ke et al., 2017) fits a few shallow trees a signal to the mean of the window's rows; a missing
signal goes the way that each node has learned for it. The share of a signal in the score is its squared residual.

A tree is kept as a full binary tree of `DEPTH` levels in plain arrays, so that all trees of all signals of all assets
are walked at once, level by level. Nothing of LightGBM is needed for that.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from andon_sdk.plugin.blueprint import Parameter
from andon_sdk.plugin.dense import summary
from andon_sdk.plugin.estimator import FitRows, Model
from andon_sdk.plugin.trees import BEYOND, Split, walk

TREES, DEPTH = 24, 3
SHRINKAGE = Parameter("shrinkage", "Share of each tree's answer that is taken", 0.2, 0.02, 1.0)
LEAF_ROWS = Parameter("leaf_rows", "Rows a leaf has at least", 20, 5, 1000, whole=True)
_NODES, _LEAVES = 2**DEPTH - 1, 2**DEPTH


def fit_boosting(rows: FitRows, parameters: Mapping[str, Tensor]) -> Model:
    """`TREES` trees for each signal that is judged; the signal itself is hidden from them. Without rows to learn from,
    a signal is expected at its center."""
    values, seen = (part.numpy() for part in summary(rows.x, rows.seen))
    target, there = (part.numpy() for part in summary(rows.target, rows.present))
    signals = rows.inputs.signals
    model = _empty(signals)
    inputs = np.where(seen > 0, values, np.nan)
    for signal in rows.inputs.judged:
        taught = there[:, signal] > 0
        if taught.sum() < 2 * float(parameters["leaf_rows"]) or signals == 1:
            continue
        others = inputs[taught]
        others[:, signal] = np.nan
        for number, tree in enumerate(_trees(others, target[taught, signal], parameters)):
            _place(model, (signal, number), 0, 0, tree["tree_structure"])
    return {name: torch.as_tensor(array) for name, array in model.items()}


def boosting_score(model: Model, x: Tensor, seen: Tensor, judged: Tensor) -> Tensor:
    """Squared residual of each signal over the number of judged signals present [rows, signals]."""
    values, there = summary(x, seen)
    residual = (values - expected(model, values, there)) * judged
    return residual.square() / judged.sum(-1, keepdim=True).clamp(min=1)


def expected(model: Model, values: Tensor, there: Tensor) -> Tensor:
    """What the trees say each signal of rows `values` and `there` [rows, signals] should be [rows, signals]."""
    signals, trees, _ = model["leaf"].shape
    feature, threshold, left = (model[name].flatten(0, 1) for name in ("feature", "threshold", "left"))
    node = torch.zeros(1, dtype=torch.long)
    for _, node in walk(feature.long(), threshold, left, values, there, DEPTH, _child):  # noqa: B007 the last counts
        pass
    found = model["leaf"].flatten(0, 1).gather(1, node - _NODES)
    return found.reshape(signals, trees, -1).sum(dim=1).transpose(0, 1)


def _empty(signals: int) -> dict[str, np.ndarray]:
    """Trees that say zero whatever they are given. Children of node i are 2i + 1 and 2i + 2, leaves follow the
    nodes."""
    return {
        "feature": np.zeros((signals, TREES, _NODES), np.int16),
        "threshold": np.full((signals, TREES, _NODES), BEYOND, np.float32),
        "left": np.ones((signals, TREES, _NODES), bool),
        "leaf": np.zeros((signals, TREES, _LEAVES), np.float32),
    }


def _trees(inputs: np.ndarray, target: np.ndarray, parameters: Mapping[str, Tensor]) -> Iterator[dict[str, Any]]:
    """Trees as LightGBM describes them; the first includes the mean of the target."""
    import lightgbm  # noqa: PLC0415 - who only scores does without it

    settings = {
        "objective": "regression",
        "learning_rate": float(parameters["shrinkage"]),
        "min_data_in_leaf": int(parameters["leaf_rows"]),
        "num_leaves": _LEAVES,
        "max_depth": DEPTH,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    rows = lightgbm.Dataset(inputs, target, params={"verbosity": -1})
    booster = lightgbm.train(settings, rows, TREES)  # pyright: ignore[reportUnknownMemberType]
    yield from booster.dump_model()["tree_info"]


def _place(model: dict[str, np.ndarray], tree: tuple[int, int], node: int, level: int, told: dict[str, Any]) -> None:
    """Writes a node and all below it. A leaf above the lowest level becomes nodes that send everything left."""
    if level == DEPTH:
        model["leaf"][tree][node - _NODES] = told["leaf_value"]
        return
    if "leaf_value" in told:
        _place(model, tree, 2 * node + 1, level + 1, told)
        return
    split = Split.of(told)
    for name, value in (("feature", split.feature), ("threshold", split.threshold), ("left", split.missing_left)):
        model[name][tree][node] = value
    _place(model, tree, 2 * node + 1, level + 1, told["left_child"])
    _place(model, tree, 2 * node + 2, level + 1, told["right_child"])


def _child(node: Tensor, goes_left: Tensor) -> Tensor:
    return 2 * node + 2 - goes_left.long()
