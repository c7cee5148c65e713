"""A notebook's recipe as its package offers it: with the notebook's parameters as numbers that a run may change."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from andon_sdk.link.contracts import LinkParameter
from andon_sdk.link.recipes.declared import number
from andon_sdk.plugin.blueprint import Blueprint, Parameter
from andon_sdk.plugin.estimator import Estimator, FitRows, Model, Recipe

if TYPE_CHECKING:
    from torch import Tensor

_SHAPED = ("epochs", "learning_rate", "batch_rows", "drop_share", "patience")
"""Parameters of a blueprint, by the names of its fields."""


def packaged(make: Callable[..., Recipe], parameters: Sequence[LinkParameter], version: str) -> Recipe:
    """The recipe that `make(**parameters)` makes, under the version of its package.

    A parameter of an estimator that is fitted asset by asset becomes a tuned one: `make` is called again with the
    values of a run. For a blueprint, and for an estimator that is fitted for all assets at once, a parameter counts
    that has the key of one of its own; it gives it the default and the range. Every other parameter, one without a
    range and one with choices stay as they are in the notebook (`fixed`).
    """
    recipe = replace(make(), version=version)
    open_ones = {each.key: each for each in parameters if each.key not in fixed(recipe, parameters)}
    if isinstance(recipe, Blueprint):
        own = {key: _asked(each, getattr(recipe, key)) for key, each in open_ones.items()}
        return replace(recipe, **own)
    tuned = {each.key: each for each in recipe.tuned}
    drop_share = recipe.drop_share
    for key, each in open_ones.items():
        if drop_share is not None and key == drop_share.key:
            drop_share = _asked(each, drop_share)
        else:
            tuned[key] = _asked(each, tuned.get(key))
    recipe = replace(recipe, tuned=tuple(tuned.values()), drop_share=drop_share)
    return recipe if recipe.stacked else replace(recipe, fit=_refit(make, open_ones))


def fixed(recipe: Recipe, parameters: Sequence[LinkParameter]) -> tuple[str, ...]:
    """Keys of the parameters that a run cannot change."""
    return tuple(each.key for each in parameters if not _bounded(each) or not _takes(recipe, each.key))


def _bounded(parameter: LinkParameter) -> bool:
    """Whether it is a number between two others; a flag always is."""
    if parameter.kind is bool:
        return True
    return parameter.kind in {int, float} and None not in {parameter.low, parameter.high}


def _takes(recipe: Recipe, key: str) -> bool:
    if isinstance(recipe, Blueprint):
        return key in _SHAPED and getattr(recipe, key) is not None
    return not recipe.stacked or key in recipe.own


def _asked(told: LinkParameter, own: Parameter | None) -> Parameter:
    """The notebook's parameter, as a run asks for it."""
    title = own.title if own else told.key.replace("_", " ").capitalize()
    explained = told.help.strip() or (own.help if own else "")
    if told.kind is bool:
        return Parameter(told.key, title, float(told.default), 0, 1, whole=True, help=explained)
    assert told.low is not None  # `_bounded`
    assert told.high is not None
    whole = told.kind is int
    return Parameter(told.key, title, float(told.default), told.low, told.high, whole=whole, help=explained)


def _refit(
    make: Callable[..., Recipe], told: Mapping[str, LinkParameter]
) -> "Callable[[FitRows, Mapping[str, Tensor]], Model]":
    """`fit` of the recipe that is made with a run's own values."""

    @lru_cache(maxsize=64)
    def made(values: tuple[tuple[str, Any], ...]) -> Estimator:
        recipe = make(**dict(values))
        assert isinstance(recipe, Estimator)  # `make` made one before
        return recipe

    def fit(rows: FitRows, parameters: "Mapping[str, Tensor]") -> Model:
        values = {key: _typed(each.kind, parameters[key]) for key, each in told.items() if key in parameters}
        recipe = made(tuple(sorted(values.items())))
        return recipe.fit(rows, {each.key: parameters[each.key] for each in recipe.tuned})

    return fit


def _typed(kind: type, value: "Tensor") -> Any:
    return kind(round(float(value))) if kind in {bool, int} else number(value)
