"""Suitability: how long a question takes, and whether the range that is preferred gives a better model.

    make bench-suitability OPTIONS="--data ../shared/data"

Timing: 300 signals × 30 days at one minute, from arrays: the first question (buckets, study, verdict, better range),
and one while the range is dragged, both against one pass of numpy's mean over the same arrays.

Quality: the range preferred for each period against “latest” (the period before) and “everything”, on two real
machines. Gas sensors: accuracy of a logistic regression, batch after batch. Gas turbine: root mean square error of NOx
by gradient boosting, year after year and half-year after half-year. What is preferred is chosen without the labels and
without the period that is predicted. Before that, ranges of real machines that are to be refused.
"""

import argparse
import warnings
from collections.abc import Callable
from pathlib import Path

import contaminated
import numpy as np
import polars as pl
from harness import Row, compare, show, write
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from services.suitability.buckets import Rows, grid, ladder, summarise
from services.suitability.contracts import KnownEvents
from services.suitability.judge import judge
from services.suitability.search import preferred
from services.suitability.study import Study, Subject, study

SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 1_440 * MINUTE
SIGNALS, DAYS = 300, 30
INPUTS = ["AT", "AP", "AH", "AFDP", "GTEP", "TIT", "TAT", "TEY", "CDP"]


def subject(signals: int, enough: int) -> Subject:
    none = np.zeros(signals, bool)
    return Subject(tuple(f"s{k}" for k in range(signals)), none, none, 149, enough)


def studied(time: np.ndarray, columns: list[np.ndarray], period: int, enough: int, recent_from: int) -> Study:
    length = ladder(int(time[-1] - time[0]) + period, period)
    starts = grid([(int(time[0]), int(time[-1]) + period)], length)
    one = subject(len(columns), enough)
    buckets = summarise(Rows(time, columns), starts, length, float(period), one.essential, ())
    return study(buckets, one, KnownEvents(), recent_from)


def timing() -> list[Row]:
    draws = np.random.default_rng(0)
    n = DAYS * 1_440
    causes, mixing = draws.normal(size=(n, 8)), draws.normal(size=(8, SIGNALS))
    daily = np.sin(2 * np.pi * np.arange(n) / 1_440)[:, None] * draws.normal(size=SIGNALS)
    values = 50 + causes @ mixing + daily + draws.normal(size=(n, SIGNALS))
    values[: n // 10, 0] = np.nan
    columns = [np.ascontiguousarray(values[:, k]) for k in range(SIGNALS)]
    time = np.arange(n, dtype=np.int64) * MINUTE
    kept = studied(time, columns, MINUTE, 3_000, int(time[-1]) - 7 * DAY)

    def first() -> None:
        judge(studied(time, columns, MINUTE, 3_000, int(time[-1]) - 7 * DAY), [(0, 20 * DAY)])

    def dragged() -> None:
        for k in range(10):
            judge(kept, [(k * DAY // 10, 20 * DAY)])

    def mean() -> None:
        for column in columns:
            column.mean()

    means = (mean, 1.0)
    found = [
        compare("first_question", "questions/s", (first, 1.0), "numpy mean", means),
        compare("dragged_question", "questions/s", (dragged, 10.0), "numpy mean", means),
    ]
    assert found[0].value > 0.5, "a question takes less than two seconds"
    return found


def start_of_preferred(values: np.ndarray, recent: int) -> int:
    """First row of the range that is preferred for training on rows that end now; `recent` rows are recent."""
    n, signals = values.shape
    columns = [np.ascontiguousarray(values[:, k]) for k in range(signals)]
    found = studied(np.arange(n, dtype=np.int64) * SECOND, columns, SECOND, 10 * signals, (n - recent) * SECOND)
    return int(found.buckets.start[preferred(found)[0]] // SECOND)


def periods(
    name: str, values: np.ndarray, cuts: list[int], first: int, quality: Callable[[int, int, int], float], sign: int
) -> list[Row]:
    """A row a period from `first` on, and their means: quality of what is preferred against the better and the worse of
    latest and everything. `quality(start, end, until)`: trained on start to end, judged on end to until."""
    rows, table = list[Row](), list[tuple[float, float, float]]()
    for k in range(first, len(cuts) - 1):
        end, until = cuts[k], cuts[k + 1]
        start = start_of_preferred(values[:end], end - cuts[k - 1])
        ours, latest, every = (quality(each, end, until) for each in (start, cuts[k - 1], 0))
        table.append((ours, latest, every))
        rows.append(Row(f"{name}_{k + 1}", ours, "", facts={"latest": latest, "everything": every, "start": start}))
        show(rows[-1])
        print(f"    latest {latest:.3f}, everything {every:.3f}, preferred from row {start} of {end}: {ours:.3f}")
    means = np.mean(table, axis=0)
    worse = sum(sign * ours < sign * min(latest, every, key=lambda one: sign * one) for ours, latest, every in table)
    facts = {"latest": float(means[1]), "everything": float(means[2]), "periods": len(table), "below_both": worse}
    rows.append(Row(f"{name}_mean", float(means[0]), "", facts=facts))
    show(rows[-1])
    print(f"    latest {means[1]:.3f}, everything {means[2]:.3f}; worse than both in {worse} of {len(table)} periods")
    return rows


def gas_sensors(folder: Path) -> list[Row]:
    table = pl.read_parquet(folder / "gas_sensor_drift" / "batches.parquet")
    values = table.select(pl.col("^f\\d+$")).to_numpy().astype(float)
    gas, batch = table["gas"].to_numpy(), table["batch"].to_numpy()
    cuts = [0, *np.cumsum(np.bincount(batch)[1:]).tolist()]

    def accuracy(start: int, end: int, until: int) -> float:
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1_000)).fit(
            values[start:end], gas[start:end]
        )
        return float(model.score(values[end:until], gas[end:until]))

    return periods("gas_sensors_accuracy", values, cuts, 1, accuracy, 1)


def gas_turbine(folder: Path, parts: int) -> list[Row]:
    table = pl.read_parquet(folder / "gas_turbine_emission" / "gt_2011_2015.parquet")
    values = table.select(INPUTS).to_numpy().astype(float)
    nox, year = table["NOX"].to_numpy().astype(float), table["year"].to_numpy()
    cuts = [0]
    for one in np.unique(year):
        rows = np.flatnonzero(year == one)
        cuts += np.linspace(rows[0], rows[-1] + 1, parts + 1).astype(int)[1:].tolist()

    def error(start: int, end: int, until: int) -> float:
        model = HistGradientBoostingRegressor(random_state=0).fit(values[start:end], nox[start:end])
        return float(np.sqrt(((model.predict(values[end:until]) - nox[end:until]) ** 2).mean()))

    name = "gas_turbine_error_years" if parts == 1 else "gas_turbine_error_half_years"
    return periods(name, values, cuts, parts, error, -1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, help="folder of the real data sets; without it only times are measured")
    given = parser.parse_args()
    warnings.filterwarnings("ignore", module="sklearn")
    rows = timing()
    if given.data:
        rows += contaminated.measure(given.data)
        rows += gas_sensors(given.data)
        rows += gas_turbine(given.data, 1)
        rows += gas_turbine(given.data, 2)
    print(write("suitability", rows))


if __name__ == "__main__":
    main()
