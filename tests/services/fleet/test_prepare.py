import numpy as np
from small_fleet import fleet_rows

from services.fleet.prepare import FleetRows, SplitSettings, prepare

NONE_ESSENTIAL = np.zeros(6, bool)


def test_split_keeps_time_apart_and_uses_every_row():
    rows = FleetRows(("a",), np.array([0, 200]), np.arange(200.0)[:, None] * np.ones((1, 6)))
    prepared = prepare(rows, NONE_ESSENTIAL, SplitSettings(calibration_share=0.25, held_out_share=0.1, parts=1))
    assert (prepared.train.counts[0], prepared.calibration.counts[0], prepared.held_out.counts[0]) == (135, 45, 20)
    latest_trained = prepared.train.x[0, :135, 0].max()
    calibration = prepared.calibration.x[0, ~prepared.calibration.lead[0], 0]
    held_out = prepared.held_out.x[0, ~prepared.held_out.lead[0], 0]
    assert latest_trained < calibration.min() < calibration.max() < held_out.min()


def test_several_parts_spread_calibration_in_contiguous_runs():
    prepared = prepare(fleet_rows(2, 400), NONE_ESSENTIAL, SplitSettings(parts=4))
    assert prepared.calibration.part[0].max() == 3
    assert (np.diff(np.flatnonzero(prepared.calibration.part[0] == 1)) == 1).all()


def test_lead_rows_are_history_only():
    prepared = prepare(fleet_rows(1, 400), NONE_ESSENTIAL, SplitSettings(), history=5, smooth=7)
    assert prepared.calibration.lead[0].sum() == 10
    assert prepared.calibration.lead[0, :10].all()


def test_failures_are_reported_and_others_go_on():
    rows = fleet_rows(5)
    values = rows.values.copy().reshape(5, 240, 6)
    values[0], values[1, :, 0], values[2, 7, 3] = np.nan, np.nan, np.inf
    short = FleetRows(
        (*rows.assets, "short", "empty"),
        np.array([*rows.offsets, 1230, 1230]),
        np.concatenate([values.reshape(-1, 6), np.zeros((30, 6))]),
    )
    prepared = prepare(short, np.array([True, False, False, False, False, False]))
    assert {failure.asset: failure.reason for failure in prepared.failures} == {
        "asset-0": "all_missing",
        "asset-1": "essential_missing",
        "asset-2": "non_finite",
        "short": "too_few_rows",
        "empty": "too_few_rows",
    }
    assert prepared.assets == ("asset-3", "asset-4")


def test_scale_ignores_missing_and_spikes_and_survives_constants():
    rows = fleet_rows(1, 400)
    values = rows.values.copy()
    values[::3, 1] = np.nan
    values[5, 2] = 1e9
    values[:, 3] = 7.0
    values[:, 4] = np.nan
    plain = prepare(rows, NONE_ESSENTIAL)
    odd = prepare(FleetRows(rows.assets, rows.offsets, values), NONE_ESSENTIAL)
    assert abs(odd.scale[0, 1] / plain.scale[0, 1] - 1) < 0.25
    assert abs(odd.scale[0, 2] / plain.scale[0, 2] - 1) < 0.25
    assert odd.center[0, 3] == 7.0
    assert odd.scale[0, 3] == 7e-3
    assert odd.known[0].tolist() == [True, True, True, True, False, True]
    assert np.isfinite(odd.train.x).all()


def test_gather_orders_by_asset_and_time():
    rows = FleetRows.gather(["a", "b"], np.array([1, 0, 1]), np.array([2, 9, 1]), np.array([[1.0], [2.0], [3.0]]))
    assert rows.offsets.tolist() == [0, 1, 3]
    assert rows.values[:, 0].tolist() == [2.0, 3.0, 1.0]
