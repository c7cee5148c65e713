"""A blueprint's module trained for one asset, in a plain loop that takes the steps that the fleet takes.

The fleet trains many modules in one program; one of them alone, from the same start and with the same rows in each
step, ends with the same weights but for rounding. So what is measured in a notebook is what will be deployed. Start and
order of rows are drawn as `services.fleet.draws` and `stack` draw them; a test holds both against each other.
"""

import hashlib

import numpy as np
import torch
from torch import Tensor, nn

from andon_sdk.link.recipes.refused import RecipeRefused
from andon_sdk.plugin.blueprint import Blueprint, Inputs

_STARTS = 32
_GOLDEN = np.uint32(0x9E3779B9)


def trained(
    blueprint: Blueprint, inputs: Inputs, x: Tensor, present: Tensor, numbers: dict[str, float], seed: int, asset: str
) -> nn.Module:
    """The main model of one asset, from rows [rows, (history,) signals]. Raises RecipeRefused when it diverges."""
    own = np.frombuffer(hashlib.sha256(f"{seed}:{asset}".encode()).digest()[:4], "<u4").copy()
    module = _start(blueprint, inputs, seed, int(own[0]))
    judged = torch.ones(inputs.signals)
    judged[list(inputs.exogenous)] = 0
    adam = torch.optim.Adam(module.parameters(), lr=numbers["learning_rate"])
    count, batch = len(x), int(numbers["batch_rows"])
    for epoch in range(int(numbers["epochs"])):
        order = _order(own, epoch, count)
        for step in range(-(-count // batch)):
            rows = torch.from_numpy(order[(step * batch + np.arange(batch)) % count])
            seen, there = x[rows] * present[rows], present[rows]
            loss = blueprint.loss(module(seen, there), seen, there * judged)
            if not torch.isfinite(loss):
                raise RecipeRefused(f"Training diverged in epoch {epoch + 1}: lower the learning rate.")
            adam.zero_grad()
            loss.backward()
            adam.step()
    return module


def _start(blueprint: Blueprint, inputs: Inputs, seed: int, own: int) -> nn.Module:
    """One of the starts that a seed has, chosen by the asset's own seed; without dropout, as the fleet trains."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed((seed * _STARTS + own % _STARTS) % 2**63)
        return blueprint.module(inputs).eval()


def _order(own: np.ndarray, epoch: int, count: int) -> np.ndarray:
    """int64 [count]: the rows in the order in which an epoch takes them."""
    row = np.arange(count, dtype=np.uint64)
    keys = _hashed(_hashed(own, epoch), row).astype(np.uint64) << np.uint64(32) | row
    return (np.sort(keys) & np.uint64(0xFFFFFFFF)).astype(np.int64)


def _hashed(first: np.ndarray, second: "np.ndarray | int") -> np.ndarray:
    """`lowbias32` (C. Wellons, 2018) of a pair."""
    with np.errstate(over="ignore"):
        keys = first + np.asarray(second).astype(np.uint32) * _GOLDEN + _GOLDEN
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        keys ^= keys >> np.uint32(shift)
        keys *= np.uint32(factor)
    return keys ^ keys >> np.uint32(16)
