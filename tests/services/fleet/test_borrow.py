"""Models lent to assets with few rows, on a small fleet of known structure."""

import numpy as np
import pytest
from families import COMPONENTS, FORECAST
from small_fleet import SIGNALS, fleet_rows, settings

from services.fleet.artefact import pack_of
from services.fleet.borrow import MIN_ROWS, borrow_fleet
from services.fleet.errors import BlueprintUnfit
from services.fleet.fit import FitSettings, fit_fleet
from services.fleet.gates import held_out_quality
from services.fleet.prepare import FleetRows
from services.fleet.score import Entry
from services.fleet.train import train_fleet

FREE = np.zeros(SIGNALS, bool)


def young(sources: list[int], moved: float = 0.0, rows: int = 60) -> FleetRows:
    """Machines alike to those assets of the small fleet, with so many rows; `moved` by so many units in each signal."""
    old = fleet_rows(9).take(sources)
    values = old.values.reshape(len(sources), -1, SIGNALS)[:, -rows:] + moved
    keys = tuple(f"young-{i}" for i in range(len(sources)))
    return FleetRows(keys, np.arange(len(sources) + 1) * rows, values.reshape(-1, SIGNALS).copy())


def borrowed(blueprint, pack, rows, essential, lenders=range(9)):
    return borrow_fleet(blueprint, pack, list(lenders), rows, essential, FREE)


def test_each_borrows_from_the_machine_it_is_like(blueprint, pack, essential) -> None:
    found = borrowed(blueprint, pack, young([4, 0, 7]), essential)
    assert found.lender.tolist() == [4, 0, 7]
    assert found.fleet.assets == ("young-0", "young-1", "young-2")
    assert found.fleet.failures == ()


def test_one_that_stands_elsewhere_gets_a_center_of_its_own(blueprint, pack, essential) -> None:
    rows = young([4, 0], moved=500.0)
    found = borrowed(blueprint, pack, rows, essential)
    assert found.lender.tolist() == [4, 0]
    assert found.moved.tolist() == [True, True]
    first = rows.values.reshape(2, 60, SIGNALS)[:, :30]
    np.testing.assert_allclose(found.fleet.center, first.mean(axis=1), rtol=1e-4)
    np.testing.assert_array_equal(found.fleet.scale, pack.scale[[4, 0]])


def quality_of(found, blueprint):
    lent = pack_of(found.fleet)
    entries = [Entry(asset, asset, lent, i, blueprint) for i, asset in enumerate(lent.assets)]
    return held_out_quality(entries, found.fleet.held_out)


def test_what_is_lent_is_served_like_any_model(blueprint, pack, essential) -> None:
    found = borrowed(blueprint, pack, young([4], moved=500.0), essential, lenders=[4])
    np.testing.assert_allclose(pack_of(found.fleet).levels, pack.levels[[4]], rtol=1e-5)
    quality = quality_of(found, blueprint)
    assert quality.false_alarm_share[0] <= 0.1
    assert quality.power[0] > 0.9


def test_a_machine_unlike_its_lender_is_not_called_abnormal_for_that(blueprint, pack, essential) -> None:
    alone = quality_of(borrowed(blueprint, pack, young([2]), essential, lenders=[4]), blueprint)
    others = [0, 1, 3, 4, 5, 6, 7, 8]
    among = quality_of(borrowed(blueprint, pack, young([2]), essential, lenders=others), blueprint)
    assert alone.false_alarm_share[0] > 0.8
    assert among.false_alarm_share[0] < 0.4


def test_a_lender_is_judged_by_the_rows_of_the_others(blueprint, pack, essential) -> None:
    found = borrowed(blueprint, pack, young([4]), essential, lenders=[4, 0, 7])
    rows = found.fleet.calibration
    length = pack.calibration.width // 2
    assert rows.x.shape == (1, 2 * length, SIGNALS)
    assert rows.counts.tolist() == [2 * length]
    for place, peer in enumerate((0, 7)):
        x, count = pack.calibration.x[peer], pack.calibration.counts[peer]
        physical = (x[count - length : count] - x[: MIN_ROWS // 2].mean(axis=0)) * pack.scale[peer]
        expected = np.clip(physical / pack.scale[4], -20, 20)
        np.testing.assert_allclose(rows.x[0, place * length : (place + 1) * length], expected, rtol=1e-4, atol=1e-5)
    assert len(set(rows.part[0].tolist())) == 2, "no window reaches from one machine into another"


def test_a_lender_that_is_alone_is_judged_by_its_own_rows(blueprint, pack, essential) -> None:
    found = borrowed(blueprint, pack, young([4]), essential, lenders=[4])
    np.testing.assert_array_equal(found.fleet.calibration.x, pack.calibration.x[[4]])


def test_too_few_rows_are_said_and_the_others_borrow(blueprint, pack, essential) -> None:
    rows = young([4, 0])
    short = FleetRows(rows.assets, np.array([0, 60, 60 + MIN_ROWS - 1]), rows.values[: 60 + MIN_ROWS - 1])
    found = borrowed(blueprint, pack, short, essential)
    assert found.fleet.assets == ("young-0",)
    [failure] = found.fleet.failures
    assert (failure.asset, failure.sentence) == ("young-1", "29 rows, at least 30 are needed.")


def test_a_signal_that_is_dead_keeps_the_lenders_center(blueprint, pack, essential) -> None:
    rows = young([4], moved=500.0)
    rows.values[:, 3] = np.nan
    found = borrowed(blueprint, pack, rows, essential)
    assert found.lender.tolist() == [4]
    assert found.fleet.center[0, 3] == pack.center[4, 3]
    assert not found.fleet.held_out.present[:, :, 3].any()


def test_rows_that_no_lender_answers_get_none(blueprint, pack, essential) -> None:
    rows = young([4])
    rows.values[30:, 0] = np.nan
    found = borrowed(blueprint, pack, rows, essential)
    assert found.fleet.assets == ()
    assert [failure.reason for failure in found.fleet.failures] == ["no_lender"]


def test_which_others_borrow_changes_nothing(blueprint, pack, essential) -> None:
    alone = borrowed(blueprint, pack, young([0]), essential)
    among = borrowed(blueprint, pack, young([0, 4, 7]), essential)
    assert alone.lender[0] == among.lender[0]
    np.testing.assert_array_equal(alone.fleet.center[0], among.fleet.center[0])


def test_a_fitted_model_with_history_is_lent(essential) -> None:
    old = fit_fleet(COMPONENTS, fleet_rows(9), essential, FitSettings({"variance_share": 0.9}, {}), 0)
    found = borrowed(COMPONENTS, pack_of(old), young([4, 7], moved=500.0), essential)
    assert found.lender.tolist() == [4, 7]


def test_given_signals_keep_the_lenders_center(essential) -> None:
    drivers = np.arange(SIGNALS) >= 3
    old = train_fleet(FORECAST, fleet_rows(9), essential, settings(FORECAST), exogenous=drivers)
    found = borrow_fleet(FORECAST, pack_of(old), [4], young([4], moved=3.0), essential, drivers)
    np.testing.assert_array_equal(found.fleet.center[0, drivers], old.center[4, drivers])


def test_given_signals_of_the_others_stand_where_they_do(essential) -> None:
    """A setpoint means the same on every machine, so the lender reads those of the others as it reads its own."""
    drivers, lenders = np.arange(SIGNALS) >= 3, [4, 0, 7]
    pack = pack_of(train_fleet(FORECAST, fleet_rows(9), essential, settings(FORECAST), exogenous=drivers))
    found = borrow_fleet(FORECAST, pack, lenders, young([4]), essential, drivers)
    rows, [lender] = found.fleet.calibration.x[0, :, drivers].T, found.lender
    length = pack.calibration.width // 2
    for place, peer in enumerate(each for each in lenders if each != lender):
        x, count = pack.calibration.x[peer][:, drivers], pack.calibration.counts[peer]
        physical = x[count - length : count] * pack.scale[peer, drivers] + pack.center[peer, drivers]
        expected = np.clip((physical - pack.center[lender, drivers]) / pack.scale[lender, drivers], -20, 20)
        np.testing.assert_allclose(rows[place * length : (place + 1) * length], expected, rtol=1e-3, atol=1e-4)


def test_a_pack_of_other_signals_is_refused(blueprint, pack) -> None:
    rows = FleetRows(("a",), np.array([0, 40]), np.zeros((40, SIGNALS - 1)))
    with pytest.raises(BlueprintUnfit, match="read other signals"):
        borrow_fleet(blueprint, pack, [0], rows, np.zeros(SIGNALS - 1, bool), np.zeros(SIGNALS - 1, bool))
