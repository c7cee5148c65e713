"""What a notebook makes of `recipe`: torch, scikit-learn and LightGBM as recipes that the fleet stacks.

    from andon_sdk.link.recipes import sklearn_recipe

    recipe = sklearn_recipe(
        key="drill-shape", title="Shape of a drill", contract="laser-drill",
        make=lambda parameters: Pipeline([("scale", StandardScaler()), ("plane", PCA(3))]),
    )

Nothing but the SDK's base is imported before a model is fitted or scored.
"""

from typing import TYPE_CHECKING, Any

from andon_sdk.link.recipes.declared import lightgbm_recipe, sklearn_recipe, torch_recipe
from andon_sdk.link.recipes.packaged import fixed, packaged
from andon_sdk.link.recipes.refused import RecipeRefused

if TYPE_CHECKING:
    from andon_sdk.link.recipes.local import Fitted, fit, score

_LOCAL = {"Fitted", "fit", "score"}

__all__ = [
    "Fitted",
    "RecipeRefused",
    "fit",
    "fixed",
    "lightgbm_recipe",
    "packaged",
    "score",
    "sklearn_recipe",
    "torch_recipe",
]


def __getattr__(name: str) -> Any:
    """`fit` and `score` need polars and torch: they come when they are asked for."""
    if name not in _LOCAL:
        raise AttributeError(f"module {__name__} has no attribute {name!r}")
    from andon_sdk.link.recipes import local  # noqa: PLC0415

    return getattr(local, name)
