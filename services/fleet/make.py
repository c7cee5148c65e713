"""Models of a fleet by a recipe of either kind. What calls this, and all that comes after it, does not know which."""

from collections.abc import Callable, Mapping

import numpy as np

from andon_sdk.plugin import Estimator, Recipe
from services.fleet.errors import BlueprintUnfit
from services.fleet.fit import FitSettings, fit_fleet
from services.fleet.pack import Pack
from services.fleet.prepare import FleetRows
from services.fleet.settings import TrainSettings
from services.fleet.train import TrainedFleet, train_fleet


def make_fleet(
    recipe: Recipe,
    rows: FleetRows,
    essential: np.ndarray,
    exogenous: np.ndarray,
    parameters: Mapping[str, float],
    own: Mapping[str, Mapping[str, float]],
    seed: int,
    on_progress: Callable[[float, str], None] = lambda share, detail: None,
    should_stop: Callable[[], bool] = lambda: False,
    start: Mapping[str, tuple[Pack, int]] | None = None,
) -> TrainedFleet:
    """Trains the modules of a blueprint or fits an estimator.

    `parameters` are the run's by key, `own` what single assets have instead; both may leave out what has its default.
    The rest is as in `services.fleet.train.train_fleet`, as are the errors raised.
    """
    if isinstance(recipe, Estimator):
        if start is not None:
            raise BlueprintUnfit(f"{recipe.key}: models that are fitted cannot start from others. Train anew instead.")
        defaults = {parameter.key: parameter.default for parameter in recipe.parameters}
        fit_settings = FitSettings({**defaults, **parameters}, own)
        return fit_fleet(recipe, rows, essential, fit_settings, seed, on_progress, should_stop, exogenous)
    settings = TrainSettings.of(recipe, parameters)
    differing = {asset: TrainSettings.of(recipe, {**parameters, **its}) for asset, its in own.items()}
    return train_fleet(recipe, rows, essential, settings, seed, on_progress, should_stop, exogenous, differing, start)
