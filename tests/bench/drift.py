"""Drift: how long a look at 10,000 assets takes beside reading their rows.

    .venv/bin/python tests/bench/drift.py

A day of rows every ten minutes of ten signals each, from a file of Parquet: read, sorted into quantiles, and held
against references; against reading alone.
"""

import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from harness import compare, show, write

from services.drift.judge import judge
from services.drift.measure import Reference, spread

ASSETS, SIGNALS, ROWS = 10_000, 10, 144


def main() -> None:
    draws = np.random.default_rng(0)
    place = np.repeat(np.arange(ASSETS), ROWS)
    values = {f"s{k}": draws.normal(size=ASSETS * ROWS) for k in range(SIGNALS)}
    whole = spread(place, values["s0"], ASSETS)
    one = np.ones(ASSETS)
    of = Reference(whole.quantiles, one, 0.25 * one, one > 0)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.parquet"
        pl.DataFrame({"place": place, **values}).write_parquet(file, compression="lz4")

        def read() -> pl.DataFrame:
            return pl.read_parquet(file)

        def look() -> None:
            rows = read()
            group = rows["place"].to_numpy()
            for k in range(SIGNALS):
                judge(spread(group, rows[f"s{k}"].to_numpy(), ASSETS), of)

        row = compare("look", "assets/s", (look, float(ASSETS)), "reading the rows only", (read, float(ASSETS)))
    show(row)
    write("drift", [row])


if __name__ == "__main__":
    main()
