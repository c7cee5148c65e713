"""Demo plants: a simulator with known truth, so that a customer sees moving data before any machine is connected."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from numpy import ndarray


@dataclass(frozen=True, slots=True)
class DemoAsset:
    """A simulated machine and where it stands."""

    key: str
    title: str
    line: str
    site: str


@dataclass(frozen=True, slots=True)
class DemoEvent:
    """A fact the simulator knows: `part_replaced`, `maintenance` or `failure` of an asset."""

    asset: str
    kind: str
    time: datetime
    note: str
    part: str | None = None


@dataclass(frozen=True, slots=True)
class DemoRows:
    """Readings in order of time: `asset` [rows] positions in the plant's assets, `time` [rows] datetime64[us] in UTC,
    `values` [rows, signals] in the contract's order and units, NaN where a sensor gave nothing."""

    asset: "ndarray"
    time: "ndarray"
    values: "ndarray"


class Simulation(Protocol):
    """A plant's life from its start, the same for the same seed whatever the slices asked for."""

    def rows(self, start: datetime, end: datetime, every_s: float | None = None) -> DemoRows:
        """All readings with start ≤ time < end; with `every_s`, only those at whole multiples of it since the origin,
        so that weeks of history cost little. A reading is the same whichever way it is asked for."""
        ...

    def events(self, start: datetime, end: datetime) -> tuple[DemoEvent, ...]:
        """All facts with start ≤ time < end."""
        ...


@dataclass(frozen=True, slots=True)
class DemoPlant:
    """A plant that can be simulated. `simulate(origin, seed)` starts its life at `origin`."""

    key: str
    title: str
    contract: str
    blueprint: str
    assets: tuple[DemoAsset, ...]
    simulate: Callable[[datetime, int], Simulation]
    sized: "Callable[[int], DemoPlant] | None" = None
    """The same plant with another number of machines, where the simulator knows any."""
