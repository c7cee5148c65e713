"""Decision trees as plain arrays, walked level by level: all trees of all signals of a block at once. Needs torch.

A tree is a list of nodes. Node n asks whether the value of signal `feature[n]` is at most `threshold[n]` and goes on at
one of two children; a missing value goes left where `missing_left[n]` says so. How children are numbered is the
caller's: by rule in a full binary tree, or by arrays. Nothing of the library that grew the trees is needed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

BEYOND = np.float32(1e9)
"""A threshold no scaled value reaches: everything goes left."""
Step = Callable[[Tensor, Tensor], Tensor]
"""From nodes and whether each goes left, both [trees, rows], to their children."""


def walk(
    feature: Tensor, threshold: Tensor, missing_left: Tensor, values: Tensor, there: Tensor, depth: int, step: Step
) -> Iterator[tuple[Tensor, Tensor]]:
    """Nodes that rows meet, level after level, and where they go from there.

    `feature` (int64), `threshold` and `missing_left` are [trees, nodes], `values` and `there` [rows, signals]. Yields
    `depth` pairs of nodes asked and of the nodes that follow, int64 [trees, rows] each; the last of these is where a
    row ends.
    """
    across, known = values.T, there.T > 0
    node = torch.zeros_like(across[:1], dtype=torch.long).expand(len(feature), -1)
    for _ in range(depth):
        asked = feature.gather(1, node)
        below = across.gather(0, asked) <= threshold.gather(1, node)
        following = step(node, torch.where(known.gather(0, asked), below, missing_left.gather(1, node)))
        yield node, following
        node = following


def rounded_down(threshold: "float | np.ndarray") -> Any:
    """The largest float32 not above thresholds in float64: values in float32 fall on the same side of both."""
    near = np.clip(threshold, -BEYOND, BEYOND).astype(np.float32)
    return np.where(near.astype(np.float64) <= threshold, near, np.nextafter(near, np.float32(-np.inf)))


@dataclass(frozen=True, slots=True)
class Split:
    """A node that asks, as LightGBM describes it."""

    feature: int
    threshold: np.float32
    missing_left: bool

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Split":
        """Raises ValueError for a question that is not whether a number is at most another."""
        if told["decision_type"] != "<=" or told["missing_type"] == "Zero":
            raise ValueError("trees with categories, or that take zero for missing, cannot be kept as arrays")
        # Where no row lacked the signal, LightGBM takes one that is missing for zero.
        missing_left = told["default_left"] if told["missing_type"] == "NaN" else told["threshold"] >= 0
        return cls(told["split_feature"], rounded_down(np.float64(told["threshold"]))[()], bool(missing_left))
