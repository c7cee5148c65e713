"""Into which blocks a reference is cut."""

import pytest

from services.drift.blocks import Blocks, blocks, chosen, every

HOUR, DAY = 3600.0, 86_400.0


@pytest.mark.parametrize(
    ("span", "period", "expected"),
    [
        (30 * DAY, 1.0, Blocks(86_400, chosen(30))),
        (12 * DAY, 60.0, Blocks(86_400, tuple(range(12)))),
        (7 * DAY, 60.0, Blocks(43_200, tuple(range(14)))),
        (6 * HOUR, 1.0, Blocks(1_800, tuple(range(12)))),
        (600.0, 1.0, Blocks(600, (0,))),
        (30 * DAY, HOUR, Blocks(86_400, chosen(30))),
        (3 * DAY, HOUR, Blocks(43_200, tuple(range(6)))),
        (60 * DAY, DAY, Blocks(604_800, tuple(range(8)))),
        (0.0, 1.0, Blocks(600, (0,))),
    ],
)
def test_a_block_is_a_day_or_what_fits_twelve_times(span: float, period: float, expected: Blocks) -> None:
    assert blocks(span, period) == expected


def test_of_many_blocks_28_are_looked_at_evenly() -> None:
    assert chosen(28) == tuple(range(28))
    assert (len(chosen(365)), chosen(365)[0], chosen(365)[-1]) == (28, 0, 364)


def test_of_many_rows_some_five_hundred_are_looked_at() -> None:
    assert [every(86_400, period) for period in (1.0, 60.0, 300.0)] == [168, 2, 1]
