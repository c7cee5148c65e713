"""Try a recipe out in a notebook, on the rows of one asset: what the platform would train, and what it would say.

    fitted = fit(recipe, rows.filter(pl.col("time") < split), epochs=20)
    answers = score(fitted, rows)

Rows are split, scaled and thinned as the platform does it: the last tenth is held out, a quarter of the rest chooses
the threshold. It is the main model that is made; the one for lost signals is trained and judged by the platform.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl
import torch
from torch import Tensor

from andon_sdk.link.recipes.asset_rows import Scaling, prepared, windows
from andon_sdk.link.recipes.refused import RecipeRefused
from andon_sdk.link.recipes.training import trained
from andon_sdk.plugin.blueprint import Blueprint, Inputs
from andon_sdk.plugin.contract import Contract
from andon_sdk.plugin.estimator import Estimator, FitRows, Recipe

_BESIDE = {"time", "asset", "quality"}
_SMALLEST = 1e-6
_CHUNK = 4096


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model of one asset."""

    recipe: Recipe
    signals: tuple[str, ...]
    """Columns, in the model's order."""
    inputs: Inputs
    scaling: Scaling
    model: Any
    """A module in eval mode, or arrays by name."""
    threshold: float
    """Raw score, smoothed, above which a row is abnormal."""


def fit(
    recipe: Recipe,
    rows: pl.DataFrame,
    *,
    contract: Contract | None = None,
    signals: Sequence[str] | None = None,
    seed: int = 0,
    asset: str = "notebook",
    **parameters: float,
) -> Fitted:
    """Fits or trains the recipe on one asset's rows, in order of time.

    Columns are those of the `contract`, or `signals`, or all numbers in the frame but `time`, `asset` and `quality`;
    null and NaN are missing. `parameters` are the recipe's own by key; the others have their defaults. `asset` and
    `seed` choose the start of a module as in a run. Raises RecipeRefused.
    """
    columns, exogenous = _columns(rows, contract, signals)
    numbers = _numbers(recipe, parameters)
    inputs = Inputs(len(columns), recipe.history_rows, exogenous)
    scaling, training, calibration = prepared(_values(rows, columns), recipe.history_rows, recipe.threshold.smooth_rows)
    x, present = (torch.from_numpy(np.ascontiguousarray(part)) for part in training.windows(recipe.history_rows))
    present = present.float()
    if isinstance(recipe, Blueprint):
        model = trained(recipe, inputs, x, present, numbers, seed, asset)
    else:
        with torch.no_grad():
            model = recipe.fit(_fit_rows(recipe, x, present, inputs), _tensors(recipe, numbers))
    fitted = Fitted(recipe, columns, inputs, scaling, model, np.nan)
    raw = _parts(fitted, calibration.x, calibration.present, calibration.run).sum(axis=1)
    smoothed = _smoothed(raw, calibration.run, recipe.threshold.smooth_rows)[calibration.counted]
    if np.isnan(smoothed).all():
        raise RecipeRefused("No calibration row can be judged: no judged signal has a value in them.")
    level = float(np.nanquantile(smoothed, recipe.threshold.quantile)) * recipe.threshold.factor
    return Fitted(recipe, columns, inputs, scaling, model, max(level, _SMALLEST))


def score(fitted: Fitted, rows: pl.DataFrame) -> pl.DataFrame:
    """A row an answer, in their order: `raw` score, `value` (the running median of raw scores over the threshold),
    `abnormal` (value above 1), and for each signal what it adds to the raw score, `<signal>_share`. Null where no
    judged signal has a value. `time` comes along where the rows have it."""
    x, present = fitted.scaling.scaled(_values(rows, fitted.signals))
    run = np.zeros(len(x), np.int64)
    parts = _parts(fitted, x, present, run)
    raw = parts.sum(axis=1)
    value = _smoothed(raw, run, fitted.recipe.threshold.smooth_rows) / fitted.threshold
    found = {"raw": raw, "value": value} | {f"{key}_share": parts[:, i] for i, key in enumerate(fitted.signals)}
    frame = pl.DataFrame(found).with_columns(pl.all().fill_nan(None))
    frame = frame.insert_column(2, (frame["value"] > 1).alias("abnormal"))
    return frame.insert_column(0, rows["time"]) if "time" in rows.columns else frame


def _columns(
    rows: pl.DataFrame, contract: Contract | None, signals: Sequence[str] | None
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Signals in order, and the places of those that are not judged."""
    if contract is not None:
        columns = contract.keys
    elif signals is not None:
        columns = tuple(signals)
    else:
        columns = tuple(k for k, kind in rows.schema.items() if kind.is_numeric() and k not in _BESIDE)
    if not columns:
        raise RecipeRefused(f"The rows have no column of numbers; they have {', '.join(rows.columns)}.")
    if contract is None:
        return columns, ()
    return columns, tuple(i for i, signal in enumerate(contract.signals) if signal.exogenous)


def _values(rows: pl.DataFrame, columns: Sequence[str]) -> np.ndarray:
    if missing := [key for key in columns if key not in rows.columns]:
        raise RecipeRefused(f"The rows lack {', '.join(missing)}; they have {', '.join(rows.columns)}.")
    return rows.select(pl.col(columns).cast(pl.Float64).fill_null(float("nan"))).to_numpy()


def _numbers(recipe: Recipe, told: dict[str, float]) -> dict[str, float]:
    own = {parameter.key: parameter for parameter in recipe.parameters}
    for key, value in told.items():
        if key not in own:
            raise RecipeRefused(f"{recipe.key} has no parameter {key!r}; it has {', '.join(own) or 'none'}.")
        if not own[key].low <= value <= own[key].high:
            raise RecipeRefused(f"{key} must lie between {own[key].low} and {own[key].high}, not {value}.")
    return {key: told.get(key, parameter.default) for key, parameter in own.items()}


def _tensors(recipe: Estimator, numbers: dict[str, float]) -> dict[str, Tensor]:
    return {parameter.key: torch.tensor(numbers[parameter.key], dtype=torch.float32) for parameter in recipe.parameters}


def _fit_rows(recipe: Estimator, x: Tensor, present: Tensor, inputs: Inputs) -> FitRows:
    nothing = x[:0] if recipe.learns_labels else None
    return FitRows(x * present, present, x * present, present, inputs, nothing, nothing)


@torch.no_grad()
def _parts(fitted: Fitted, x: np.ndarray, present: np.ndarray, run: np.ndarray) -> np.ndarray:
    """float32 [rows, signals]: shares of the raw score; NaN in rows that have no judged signal."""
    judged = torch.ones(fitted.inputs.signals)
    judged[list(fitted.inputs.exogenous)] = 0
    now = torch.from_numpy(present).float() * judged
    across, there = windows(x, present, run, fitted.inputs.history_rows)
    answer = _module_parts if isinstance(fitted.recipe, Blueprint) else _array_parts
    ask = partial(answer, fitted.recipe, fitted.model)
    found = [
        ask(
            *(torch.from_numpy(np.ascontiguousarray(part[at : at + _CHUNK])).float() for part in (across, there)),
            judged,
        )
        for at in range(0, len(x), _CHUNK)
    ]
    parts = torch.cat(found) * now if found else now
    return torch.where(now.any(dim=1, keepdim=True), parts, torch.nan).numpy()


def _module_parts(recipe: Blueprint, module: Any, x: Tensor, there: Tensor, judged: Tensor) -> Tensor:
    return recipe.score(module(x * there, there), x * there, there * judged)


def _array_parts(recipe: Estimator, model: Any, x: Tensor, there: Tensor, judged: Tensor) -> Tensor:
    now = there if there.dim() == 2 else there[:, -1]
    return recipe.score(model, x * there, there, now * judged)


def _smoothed(raw: np.ndarray, run: np.ndarray, width: int) -> np.ndarray:
    """The median of a row's score and those of at most `width` - 1 rows before it in its run; NaN stays NaN."""
    back = np.arange(len(raw))[:, None] - np.arange(width)
    before, found = np.maximum(back, 0), ~np.isnan(raw)
    near = np.where((back >= 0) & (run[before] == run[:, None]), raw[before], np.nan)
    smoothed = np.full(len(raw), np.nan)
    smoothed[found] = np.nanmedian(near[found], axis=1)
    return smoothed
