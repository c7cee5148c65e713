"""Fitted models of scikit-learn and LightGBM as named arrays, the same shapes for every asset. Needs both at fitting.

Each function takes an unfitted model and rows `z` [rows, signals], fits, and returns arrays that `scoring` answers
from. A family's arrays have names that no other has.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from andon_sdk.link.recipes.refused import RecipeRefused
from andon_sdk.link.recipes.trees import Room, place_sklearn

Arrays = dict[str, np.ndarray]


def components(model: Any, z: np.ndarray) -> Arrays:
    """PCA: `mean` [signals] and `axes` [components, signals], rows of zeros where an asset has fewer."""
    model.fit(z)
    most = model.n_components if type(model.n_components) is int else z.shape[1]
    axes = np.zeros((most, z.shape[1]))
    axes[: len(model.components_)] = model.components_
    return {"mean": _single(model.mean_), "axes": _single(axes)}


def clusters(model: Any, z: np.ndarray) -> Arrays:
    """KMeans: `centers` [clusters, signals]."""
    return {"centers": _single(model.fit(z).cluster_centers_)}


def ellipse(model: Any, z: np.ndarray) -> Arrays:
    """EllipticEnvelope: `ellipse_center` [signals] and `ellipse_root` [signals, signals], the symmetric root of the
    precision, so that each signal has a part in the distance that is never negative."""
    model.fit(z)
    return {"ellipse_center": _single(model.location_), "ellipse_root": _single(_root(model.get_precision()))}


def mixture(model: Any, z: np.ndarray) -> Arrays:
    """GaussianMixture: `mixture_mean` [components, signals], `mixture_root` [components, signals, signals], roots of
    the precisions, and `mixture_weight` [components], the logarithm of each component's share in the most that the
    density can be."""
    model.fit(z)
    kind, signals, count = model.covariance_type, z.shape[1], len(model.means_)
    precision = model.precisions_
    if kind == "tied":
        precision = np.broadcast_to(precision, (count, signals, signals))
    elif kind != "full":
        precision = np.stack([np.diag(np.broadcast_to(each, signals)) for each in precision])
    peak = np.log(model.weights_) + np.linalg.slogdet(precision)[1] / 2
    return {
        "mixture_mean": _single(model.means_),
        "mixture_root": _single(np.stack([_root(each) for each in precision])),
        "mixture_weight": _single(peak - np.logaddexp.reduce(peak)),
    }


def isolation(model: Any, z: np.ndarray) -> Arrays:
    """IsolationForest: trees whose leaves say their depth, `halved` [1, trees, nodes], the binary logarithm of the rows
    in each node, and `unit`, the depth that a usual row has."""
    name, told = type(model).__name__, model.get_params()
    if type(told["max_samples"]) is int:
        most = told["max_samples"]
    elif told["max_samples"] == "auto":
        most = 256
    else:
        raise RecipeRefused(f"{name}: max_samples must be a whole number, so that every asset's trees have one size.")
    depth = max(1, int(np.ceil(np.log2(max(most, 2)))))
    found = Room.of(name, told["n_estimators"], most, depth).empty(name, 1, missing=False)
    halved = np.zeros_like(found["leaf"])
    model.fit(z.astype(np.float32))
    for number, (tree, columns) in enumerate(zip(model.estimators_, model.estimators_features_, strict=True)):
        grown = tree.tree_
        place_sklearn(found, (0, number), grown, columns, _depths(grown) + _usual(grown.n_node_samples))
        halved[0, number, : grown.node_count] = np.log2(grown.n_node_samples)
    # Of a single row no tree can be grown: then every row is usual.
    return found | {
        "halved": halved,
        "unit": np.array(max(float(_usual(np.array([model.max_samples_]))[0]), 1.0), np.float32),
    }


WHOLE: dict[str, Callable[[Any, np.ndarray], Arrays]] = {
    "PCA": components,
    "KMeans": clusters,
    "MiniBatchKMeans": clusters,
    "EllipticEnvelope": ellipse,
    "GaussianMixture": mixture,
    "IsolationForest": isolation,
}
"""Models that look at the whole row."""


def _root(matrix: np.ndarray) -> np.ndarray:
    value, direction = np.linalg.eigh(matrix)
    return (direction * np.sqrt(np.maximum(value, 0))) @ direction.T


def _depths(tree: Any) -> np.ndarray:
    """Questions on the way to each node [nodes]; parents come before their children."""
    depth = np.zeros(tree.node_count)
    for children in zip(tree.children_left, tree.children_right, range(tree.node_count), strict=True):
        if children[0] >= 0:
            depth[[children[0], children[1]]] = depth[children[2]] + 1
    return depth


def _usual(rows: np.ndarray) -> np.ndarray:
    """Mean depth of an unsuccessful search in a tree of so many rows (Liu, Ting and Zhou, 2008)."""
    rows = rows.astype(np.float64)
    more = 2 * (np.log(np.maximum(rows - 1, 1)) + np.euler_gamma) - 2 * (rows - 1) / np.maximum(rows, 1)
    return np.where(rows <= 1, 0.0, np.where(rows == 2, 1.0, more))


def _single(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array, np.float32)
