"""Pumps with a champion trained on twenty days, and the newest day, of which some are not as before."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import polars as pl

from andon_sdk.plugin import Contract, Signal
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.drift import jobs
from services.enclaves.platform import Platform
from services.kernel import subjects, wire
from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.kernel.rights import Principal
from services.readings.adapters.delta import HistoryTable
from services.registry import api as registry
from services.registry.contracts import Lineage, NewVersion
from services.serving import api as serving
from services.serving.tables import DeploymentRow
from services.training.repository import Runs
from services.training.tables import RunRow

DAYS, A_DAY, PERIOD = 20, 144, timedelta(minutes=10)
NOW = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
START = NOW - timedelta(days=DAYS + 1)
SIGNALS = (
    Signal("flow", "Flow", "l", -9e6, 9e6),
    Signal("temperature", "Temperature", "°C", -9e6, 9e6),
    Signal("valve", "Valve", "1", -9e6, 9e6),
)
Columns = Mapping[str, np.ndarray]


def pump(seed: int) -> dict[str, np.ndarray]:
    """Twenty-one days: a flow of noise, a temperature with a daily wave, a valve that never moves."""
    draws, n = np.random.default_rng(seed), (DAYS + 1) * A_DAY
    wave = np.sin(np.arange(n) * 2 * np.pi / A_DAY)
    return {
        "flow": draws.normal(10, 1, n),
        "temperature": 60 + 5 * wave + draws.normal(0, 1, n),
        "valve": np.full(n, 3.0),
    }


def last_day(columns: dict[str, np.ndarray], **changed: Any) -> dict[str, np.ndarray]:
    """With other values on the newest day: a function of them, or the values."""
    found = {key: values.copy() for key, values in columns.items()}
    for key, change in changed.items():
        found[key][-A_DAY:] = change(found[key][-A_DAY:]) if callable(change) else change
    return found


@dataclass(frozen=True)
class DriftPlant:
    platform: Platform
    principal: Principal
    contract_id: UUID
    assets: tuple[UUID, ...]
    champions: tuple[UUID, ...]

    async def look(self, hours: float = 0.0) -> int:
        """A pass as if it were so many hours later than now."""
        later = replace(self.platform, clock=lambda: utc_now() + timedelta(hours=hours))
        return await jobs.look(later, self.principal.tenant)


async def made(
    platform: Platform, principal: Principal, pumps: Sequence[Columns], key: str | None = None
) -> DriftPlant:
    key = key or f"c-{new_id().hex[-12:]}"
    async with platform.database.unit(principal.tenant) as uow:
        contract = await assets.put_contract(uow, principal, Contract(key, "Pumps", SIGNALS, PERIOD.total_seconds()))
        new = [NewAsset(f"{key}-{i}", f"Pump {i}", "Ulsan", "1", key) for i in range(len(pumps))]
        ids = [asset.id for asset in await assets.create_assets(uow, principal, new)]
        await uow.session.flush()
        champions = await promoted(uow, principal, contract.id, ids)
        await uow.commit()
    table = HistoryTable.of(
        await platform.objects.bucket(principal.tenant), subjects.history_table(contract.id), ("asset",)
    )
    rows = pl.concat([_rows(asset, columns) for asset, columns in zip(ids, pumps, strict=True)])
    await asyncio.to_thread(table.append, rows.to_arrow(), "test", 1)
    return DriftPlant(platform, principal, contract.id, tuple(ids), champions)


async def promoted(uow: Any, principal: Principal, contract_id: UUID, ids: Sequence[UUID]) -> tuple[UUID, ...]:
    """New champions of a run over the twenty days, that answer since its end."""
    end = START + timedelta(days=DAYS)
    run = RunRow(
        tenant_id=uow.tenant, blueprint="b", blueprint_version="1", contract_id=contract_id, contract_version=1,
        asset_count=len(ids), start=START, end=end, parameters={}, seed=1, created_by="Ada", state="succeeded",
    )  # fmt: skip
    await Runs(uow).add(run, [], {})
    lineage = Lineage(run.id, "s", "b", "1", "p", "x", contract_id, 1, {}, 0)
    new = [NewVersion(id_, "d" * 64, i, lineage, {}) for i, id_ in enumerate(ids)]
    versions = [version.id for version in await registry.register(uow, principal, new)]
    await serving.promote_many(uow, principal, dict(zip(ids, versions, strict=True)))
    return tuple(versions)


async def answered(plant: DriftPlant, number: int, since: datetime, values: np.ndarray) -> None:
    """Scores of a pump's champion, one each period from then on; as if it had been promoted then."""
    asset, version = plant.assets[number], plant.champions[number]
    async with plant.platform.database.unit(plant.principal.tenant) as uow:
        (await uow.session.get_one(DeploymentRow, (uow.tenant, asset))).promoted_at = since
        await uow.commit()
    n = len(values)
    times = [since + i * PERIOD for i in range(n)]
    number_: Any = pl.Series(values, dtype=pl.Float32)
    rows = pl.DataFrame(
        {
            "date": [time.date() for time in times],
            "asset": [str(asset)] * n,
            "time": times,
            "version": [str(version)] * n,
            "role": pl.Series([wire.ROLE_CHAMPION] * n, dtype=pl.Int8),
            "value": number_,
        }
    )
    bucket = await plant.platform.objects.bucket(plant.principal.tenant)
    table = HistoryTable.of(bucket, subjects.scores_table(plant.contract_id), ("asset", "version"))
    await asyncio.to_thread(table.append, rows.to_arrow(), "test", 1)


def _rows(asset: UUID, columns: Columns) -> pl.DataFrame:
    n = len(columns["flow"])
    times = [START + i * PERIOD for i in range(n)]
    values = {key: pl.Series(values, dtype=pl.Float64).fill_nan(None) for key, values in columns.items()}
    return pl.DataFrame({"date": [time.date() for time in times], "asset": [str(asset)] * n, "time": times, **values})
