"""Rows of a plugin's demo plant: machines with a known truth, for notebooks that have no machine yet."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from andon_sdk.link.data.errors import DataError, NoRows
from andon_sdk.link.data.frames import TIME, moment, rows_of
from andon_sdk.plugin.contract import Contract
from andon_sdk.plugin.demo import DemoPlant
from andon_sdk.plugin.loading import by_key


@dataclass(frozen=True, slots=True)
class Simulated:
    """What a simulated plant showed, and what is known of it."""

    contract: Contract
    rows: pl.DataFrame
    """`asset`, `time` and the contract's signals."""
    events: pl.DataFrame
    """`asset`, `kind`, `time`, `part`, `note`."""


def simulated(
    plant: str, start: datetime | str, days: float, *, every_s: float | None = None, machines: int = 6, seed: int = 0
) -> Simulated:
    """The first `days` of a plant's life that begins at `start`, by the plugin that offers it as a demo; the same for
    the same arguments. `every_s`: one row in so many seconds, where the contract's own would be too many.

    Raises `DataError` for a plant that no installed plugin offers, `NoRows`, `BadRange`.
    """
    plants: dict[str, DemoPlant] = by_key("demo_plants")
    if plant not in plants:
        raise DataError(f"No installed plugin simulates {plant!r}; there are {', '.join(sorted(plants)) or 'none'}.")
    chosen = plants[plant]
    if chosen.sized is not None:
        chosen = chosen.sized(machines)
    begin = moment(start, "start")
    end = begin + timedelta(days=days)
    life = chosen.simulate(begin, seed)
    told = life.rows(begin, end, every_s)
    if not len(told.time):
        raise NoRows(f"{plant!r} shows nothing in {days} days. Ask for more of them.")
    contract: Contract = by_key("contracts")[chosen.contract]
    keys = pl.Series("asset", [asset.key for asset in chosen.assets])
    values = {key: told.values[:, place] for place, key in enumerate(contract.keys)}
    time = pl.Series("time", told.time).dt.replace_time_zone("UTC")
    rows = rows_of(pl.DataFrame({"asset": keys.gather(pl.Series(told.asset)), "time": time, **values}))
    facts = life.events(begin, end)
    events = pl.DataFrame(
        [(each.asset, each.kind, each.time, each.part, each.note) for each in facts],
        schema={"asset": pl.String, "kind": pl.String, "time": TIME, "part": pl.String, "note": pl.String},
        orient="row",
    )  # fmt: skip
    return Simulated(contract, rows, events)
