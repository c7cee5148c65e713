"""Machines with a champion and a shadow each, and the sixty days until today of scores of both, one an hour."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import polars as pl

from andon_sdk.plugin import Contract, Signal
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.enclaves.platform import Platform
from services.events import api as events
from services.events.contracts import EventKind, NewEvent
from services.kernel import subjects, wire
from services.kernel.ids import new_id
from services.kernel.rights import Principal
from services.readings.adapters.delta import HistoryTable
from services.registry import api as registry
from services.registry.contracts import Alias, Lineage, NewVersion
from services.serving import api as serving

HOURS = 60 * 24
START = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(hours=HOURS)


def hour(number: int) -> datetime:
    return START + timedelta(hours=number)


def values(*high: tuple[int, int]) -> np.ndarray:
    """0.5 but for 2.0 in [start, end) hours; the default rule raises at the fifth row and clears 30 rows after."""
    found = np.full(HOURS, 0.5)
    for start, end in high:
        found[start:end] = 2.0
    return found


@dataclass(frozen=True)
class ShadowPlant:
    run_id: UUID
    contract_id: UUID
    assets: tuple[UUID, ...]
    champions: tuple[UUID, ...]
    shadows: tuple[UUID, ...]


async def made(
    platform: Platform,
    principal: Principal,
    said: list[tuple[np.ndarray, np.ndarray]],
    failures: dict[int, int],
    blueprint: str = "b",
) -> ShadowPlant:
    """`said`: what champion and shadow of each asset say; NaN for a row without an answer. `failures`: asset → hour."""
    key = f"c-{new_id().hex[-12:]}"
    run = new_id()
    async with platform.database.unit(principal.tenant) as uow:
        contract = await assets.put_contract(
            uow, principal, Contract(key, "Pumps", (Signal("flow", "Flow", "l", 0, 9),), 3600.0)
        )
        new = [NewAsset(f"{key}-{i}", f"Pump {i}", "Ulsan", "1", key) for i in range(len(said))]
        ids = [asset.id for asset in await assets.create_assets(uow, principal, new)]
        versions: list[list[UUID]] = []
        for lineage_run in (new_id(), run):
            lineage = Lineage(lineage_run, "s", blueprint, "1", "p", "x", contract.id, contract.version, {}, 0)
            fresh = [NewVersion(asset_id, "d" * 64, i, lineage, {}) for i, asset_id in enumerate(ids)]
            versions.append([version.id for version in await registry.register(uow, principal, fresh)])
        await serving.promote_many(uow, principal, dict(zip(ids, versions[0], strict=True)))
        await registry.set_aliases(uow, principal, versions[1], Alias.CHALLENGER)
        for asset_id, version in zip(ids, versions[1], strict=True):
            await serving.start_shadow(uow, principal, asset_id, version)
        await events.record_events(
            uow, principal, [NewEvent(ids[i], EventKind.FAILURE, hour(when)) for i, when in failures.items()]
        )
        await uow.commit()
    pairs = list(zip(ids, versions[0], versions[1], strict=True))
    await write_scores(platform, principal, contract.id, pairs, said)
    return ShadowPlant(run, contract.id, tuple(ids), tuple(versions[0]), tuple(versions[1]))


async def write_scores(
    platform: Platform,
    principal: Principal,
    contract: UUID,
    pairs: Sequence[tuple[UUID, UUID, UUID]],
    said: Sequence[tuple[np.ndarray, np.ndarray]],
) -> None:
    """What champion and shadow of each (asset, champion, shadow) said, into the history."""
    rows = [
        _rows(asset_id, version, role, each)
        for (asset_id, champion, shadow), mine in zip(pairs, said, strict=True)
        for version, role, each in ((champion, wire.ROLE_CHAMPION, mine[0]), (shadow, wire.ROLE_SHADOW, mine[1]))
    ]
    bucket = await platform.objects.bucket(principal.tenant)
    table = HistoryTable.of(bucket, subjects.scores_table(contract), ("asset", "version"))
    await asyncio.to_thread(table.append, pl.concat(rows).to_arrow(), f"test-{new_id()}", 1)


def _rows(asset: UUID, version: UUID, role: int, value: np.ndarray) -> pl.DataFrame:
    n = len(value)
    none = np.isnan(value)
    number: Any = pl.Series(value, dtype=pl.Float32).fill_nan(None)
    return pl.DataFrame(
        {
            "date": [hour(i).date() for i in range(n)],
            "asset": [str(asset)] * n,
            "time": [hour(i) for i in range(n)],
            "version": [str(version)] * n,
            "role": pl.Series([role] * n, dtype=pl.Int8),
            "route": pl.Series(np.where(none, wire.ROUTE_NONE, wire.ROUTE_MAIN), dtype=pl.Int8),
            "value": number,
            "raw": number,
            "threshold": number,
            "coverage": pl.Series([1.0] * n, dtype=pl.Float32),
            "expected_loss": pl.Series([0.0] * n, dtype=pl.Float32),
            "missing": pl.Series([[]] * n, dtype=pl.List(pl.Int16)),
            "top": pl.Series([[0, -1, -1]] * n, dtype=pl.Array(pl.Int16, 3)),
            "share": pl.Series([[1.0, 0.0, 0.0]] * n, dtype=pl.Array(pl.Float32, 3)),
        }
    )
