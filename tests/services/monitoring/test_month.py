"""What the alarm rule of the laser drills is for: weeks of warning, and next to nothing for nothing. The whole of it,
with 24 drills and failing sensors, is `make bench-month`."""

import numpy as np
import pytest
from lived_month import Month, Plant


@pytest.fixture(scope="module")
def month() -> Month:
    return Plant.learn(4, every_s=900.0, seed=0).watched()


def test_every_drill_warns_weeks_before_it_stops(month):
    assert (month.stop - month.onset).tolist() == pytest.approx([30.0] * 4)
    assert not np.isnan(month.warned).any()
    assert (month.warned > month.onset).all()
    assert np.median(month.warning) >= 25


def test_drills_that_run_well_are_left_alone(month):
    assert month.false.sum() == 0
    assert month.answered > 0.99 * month.rows
