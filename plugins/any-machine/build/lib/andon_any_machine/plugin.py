"""What the plugin offers."""

from andon_sdk.plugin import Blueprint, Estimator, Parameter, Recipe, Threshold, hook
from andon_sdk.plugin.boosting import LEAF_ROWS, SHRINKAGE, boosting_score, fit_boosting
from andon_sdk.plugin.components import VARIANCE_SHARE, components_score, fit_components
from andon_sdk.plugin.dense import MaskedAutoencoder, reconstruction_loss, reconstruction_score

CAUTIOUS = Threshold(quantile=0.99, factor=2.0, smooth_rows=15)
"""Where a plugin that knows the machine can be sharp: the factor allows for normals nobody has described."""
HISTORY_ROWS = 5

ANY_MACHINE_WATCH = Blueprint(
    key="any-machine-watch",
    title="Watch any machine",
    version="1",
    contract=None,
    module=MaskedAutoencoder,
    loss=reconstruction_loss,
    score=reconstruction_score,
    history_rows=HISTORY_ROWS,
    threshold=CAUTIOUS,
)

ANY_MACHINE_COMPONENTS = Estimator(
    key="any-machine-components",
    title="Watch any machine: principal components, T² and Q",
    version="1",
    contract=None,
    fit=fit_components,
    score=components_score,
    stacked=True,
    tuned=(VARIANCE_SHARE,),
    history_rows=HISTORY_ROWS,
    threshold=CAUTIOUS,
)

ANY_MACHINE_TREES = Estimator(
    key="any-machine-trees",
    title="Watch any machine: boosted trees",
    version="1",
    contract=None,
    fit=fit_boosting,
    score=boosting_score,
    stacked=False,
    tuned=(SHRINKAGE, LEAF_ROWS),
    drop_share=Parameter("drop_share", "Signals hidden while the fallback is fitted", 0.25, 0.0, 0.9),
    history_rows=HISTORY_ROWS,
    threshold=CAUTIOUS,
)


@hook
def blueprints() -> list[Recipe]:
    return [ANY_MACHINE_WATCH, ANY_MACHINE_COMPONENTS, ANY_MACHINE_TREES]
