"""A program of its own for a family gives the models that the plain module gives."""

import dataclasses

import numpy as np
import pytest
import torch
from small_fleet import fleet_rows, settings

from andon_sdk.plugin.dense import MaskedAutoencoder, reconstruction_loss
from services.fleet.dense import DenseProgram, is_dense
from services.fleet.draws import asset_seeds, combine, kept_signals
from services.fleet.prepare import FleetRows, prepare
from services.fleet.programs import BlockRows, ModelAdam, VmapProgram
from services.fleet.stack import Stack, twice
from services.fleet.train import train_fleet

ASSETS, BATCH, STEPS = 5, 16, 40


def with_gaps(rows: FleetRows, share: float) -> FleetRows:
    values = rows.values.copy()
    values[np.random.default_rng(3).random(values.shape) < share] = np.nan
    return dataclasses.replace(rows, values=values)


@pytest.mark.parametrize("gaps", [0.0, 0.3])
@pytest.mark.parametrize("history", [1, 5])
@pytest.mark.parametrize("hidden", [(16, 3, 16), (8, 2), (6, 8), (4,), (12, 6, 3, 6, 12)])
def test_dense_program_takes_the_steps_of_the_plain_module(blueprint, essential, gaps, history, hidden):
    blueprint = dataclasses.replace(
        blueprint, history_rows=history, module=lambda inputs: MaskedAutoencoder(inputs, hidden)
    )
    rows = with_gaps(fleet_rows(ASSETS), gaps)
    stack = Stack.of(blueprint, rows.signals)
    assert is_dense(stack)
    train = prepare(rows, essential, None, history, 7).train
    block = BlockRows.of(train, history)
    assert block.complete is (gaps == 0.0)
    start = twice(stack.initial(0, asset_seeds(0, rows.assets)))
    ours, plain = (kind(stack, block, start, 3e-3) for kind in (DenseProgram, VmapProgram))
    draw = np.random.default_rng(0)
    for _ in range(STEPS):
        taken = draw.integers(0, int(train.counts.min()), (ASSETS, BATCH))
        kept = (draw.random((ASSETS, rows.signals, BATCH)) > 0.3).astype(np.float32)
        torch.testing.assert_close(ours.step(taken, kept), plain.step(taken, kept), rtol=1e-4, atol=1e-5)
    assert ours.weights.keys() == plain.weights.keys()
    for name, value in plain.weights.items():
        torch.testing.assert_close(ours.weights[name], value.detach(), rtol=1e-3, atol=1e-4)


def test_a_rate_of_its_own_stretches_the_steps_of_that_model_only():
    draw = torch.Generator().manual_seed(0)
    start = torch.randn(3, 4, generator=draw)
    plain, mixed, half = start.clone(), start.clone(), start.clone()
    stretch = torch.tensor([[1.0], [0.5], [1.0]])
    runs = [
        (plain, ModelAdam([plain], 0.01)),
        (mixed, ModelAdam([mixed], 0.01, [stretch])),
        (half, ModelAdam([half], 0.005)),
    ]
    for _ in range(20):
        gradient = torch.randn(3, 4, generator=draw)
        for value, adam in runs:
            value.grad = gradient.clone()
            adam.step()
    torch.testing.assert_close(mixed[[0, 2]], plain[[0, 2]], rtol=0, atol=0)
    torch.testing.assert_close(mixed[1], half[1])


def test_only_the_module_itself_is_dense(blueprint):
    class Changed(MaskedAutoencoder):
        pass

    def doubled(output, x, present):
        return 2 * reconstruction_loss(output, x, present)

    assert is_dense(Stack.of(blueprint, 6))
    assert not is_dense(Stack.of(dataclasses.replace(blueprint, module=Changed), 6))
    assert not is_dense(Stack.of(dataclasses.replace(blueprint, loss=doubled), 6))


def test_a_fleet_of_dense_models_is_the_fleet_of_plain_ones(blueprint, essential, trained):
    class Plain(MaskedAutoencoder):
        """The engine knows nothing about it."""

    plain = dataclasses.replace(blueprint, module=lambda inputs: Plain(inputs, (16, 3, 16)))
    again = train_fleet(plain, fleet_rows(9), essential, settings(plain))
    np.testing.assert_allclose(again.train_loss, trained.train_loss, rtol=1e-2)
    for half in ("main", "fallback"):
        for name, value in getattr(again, half).items():
            torch.testing.assert_close(getattr(trained, half)[name], value, rtol=2e-2, atol=2e-2)


def test_hidden_signals_are_as_many_as_asked_and_the_same_for_the_same_key():
    keys = combine(np.arange(64, dtype=np.uint32)[:, None], np.arange(500, dtype=np.uint32))
    kept = kept_signals(keys, 10, 0.25)
    assert kept.shape == (64, 10, 500)
    assert set(np.unique(kept)) == {0.0, 1.0}
    assert abs((1 - kept).mean() - 0.25) < 0.005
    assert abs((1 - kept).mean(axis=(0, 2)) - 0.25).max() < 0.02
    hidden = (1 - kept).sum(axis=1)
    assert (hidden == 0).mean() > 0.1  # few and many
    assert (hidden >= 5).mean() > 0.1
    np.testing.assert_array_equal(kept_signals(keys[3:4, 7:9], 10, 0.25), kept[3:4, :, 7:9])
    assert kept_signals(keys, 10, 0.0).min() == 1.0
