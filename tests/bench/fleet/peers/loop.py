"""One model after the other in plain torch with fused Adam, as anybody would write it."""

import torch
from torch import nn

from andon_sdk.plugin import Inputs
from andon_sdk.plugin.dense import MaskedAutoencoder, reconstruction_loss
from fleet.plant import ESSENTIAL, SIGNALS
from services.fleet.prepare import FleetRows, prepare
from services.fleet.train import TrainSettings


def one_by_one(rows: FleetRows, settings: TrainSettings, drop_share: float) -> list[nn.Module]:
    """The main models; with `drop_share`, the fallbacks."""
    prepared = prepare(rows, ESSENTIAL, settings.split)
    models = []
    for asset in range(len(rows.assets)):
        torch.manual_seed(asset)
        model = MaskedAutoencoder(Inputs(SIGNALS))
        adam = torch.optim.Adam(model.parameters(), lr=settings.learning_rate, fused=True)
        x = torch.from_numpy(prepared.train.x[asset])
        for _ in range(settings.epochs):
            for index in torch.randperm(len(x)).split(settings.batch_rows):
                batch = x[index]
                everything = torch.ones_like(batch)
                seen = everything
                if drop_share:
                    seen = (torch.rand_like(batch) >= 2 * drop_share * torch.rand(len(batch), 1)).float()
                adam.zero_grad(set_to_none=True)
                reconstruction_loss(model(batch * seen, seen), batch, everything).backward()
                adam.step()
        models.append(model)
    return models
