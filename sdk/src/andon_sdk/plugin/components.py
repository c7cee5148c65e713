"""Principal components with T² and Q, the classic of process monitoring, as an estimator. Needs torch.

The components that keep a share of the variance span the plane in which the signals move together. T² (Hotelling)
says how far a row lies from the middle of that plane, Q (squared prediction error) how far off the plane. The raw score
is the combined index of Yue and Qin (2001), here T² / components + Q / its mean over the training rows, so that each
half is about 1 on a normal row.

**Missing signals.** The row's place in the plane is its conditional expectation, given the signals it has, under a
covariance with the same variance in every direction off the plane (Nelson, Taylor and MacGregor, 1996; Arteaga and
Ferrer, 2002). For a complete row that is the plain projection. One model answers under any mask.

**Contributions.** Q is the sum of the signals' squared residuals. T² is divided by the complete decomposition
(Alcala and Qin, 2009), whose parts are never negative and sum up to it.
"""

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor

from andon_sdk.plugin.blueprint import Parameter
from andon_sdk.plugin.dense import summary
from andon_sdk.plugin.estimator import FitRows, Model

VARIANCE_SHARE = Parameter("variance_share", "Variance the components keep", 0.9, 0.3, 0.999)
MOST_COMPONENTS = 8
_SMALLEST = 1e-6
"""Variance, as a share of the whole, below which a direction counts as one in which nothing moves."""
_AT_REST = 1e-3
"""Spread, in scaled units, below which a signal counts as constant and keeps the scale it has."""


def fit_components(rows: FitRows, parameters: Mapping[str, Tensor], most: int = MOST_COMPONENTS) -> Model:
    """At most `most` components of the mean of the window's rows. Covariances of signals with gaps are taken over the
    rows that have both."""
    values, there = summary(rows.x, rows.seen)
    count = there.sum(0).clamp(min=1)
    center = (values * there).sum(0) / count
    spread = (((values - center) * there).square().sum(0) / count).sqrt()
    spread = torch.where(spread > _AT_REST, spread, torch.ones_like(spread))
    standard = (values - center) / spread * there
    variance, directions = _spectrum(standard.T @ standard / (there.T @ there).clamp(min=1))
    whole = variance.sum().clamp(min=_SMALLEST)
    before = (variance.cumsum(0) - variance) / whole
    kept = (before < parameters["variance_share"]) & (variance > _SMALLEST * whole)
    kept = kept & (torch.arange(len(kept)) < most)
    off_plane = (whole - (variance * kept).sum()).clamp(min=_SMALLEST * whole)
    directions_off = ((there.sum(0) > 0).sum() - kept.sum()).clamp(min=1)
    return {
        "center": center,
        "spread": spread,
        "variance": (variance * kept)[:most],
        "directions": (directions * kept)[:, :most],
        "off_plane": off_plane,
        "noise": off_plane / directions_off,
    }


def components_score(model: Model, x: Tensor, seen: Tensor, judged: Tensor) -> Tensor:
    """Each signal's part of T² / components + Q / its mean [rows, signals]."""
    values, there = summary(x, seen)
    standard = (values - model["center"]) / model["spread"] * there
    place = _place(model, standard, there)
    kept = (model["variance"] > 0).to(place.dtype)
    unit = place * kept / model["variance"].clamp(min=_SMALLEST).sqrt()
    parts = (unit @ model["directions"].T).square() * there
    distance = unit.square().sum(-1, keepdim=True)
    within = parts / parts.sum(-1, keepdim=True).clamp(min=1e-12) * distance / kept.sum().clamp(min=1)
    residual = (standard - place @ model["directions"].T).square()
    return (within + residual / model["off_plane"]) * judged


def _place(model: Model, standard: Tensor, there: Tensor) -> Tensor:
    """Coordinates in the plane [rows, components], expected from what is there of each row."""
    directions, variance, noise = model["directions"], model["variance"], model["noise"]
    most = directions.shape[1]
    products = (directions[:, :, None] * directions[:, None, :]).flatten(1)
    overlap = (there @ products).reshape(-1, most, most)
    beyond = (variance - noise).clamp(min=0)
    system = overlap * beyond + noise * torch.eye(most)
    solved = cast(Tensor, torch.linalg.solve(system, (standard @ directions)[..., None]))  # pyright: ignore[reportUnknownMemberType]
    return torch.maximum(variance, noise) * solved[..., 0]


def _spectrum(covariance: Tensor) -> tuple[Tensor, Tensor]:
    """Variances, largest first, and their directions as columns."""
    found = cast(tuple[Tensor, Tensor], torch.linalg.eigh(covariance))  # pyright: ignore[reportUnknownMemberType]
    return found[0].flip(0).clamp(min=0), found[1].flip(1)
