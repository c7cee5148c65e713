"""600 solar plants through an installation of its own, every step by the public API."""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from harness import Row

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from andon_solar.contract import SOLAR_PLANT
from andon_solar.simulation import SolarSimulation, solar_plants
from installation import start

from andon_sdk.client import Client, Refused
from andon_sdk.plugin import DemoPlant
from infra.demo.documents import (
    CHAMPIONS,
    CREATE_ASSETS,
    PROMOTE_RUN,
    PUT_CONTRACT,
    RUN_STATE,
    SERVING,
    START_RUN,
    contract_input,
)
from infra.demo.patience import wait

LEARNT = timedelta(days=60)
LIVE_HOURS = 24
_DAYS_A_CALL = 5
_ENDED = {"SUCCEEDED", "STOPPED", "FAILED", "CANCELLED"}
_PATIENCE_S = 1_800.0
_STARTS = 4


@dataclass(frozen=True)
class Fleet:
    """The plants of one tenant, whose life began 60 days and some hours ago."""

    andon: Client
    plant: DemoPlant
    origin: datetime
    simulation: SolarSimulation
    seconds: dict[str, float] = field(default_factory=dict[str, float])

    @classmethod
    def of(cls, andon: Client, plants: int) -> "Fleet":
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        origin, plant = hour - LEARNT - timedelta(hours=LIVE_HOURS), solar_plants(plants)
        return cls(andon, plant, origin, SolarSimulation.of(origin, 3, plant.assets))

    def timed(self, name: str, work: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        answer = work()
        self.seconds[name] = time.perf_counter() - began
        print(f"{name}: {self.seconds[name]:.1f} s", flush=True)
        return answer

    def create(self) -> list[str]:
        """Ids of the assets."""
        self.andon.mutate(PUT_CONTRACT, input=contract_input(SOLAR_PLANT))
        new = [
            {"key": one.key, "title": one.title, "site": one.site, "line": one.line, "contract": SOLAR_PLANT.key}
            for one in self.plant.assets
        ]
        made = self.andon.mutate(CREATE_ASSETS, input={"assets": new})["assets"]
        return [asset["id"] for asset in made]

    def tell(self, since: datetime, until: datetime) -> int:
        """Rows that were stored."""
        stored = 0
        while since < until:
            till = min(since + timedelta(days=_DAYS_A_CALL), until)
            table = self.table(since, till)
            receipt = wait("the stream of a new tenant", lambda table=table: self._sent(table))
            stored += receipt["stored"] + receipt["duplicates"]
            since = till
        return stored

    def _sent(self, table: pa.Table) -> dict[str, Any] | None:
        try:
            return self.andon.ingest(SOLAR_PLANT.key, table)
        except Refused as refused:
            if refused.code != "ENCLAVE_MISSING":
                raise
            return None

    def table(self, since: datetime, until: datetime) -> pa.Table:
        rows = self.simulation.rows(since, until)
        keys = pa.array([asset.key for asset in self.plant.assets])
        columns: dict[str, Any] = {"asset": keys.take(pa.array(rows.asset))}
        columns["time"] = pa.array(rows.time, pa.timestamp("us", "UTC"))
        for place, signal in enumerate(SOLAR_PLANT.keys):
            columns[signal] = pa.array(np.ascontiguousarray(rows.values[:, place]))
        return pa.table(columns)

    def train(self, ids: list[str]) -> str:
        """The run's id when it ended. Where much else runs a cluster may not start in time; then the run is
        started again."""
        until = self.origin + LEARNT
        wish = {"blueprint": self.plant.blueprint, "assetIds": ids, "start": self.origin.isoformat()}
        for _ in range(_STARTS):
            run = self.andon.mutate(START_RUN, input={**wish, "end": until.isoformat()})["id"]
            found = wait("the end of the run", lambda run=run: self._ended(run), _PATIENCE_S)
            print(found["message"][:120], flush=True)
            if found["state"] in {"SUCCEEDED", "STOPPED"}:
                return run
            assert "could not be started" in found["message"], found
        raise TimeoutError(f"The training cluster did not start in {_STARTS} attempts.")

    def _ended(self, run: str) -> dict[str, Any] | None:
        now = self.andon.query(RUN_STATE, id=run)["run"]
        return now if now["state"] in _ENDED else None

    def promote(self, run: str) -> int:
        done = self.andon.mutate(PROMOTE_RUN, input={"runId": run})["promoted"]
        wait("serving", lambda: self.andon.query(SERVING)["serving"]["settled"], _PATIENCE_S)
        return done

    def champions(self) -> list[str]:
        """Keys of the assets with one; all pages of the list."""
        found, after = list[str](), None
        while True:
            page = self.andon.query(CHAMPIONS, after=after)["assets"]
            found += [edge["node"]["key"] for edge in page["edges"] if edge["node"]["champion"]]
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]

    def score(self, keys: list[str]) -> int:
        """Tells the hours since, until each of them is answered; how many were."""
        since, until = self.origin + LEARNT, self.origin + LEARNT + timedelta(hours=LIVE_HOURS)
        self.tell(since, until)
        expected = len(keys) * LIVE_HOURS

        def answered() -> int:
            scores = pl.DataFrame(self.andon.fleet_scores(SOLAR_PLANT.key, since, until))
            many = scores.filter(~pl.col("shadow")).select("asset", "time").n_unique()
            return many if many >= expected else 0

        return wait("the scores", answered, 300.0)


def measured(plants: int) -> list[Row]:
    """Seconds of each step, on an installation that is gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="andon-bench-"))
    up = start(home, "--no-demo")
    try:
        with Client(up.url, up.key("solar"), timeout_s=300.0) as andon:
            fleet = Fleet.of(andon, plants)
            ids = fleet.timed("created", fleet.create)
            told = fleet.timed("told", lambda: fleet.tell(fleet.origin, fleet.origin + LEARNT))
            run = fleet.timed("trained", lambda: fleet.train(ids))
            promoted = fleet.timed("promoted", lambda: fleet.promote(run))
            keys = fleet.timed("listed", fleet.champions)
            scored = fleet.timed("scored", lambda: fleet.score(keys))
            assert len(keys) == promoted, f"{len(keys)} champions, {promoted} promoted"
            facts = {"plants": plants, "rows": told, "promoted": promoted, "scored": scored}
            print(f"{told} rows told; {promoted} of {plants} promoted; {scored} rows scored")
            return [Row(f"platform_{name}", value, "s", facts=facts) for name, value in fleet.seconds.items()]
    finally:
        up.end()
        shutil.rmtree(home)
