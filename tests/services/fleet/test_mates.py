"""Whoever shares its block, a model ends as a plain loop over its own rows ends, and a bad asset ends alone."""

import dataclasses

import numpy as np
import pytest
import torch
from families import DRIVERS, FAMILIES, FREE
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st
from small_fleet import SIGNALS, fleet_rows, settings
from torch.func import functional_call

from andon_sdk.plugin import Blueprint
from services.fleet.batches import Batches
from services.fleet.draws import asset_seeds
from services.fleet.prepare import FleetRows, prepare
from services.fleet.settings import TrainSettings
from services.fleet.stack import Stack
from services.fleet.train import TrainedFleet, train_fleet

KEYS = ("a", "b", "c", "d", "e")
EPOCHS = 3


def ragged(draw: np.random.Generator, counts: list[int], gaps: float) -> FleetRows:
    whole = fleet_rows(len(counts), max(counts)).values.reshape(len(counts), -1, SIGNALS)
    values = np.concatenate([whole[i, :count] for i, count in enumerate(counts)])
    values[draw.random(values.shape) < gaps] = np.nan
    return FleetRows(KEYS[: len(counts)], np.concatenate([[0], np.cumsum(counts)]), values)


def by_a_plain_loop(
    blueprint: Blueprint, rows: FleetRows, its: TrainSettings, drivers: np.ndarray, half: str
) -> dict[str, torch.Tensor]:
    """One module, one optimiser, one asset: what a partner's blueprint says, without any stacking."""
    ready = prepare(rows, FREE, its.split, blueprint.history_rows, blueprint.threshold.smooth_rows, drivers).train
    seeds = asset_seeds(0, rows.assets)
    batches = Batches(seeds, ready.counts, np.array([its.drop_share]), FREE, its.batch_rows)
    stack = Stack.of(blueprint, rows.signals, drivers)
    weights = {name: value[0].clone() for name, value in stack.initial(0, seeds).items()}
    trained = [weights[name].requires_grad_() for name in weights if name in stack.trained]
    adam = torch.optim.Adam(trained, lr=its.learning_rate)
    windows = [torch.from_numpy(array[0].astype(np.float32)) for array in ready.windows(blueprint.history_rows)]
    for step in range(its.epochs * int(batches.steps_an_epoch[0])):
        taken, kept = batches.drawn(step)
        x, present = (window[torch.from_numpy(taken[0])] for window in windows)
        seen = present * torch.from_numpy(kept[0]).T[:, None] if half == "fallback" else present
        adam.zero_grad()
        output = functional_call(stack.template, weights, (x * seen, seen))
        blueprint.loss(output, x, present * stack.judged).backward()
        adam.step()
    return {name: value.detach() for name, value in weights.items()}


@pytest.mark.parametrize("key", FAMILIES)
@tries(max_examples=4, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    counts=st.lists(st.integers(100, 500), min_size=1, max_size=5),
    gaps=st.sampled_from([0.0, 0.1, 0.5]),
    block_assets=st.integers(1, 5),
)
def test_a_fleet_is_its_single_models(key: str, seed: int, counts: list[int], gaps: float, block_assets: int) -> None:
    blueprint = FAMILIES[key]
    draw = np.random.default_rng(seed)
    rows = ragged(draw, counts, gaps)
    its = TrainSettings.of(blueprint, {"epochs": EPOCHS, "learning_rate": 3e-3}, block_assets=block_assets)
    order = draw.permutation(len(counts)).tolist()
    drivers = FREE if key == "dense" else DRIVERS  # without drivers the dense family has a program of its own
    fleet = train_fleet(blueprint, rows.take(order), FREE, its, exogenous=drivers)
    assert fleet.assets == tuple(KEYS[i] for i in order)
    place = int(draw.integers(len(order)))
    for half in ("main", "fallback"):
        alone = by_a_plain_loop(blueprint, rows.take([order[place]]), its, drivers, half)
        for name, value in alone.items():
            torch.testing.assert_close(getattr(fleet, half)[name][place], value, rtol=2e-3, atol=5e-4)


def spoiled(rows: FleetRows, bad: int, how: str) -> FleetRows:
    values = rows.values.copy()
    its = values[rows.offsets[bad] : rows.offsets[bad + 1]]
    if how == "constant":
        its[:, 2] = 7.0
    elif how == "all_missing":
        its[:] = np.nan
    elif how == "essential_missing":
        its[:, 0] = np.nan
    elif how == "non_finite":
        its[50, 3] = -np.inf
    else:
        its[10, 2] += 1e6
    return dataclasses.replace(rows, values=values)


def models(fleet: TrainedFleet, assets: list[str]) -> dict[str, torch.Tensor]:
    index = [fleet.assets.index(asset) for asset in assets]
    return {
        f"{half}.{name}": value[index] for half in ("main", "fallback") for name, value in getattr(fleet, half).items()
    }


@pytest.mark.parametrize("how", ["constant", "all_missing", "essential_missing", "non_finite", "diverged"])
def test_a_bad_asset_ends_alone(blueprint, essential, how):
    def overflowing(output, x, present):
        return blueprint.loss(output, x, present) * torch.where(x.abs().amax() > 19, torch.inf, 1.0)

    wild = dataclasses.replace(blueprint, loss=overflowing)
    its = dataclasses.replace(settings(wild), epochs=8)
    rows = fleet_rows(6)
    fleet = train_fleet(wild, spoiled(rows, 2, how), essential, its)
    reported = {failure.asset: failure.reason for failure in fleet.failures}
    assert reported == ({} if how == "constant" else {"asset-2": how})
    good = [0, 1, 3, 4, 5]
    without = train_fleet(wild, rows.take(good), essential, its)
    names = [f"asset-{i}" for i in good]
    # Who is unfit never enters a block: the others end bit for bit the same. Who was in it changed its size, and with
    # that the order in which products are summed.
    exact = how in {"all_missing", "essential_missing", "non_finite"}
    tolerance = {"rtol": 0, "atol": 0} if exact else {"rtol": 1e-3, "atol": 1e-5}
    expected = models(without, names)
    for name, value in models(fleet, names).items():
        torch.testing.assert_close(value, expected[name], **tolerance)
