"""Assets end when they stop improving, and leave the block without a trace in the others."""

import dataclasses

import numpy as np
import pytest
import torch
from small_fleet import fleet_rows, settings

from andon_sdk.plugin import PATIENCE, Blueprint
from andon_sdk.plugin.dense import MaskedAutoencoder
from services.fleet import block
from services.fleet.dense import DenseProgram
from services.fleet.patience import trained_rows
from services.fleet.prepare import FleetRows
from services.fleet.settings import TrainSettings
from services.fleet.train import TrainedFleet, train_fleet

EPOCHS = 60
RAGGED = (240, 500, 130, 240, 900, 240)


class Plain(MaskedAutoencoder):
    """The engine knows nothing about it."""


@pytest.fixture(params=["dense", "any module"])
def patient(request: pytest.FixtureRequest, blueprint: Blueprint) -> Blueprint:
    module = blueprint.module if request.param == "dense" else lambda inputs: Plain(inputs, (16, 3, 16))
    return dataclasses.replace(blueprint, module=module, patience=PATIENCE)


def ragged_rows() -> FleetRows:
    whole = fleet_rows(len(RAGGED), max(RAGGED))
    values = [whole.values[i * max(RAGGED) :][:rows] for i, rows in enumerate(RAGGED)]
    return FleetRows(whole.assets, np.concatenate([[0], np.cumsum(RAGGED)]), np.concatenate(values))


def trained(blueprint: Blueprint, essential: np.ndarray, rows: FleetRows, **own: float) -> TrainedFleet:
    return train_fleet(blueprint, rows, essential, TrainSettings.of(blueprint, {"epochs": EPOCHS, **own}))


def test_assets_end_at_their_own_time_and_keep_their_best(patient, essential):
    quick = trained(patient, essential, ragged_rows(), patience=2, learning_rate=0.05)
    assert quick.failures == ()
    assert quick.epochs is not None
    assert (quick.epochs >= 1).all()
    assert (quick.epochs < EPOCHS).any(axis=1).all()
    assert len(np.unique(quick.epochs)) > 2
    assert np.isfinite(quick.train_loss).all()


def test_a_kept_model_is_the_one_that_fewer_epochs_give(patient, essential):
    rows = fleet_rows(1)
    early = trained(patient, essential, rows, patience=2, learning_rate=0.05)
    assert early.epochs is not None
    kept = int(early.epochs[0, 0])
    fewer = train_fleet(
        patient,
        rows,
        essential,
        TrainSettings.of(patient, {"epochs": kept, "patience": 2, "learning_rate": 0.05}),
    )
    assert fewer.epochs is not None
    assert fewer.epochs[0, 0] == kept
    for name, value in fewer.main.items():
        torch.testing.assert_close(early.main[name], value, rtol=0, atol=0)


def test_models_do_not_depend_on_when_others_leave(patient, essential, monkeypatch):
    monkeypatch.setattr(block, "_FULL_SHARE", 0.0)  # nobody leaves
    expected = trained(patient, essential, ragged_rows(), patience=2, learning_rate=0.05)
    monkeypatch.setattr(block, "_FULL_SHARE", 1.0)  # everybody leaves at once
    found = trained(patient, essential, ragged_rows(), patience=2, learning_rate=0.05)
    np.testing.assert_array_equal(found.epochs, expected.epochs)
    for half in ("main", "fallback"):
        for name, value in getattr(found, half).items():
            torch.testing.assert_close(value, getattr(expected, half)[name], rtol=1e-4, atol=1e-5)


def test_steps_of_ended_assets_are_not_spent(blueprint, essential, monkeypatch):
    widths: list[int] = []
    step = DenseProgram.step

    def counted(self, rows, kept):
        widths.append(len(rows))
        return step(self, rows, kept)

    monkeypatch.setattr(DenseProgram, "step", counted)
    run = dataclasses.replace(settings(blueprint), epochs=6)
    own = {f"asset-{i}": dataclasses.replace(run, epochs=2) for i in range(1, 4)}
    train_fleet(blueprint, fleet_rows(4), essential, run, own=own)
    assert widths == [4] * (2 * 3) + [1] * (4 * 3)  # 162 rows to train on are three batches


def test_without_patience_all_epochs_and_rows_are_trained(blueprint, essential):
    patient = dataclasses.replace(blueprint, patience=PATIENCE)
    plain = trained(blueprint, essential, fleet_rows(2))
    off = trained(patient, essential, fleet_rows(2), patience=0)
    np.testing.assert_array_equal(off.epochs, np.full((2, 2), EPOCHS))
    np.testing.assert_array_equal(off.train_loss, plain.train_loss)


def test_an_asset_may_have_a_patience_of_its_own(blueprint, essential):
    patient = dataclasses.replace(blueprint, patience=PATIENCE)
    assert patient.own == ("epochs", "learning_rate", "drop_share", "patience")
    assert blueprint.own == ("epochs", "learning_rate", "drop_share")
    run = TrainSettings.of(patient, {"epochs": EPOCHS, "learning_rate": 0.05, "patience": 0})
    fleet = train_fleet(patient, fleet_rows(3), essential, run, own={"asset-1": dataclasses.replace(run, patience=2)})
    assert fleet.epochs is not None
    assert fleet.epochs[[0, 2]].tolist() == [[EPOCHS, EPOCHS]] * 2
    assert fleet.epochs[1].max() < EPOCHS


def test_rows_kept_for_checks_are_the_last_and_no_window_reaches_them():
    counts, on = np.array([800, 160, 24, 800]), np.array([10, 10, 10, 0])
    assert trained_rows(counts, 1, on).tolist() == [700, 140, 21, 800]
    assert trained_rows(counts, 21, on).tolist() == [680, 120, 24, 800]  # the third is too short to spare them
