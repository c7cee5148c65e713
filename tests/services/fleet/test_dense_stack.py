"""The dense autoencoder's way of answering gives the answers of its module."""

import dataclasses

import numpy as np
import pytest
import torch

from andon_sdk.plugin.dense import MaskedAutoencoder, reconstruction_score
from services.fleet.dense_stack import DenseStack, trained_stack
from services.fleet.stack import Stack

MODELS, ROWS, SIGNALS = 4, 7, 6


@pytest.mark.parametrize("drivers", [(), (0, 4)])
@pytest.mark.parametrize("history", [1, 5])
@pytest.mark.parametrize("hidden", [(16, 3, 16), (8, 2), (4,), (12, 6, 3, 6, 12)])
def test_scores_are_those_of_the_plain_module(blueprint, hidden, history, drivers):
    blueprint = dataclasses.replace(
        blueprint, history_rows=history, module=lambda inputs: MaskedAutoencoder(inputs, hidden)
    )
    exogenous = np.isin(np.arange(SIGNALS), drivers)
    quick, plain = trained_stack(blueprint, SIGNALS, exogenous), Stack.of(blueprint, SIGNALS, exogenous)
    assert isinstance(quick, DenseStack)
    draw = torch.Generator().manual_seed(0)
    weights = {name: torch.randn(MODELS, *v.shape, generator=draw) for name, v in plain.template.state_dict().items()}
    shape = (MODELS, ROWS, SIGNALS) if history == 1 else (MODELS, ROWS, history, SIGNALS)
    present = (torch.rand(shape, generator=draw) > 0.3).float()
    present[:, 0] = 0.0
    x = torch.randn(shape, generator=draw) * present
    before = x.clone(), present.clone()
    found = quick.scores(weights, x, present)
    torch.testing.assert_close(found, plain.scores(weights, x, present), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close((x, present), before, rtol=0, atol=0)
    assert not found[:, 0].any()
    assert not found[..., list(drivers)].any()


def test_only_the_modules_own_way_is_taken(blueprint):
    class Changed(MaskedAutoencoder):
        """May do anything."""

    def doubled(output, x, present):
        return 2 * reconstruction_score(output, x, present)

    assert type(trained_stack(dataclasses.replace(blueprint, module=Changed), SIGNALS)) is Stack
    assert type(trained_stack(dataclasses.replace(blueprint, score=doubled), SIGNALS)) is Stack
