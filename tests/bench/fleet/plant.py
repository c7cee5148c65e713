"""What is trained and scored: assets of 16 signals that follow three causes, and the network that watches them.

568 rows an asset, 384 of them for training; autoencoder 16-32-4-32-16 with the mask beside its input, Adam 1e-3,
batches of 64, 50 epochs. Every asset has a main and a fallback model.
"""

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from andon_sdk.plugin import Blueprint, Inputs
from andon_sdk.plugin.dense import MaskedAutoencoder, reconstruction_loss, reconstruction_score
from services.fleet.prepare import FleetRows, prepare
from services.fleet.train import TrainSettings

SIGNALS, ROWS, EPOCHS, BATCH = 16, 568, 50, 64
ESSENTIAL = np.zeros(SIGNALS, bool)


class AnyModule(MaskedAutoencoder):
    """The same network as a module the engine knows nothing about."""


MODULES: dict[str, type[nn.Module]] = {"dense": MaskedAutoencoder, "any": AnyModule}


def blueprint_of(module: str) -> Blueprint:
    """`module`: a key of `MODULES`."""
    return Blueprint("bench", "Bench", "1", "bench", MODULES[module], reconstruction_loss, reconstruction_score)  # type: ignore[arg-type]


def settings_of(module: str, epochs: int = EPOCHS) -> TrainSettings:
    return TrainSettings.of(blueprint_of(module), {"epochs": epochs, "batch_rows": BATCH})


@lru_cache(maxsize=2)
def fleet_rows(assets: int) -> FleetRows:
    """The first assets of a smaller fleet are not those of a larger one: take them out of the larger one."""
    draw = np.random.default_rng(5)
    causes = draw.normal(size=(assets, ROWS, 3))
    values = causes @ draw.normal(size=(assets, 3, SIGNALS)) + 0.2 * draw.normal(size=(assets, ROWS, SIGNALS))
    return FleetRows(tuple(map(str, range(assets))), np.arange(assets + 1) * ROWS, values.reshape(-1, SIGNALS))


def held_out_loss(models: list[dict[str, Tensor]], rows: FleetRows) -> float:
    """Mean square error of main models over their assets' rows that no way of training has seen."""
    held_out = prepare(rows, ESSENTIAL, settings_of("dense").split).calibration
    template, losses = MaskedAutoencoder(Inputs(SIGNALS)), list[float]()
    for asset, weights in enumerate(models):
        x = torch.from_numpy(held_out.x[asset])
        everything = torch.ones_like(x)
        with torch.no_grad():
            output = functional_call(template, weights, (x, everything))
            losses.append(float(reconstruction_loss(output, x, everything)))
    return float(np.mean(losses))


def step_flops() -> int:
    """Floating-point operations of the matrix products of one model's step: forward, gradients of the weights, and of
    what lies below every layer but the first."""
    layers = [layer for layer in MaskedAutoencoder(Inputs(SIGNALS)).modules() if isinstance(layer, nn.Linear)]
    products = [2 * BATCH * layer.in_features * layer.out_features for layer in layers]
    return 3 * sum(products) - products[0]


def steps() -> int:
    """Of one model's training."""
    train = int(prepare(fleet_rows(1), ESSENTIAL, settings_of("dense").split).train.counts[0])
    return EPOCHS * -(-train // BATCH)
