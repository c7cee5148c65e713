import dataclasses

import numpy as np
import pytest
import torch
from small_fleet import SIGNALS, fleet_rows, settings

from andon_sdk.plugin import Blueprint, Threshold
from andon_sdk.plugin.dense import MaskedAutoencoder, reconstruction_loss, reconstruction_score
from services.fleet.artefact import Pack, pack_of
from services.fleet.score import Entry
from services.fleet.train import TrainedFleet, train_fleet

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def blueprint() -> Blueprint:
    return Blueprint(
        key="test-watch",
        title="Test",
        version="1",
        contract="test",
        module=lambda inputs: MaskedAutoencoder(inputs, (16, 3, 16)),
        loss=reconstruction_loss,
        score=reconstruction_score,
        threshold=Threshold(0.99, 1.5, 7),
    )


@pytest.fixture(scope="session")
def with_history(blueprint: Blueprint) -> Blueprint:
    return dataclasses.replace(blueprint, key="test-history", history_rows=5)


@pytest.fixture(scope="session")
def essential() -> np.ndarray:
    return np.array([True] + [False] * (SIGNALS - 1))


@pytest.fixture(scope="session")
def trained(blueprint: Blueprint, essential: np.ndarray) -> TrainedFleet:
    return train_fleet(blueprint, fleet_rows(9), essential, settings(blueprint))


@pytest.fixture(scope="session")
def pack(trained: TrainedFleet) -> Pack:
    return pack_of(trained, {"note": "test"})


@pytest.fixture(scope="session")
def entries(pack: Pack, blueprint: Blueprint) -> list[Entry]:
    return [Entry(f"v-{asset}", asset, pack, i, blueprint) for i, asset in enumerate(pack.assets)]


@pytest.fixture(scope="session")
def history_entries(with_history: Blueprint, essential: np.ndarray) -> list[Entry]:
    pack = pack_of(train_fleet(with_history, fleet_rows(9), essential, settings(with_history)))
    return [Entry(f"h-{asset}", asset, pack, i, with_history) for i, asset in enumerate(pack.assets)]
