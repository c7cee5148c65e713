"""The story's plant: simulated drills with known truth, lived through the public API as fast as rows can be sent."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic, sleep
from typing import Any, TypeVar

import numpy as np
import polars as pl
import pyarrow as pa
from andon_laser_drill.contract import LASER_DRILL
from andon_laser_drill.simulation import DrillSimulation, drill_plant

from andon_sdk.client import Client, Refused
from infra.demo.documents import ASSET, CREATE_ASSETS, PROMOTE, PUT_CONTRACT, START_RUN, contract_input

Found = TypeVar("Found")
BLUEPRINT = "laser-drill-watch"
EVERY_S = 300.0
TAUGHT_DAYS = 12.0
"""What the first models are trained on."""
ENDED = {"SUCCEEDED", "STOPPED", "FAILED", "CANCELLED"}


def until(what: str, probe: Callable[[], Found | None], seconds: float = 240.0, pause: float = 0.3) -> Found:
    """The first answer of `probe()` that is more than None, False or an empty list."""
    end = monotonic() + seconds
    while monotonic() < end:
        found = probe()
        if found is not None and (not isinstance(found, bool | list) or found):
            return found
        sleep(pause)
    raise AssertionError(f"{what} did not come within {seconds:.0f} s")


@dataclass
class Plant:
    """A tenant's drills, and the client that lives their life."""

    andon: Client
    simulation: DrillSimulation
    origin: datetime
    ids: dict[str, str]

    @classmethod
    def build(cls, andon: Client, days_ago: float, drills: int, seed: int) -> "Plant":
        """Contract and assets through the API; life began `days_ago`."""
        offered = drill_plant(drills=drills)
        origin = (datetime.now(UTC) - timedelta(days=days_ago)).replace(minute=0, second=0, microsecond=0)
        andon.mutate(PUT_CONTRACT, input=contract_input(LASER_DRILL))
        wanted = [
            {"key": one.key, "title": one.title, "site": one.site, "line": one.line, "contract": LASER_DRILL.key}
            for one in offered.assets
        ]
        made = andon.mutate(CREATE_ASSETS, input={"assets": wanted})["assets"]
        simulation = offered.simulate(origin, seed)
        assert isinstance(simulation, DrillSimulation)
        return cls(andon, simulation, origin, {asset["key"]: asset["id"] for asset in made})

    def day(self, number: float) -> datetime:
        return self.origin + timedelta(days=number)

    def live(self, start: float, end: float) -> Counter[str]:
        """Sends the readings of those days through the door; returns how many rows of each drill were stored."""
        stored: Counter[str] = Counter()
        for since, till in self._slices(start, end, days=1):
            rows = self.simulation.rows(since, till, EVERY_S)
            receipt = until("the stream of a new tenant", partial(self._sent, self._table(rows)), seconds=60)
            assert receipt["stored"] == receipt["received"] == len(rows.asset), receipt
            stored.update(self.simulation.assets[drill].key for drill in rows.asset.tolist())
        return stored

    def _sent(self, table: pa.Table) -> dict[str, Any] | None:
        """The door's receipt; None as long as it says that the tenant is too new to have a stream."""
        try:
            return self.andon.ingest(LASER_DRILL.key, table, error_policy="IGNORE_FAILED")
        except Refused as refused:
            if refused.code != "ENCLAVE_MISSING":
                raise
            return None

    def scores(self, key: str, start: float, end: float) -> pl.DataFrame:
        """Every score of those days, by time."""
        parts = [self.andon.scores(self.ids[key], *span) for span in self._slices(start, end, days=30)]
        return pl.concat(pl.DataFrame(part) for part in parts)

    def _slices(self, start: float, end: float, days: float) -> Iterator[tuple[datetime, datetime]]:
        since = self.day(start)
        while since < self.day(end):
            till = min(since + timedelta(days=days), self.day(end))
            yield since, till
            since = till

    def _table(self, rows: Any) -> pa.Table:
        keys = np.array([one.key for one in self.simulation.assets], object)
        columns: dict[str, Any] = {
            "asset": pa.array(keys[rows.asset], pa.utf8()),
            "time": pa.array(rows.time, pa.timestamp("us", "UTC")),
        }
        for position, signal in enumerate(LASER_DRILL.keys):
            columns[signal] = pa.array(rows.values[:, position], pa.float64(), from_pandas=True)
        return pa.table(columns)


_RUN = """
query($id: ID!) { run(id: $id) {
  state message gates(first: 100) { edges { node { key passed value limit sentence asset { key } } } }
} }
"""
_WATCH = """
query($key: String!) {
  asset(key: $key) {
    health { health coverage }
    challenger { id number }
    champion { id number }
    deployment {
      settled champion { id } previous { id }
      shadows { version { id } comparison { rows agree abnormalChampion abnormalShadow } }
    }
    openCase { id alarms }
    alarms(first: 100) { edges { node { id state raisedAt clearedAt clearedBecause peak top { signal share } } } }
    versions(first: 10) { edges { node { id number aliases lineage { snapshotDigest } } } }
  }
}
"""


def train(plant: Plant, keys: list[str], start: float, end: float, seed: int = 3) -> dict[str, Any]:
    """Runs a training to its end and returns the run with its gates."""
    wish = {
        "blueprint": BLUEPRINT,
        "assetIds": [plant.ids[key] for key in keys],
        "start": plant.day(start).isoformat(),
        "end": plant.day(end).isoformat(),
        "seed": seed,
    }
    run_id = plant.andon.mutate(START_RUN, input=wish)["id"]

    def ended() -> dict[str, Any] | None:
        run = plant.andon.query(_RUN, id=run_id)["run"]
        return run | {"gates": [one["node"] for one in run["gates"]["edges"]]} if run["state"] in ENDED else None

    return until("the end of the run", ended, seconds=400)


def watch(plant: Plant, key: str) -> dict[str, Any]:
    return plant.andon.query(_WATCH, key=key)["asset"]


def alarms(plant: Plant, key: str) -> list[dict[str, Any]]:
    """Oldest first."""
    return [edge["node"] for edge in reversed(watch(plant, key)["alarms"]["edges"])]


def challenger(plant: Plant, key: str) -> str | None:
    found = plant.andon.query(ASSET, key=key)["asset"]["challenger"]
    return found["id"] if found else None


def promote(plant: Plant, key: str) -> str:
    """Makes the challenger champion and returns its id."""
    version = challenger(plant, key)
    plant.andon.mutate(PROMOTE, input={"assetId": plant.ids[key], "versionId": version})
    return version


def settled(plant: Plant, key: str) -> bool:
    deployment = watch(plant, key)["deployment"]
    return deployment is not None and deployment["settled"]
