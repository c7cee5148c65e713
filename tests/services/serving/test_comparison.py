from datetime import UTC, datetime, timedelta
from uuid import UUID

import polars as pl

from services.kernel.wire import ROLE_CHAMPION, ROLE_SHADOW
from services.serving.comparison import count

ASSET, OTHER, CHAMPION, SHADOW = (UUID(int=number) for number in (1, 2, 3, 4))
START = datetime(2026, 1, 1, tzinfo=UTC)


def rows(asset: UUID, version: UUID, role: int, values: dict[int, float | None]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "asset": [str(asset)] * len(values),
            "time": [START + timedelta(seconds=second) for second in values],
            "version": [str(version)] * len(values),
            "role": pl.Series([role] * len(values), dtype=pl.Int8),
            "value": pl.Series(list(values.values()), dtype=pl.Float32),
        }
    )


def test_rows_that_both_answered() -> None:
    history = pl.concat(
        [
            rows(ASSET, CHAMPION, ROLE_CHAMPION, {0: 0.5, 1: 1.5, 2: 1.5, 3: None, 4: 0.2}),
            rows(ASSET, SHADOW, ROLE_SHADOW, {1: 1.2, 2: 0.9, 3: 2.0, 4: 0.1, 5: 9.0}),
            rows(ASSET, SHADOW, ROLE_CHAMPION, {0: 9.0}),
            rows(OTHER, CHAMPION, ROLE_CHAMPION, {1: 9.0}),
            rows(OTHER, SHADOW, ROLE_SHADOW, {1: 9.0}),
        ]
    )
    assert count(history.lazy(), ASSET, CHAMPION, SHADOW) == (3, 2, 1, 2)
    assert count(history.clear().lazy(), ASSET, CHAMPION, SHADOW) == (0, 0, 0, 0)
