"""A notebook's data: the tenant's rows as polars frames, frozen beside the notebook, or from files and simulators.

    from andon_sdk.link import data

    data.assets(contract="laser-drill")
    data.snapshot("drills", ["drill-01", "drill-02"], "2026-03-01T00:00Z", "2026-03-15T00:00Z")
    rows = data.pinned("drills")  # what a step reads: no Andon, no network, the same rows for ever

Needs the extra `link`; what asks an Andon needs `client` too. Every error is a `DataError`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from andon_sdk.link.data.errors import (
    BadRange,
    DataError,
    FileUnreadable,
    NoRows,
    NotAllowed,
    NotConnected,
    SnapshotChanged,
    SnapshotMissing,
    TooMuch,
    UnknownAsset,
)
from andon_sdk.link.data.frames import from_csv, from_parquet
from andon_sdk.link.data.simulated import Simulated, simulated
from andon_sdk.link.data.snapshots import Snapshot, freeze, pinned
from andon_sdk.plugin.contract import Contract

if TYPE_CHECKING:
    from andon_sdk.client import Client
    from andon_sdk.link.data.tenant import Plant

__all__ = [
    "BadRange",
    "DataError",
    "FileUnreadable",
    "NoRows",
    "NotAllowed",
    "NotConnected",
    "Simulated",
    "Snapshot",
    "SnapshotChanged",
    "SnapshotMissing",
    "TooMuch",
    "UnknownAsset",
    "assets",
    "contract",
    "contracts",
    "events",
    "freeze",
    "from_csv",
    "from_parquet",
    "pinned",
    "rows",
    "simulated",
    "snapshot",
    "trend",
    "use",
]

_used: "list[Plant]" = []


def use(client: "Client") -> None:
    """From now on asks by this client, instead of the Andon of `ANDON_URL` and `ANDON_KEY`."""
    from andon_sdk.link.data.tenant import Plant  # noqa: PLC0415 - files and snapshots need no client

    _used[:] = [Plant(client, show_progress=True)]


def contracts() -> pl.DataFrame:
    """A row for each signal of each contract: `Plant.contracts`."""
    return _plant().contracts()


def contract(key: str) -> Contract:
    """As a blueprint declares one: `Plant.contract`."""
    return _plant().contract(key)


def assets(*, contract: str | None = None, labels: str | None = None, search: str | None = None) -> pl.DataFrame:
    """Assets that match: `Plant.assets`."""
    return _plant().assets(contract=contract, labels=labels, search=search)


def events(asset: str) -> pl.DataFrame:
    """Facts about an asset: `Plant.events`."""
    return _plant().events(asset)


def trend(
    asset: str, signals: Iterable[str], start: datetime | str, end: datetime | str, *, points: int = 1400
) -> pl.DataFrame:
    """Readings thinned for a picture: `Plant.trend`."""
    return _plant().trend(asset, signals, start, end, points=points)


def rows(assets: str | Sequence[str], start: datetime | str, end: datetime | str) -> pl.DataFrame:
    """All rows with start ≤ time < end, with a bar of progress: `Plant.rows`."""
    return _plant().rows(assets, start, end)


def snapshot(name: str, assets: str | Sequence[str], start: datetime | str, end: datetime | str) -> Snapshot:
    """The same, frozen beside the notebook: `Plant.snapshot`."""
    return _plant().snapshot(name, assets, start, end)


def _plant() -> "Plant":
    if not _used:
        from andon_sdk.link.data.tenant import Plant  # noqa: PLC0415

        _used.append(Plant(show_progress=True))
    return _used[0]
