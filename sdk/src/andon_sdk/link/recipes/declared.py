"""The three ways to make a recipe. They declare, and import no framework."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from andon_sdk.plugin.blueprint import PATIENCE, Blueprint, Inputs, Parameter, Threshold
from andon_sdk.plugin.contract import Contract
from andon_sdk.plugin.estimator import Estimator, FitRows, Model

if TYPE_CHECKING:
    from torch import Tensor, nn

Make = Callable[[Mapping[str, float]], Any]
"""From the values of the tuned parameters, by key, to a model that is not fitted yet."""
HIDDEN = Parameter("drop_share", "Signals hidden in training of the fallback", 0.25, 0.0, 0.9)


def torch_recipe(
    *,
    key: str,
    title: str,
    module: "Callable[[Inputs], nn.Module]",
    loss: "Callable[[Tensor, Tensor, Tensor], Tensor]",
    score: "Callable[[Tensor, Tensor, Tensor], Tensor]",
    contract: Contract | str | None = None,
    epochs: int = 60,
    learning_rate: float = 1e-3,
    batch_rows: int = 64,
    drop_share: float = 0.25,
    patience: int | None = None,
    history_rows: int = 1,
    threshold: Threshold | None = None,
    version: str = "1",
) -> Blueprint:
    """A module for one asset, which `torch.func` stacks over the fleet. Arguments are those of `Blueprint`; numbers
    are defaults, which a run may change."""
    shape = Blueprint(key, title, version, _key(contract), module, loss, score)
    return replace(
        shape,
        epochs=_holding(shape.epochs, epochs),
        learning_rate=_holding(shape.learning_rate, learning_rate),
        batch_rows=_holding(shape.batch_rows, batch_rows),
        drop_share=_holding(shape.drop_share, drop_share),
        patience=None if patience is None else _holding(PATIENCE, patience),
        history_rows=history_rows,
        threshold=threshold or Threshold(),
    )


def sklearn_recipe(
    *,
    key: str,
    title: str,
    make: Make,
    contract: Contract | str | None = None,
    tuned: Sequence[Parameter] = (),
    drop_share: float = 0.25,
    history_rows: int = 1,
    threshold: Threshold | None = None,
    version: str = "1",
) -> Estimator:
    """A scikit-learn model, or a Pipeline of a scaler and a model, that `make` returns unfitted.

    It is fitted asset after asset by scikit-learn and kept as arrays, whose answers equal scikit-learn's. What cannot
    be kept as arrays is refused when it is fitted, with the list of what can (docs/reference/link-recipes.md). With
    `history_rows` above 1 the model is given the mean of the window's rows, signal by signal.
    """
    return _fitted(key, title, version, contract, make, tuned, drop_share, history_rows, threshold)


def lightgbm_recipe(
    *,
    key: str,
    title: str,
    make: Make | None = None,
    params: Mapping[str, Any] | None = None,
    contract: Contract | str | None = None,
    tuned: Sequence[Parameter] = (),
    drop_share: float = 0.25,
    history_rows: int = 1,
    threshold: Threshold | None = None,
    version: str = "1",
) -> Estimator:
    """LightGBM trees that tell each judged signal from the others, kept as arrays.

    Either `params`, as `lightgbm.train` takes them with `num_iterations` among them, or `make`, which returns such
    params or an `LGBMRegressor`. Raises ValueError for both or neither.
    """
    if (make is None) == (params is None):
        raise ValueError("lightgbm_recipe takes either make or params")
    return _fitted(
        key,
        title,
        version,
        contract,
        make or partial(_given, dict(params or {})),
        tuned,
        drop_share,
        history_rows,
        threshold,
    )


def _fitted(
    key: str,
    title: str,
    version: str,
    contract: Contract | str | None,
    make: Make,
    tuned: Sequence[Parameter],
    drop_share: float,
    history_rows: int,
    threshold: Threshold | None,
) -> Estimator:
    return Estimator(
        key,
        title,
        version,
        _key(contract),
        fit=partial(_fit, make),
        score=_score,
        stacked=False,
        tuned=tuple(tuned),
        drop_share=_holding(HIDDEN, drop_share),
        threshold=threshold or Threshold(),
        history_rows=history_rows,
    )


def _fit(make: Make, rows: FitRows, parameters: "Mapping[str, Tensor]") -> Model:
    from andon_sdk.link.recipes.fitting import fit_arrays  # noqa: PLC0415 - the framework is needed from here on

    return fit_arrays(make({key: number(value) for key, value in parameters.items()}), rows)


def _given(params: Mapping[str, Any], parameters: Mapping[str, float]) -> Mapping[str, Any]:
    """The same, whatever is tuned. A function by name, so that steps can hand the recipe on."""
    return params


def _score(model: Model, x: "Tensor", seen: "Tensor", judged: "Tensor") -> "Tensor":
    from andon_sdk.link.recipes.scoring import array_score  # noqa: PLC0415

    return array_score(model, x, seen, judged)


def number(value: "Tensor") -> float:
    """What was typed: parameters come in float32, and 0.1 is to be 0.1 again."""
    return float(str(value.numpy()))


def _key(contract: Contract | str | None) -> str | None:
    return contract.key if isinstance(contract, Contract) else contract


def _holding(parameter: Parameter, default: float) -> Parameter:
    """With this default, and a range that holds it."""
    return replace(parameter, default=default, low=min(parameter.low, default), high=max(parameter.high, default))
