import numpy as np
import pandas as pd
import pytest
from andon_solar.sun import HOUR, Site, clear_sky, day_of_year, direction
from pvlib import solarposition

HOURS = np.datetime64("2025-01-01", "us") + np.arange(0, 8760, 7) * HOUR


@pytest.mark.parametrize("site", [Site(39.74, -105.18), Site(51.10, 0.98), Site(-33.9, 151.2)])
def test_the_sun_stands_where_the_exact_algorithm_has_it(site):
    found = direction(HOURS, site)
    exact = solarposition.spa_python(pd.DatetimeIndex(HOURS).tz_localize("UTC"), site.latitude, site.longitude)
    elevation, azimuth = (np.radians(exact[name].to_numpy()) for name in ("elevation", "azimuth"))
    level = np.cos(elevation)
    expected = np.stack([level * np.sin(azimuth), level * np.cos(azimuth), np.sin(elevation)], axis=-1)
    np.testing.assert_allclose(found, expected, atol=0.008)
    np.testing.assert_allclose(np.linalg.norm(found, axis=-1), 1.0)


def test_many_sites_at_once():
    sites = Site(np.array([39.74, 51.10]), np.array([-105.18, 0.98]))
    together = direction(HOURS[:, None], sites)
    assert together.shape == (len(HOURS), 2, 3)
    np.testing.assert_array_equal(together[:, 1], direction(HOURS, Site(51.10, 0.98)))


def test_a_clear_sky_gives_nothing_at_night():
    np.testing.assert_allclose(clear_sky(np.array([[-0.5, 0.0], [0.5, 1.0]])), [[0, 0], [487.9, 1035.1]], atol=0.1)


def test_days_count_from_one():
    days = np.array(["2024-01-01T23:59", "2024-12-31", "2025-12-31T12:00"], "datetime64[us]")
    assert day_of_year(days).tolist() == [1, 366, 365]
