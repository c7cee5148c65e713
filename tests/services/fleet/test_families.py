"""Every family of the SDK: the fleet gives what a single module gives, whoever shares its block."""

import dataclasses

import numpy as np
import pytest
import torch
from families import DRIVERS, ESTIMATORS, FAMILIES, FREE, TEMPORAL
from hypothesis import given, strategies
from hypothesis import settings as examples
from small_fleet import SIGNALS, fleet_rows
from torch.func import functional_call

from andon_sdk.plugin import Blueprint, Inputs, Recipe
from andon_sdk.plugin.forecast import Forecaster
from andon_sdk.plugin.temporal import CausalConvolutions
from services.fleet.artefact import Pack, pack_of, read_pack, write_pack
from services.fleet.draws import asset_seeds
from services.fleet.gates import held_out_quality
from services.fleet.make import make_fleet
from services.fleet.prepare import FleetRows
from services.fleet.score import FALLBACK, NONE, Entry, Scorer
from services.fleet.stack import Stack
from services.fleet.train import TrainedFleet

ASSETS = 4
RECIPES: dict[str, Recipe] = {**FAMILIES, **ESTIMATORS}
SHORT = {"epochs": 20, "learning_rate": 3e-3}


def made(recipe: Recipe, rows: FleetRows) -> TrainedFleet:
    parameters = SHORT if isinstance(recipe, Blueprint) else {}
    return make_fleet(recipe, rows, FREE, DRIVERS, parameters, {}, seed=0)


@pytest.fixture(scope="module", params=RECIPES)
def family(request: pytest.FixtureRequest) -> TrainedFleet:
    return made(RECIPES[request.param], fleet_rows(ASSETS))


@pytest.fixture(scope="module")
def family_pack(family: TrainedFleet) -> Pack:
    return pack_of(family)


def entries_of(pack: Pack, blueprint: Recipe) -> list[Entry]:
    return [Entry(asset, asset, pack, index, blueprint) for index, asset in enumerate(pack.assets)]


@pytest.mark.parametrize("key", FAMILIES)
@examples(max_examples=12, deadline=None)
@given(
    rows=strategies.integers(1, 9),
    signals=strategies.integers(2, 9),
    exogenous=strategies.integers(0, 1),
    gaps=strategies.floats(0, 1),
    history=strategies.integers(2, 9),
)
def test_a_stack_is_its_modules(key, rows, signals, exogenous, gaps, history):
    blueprint = dataclasses.replace(FAMILIES[key], history_rows=history)
    drivers = np.arange(signals) < exogenous
    stack = Stack.of(blueprint, signals, drivers)
    weights = stack.initial(0, asset_seeds(0, ["a", "b", "c"]))
    draw = torch.Generator().manual_seed(rows)
    present = (torch.rand(3, rows, history, signals, generator=draw) >= gaps).float()
    x = torch.randn(3, rows, history, signals, generator=draw) * present
    losses, scores = stack.losses(weights, x, present, x, present), stack.scores(weights, x, present)
    for model in range(3):
        module = blueprint.module(Inputs(signals, history, tuple(range(exogenous))))
        one = {name: value[model] for name, value in weights.items()}
        output = functional_call(module, one, (x[model], present[model]))
        counted = present[model] * torch.from_numpy(~drivers)
        torch.testing.assert_close(losses[model], blueprint.loss(output, x[model], counted))
        expected = blueprint.score(output, x[model], counted)
        torch.testing.assert_close(scores[model], expected, rtol=1e-4, atol=1e-5)
        assert (expected[counted[:, -1] == 0] == 0).all()


def test_a_model_does_not_depend_on_its_block(family):
    alone = made(family.blueprint, fleet_rows(ASSETS).take([2]))
    for half in ("main", "fallback"):
        for name, value in getattr(alone, half).items():
            torch.testing.assert_close(value[0], getattr(family, half)[name][2], rtol=1e-3, atol=1e-4)


def test_a_row_does_not_depend_on_its_block_mates(family, family_pack):
    values = fleet_rows(ASSETS).values.reshape(ASSETS, -1, SIGNALS)[:, -40:].copy()
    values[np.random.default_rng(1).random(values.shape) < 0.05] = np.nan
    scorer = Scorer(entries_of(family_pack, family.blueprint))
    whole = scorer.score(np.repeat(np.arange(ASSETS), 40), values.reshape(-1, SIGNALS), None, scorer.state())
    state = scorer.state()
    singly = [scorer.score(np.array([1]), row[None], None, state) for row in values[1]]
    np.testing.assert_allclose(whole.raw[40:80], [block.raw[0] for block in singly], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(whole.value[40:80], [block.value[0] for block in singly], rtol=1e-4, atol=1e-6)


def test_models_pass_what_gates_ask(family, family_pack):
    quality = held_out_quality(entries_of(family_pack, family.blueprint), family.held_out)
    assert (quality.answered_share == 1).all()
    assert (quality.false_alarm_share * quality.rows <= 8).all()  # as the gate says where rows are few
    assert (quality.power >= 0.2).all()


def test_a_pack_goes_and_comes_back(family, family_pack):
    read = read_pack(write_pack(family_pack), family_pack.digest)
    assert read.blueprint_key == family.blueprint.key
    for name, value in family.main.items():
        assert torch.equal(read.main[name], value)


def test_drivers_are_given_and_not_judged(family, family_pack):
    """A driver that moves alone changes what is expected, and is never a contribution of its own."""
    scorer = Scorer(entries_of(family_pack, family.blueprint))
    values = fleet_rows(ASSETS).values[:30].copy()
    before = scorer.score(np.zeros(30, int), values, None, scorer.state())
    values[:, 4] += 5 * scorer.scale[0, 4]
    after = scorer.score(np.zeros(30, int), values, None, scorer.state())
    assert (after.raw != before.raw).mean() > 0.8  # trees move in steps
    assert set(np.unique(after.top)) <= {-1, 0, 1, 2}
    values[:, 3:] = np.nan
    assert (scorer.score(np.zeros(30, int), values, None, scorer.state()).route == FALLBACK).all()
    values[:, :3], values[:, 3:] = np.nan, 1.0
    assert (scorer.score(np.zeros(30, int), values, None, scorer.state()).route == NONE).all()


def test_a_forecast_knows_judged_signals_up_to_the_horizon_only():
    torch.manual_seed(0)
    module = Forecaster(Inputs(3, 6, (1,)), 2)
    present, x = torch.ones(1, 6, 3), torch.randn(1, 6, 3)
    said = module(x, present)
    for row, signal, heard in ((4, 0, False), (5, 2, False), (3, 0, True), (5, 1, True), (4, 1, True)):
        other = x.clone()
        other[0, row, signal] += 1.0
        assert torch.equal(module(other, present), said) is not heard
    alone = Forecaster(Inputs(3, 6, (1,)), 6)
    assert alone.may_see[:, [0, 2]].sum() == 0
    assert alone.may_see[:, 1].sum() == 6


def test_convolutions_are_causal_ones():
    """The tree of pairs is what `nn.Conv1d` with doubling dilation says at the last row."""
    torch.manual_seed(0)
    tree = CausalConvolutions(3, 7, 5)
    window = torch.randn(4, 7, 3)
    seen = torch.nn.functional.pad(window, (0, 0, 1, 0)).transpose(1, 2)
    for number, layer in enumerate(tree.layers):
        kernel = layer.weight.unflatten(1, (2, -1)).transpose(1, 2)
        seen = torch.relu(torch.nn.functional.conv1d(seen, kernel, layer.bias, dilation=2**number))
    assert len(tree.layers) == 3
    torch.testing.assert_close(tree(window), seen[:, :, -1])


def test_a_temporal_blueprint_needs_a_history():
    with pytest.raises(ValueError, match="history_rows of at least 2"):
        Stack.of(dataclasses.replace(TEMPORAL, history_rows=1), SIGNALS)
