"""Trees of any shape as arrays of one shape. Needs numpy and torch; nothing of the libraries that grew them.

Arrays, for `outputs` signals that are told (one for an isolation forest), each with as many trees and nodes as its
declaration allows, so that they are the same for every asset:

    feature, left, right   [outputs, trees, nodes]; a leaf is its own child
    threshold, leaf        [outputs, trees, nodes]
    missing_left           [outputs, trees, nodes], only where missing values have a way of their own
    offset                 [outputs], added to the sum of the leaves
    levels                 [depth]; only its length counts: how many questions a row is asked at most
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from andon_sdk.link.recipes.refused import RecipeRefused
from andon_sdk.plugin.estimator import Model
from andon_sdk.plugin.trees import BEYOND, Split, rounded_down, walk

MOST_NODES = 500_000
"""Of one asset's model: about 8 MB."""
MOST_LEVELS = 64
_PLACES = 2_000_000
"""Rows times trees that are walked at once: bounds the memory of a score."""


@dataclass(frozen=True, slots=True)
class Room:
    """What every asset's trees have."""

    trees: int
    nodes: int
    levels: int

    @classmethod
    def of(cls, name: str, trees: int, leaves: int | None, depth: int | None) -> "Room":
        """For at most `leaves` leaves or `depth` questions, one of which must be said. Raises RecipeRefused."""
        if leaves is None and depth is None:
            raise RecipeRefused(
                f"{name} grows its trees without bound, and every asset's must fit into the same arrays: "
                "give max_depth or the most leaves."
            )
        levels = min(depth or leaves or 1, (leaves or 2**20) - 1)
        nodes = min(2 ** (min(levels, 20) + 1), 2 * (leaves or 2**20)) - 1
        if levels > MOST_LEVELS:
            raise RecipeRefused(f"{name} may ask {levels} questions a row; at most {MOST_LEVELS} fit. Give max_depth.")
        return cls(trees, nodes, max(levels, 1))

    def empty(self, name: str, outputs: int, missing: bool) -> dict[str, np.ndarray]:
        """Trees that say zero. Raises RecipeRefused when they are too many."""
        shape = (outputs, self.trees, self.nodes)
        if (nodes := int(np.prod(shape))) > MOST_NODES:
            raise RecipeRefused(
                f"{name} takes {nodes} nodes for each asset ({outputs} signals × {self.trees} trees × {self.nodes}); "
                f"at most {MOST_NODES} are kept. Grow fewer or smaller trees."
            )
        own = np.broadcast_to(np.arange(self.nodes, dtype=np.int32), shape)
        ways = {"missing_left": np.ones(shape, bool)} if missing else {}
        return ways | {
            "feature": np.zeros(shape, np.int16),
            "left": own.copy(),
            "right": own.copy(),
            "threshold": np.full(shape, BEYOND, np.float32),
            "leaf": np.zeros(shape, np.float32),
            "offset": np.zeros(outputs, np.float32),
            "levels": np.zeros(self.levels, np.uint8),
        }


def place_sklearn(
    model: Mapping[str, np.ndarray], at: tuple[int, int], tree: Any, columns: np.ndarray, leaf: np.ndarray
) -> None:
    """A `sklearn.tree` tree; `columns` are the signals of its features, `leaf` [nodes] what its leaves say."""
    node = np.arange(tree.node_count)
    asks = tree.children_left >= 0
    rows = (*at, node)
    model["feature"][rows] = np.where(asks, columns[np.where(asks, tree.feature, 0)], 0)
    model["threshold"][rows] = np.where(asks, rounded_down(tree.threshold), BEYOND)
    model["left"][rows] = np.where(asks, tree.children_left, node)
    model["right"][rows] = np.where(asks, tree.children_right, node)
    model["leaf"][rows] = np.where(asks, 0.0, leaf)


def place_histogram(
    model: Mapping[str, np.ndarray], at: tuple[int, int], nodes: np.ndarray, columns: np.ndarray
) -> None:
    """A tree of scikit-learn's histogram gradient boosting, as its predictor's table of `nodes`."""
    if nodes["is_categorical"].any():
        raise RecipeRefused("Trees with categories cannot be kept as arrays: signals are numbers.")
    node = np.arange(len(nodes))
    asks = ~nodes["is_leaf"].astype(bool)
    rows = (*at, node)
    model["feature"][rows] = np.where(asks, columns[np.where(asks, nodes["feature_idx"], 0)], 0)
    model["threshold"][rows] = np.where(asks, rounded_down(nodes["num_threshold"]), BEYOND)
    model["left"][rows] = np.where(asks, nodes["left"], node)
    model["right"][rows] = np.where(asks, nodes["right"], node)
    model["missing_left"][rows] = np.where(asks, nodes["missing_go_to_left"].astype(bool), True)
    model["leaf"][rows] = np.where(asks, 0.0, nodes["value"])


def place_lightgbm(
    model: Mapping[str, np.ndarray], at: tuple[int, int], told: Mapping[str, Any], columns: np.ndarray
) -> None:
    """A tree as LightGBM describes it. Raises RecipeRefused for questions that are none of numbers."""
    waiting, used = [(0, told)], 1
    while waiting:
        node, each = waiting.pop()
        place = (*at, node)
        if "leaf_value" in each:
            model["leaf"][place] = each["leaf_value"]
            continue
        try:
            split = Split.of(each)
        except ValueError as error:
            raise RecipeRefused(f"LightGBM: {error}.") from error
        model["feature"][place] = columns[split.feature]
        model["threshold"][place] = split.threshold
        model["missing_left"][place] = split.missing_left
        model["left"][place], model["right"][place] = used, used + 1
        waiting += [(used, each["left_child"]), (used + 1, each["right_child"])]
        used += 2


def predicted(model: Model, z: Tensor, there: Tensor) -> Tensor:
    """What the trees say of rows [rows, signals]: [rows, outputs]."""
    outputs, trees, _ = model["leaf"].shape
    seen = there if "missing_left" in model else torch.ones_like(z)
    found = [leaf.gather(1, levels[-1][1]) for _, leaf, levels in _walked(model, z, seen)]
    return torch.cat(found).reshape(outputs, trees, -1).sum(1).T + model["offset"]


def paths(model: Model, z: Tensor) -> tuple[Tensor, Tensor]:
    """Mean depth [rows] at which an isolation forest's trees part with rows, and each signal's part in it [rows,
    signals]: by how many halvings (`halved` [1, trees, nodes], the logarithm of a node's rows) each question on the way
    came nearer to the row being alone, over the questions of that way. A short way weighs more."""
    deep, parts = torch.zeros_like(z[:, 0]), torch.zeros_like(z.T)
    halved = model["halved"].flatten(0, 1)
    first = 0
    for feature, leaf, levels in _walked(model, z, torch.ones_like(z)):
        deep = deep + leaf.gather(1, levels[-1][1]).sum(0)
        rows = halved[first : first + len(leaf)]
        questions = torch.stack([node != following for node, following in levels]).sum(0).clamp(min=1)
        for node, following in levels:
            nearer = rows.gather(1, node) - rows.gather(1, following)
            parts = parts.scatter_add(0, feature.gather(1, node), nearer / questions)
        first += len(leaf)
    return deep / model["leaf"].shape[1], parts.T


def _walked(model: Model, z: Tensor, there: Tensor) -> Iterator[tuple[Tensor, Tensor, list[tuple[Tensor, Tensor]]]]:
    """Some trees after the others: their features and leaves [trees, nodes], and the levels that rows walked."""
    feature, threshold, leaf, left, right = (
        model[name].flatten(0, 1) for name in ("feature", "threshold", "leaf", "left", "right")
    )
    missing = model["missing_left"].flatten(0, 1) if "missing_left" in model else torch.ones_like(threshold).bool()
    group = max(1, _PLACES // max(len(z), 1))
    for start in range(0, len(feature), group):
        some = slice(start, start + group)
        asked, to_left, to_right = feature[some].long(), left[some].long(), right[some].long()

        def step(node: Tensor, goes: Tensor, to_left: Tensor = to_left, to_right: Tensor = to_right) -> Tensor:
            return torch.where(goes, to_left.gather(1, node), to_right.gather(1, node))

        levels = list(walk(asked, threshold[some], missing[some], z, there, len(model["levels"]), step))
        yield asked, leaf[some], levels
