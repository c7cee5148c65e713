import dataclasses

import numpy as np
import pytest
import torch
from small_fleet import fleet_rows, settings
from torch import nn

from andon_sdk.plugin import Inputs
from andon_sdk.plugin.dense import MaskedAutoencoder
from services.fleet.artefact import pack_of
from services.fleet.draws import permutations
from services.fleet.errors import BlueprintUnfit, TrainingStopped
from services.fleet.prepare import FleetRows
from services.fleet.train import TrainSettings, train_fleet


def test_models_learn(trained):
    assert trained.assets == tuple(f"asset-{i}" for i in range(9))
    assert trained.failures == ()
    assert (trained.train_loss[:, 0] < 0.25).all()


def test_same_seed_and_block_gives_the_same_digest(blueprint, essential, pack):
    again = pack_of(train_fleet(blueprint, fleet_rows(9), essential, settings(blueprint)), {"note": "test"})
    assert again.digest == pack.digest
    other = pack_of(train_fleet(blueprint, fleet_rows(9), essential, settings(blueprint), seed=1), {"note": "test"})
    assert other.digest != pack.digest


@pytest.mark.parametrize("block_assets", [1, 2, 64])
def test_results_do_not_depend_on_block_mates_or_order(blueprint, essential, trained, block_assets):
    rows = fleet_rows(9).take([7, 2, 4])
    alone = train_fleet(blueprint, rows, essential, settings(blueprint, block_assets=block_assets))
    for half in ("main", "fallback"):
        for name, value in getattr(alone, half).items():
            torch.testing.assert_close(value, getattr(trained, half)[name][[7, 2, 4]], rtol=1e-3, atol=1e-4)


def test_assets_with_fewer_rows_take_their_own_steps(blueprint, essential):
    long, short = fleet_rows(1, 400), fleet_rows(1, 150, seed=5)
    mixed = FleetRows(("asset-0", "b"), np.array([0, 400, 550]), np.concatenate([long.values, short.values]))
    together = train_fleet(blueprint, mixed, essential, settings(blueprint))
    alone = train_fleet(blueprint, FleetRows(("b",), np.array([0, 150]), short.values), essential, settings(blueprint))
    assert together.assets == ("asset-0", "b")
    for name, value in alone.main.items():
        torch.testing.assert_close(value[0], together.main[name][1], rtol=1e-3, atol=1e-4)


def test_rows_with_missing_values_train(blueprint, essential):
    rows = fleet_rows(3)
    values = rows.values.copy()
    values[np.random.default_rng(0).random(values.shape) < 0.2] = np.nan
    trained = train_fleet(blueprint, FleetRows(rows.assets, rows.offsets, values), essential, settings(blueprint))
    assert trained.failures == ()
    assert (trained.train_loss < 0.8).all()


def test_a_diverging_model_ends_alone(blueprint, essential, trained):
    def overflowing(output, x, present):
        return blueprint.loss(output, x, present) * torch.where(x.abs().amax() > 19, torch.inf, 1.0)

    rows = fleet_rows(9)
    values = rows.values.copy().reshape(9, 240, 6)
    values[1, 10, 2] += 1e6
    wild = dataclasses.replace(blueprint, loss=overflowing)
    rows = FleetRows(rows.assets, rows.offsets, values.reshape(-1, 6))
    fleet = train_fleet(wild, rows, essential, settings(wild))
    assert [(failure.asset, failure.reason) for failure in fleet.failures] == [("asset-1", "diverged")]
    assert len(fleet.assets) == 8
    others = [0, *range(2, 9)]
    for name, value in fleet.main.items():
        torch.testing.assert_close(value, trained.main[name][others], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("plain", [False, True])
def test_an_asset_with_settings_of_its_own_is_trained_as_alone_with_them(blueprint, essential, trained, plain):
    class Plain(MaskedAutoencoder):
        """The engine knows nothing about it."""

    run = settings(blueprint)
    own = {
        "asset-1": dataclasses.replace(run, learning_rate=run.learning_rate / 4),
        "asset-2": dataclasses.replace(run, epochs=run.epochs // 2, drop_share=0.1),
    }
    if plain:
        blueprint = dataclasses.replace(blueprint, module=lambda inputs: Plain(inputs, (16, 3, 16)))
    together = train_fleet(blueprint, fleet_rows(9).take([0, 1, 2, 3]), essential, run, own=own)
    assert together.failures == ()
    for place, asset in enumerate(together.assets):
        alone = train_fleet(blueprint, fleet_rows(9).take([place]), essential, own.get(asset, run))
        for half in ("main", "fallback"):
            for name, value in getattr(alone, half).items():
                torch.testing.assert_close(getattr(together, half)[name][place], value[0], rtol=1e-2, atol=1e-3)
    for place, differs in enumerate([False, True, True, False]):
        moved = (together.fallback["layers.0.weight"][place] - trained.fallback["layers.0.weight"][place]).abs().max()
        assert (float(moved) > 0.02) is differs


def test_a_batch_of_its_own_is_refused(blueprint, essential):
    run = settings(blueprint)
    own = {"asset-0": dataclasses.replace(run, batch_rows=run.batch_rows + 1)}
    with pytest.raises(
        ValueError, match="asset-0 may have epochs, a learning rate, a drop share and a patience of its own"
    ):
        train_fleet(blueprint, fleet_rows(1), essential, run, own=own)


def test_stop_and_progress(blueprint, essential):
    heard: list[float] = []
    train_fleet(
        blueprint, fleet_rows(3), essential, settings(blueprint, block_assets=2), 0, lambda s, d: heard.append(s)
    )
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    with pytest.raises(TrainingStopped):
        train_fleet(blueprint, fleet_rows(3), essential, settings(blueprint), should_stop=lambda: True)


def test_no_fit_asset_is_no_error(blueprint, essential):
    trained = train_fleet(blueprint, fleet_rows(2, 20), essential, settings(blueprint))
    assert trained.assets == ()
    assert [failure.reason for failure in trained.failures] == ["too_few_rows", "too_few_rows"]


def test_unstackable_module_is_named(blueprint, essential):
    class Recurrent(nn.Module):
        def __init__(self, inputs: Inputs) -> None:
            super().__init__()
            self.gru = nn.GRU(inputs.signals, inputs.signals)

        def forward(self, x: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
            return self.gru(x)[0]

    with pytest.raises(BlueprintUnfit, match="GRU and LSTM have no batching rule"):
        train_fleet(dataclasses.replace(blueprint, module=Recurrent), fleet_rows(1), essential)


def test_overrides_are_checked(blueprint):
    with pytest.raises(ValueError, match="no parameter 'epoch'"):
        TrainSettings.of(blueprint, {"epoch": 3})
    with pytest.raises(ValueError, match="epochs must lie between"):
        TrainSettings.of(blueprint, {"epochs": 0})


def test_permutations_are_permutations():
    order = permutations(np.array([1, 2], np.uint32), np.array([0, 0]), np.array([5, 3]), 5)
    assert sorted(order[0]) == [0, 1, 2, 3, 4]
    assert sorted(order[1, :3]) == [0, 1, 2]
