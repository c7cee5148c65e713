"""Blueprints: a module, a loss and a score that the fleet can stack, and that answer whatever rows come."""

import io
import math
import time
from typing import TYPE_CHECKING, Any

from andon_sdk.plugin import Blueprint, Inputs, Parameter, Recipe
from andon_sdk.testing.checks.rows import MODELS, blocks, inputs_of, now, shape
from andon_sdk.testing.finding import Seen
from andon_sdk.testing.subject import Subject

if TYPE_CHECKING:
    from torch import Tensor, nn

_BLOCK_MODELS, _BLOCK_ROWS, _BLOCK_SECONDS = 16, 256, 5.0
_NEAR = 1e-4
_STACK = "Use operations that torch.func.vmap can batch; GRU and LSTM have no batching rule, use a convolution."


def blueprints(subject: Subject) -> Seen:
    """Every blueprint, at every width it may meet."""
    for recipe in subject.declared("blueprints"):
        if isinstance(recipe, Blueprint):
            yield from numbers(recipe)
            for inputs in inputs_of(recipe, subject):
                yield from _tried(recipe, inputs, f"blueprint {recipe.key}, {inputs.signals} signals")


def numbers(recipe: Recipe) -> Seen:
    """Parameters, threshold and history of a recipe of either kind."""
    where = f"blueprint {recipe.key}"
    for parameter in recipe.parameters:
        yield from _range(f"{where}, parameter {parameter.key}", parameter)
    if not recipe.version.strip():
        yield where, "It has no version.", "Begin with “1” and raise it whenever its numbers change."
    if recipe.history_rows < 1:
        yield where, f"history_rows is {recipe.history_rows}.", "The row itself is one: 1 is the least."
    threshold = recipe.threshold
    if not (0 < threshold.quantile < 1 and threshold.factor > 0 and threshold.smooth_rows >= 1):
        said = f"{threshold} is no threshold."
        yield where, said, "0 < quantile < 1, factor above 0 and smooth_rows of at least 1 must hold."


def _range(where: str, parameter: Parameter) -> Seen:
    if not (math.isfinite(parameter.low) and parameter.low <= parameter.default <= parameter.high < math.inf):
        said = f"Its default {parameter.default} is not between {parameter.low} and {parameter.high}."
        yield where, said, "Give the range in which the blueprint is known to work."
    if parameter.whole and any(value != int(value) for value in (parameter.low, parameter.default, parameter.high)):
        yield where, "It is whole, and its default or a limit is not.", "Use whole numbers."


def _tried(blueprint: Blueprint, inputs: Inputs, where: str) -> Seen:
    import torch  # noqa: PLC0415 - plugins without models do without

    torch.manual_seed(0)
    modules = [blueprint.module(inputs) for _ in range(MODELS)]
    if not all(isinstance(module, torch.nn.Module) for module in modules):
        yield where, "module(inputs) returns no torch.nn.Module.", "Return a new module for one asset."
        return
    for module in modules:
        module.eval()
    for name, x, present in blocks(inputs):
        score = _score(blueprint, modules[0], x, present)
        loss = blueprint.loss(modules[0](x, present), x, present)
        if tuple(score.shape) != (len(x), inputs.signals):
            said = f"score gives {tuple(score.shape)} where [rows, signals] is {(len(x), inputs.signals)}."
            yield where, said, "Give each signal of each row its share; the fleet sums them up."
            return
        if loss.ndim:
            yield where, f"loss has the shape {tuple(loss.shape)}.", "Return a scalar: reduce over rows and signals."
            return
        if not bool(torch.isfinite(score).all() and torch.isfinite(loss)):
            yield where, f"For {name}, score or loss is no number.", "Divide by what is present with clamp(min=1)."
        if bool((score[now(present, inputs) == 0] != 0).any()):
            yield where, f"For {name}, a signal that is absent has a share.", "Multiply by present at the end."
        if bool((score < 0).any()):
            yield where, f"For {name}, a share is negative.", "Square residuals, or take them without their sign."
    yield from _repeated(blueprint, inputs, modules[0], where)
    yield from _stacked(blueprint, inputs, modules, where)


def _repeated(blueprint: Blueprint, inputs: Inputs, module: "nn.Module", where: str) -> Seen:
    """The same seed, the same module; the same weights, the same answers, also after they were stored."""
    import torch  # noqa: PLC0415

    _, x, present = next(blocks(inputs))
    first, kept = _score(blueprint, module, x, present), io.BytesIO()
    if not torch.equal(_score(blueprint, module, x, present), first):
        yield where, "In eval mode, the same rows get two scores.", "Draw nothing at random outside of training."
    states: list[Any] = []
    for _ in range(2):
        torch.manual_seed(1)
        states.append(blueprint.module(inputs).state_dict())
    if not states[0] or any(not torch.equal(states[0][name], states[1][name]) for name in states[0]):
        yield where, "The same seed gives two modules, or one without weights.", "Draw initial weights from torch only."
    torch.save(module.state_dict(), kept)
    kept.seek(0)
    other = blueprint.module(inputs).eval()
    other.load_state_dict(torch.load(kept, weights_only=True))
    if not torch.equal(_score(blueprint, other, x, present), first):
        yield (
            where,
            "Stored and loaded, it answers otherwise.",
            "Keep all that answers depend on in parameters or buffers.",
        )
    part = _score(blueprint, module, x[:5], present[:5])
    if not torch.allclose(part, first[:5], atol=_NEAR, rtol=_NEAR):
        said = "A row's score depends on the rows that came with it, so late ones would change it."
        yield where, said, "Take no mean over rows in score; in eval mode BatchNorm takes its own."


def _stacked(blueprint: Blueprint, inputs: Inputs, modules: "list[nn.Module]", where: str) -> Seen:
    """As the fleet does it: one program over the models, trained a step and scored."""
    import torch  # noqa: PLC0415
    from torch.func import functional_call, grad, stack_module_state, vmap  # noqa: PLC0415

    template = modules[0]

    def score(weights: "dict[str, Tensor]", x: "Tensor", present: "Tensor") -> "Tensor":
        return blueprint.score(functional_call(template, weights, (x, present)), x, present)

    def loss(weights: "dict[str, Tensor]", buffers: "dict[str, Tensor]", x: "Tensor", present: "Tensor") -> "Tensor":
        return blueprint.loss(functional_call(template, {**weights, **buffers}, (x, present)), x, present)

    weights, buffers = stack_module_state(modules)
    _, x, present = list(blocks(inputs))[1]
    many = x.expand(MODELS, *x.shape), present.expand(MODELS, *present.shape)
    try:
        together = vmap(score)({**weights, **buffers}, *many)
        slopes = vmap(grad(loss), randomness="different")(weights, buffers, *many)
    except (RuntimeError, NotImplementedError, TypeError, ValueError) as error:
        yield where, f"It cannot be stacked: {str(error)[:200]}", _STACK
        return
    alone = torch.stack([_score(blueprint, module, x, present) for module in modules])
    if not torch.allclose(together, alone, atol=_NEAR, rtol=1e-3):
        yield where, "Stacked, models answer otherwise than alone.", "Keep no state outside of parameters and buffers."
    if not all(bool(torch.isfinite(slope).all()) for slope in slopes.values()):
        yield where, "A slope of the loss is no number.", "Clamp before a root, a logarithm or a division."
    weights = {name: value.detach()[:1].expand(_BLOCK_MODELS, *value.shape[1:]) for name, value in weights.items()}
    buffers = {name: value.detach()[:1].expand(_BLOCK_MODELS, *value.shape[1:]) for name, value in buffers.items()}
    rows = torch.randn(_BLOCK_MODELS, *shape(inputs, _BLOCK_ROWS))
    began = time.process_time()
    vmap(grad(loss), randomness="different")(weights, buffers, rows, torch.ones_like(rows))
    if (took := time.process_time() - began) > _BLOCK_SECONDS:
        said = f"One step of {_BLOCK_MODELS} models on {_BLOCK_ROWS} rows took {took:.1f} s of a processor."
        yield where, said, "Make the module narrower or its history shorter."


def _score(blueprint: Blueprint, module: "nn.Module", x: "Tensor", present: "Tensor") -> "Tensor":
    import torch  # noqa: PLC0415

    with torch.no_grad():
        return blueprint.score(module(x, present), x, present)
