"""Scores of models that are arrays, of torch operations that `torch.func.vmap` can batch. Needs torch.

Which family a model is of is told by the names of its arrays, so that one function answers for all. What each array
holds is said where it is made (`families`, `trees`).
"""

import torch
from torch import Tensor

from andon_sdk.link.recipes.trees import paths, predicted
from andon_sdk.plugin.dense import summary
from andon_sdk.plugin.estimator import Model

ACTIVATIONS = {"identity": lambda x: x, "logistic": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
"""Of scikit-learn's MLPRegressor."""
_SMALLEST = 1e-12


def array_score(model: Model, x: Tensor, seen: Tensor, judged: Tensor) -> Tensor:
    """The share of each signal in the row's abnormality [rows, signals], as `Estimator.score` says."""
    values, there = summary(x, seen)
    z = standard(model, values)
    if "unit" in model:
        return _isolation(model, z, judged)
    if "ellipse_root" in model:
        return _shared(*_ellipse(model, z), judged)
    if "mixture_root" in model:
        return _shared(*_mixture(model, z), judged)
    residual = (z - expected(model, z, there)) * judged
    return residual.square() / judged.sum(-1, keepdim=True).clamp(min=1)


def standard(model: Model, values: Tensor) -> Tensor:
    """What the scaler makes of rows [rows, signals]; in float64 until the end, as trees ask about the last digit."""
    z = (values.double() - model["center"]) / model["spread"] * model["factor"] + model["shift"]
    return torch.minimum(torch.maximum(z, model["low"]), model["high"]).to(values.dtype)


def expected(model: Model, z: Tensor, there: Tensor) -> Tensor:
    """What each signal should be [rows, signals]: from the others, or from the whole row."""
    if "axes" in model:
        return (z - model["mean"]) @ model["axes"].T @ model["axes"] + model["mean"]
    if "centers" in model:
        apart = (z[:, None] - model["centers"]).square().sum(-1)
        return model["centers"][apart.argmin(-1)]
    if "weights" in model:
        return z @ model["weights"].T + model["bias"]
    if "leaf" in model:
        return predicted(model, z, there)
    return _perceived(model, z)


def _perceived(model: Model, z: Tensor) -> Tensor:
    """By a small network for each signal."""
    layers = sorted(name.removesuffix("_weight") for name in model if name.endswith("_weight"))
    row = z.expand(len(model["offset"]), *z.shape)
    for layer in layers:
        row = torch.baddbmm(model[f"{layer}_bias"][:, None], row, model[f"{layer}_weight"])
        row = ACTIVATIONS[layer.partition("_")[2]](row)
    return row[..., 0].T + model["offset"]


def _ellipse(model: Model, z: Tensor) -> tuple[Tensor, Tensor]:
    """Squared Mahalanobis distance [rows], and what each signal has in it."""
    parts = ((z - model["ellipse_center"]) @ model["ellipse_root"]).square()
    return parts.sum(-1), parts


def _mixture(model: Model, z: Tensor) -> tuple[Tensor, Tensor]:
    """How far the log-likelihood lies below the most that the mixture can have [rows], and the signals' parts in the
    distances to its components, weighted with how much the row is theirs."""
    away = z[:, None] - model["mixture_mean"]
    parts = torch.einsum("rkf,kfg->rkg", away, model["mixture_root"]).square()
    likely = model["mixture_weight"] - parts.sum(-1) / 2
    theirs = likely.softmax(-1)[..., None]
    return -likely.logsumexp(-1), (parts * theirs).sum(-2)


def _isolation(model: Model, z: Tensor, judged: Tensor) -> Tensor:
    """The odds s / (1 - s) of scikit-learn's score s, shared by the signals that were asked about on the way."""
    depth, parts = paths(model, z)
    abnormal = torch.exp2(-depth / model["unit"])
    return _shared(abnormal / (1 - abnormal).clamp(min=1e-6), parts, judged)


def _shared(value: Tensor, parts: Tensor, judged: Tensor) -> Tensor:
    """`value` [rows] dealt to the judged signals by `parts` [rows, signals]; alike where no part says anything."""
    own = parts * judged
    total = own.sum(-1, keepdim=True)
    alike = judged / judged.sum(-1, keepdim=True).clamp(min=1)
    return value[:, None] * torch.where(total > _SMALLEST, own / total.clamp(min=_SMALLEST), alike)
