"""What the plugin offers."""

from andon_sdk.plugin import Blueprint, Threshold, hook
from andon_sdk.plugin.dense import MaskedAutoencoder, reconstruction_loss, reconstruction_score

ANY_MACHINE_WATCH = Blueprint(
    key="any-machine-watch",
    title="Watch any machine",
    version="1",
    contract=None,
    module=MaskedAutoencoder,
    loss=reconstruction_loss,
    score=reconstruction_score,
    history_rows=5,
    threshold=Threshold(quantile=0.99, factor=2.0, smooth_rows=15),
)
"""Cautious where a plugin that knows the machine can be sharp: the factor allows for normals nobody has described."""


@hook
def blueprints() -> list[Blueprint]:
    return [ANY_MACHINE_WATCH]
