"""Fits what a notebook made, and keeps it as arrays. Needs torch, numpy and the framework of what is fitted."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch

from andon_sdk.link.recipes.families import WHOLE, Arrays
from andon_sdk.link.recipes.predictors import BOOSTING, PREDICTORS, Family
from andon_sdk.link.recipes.refused import RecipeRefused
from andon_sdk.plugin.dense import summary
from andon_sdk.plugin.estimator import FitRows, Model

SCALERS = ("StandardScaler", "RobustScaler", "MinMaxScaler", "MaxAbsScaler")
_FAR = 1e30
"""Where a scaler does not clip."""


def fit_arrays(made: Any, rows: FitRows) -> Model:
    """Arrays of the model `made`: a scikit-learn model, a Pipeline of a scaler and one, or params of LightGBM.

    Missing values stand at the asset's center, zero, or are missing to trees that know what that is. Raises
    RecipeRefused for what cannot be kept as arrays.
    """
    with _one_core():
        return {name: torch.from_numpy(array) for name, array in _arrays(*_apart(made), rows).items()}


def _arrays(scaler: Any | None, model: Any, rows: FitRows) -> Arrays:
    values, seen = (part.numpy() for part in summary(rows.x, rows.seen))
    target, there = (part.numpy() for part in summary(rows.target, rows.present))
    some = seen.any(axis=1)
    values, seen, target, there = (part[some] for part in (values, seen, target, there))
    found = _scale(scaler, values)
    z, wanted = _standard(found, values), _standard(found, target)
    if whole := _family(model, WHOLE):
        found |= whole(_steady(model), z)
    elif family := BOOSTING if isinstance(model, Mapping) else _family(model, PREDICTORS):
        inputs = np.where(seen > 0, z, np.nan) if family.gaps else z
        found |= _told(family, model, inputs, wanted, there, rows.inputs.judged)
    else:
        raise _unknown(model)
    return found


def _told(
    family: Family, model: Any, inputs: np.ndarray, wanted: np.ndarray, there: np.ndarray, judged: tuple[int, ...]
) -> Arrays:
    """A model for each judged signal, told from the others."""
    signals = inputs.shape[1]
    found = family.empty(model, signals)
    rest = found["offset" if "offset" in found else "bias"]
    for signal in judged:
        taught = there[:, signal] > 0
        if not taught.any():
            continue
        columns = np.delete(np.arange(signals), signal)
        if not len(columns):
            rest[signal] = wanted[taught, signal].mean()
            continue
        fitted = family.fit(_steady(model), inputs[taught][:, columns], wanted[taught, signal])
        family.place(found, signal, fitted, columns)
    return found


def _apart(made: Any) -> tuple[Any | None, Any]:
    """The scaler, if there is one, and the model. Raises RecipeRefused for another pipeline."""
    if type(made).__name__ != "Pipeline":
        return None, made
    *before, model = [step for _, step in made.steps if step not in {None, "passthrough"}]
    if len(before) > 1 or any(not _of(step, SCALERS) for step in before):
        names = " → ".join(type(step).__name__ for step in (*before, model))
        raise RecipeRefused(
            f"{names}: a Pipeline is kept as arrays when it is one of {', '.join(SCALERS)} and a model."
        )
    return (before[0] if before else None), model


def _scale(scaler: Any | None, values: np.ndarray) -> Arrays:
    """`center`, `spread`, `factor`, `shift`, `low` and `high` [signals] in float64: in the order in which the scaler
    itself takes them, so that scaled values are its own to the last digit."""
    signals = values.shape[1]
    zero, one, far = np.zeros(signals), np.ones(signals), np.full(signals, _FAR)
    found = {"center": zero, "spread": one, "factor": one, "shift": zero, "low": -far, "high": far}
    if scaler is None:
        return found
    fitted: Any = _copy(scaler).fit(values.astype(np.float64))
    if (name := type(fitted).__name__) == "MinMaxScaler":
        found |= {"factor": fitted.scale_, "shift": fitted.min_}
        if fitted.clip:
            found |= {key: far / _FAR * end for key, end in zip(("low", "high"), fitted.feature_range, strict=True)}
        return found
    centered = fitted.with_mean if name == "StandardScaler" else getattr(fitted, "with_centering", False)
    if centered:
        found["center"] = fitted.mean_ if name == "StandardScaler" else fitted.center_
    if fitted.scale_ is not None:
        found["spread"] = fitted.scale_
    return found


def _standard(found: Arrays, values: np.ndarray) -> np.ndarray:
    z = (values.astype(np.float64) - found["center"]) / found["spread"] * found["factor"] + found["shift"]
    return np.clip(z, found["low"], found["high"]).astype(np.float32)


def _family(model: Any, families: Mapping[str, Any]) -> Any:
    return families.get(type(model).__name__) if _of(model, families) else None


def _of(model: Any, names: Any) -> bool:
    """Whether it is a class of the library itself: one derived from it may answer otherwise."""
    kind = type(model)
    return kind.__name__ in names and kind.__module__.partition(".")[0] in {"sklearn", "lightgbm"}


def _copy(model: Any) -> Any:
    from sklearn.base import clone  # noqa: PLC0415 - who uses LightGBM's params does without it

    return clone(model)


def _one_core() -> AbstractContextManager[Any]:
    """A block's assets share the cores, and few rows on many threads wait for each other."""
    try:
        from threadpoolctl import threadpool_limits  # noqa: PLC0415 - scikit-learn brings it
    except ModuleNotFoundError:
        return nullcontext()
    return threadpool_limits(1)


def _steady(model: Any) -> Any:
    """An unfitted copy that is fitted the same whenever it is."""
    if isinstance(model, Mapping):
        return model
    told = model.get_params()
    seed = {"random_state": 0} if "random_state" in told and told["random_state"] is None else {}
    return _copy(model).set_params(**seed, **({"n_jobs": None} if "n_jobs" in told else {}))


def _unknown(model: Any) -> RecipeRefused:
    known = ", ".join(sorted({*WHOLE, *PREDICTORS}))
    kind = type(model)
    return RecipeRefused(
        f"{kind.__module__.partition('.')[0]}'s {kind.__name__} cannot be kept as arrays. These can: {known}; "
        f"alone or after one of {', '.join(SCALERS)} in a Pipeline. Or write an Estimator of your own "
        "(docs/reference/link-recipes.md)."
    )
