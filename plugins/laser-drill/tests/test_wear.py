"""The lens gate tells a model that sees the drill's signals hang together from one that looks at each by itself."""

from datetime import UTC, datetime, timedelta

import numpy as np
from andon_laser_drill.contract import LASER_DRILL
from andon_laser_drill.simulation import drill_plant
from andon_laser_drill.wear import LENS_WEAR, WORN_LENS, noticed

from andon_sdk.plugin import HeldOut

ORIGIN = datetime(2026, 1, 1, tzinfo=UTC)
SIGNALS = tuple(signal.key for signal in LASER_DRILL.signals)


def drills() -> np.ndarray:
    """float64 [3, 1440, signals]: five days of three sound drills."""
    plant = drill_plant(3)
    past = plant.simulate(ORIGIN, 7).rows(ORIGIN, ORIGIN + timedelta(days=5), 300)
    return np.stack([past.values[past.asset == drill] for drill in range(3)])


def held_out(score, values: np.ndarray) -> HeldOut:
    return HeldOut(SIGNALS, values, score(values), np.nanstd(values, axis=1), score)


def test_the_plain_distance_does_not_pass_and_the_distance_from_a_plane_does():
    values = drills()
    values = np.where(np.isnan(values), np.nanmedian(values, axis=1, keepdims=True), values)
    center, spread = values.mean(axis=1, keepdims=True), values.std(axis=1, keepdims=True)
    standard = (values - center) / spread
    directions = np.linalg.eigh(standard.transpose(0, 2, 1) @ standard)[1]

    def distance(along: np.ndarray):
        """Mean square along these directions, in units of a threshold as blueprints have it."""

        def score(rows: np.ndarray) -> np.ndarray:
            return (((rows - center) / spread @ along) ** 2).mean(axis=2)

        threshold = 1.5 * np.quantile(score(values), 0.99, axis=1)[:, None]
        return lambda rows: score(rows) / threshold

    plain = noticed(held_out(distance(directions), values))
    off_the_plane = noticed(held_out(distance(directions[:, :, :10]), values))  # sixteen signals, some six causes
    assert plain.max() < 0.1
    assert off_the_plane.min() > 0.9
    assert [LENS_WEAR.passes(share) for share in (*plain, *off_the_plane)] == [False] * 3 + [True] * 3


def test_it_moves_what_a_lens_moves_and_leaves_what_it_is_given():
    values = drills()
    before, given = values.copy(), []

    def score(rows: np.ndarray) -> np.ndarray:
        given.append(rows)
        return np.full(rows.shape[:2], np.nan)

    assert noticed(held_out(score, values)).tolist() == [0.0] * 3
    np.testing.assert_array_equal(values, before)
    moved = given[-1][0, 0] - values[0, 0]
    assert {key: round(moved[SIGNALS.index(key)], 9) for key in WORN_LENS} == WORN_LENS
    assert np.count_nonzero(moved) == len(WORN_LENS)
    assert LENS_WEAR.say(0.2) == "With a worn lens 20% of the rows are called abnormal; at least 25% must be."
