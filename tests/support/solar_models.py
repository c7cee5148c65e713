"""Solar plants as fleets of stacked models, and what these expect of each hour."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from andon_solar.contract import POWER, SOLAR_PLANT
from andon_solar.forecast import Told, answer
from torch.func import vmap

from andon_sdk.plugin import Estimator, Importance
from services.fleet.fit import fit_fleet
from services.fleet.prepare import FleetRows, scaled, window_index
from services.fleet.train import TrainedFleet

ESSENTIAL = np.array([signal.importance is Importance.ESSENTIAL for signal in SOLAR_PLANT.signals])
EXOGENOUS = np.array([signal.exogenous for signal in SOLAR_PLANT.signals])
_PLANTS = 16
"""Looked at at once: bounds the memory of their windows."""


def solar_fleet(recipe: Estimator, names: Sequence[str], values: np.ndarray) -> TrainedFleet:
    """Models of plants from hourly rows [hours, plants, signals]."""
    hours, plants, signals = values.shape
    rows = FleetRows(tuple(names), np.arange(plants + 1) * hours, values.transpose(1, 0, 2).reshape(-1, signals))
    return fit_fleet(recipe, rows, ESSENTIAL, exogenous=EXOGENOUS)


def expected_power(fleet: TrainedFleet, told: Told, values: np.ndarray) -> np.ndarray:
    """Power [hours, plants] that the main models say for each hour of rows [hours, plants, signals], none below 0."""
    history = max(hour for hour, _ in told.hours) + 1
    index, valid = window_index(np.zeros((1, len(values)), np.int32), history)
    found = np.empty(values.shape[:2])
    for start in range(0, values.shape[1], _PLANTS):
        part = slice(start, start + _PLANTS)
        mine = np.ascontiguousarray(values[:, part].transpose(1, 0, 2))
        center, scale = fleet.center[part, None], fleet.scale[part, None]
        present = np.isfinite(mine) & fleet.known[part, None]
        x = scaled(mine, center, scale, present)
        seen = present[:, index[0]] & valid[0][..., None]
        windows = torch.from_numpy(x[:, index[0]] * seen)
        weights = {name: value[part] for name, value in fleet.main.items()}
        said = vmap(partial(answer, told))(weights, windows, torch.from_numpy(seen.astype(np.float32)))
        found[:, part] = (said.numpy() * scale[..., POWER] + center[..., POWER]).T
    return np.maximum(found, 0.0)
