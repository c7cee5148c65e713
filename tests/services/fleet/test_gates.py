import numpy as np
from small_fleet import fleet_rows, settings

from services.fleet.artefact import pack_of
from services.fleet.gates import calibration_of, compare, held_out_quality, old_ground, sensor_loss
from services.fleet.score import Entry
from services.fleet.train import train_fleet


def test_a_trained_model_beats_the_plain_distance(entries, trained):
    quality = held_out_quality(entries, trained.held_out)
    assert (quality.rows == 24).all()
    assert (quality.answered_share == 1).all()
    assert quality.false_alarm_share.mean() < 0.05
    assert (quality.power > quality.baseline_power).all()


def test_sensor_loss_covers_each_signal_and_some_sets(entries, trained):
    loss = sensor_loss(entries, trained.held_out)
    assert loss.masks.shape == (10, 6)
    assert np.isnan(loss.false_alarm_share[:, 0]).all()  # signal 0 is essential
    assert (loss.answered_share[:, 1:] == 1).all()
    assert np.nanmean(loss.false_alarm_share) < 0.15
    assert (loss.expected_loss[:, 0] == 1).all()
    assert loss.expected_loss[:, 6:].mean() > loss.expected_loss[:, 1:6].mean()


def test_a_bad_challenger_shows(entries, trained, blueprint, essential):
    swapped = fleet_rows(9, seed=99)  # models of other machines
    bad = pack_of(train_fleet(blueprint, swapped, essential, settings(blueprint)))
    challengers = [Entry(f"bad-{i}", entry.asset, bad, i, blueprint) for i, entry in enumerate(entries)]
    result = compare(challengers, entries, trained.held_out)
    assert result.champion.false_alarm_share.mean() > 0.5
    assert result.challenger.false_alarm_share.mean() < 0.1


def test_old_ground_is_the_rows_that_calibrated_the_champion(entries, history_entries, trained, blueprint, essential):
    swapped = fleet_rows(9, seed=99)
    other = pack_of(train_fleet(blueprint, swapped, essential, settings(blueprint)))
    champions = [entries[3], Entry("other", "asset-5", other, 5, blueprint), entries[1]]
    rows = calibration_of(champions)
    assert (rows.x[0] == trained.calibration.x[3]).all()
    assert (rows.x[1] == other.calibration.x[5]).all()
    assert (rows.x[2] == trained.calibration.x[1]).all()
    same = old_ground(champions, [entries[3], entries[5], entries[1]])
    assert same.champion.rows.tolist() == [int((~trained.calibration.lead[3]).sum())] * 3
    assert same.challenger.power[0] == same.champion.power[0]
    assert same.champion.false_alarm_share.max() == 0
    assert same.challenger.false_alarm_share[1] > 0.5  # it never saw that machine
    wider = old_ground([entries[3], history_entries[4]], [entries[3], entries[4]])
    assert wider.champion.rows.tolist() == same.champion.rows.tolist()[:2]
    assert wider.champion.power[0] == same.champion.power[0]
