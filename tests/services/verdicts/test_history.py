"""Which rows of champion and shadow are the same."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import polars as pl

from services.kernel.wire import ROLE_CHAMPION, ROLE_SHADOW
from services.verdicts.history import Pair, same_rows

ASSET, OTHER, CHAMPION, SHADOW = (UUID(int=number) for number in (1, 2, 3, 4))
START = datetime(2026, 1, 1, tzinfo=UTC)


def rows(asset: UUID, version: UUID, role: int, said: dict[int, float | None]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "asset": [str(asset)] * len(said),
            "time": pl.Series([START + timedelta(minutes=minute) for minute in said], dtype=pl.Datetime("us", "UTC")),
            "version": [str(version)] * len(said),
            "role": pl.Series([role] * len(said), dtype=pl.Int8),
            "value": pl.Series(list(said.values()), dtype=pl.Float32),
        }
    )


def test_rows_of_the_champion_while_the_shadow_was_there():
    """Not those before and after it, nor hours in which it scored nothing; a single row that it left out counts."""
    scores = pl.concat(
        [
            rows(ASSET, CHAMPION, ROLE_CHAMPION, {0: 0.5, 10: 0.25, 20: None, 30: 1.5, 70: 9.0, 130: 2.0, 140: 3.0}),
            rows(ASSET, SHADOW, ROLE_SHADOW, {10: 0.5, 20: 1.0, 40: 9.0, 130: None}),
            rows(ASSET, SHADOW, ROLE_CHAMPION, {10: 7.0}),
            rows(OTHER, CHAMPION, ROLE_CHAMPION, {10: 7.0}),
        ]
    )
    found = same_rows(scores.lazy(), [Pair(ASSET, CHAMPION, SHADOW)])
    assert [((time - START) / timedelta(minutes=1), *said) for _, time, *said in found.rows()] == [
        (10, 0.25, 0.5), (20, None, 1.0), (30, 1.5, None), (130, 2.0, None),
    ]  # fmt: skip
    assert found["place"].to_list() == [0] * 4


def test_a_row_that_came_twice_counts_once():
    one = rows(ASSET, CHAMPION, ROLE_CHAMPION, {10: 0.25})
    beside = rows(ASSET, SHADOW, ROLE_SHADOW, {10: 0.5})
    found = same_rows(pl.concat([one, one, beside, beside]).lazy(), [Pair(ASSET, CHAMPION, SHADOW)])
    assert found.height == 1
