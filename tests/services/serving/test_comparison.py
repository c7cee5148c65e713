from datetime import UTC, datetime, timedelta
from uuid import UUID

import polars as pl
import pytest

from services.kernel.wire import ROLE_CHAMPION, ROLE_SHADOW
from services.serving import comparison
from services.serving.comparison import Counted, count

ASSET, OTHER, CHAMPION, SHADOW = (UUID(int=number) for number in (1, 2, 3, 4))
START = datetime(2026, 1, 1, tzinfo=UTC)


def rows(asset: UUID, version: UUID, role: int, values: dict[int, float | None]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "date": [(START + timedelta(seconds=second)).date() for second in values],
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
    first = START + timedelta(seconds=1)
    assert count(history.lazy(), [START.date()], ASSET, CHAMPION, SHADOW) == Counted(3, 2, 1, 2, first, all_rows=True)
    assert count(history.clear().lazy(), [], ASSET, CHAMPION, SHADOW) == Counted()


DAY = 86_400
DAYS = [(START + timedelta(days=number)).date() for number in range(40)]


def test_of_a_long_history_the_newest_days_count() -> None:
    said = {number * DAY: 0.5 for number in range(40)}
    history = pl.concat([rows(ASSET, CHAMPION, ROLE_CHAMPION, said), rows(ASSET, SHADOW, ROLE_SHADOW, said)]).lazy()
    found = count(history, DAYS, ASSET, CHAMPION, SHADOW)
    assert (found.rows, found.start, found.all_rows) == (30, START + timedelta(days=10), False)


def test_of_many_rows_the_newest_days_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "MOST_SCORES", 5)
    said = {number * DAY: 0.5 for number in range(4)}
    history = pl.concat([rows(ASSET, CHAMPION, ROLE_CHAMPION, said), rows(ASSET, SHADOW, ROLE_SHADOW, said)]).lazy()
    found = count(history, DAYS[:4], ASSET, CHAMPION, SHADOW)
    assert (found.rows, found.start, found.all_rows) == (2, START + timedelta(days=2), False)
    one = count(history.filter(pl.col("date") == DAYS[0]), DAYS[:1], ASSET, CHAMPION, SHADOW)
    assert (one.rows, one.all_rows) == (1, True)
