"""A small fleet with known structure, for tests of the engine."""

import numpy as np

from andon_sdk.plugin import Blueprint
from services.fleet.prepare import FleetRows
from services.fleet.train import TrainSettings

SIGNALS = 6


def fleet_rows(assets: int, rows: int = 240, seed: int = 3) -> FleetRows:
    """Two causes move six signals; every asset has its own mixing, base and spread."""
    draw = np.random.default_rng(seed)
    causes = draw.normal(size=(assets, rows, 2))
    values = causes @ draw.normal(size=(assets, 2, SIGNALS)) + 0.1 * draw.normal(size=(assets, rows, SIGNALS))
    values = values * draw.uniform(1, 50, (assets, 1, SIGNALS)) + draw.uniform(-100, 100, (assets, 1, SIGNALS))
    keys = tuple(f"asset-{i}" for i in range(assets))
    return FleetRows(keys, np.arange(assets + 1) * rows, values.reshape(-1, SIGNALS))


def settings(blueprint: Blueprint, **others: object) -> TrainSettings:
    return TrainSettings.of(blueprint, {"epochs": 50, "learning_rate": 3e-3}, **others)
