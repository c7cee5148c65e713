"""A block as a worker trains it, on rows and a bucket in memory."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import numpy as np
import presses
import pytest

from services.fleet.prepare import FleetRows
from services.fleet.train import TrainSettings
from services.kernel.subjects import artefact_object
from services.training.cluster import fit
from services.training.cluster.messages import BlockResult, ContractOrder, TrainAsset, TrainCommand

ROWS = 400
ASSETS = tuple(UUID(int=number + 1) for number in range(3))
SIGNALS = tuple(signal.key for signal in presses.CONTRACT.signals)
RUN_PARAMETERS = {"epochs": 2.0, "learning_rate": 5e-3, "batch_rows": 64.0, "drop_share": 0.25}


class Shelf:
    """A bucket in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put(self, name: str, data: bytes) -> None:
        self.objects[name] = data


@pytest.fixture(autouse=True)
def rows(monkeypatch: pytest.MonkeyPatch, plugin_folder: Any) -> None:
    held = FleetRows(
        tuple(map(str, ASSETS)),
        np.arange(len(ASSETS) + 1) * ROWS,
        np.concatenate([presses.values(place, ROWS) for place in range(len(ASSETS))]),
    )
    monkeypatch.setattr(fit, "load_rows", lambda *asked: held)


def trained(own: Mapping[UUID, Mapping[str, float]]) -> tuple[BlockResult, dict[str, Any]]:
    """The block's result and its manifest."""
    command = TrainCommand(
        run=UUID(int=9),
        snapshot="ab",
        blueprint="press-coder",
        blueprint_version="1",
        plugin=presses.DISTRIBUTION,
        plugin_digest="cd",
        parameters=RUN_PARAMETERS,
        seed=0,
        contract=ContractOrder(UUID(int=8), 1, SIGNALS, (True, False, False, False), (False,) * 4),
        assets=len(ASSETS),
    )
    assets = tuple(TrainAsset(asset, None, own.get(asset, {})) for asset in ASSETS)
    shelf: Any = Shelf()
    result = fit.train_block(fit.Work(command, assets, shelf), assets, lambda share: False)
    assert result.digest is not None
    return result, json.loads(shelf.objects[artefact_object(result.digest, "manifest.json")])


def test_an_override_reaches_the_training_of_its_asset(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []
    real = fit.train_fleet

    def noted(*given: Any, **named: Any) -> Any:
        asked.append(named)
        return real(*given, **named)

    monkeypatch.setattr(fit, "train_fleet", noted)
    plain, manifest = trained({})
    other, other_manifest = trained({ASSETS[1]: {"epochs": 6.0}})
    assert [each["own"] for each in asked] == [{}, {str(ASSETS[1]): TrainSettings(6, 5e-3, 64, 0.25)}]
    pairs = list(zip(plain.assets, other.assets, strict=True))
    assert [before.measured == after.measured for before, after in pairs] == [True, False, True]
    assert "own_parameters" not in manifest["facts"]
    assert other_manifest["facts"]["own_parameters"] == {str(ASSETS[1]): {"epochs": 6.0}}


def test_equal_work_has_an_equal_digest_and_another_override_another() -> None:
    own = {"epochs": 3.0, "drop_share": 0.3}
    digests = [
        trained(overrides)[0].digest
        for overrides in (
            {ASSETS[0]: own},
            {ASSETS[0]: dict(reversed(own.items()))},
            {ASSETS[0]: own | {"drop_share": 0.4}},
            {ASSETS[1]: own},
            {},
        )
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 4
