"""One customer's fleet of simulated machines, and how it speaks to the platform."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from andon_sdk.client import Client, Refused
from andon_sdk.plugin import Contract, DemoPlant, DemoRows, Importance, Simulation
from infra.demo.documents import CREATE_ASSETS, PUT_CONTRACT, contract_input
from infra.demo.patience import wait

LEARNT = timedelta(days=3)
EVERY_S = 300.0
"""Between two rows of the history that models are made of."""
SILENT_S, SILENT_EVERY_S = 60, 600
"""Each sensor is silent for a minute in ten, at a time of its own: at any moment one sensor in ten is."""
_ASSETS_A_CALL = 1_000
_SLICE = timedelta(hours=4)


def sized(plants: Sequence[DemoPlant], machines: int, parts: int) -> list[DemoPlant]:
    """A plant a part, of so many machines together: of the first kind that comes in any size.

    Raises `RuntimeError` when none does.
    """
    for plant in plants:
        if plant.sized is not None:
            parts = min(parts, machines)
            return [plant.sized(machines // parts + (number < machines % parts)) for number in range(parts)]
    raise RuntimeError("No installed plugin has a demo plant that comes in any size.")


@dataclass(frozen=True)
class Fleet:
    """The machines of one tenant; their life began `LEARNT` ago."""

    andon: Client
    contract: Contract
    plant: DemoPlant
    simulation: Simulation
    origin: datetime
    seed: int
    ids: dict[str, str]
    """Node id by key of asset."""

    @classmethod
    def build(cls, andon: Client, contract: Contract, plant: DemoPlant, seed: int) -> "Fleet":
        """Agrees on the contract and adds the machines."""
        origin = datetime.now(UTC).replace(microsecond=0) - LEARNT
        andon.mutate(PUT_CONTRACT, input=contract_input(contract))
        wanted = [
            {"key": one.key, "title": one.title, "site": one.site, "line": one.line, "contract": contract.key}
            for one in plant.assets
        ]
        ids: dict[str, str] = {}
        for start in range(0, len(wanted), _ASSETS_A_CALL):
            made = andon.mutate(CREATE_ASSETS, input={"assets": wanted[start : start + _ASSETS_A_CALL]})["assets"]
            ids |= {asset["key"]: asset["id"] for asset in made}
        return cls(andon, contract, plant, plant.simulate(origin, seed), origin, seed, ids)

    @cached_property
    def keys(self) -> pa.Array:
        return pa.array([asset.key for asset in self.plant.assets], pa.utf8())

    def learn(self) -> int:
        """Sends the history; returns how many rows were stored."""
        stored, since = 0, self.origin
        end = self.origin + LEARNT
        while since < end:
            till = min(since + _SLICE, end)
            rows = self.simulation.rows(since, till, EVERY_S)
            receipt = wait("the stream of a new tenant", lambda rows=rows: self._sent(self.table(rows)))
            stored += receipt["stored"] + receipt["duplicates"]  # those were sent again
            since = till
        return stored

    def _sent(self, table: pa.Table) -> dict[str, Any] | None:
        """The door's receipt; None as long as it says that the tenant is too new to have a stream."""
        try:
            return self.andon.ingest(self.contract.key, table)
        except Refused as refused:
            if refused.code != "ENCLAVE_MISSING":
                raise
            return None

    def second(self, at: datetime) -> pa.Table:
        """The rows of all machines at that second, with one sensor in ten silent."""
        rows = self.simulation.rows(at, at + timedelta(seconds=1), 1.0)
        silent = self.silent(int((at - self.origin).total_seconds()))[rows.asset]
        return self.table(DemoRows(rows.asset, rows.time, np.where(silent, np.nan, rows.values)))

    def silent(self, second: int) -> np.ndarray:
        """bool [machines, signals]: which sensors are silent in that second; never an essential one."""
        phase, optional = self._silence
        return ((second + phase) % SILENT_EVERY_S < SILENT_S) & optional

    @cached_property
    def _silence(self) -> tuple[np.ndarray, np.ndarray]:
        """When each sensor is silent, int64 [machines, signals] seconds, and which signals may be, bool [signals]."""
        draw = np.random.default_rng(self.seed)
        phase = draw.integers(0, SILENT_EVERY_S, (len(self.plant.assets), len(self.contract.signals)))
        return phase, np.array([signal.importance is not Importance.ESSENTIAL for signal in self.contract.signals])

    def table(self, rows: DemoRows) -> pa.Table:
        """Rows as the door takes them."""
        columns: dict[str, Any] = {
            "asset": self.keys.take(pa.array(rows.asset)),
            "time": pa.array(rows.time, pa.timestamp("us", "UTC")),
        }
        for position, signal in enumerate(self.contract.keys):
            columns[signal] = pa.array(rows.values[:, position], pa.float64(), from_pandas=True)
        return pa.table(columns)
