"""Estimators: arrays computed from rows, and a score that answers from them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from andon_sdk.plugin import Estimator, FitRows, Inputs
from andon_sdk.testing.checks.blueprints import numbers
from andon_sdk.testing.checks.rows import MODELS, blocks, inputs_of, now
from andon_sdk.testing.finding import Seen
from andon_sdk.testing.subject import Subject

if TYPE_CHECKING:
    from torch import Tensor

_ROWS = 120
_NEAR = 1e-2
"""Equations solved in float32, alone and in a batch, agree to two or three digits."""
_STACK = "Use operations that torch.func.vmap can batch."


def estimators(subject: Subject) -> Seen:
    """Every estimator, at every width it may meet."""
    for recipe in subject.declared("blueprints"):
        if isinstance(recipe, Estimator):
            yield from numbers(recipe)
            for inputs in inputs_of(recipe, subject):
                yield from _tried(recipe, inputs, f"estimator {recipe.key}, {inputs.signals} signals")


def _tried(estimator: Estimator, inputs: Inputs, where: str) -> Seen:
    import torch  # noqa: PLC0415 - plugins without models do without

    rows = list(blocks(inputs, _ROWS))
    fitted = {name: _fitted(estimator, inputs, x, present) for name, x, present in rows}
    models = {name: model for name, model in fitted.items() if model is not None}
    first = models.get("whole rows")
    if not first or not all(isinstance(value, torch.Tensor) for value in first.values()):
        yield where, "fit returns no arrays by name.", "Return a dict of torch tensors, at least one."
        return
    for name, model in models.items():
        if {key: value.shape for key, value in model.items()} != {key: value.shape for key, value in first.items()}:
            said = f"Fitted to {name}, its arrays have other shapes; models of a fleet are stacked."
            yield where, said, "Pad to a size that depends on signals and parameters only."
            return
        if not all(bool(torch.isfinite(value).all()) for value in model.values() if value.is_floating_point()):
            yield where, f"Fitted to {name}, an array holds what is no number.", "Divide with clamp(min=…)."
    again = _fit(estimator, inputs, *rows[0][1:])
    if any(not torch.equal(again[key], value) for key, value in first.items()):
        yield where, "The same rows give two models.", "Seed what is drawn, or draw nothing."
    for name, x, present in rows:
        judged = _judged(present, inputs)
        score = estimator.score(first, x, present, judged)
        if tuple(score.shape) != (len(x), inputs.signals):
            said = f"score gives {tuple(score.shape)} where [rows, signals] is {(len(x), inputs.signals)}."
            yield where, said, "Give each signal of each row its share."
            return
        if not bool(torch.isfinite(score).all()):
            yield where, f"For {name}, a score is no number.", "Divide with clamp(min=…)."
        if bool((score * (1 - judged) != 0).any()):
            yield where, f"For {name}, a signal that is absent has a share.", "Multiply by judged at the end."
    yield from _stacked(estimator, inputs, list(models.values())[:MODELS], where)


def _stacked(estimator: Estimator, inputs: Inputs, models: "list[Mapping[str, Tensor]]", where: str) -> Seen:
    import torch  # noqa: PLC0415
    from torch.func import vmap  # noqa: PLC0415

    _, x, present = list(blocks(inputs, _ROWS))[1]
    judged = _judged(present, inputs)
    stacked = {key: torch.stack([model[key] for model in models]) for key in models[0]}
    many = [part.expand(len(models), *part.shape) for part in (x, present, judged)]
    try:
        together = vmap(estimator.score)(stacked, *many)
        if estimator.stacked:
            vmap(lambda x, present: dict(_fit(estimator, inputs, x, present)))(many[0], many[1])
    except (RuntimeError, NotImplementedError, TypeError, ValueError) as error:
        yield where, f"It cannot be stacked: {str(error)[:200]}", _STACK
        return
    alone = torch.stack([estimator.score(model, x, present, judged) for model in models])
    if not torch.allclose(together, alone, atol=_NEAR, rtol=_NEAR):
        yield where, "Stacked, models answer otherwise than alone.", "Keep no state outside of the model's arrays."


def _fitted(estimator: Estimator, inputs: Inputs, x: "Tensor", present: "Tensor") -> "Mapping[str, Tensor] | None":
    """None where it refuses the rows by a sentence, a `ValueError`: such an asset gets no model, and the others do."""
    try:
        return _fit(estimator, inputs, x, present)
    except ValueError as error:
        if type(error) is not ValueError:
            raise
        return None


def _fit(estimator: Estimator, inputs: Inputs, x: "Tensor", present: "Tensor") -> "Mapping[str, Tensor]":
    import torch  # noqa: PLC0415

    parameters = {parameter.key: torch.tensor(float(parameter.default)) for parameter in estimator.tuned}
    return estimator.fit(FitRows(x, present, x, present, inputs), parameters)


def _judged(present: "Tensor", inputs: Inputs) -> "Tensor":
    judged = now(present, inputs).clone()
    judged[:, list(inputs.exogenous)] = 0
    return judged
