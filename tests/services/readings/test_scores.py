"""Scores read back: names for codes and positions, by time, of one asset."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import polars as pl
import pyarrow as pa
import pytest

from andon_sdk.plugin import Contract, Signal
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.assets.errors import AssetNotFound, ContractNotFound
from services.kernel import subjects
from services.kernel.ids import new_id
from services.readings import api
from services.readings import scores as module
from services.readings.adapters.delta import HistoryTable
from services.readings.errors import TrendInvalid

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
VERSION = str(UUID(int=3))


@pytest.fixture
async def asset(platform, tenant, principal):
    """An asset of a contract of its own, with three scores in the history and one of another asset."""
    key = f"c-{new_id().hex[-12:]}"
    async with platform.unit(tenant) as uow:
        contract = Contract(key, "Drill", (Signal("flow", "Flow", "l", 0, 9), Signal("heat", "Heat", "K", 0, 9)), 1.0)
        version = await assets.put_contract(uow, principal, contract)
        new = [NewAsset(f"{name}-{key}", "Drill", "Ulsan", "1", key) for name in "ab"]
        made, beside = await assets.create_assets(uow, principal, new)
        await uow.commit()
    rows = pl.DataFrame(
        {
            "date": [NOON.date()] * 4,
            "asset": [str(made.id), str(made.id), str(made.id), str(beside.id)],
            "time": [NOON + timedelta(seconds=1), NOON, NOON, NOON],
            "version": [VERSION] * 4,
            "role": pl.Series([0, 1, 0, 0], dtype=pl.Int8),
            "route": pl.Series([2, 0, 1, 0], dtype=pl.Int8),
            "value": pl.Series([None, 0.5, 1.5, 9.0], dtype=pl.Float32),
            "raw": pl.Series([None, 1.0, 3.0, 9.0], dtype=pl.Float32),
            "threshold": pl.Series([None, 2.0, 2.0, 9.0], dtype=pl.Float32),
            "coverage": pl.Series([0.0, 1.0, 0.5, 1.0], dtype=pl.Float32),
            "expected_loss": pl.Series([1.0, 0.0, 0.25, 0.0], dtype=pl.Float32),
            "missing": pl.Series([[0, 1], [], [1], []], dtype=pl.List(pl.Int16)),
            "top": pl.Series([[None, None, None], [1, 0, -1], [0, -1, -1], [0, 1, -1]], dtype=pl.Array(pl.Int16, 3)),
            "share": pl.Series([[0.0] * 3, [0.75, 0.25, 0.0], [1.0, 0, 0], [1, 0, 0]], dtype=pl.Array(pl.Float32, 3)),
        }
    )
    bucket = await platform.platform.objects.bucket(tenant.id)
    table = HistoryTable.of(bucket, subjects.scores_table(version.id), ("asset", "version"))
    await asyncio.to_thread(table.append, rows.to_arrow(), "test", 1)
    return made


@pytest.mark.platform
async def test_scores_of_one_asset_in_order_with_names(platform, principal, asset):
    table = await api.scores(platform.platform, principal, asset.id, NOON, NOON + timedelta(minutes=1))
    assert table.select(["shadow", "route", "value", "missing", "top"]).to_pylist() == [
        {"shadow": False, "route": "fallback", "value": 1.5, "missing": ["heat"], "top": ["flow", None, None]},
        {"shadow": True, "route": "main", "value": 0.5, "missing": [], "top": ["heat", "flow", None]},
        {"shadow": False, "route": "none", "value": None, "missing": ["flow", "heat"], "top": [None, None, None]},
    ]
    assert table["time"].to_pylist() == [NOON, NOON, NOON + timedelta(seconds=1)]
    assert table.schema.field("share").type == pa.list_(pa.float32())


@pytest.mark.platform
async def test_range_is_half_open_and_checked(platform, principal, asset):
    assert (await api.scores(platform.platform, principal, asset.id, NOON - timedelta(days=1), NOON)).num_rows == 0
    for start, end in ((NOON, NOON), (NOON, NOON + timedelta(days=32)), (NOON.replace(tzinfo=None), NOON)):
        with pytest.raises(TrendInvalid):
            await api.scores(platform.platform, principal, asset.id, start, end)


@pytest.mark.platform
async def test_an_asset_of_another_tenant_is_absent(platform, other_principal, asset):
    for asset_id in (asset.id, new_id()):
        with pytest.raises(AssetNotFound):
            await api.scores(platform.platform, other_principal, asset_id, NOON, NOON + timedelta(hours=1))


@pytest.mark.platform
async def test_scores_of_a_fleet_come_with_their_assets_keys(platform, tenant, principal, asset):
    async with platform.unit(tenant) as uow:
        contract = (await assets.get_contract(uow, principal, asset.contract_id)).contract.key
    span = NOON, NOON + timedelta(minutes=1)
    table = await api.fleet_scores(platform.platform, principal, contract, *span)
    assert table.schema.names == ["asset", *module.SCORES_SCHEMA.names]
    assert table["time"].to_pylist() == [NOON, NOON, NOON, NOON + timedelta(seconds=1)]
    found = sorted(
        table.select(["asset", "shadow", "value"]).to_pylist()[:3], key=lambda row: (row["asset"], row["shadow"])
    )
    assert found == [
        {"asset": f"a-{contract}", "shadow": False, "value": 1.5},
        {"asset": f"a-{contract}", "shadow": True, "value": 0.5},
        {"asset": f"b-{contract}", "shadow": False, "value": 9.0},
    ]
    nothing = await api.fleet_scores(platform.platform, principal, contract, NOON - timedelta(days=1), NOON)
    assert (nothing.num_rows, nothing.schema) == (0, table.schema)


@pytest.mark.platform
async def test_too_many_scores_of_a_fleet_are_refused_and_not_cut(
    platform, tenant, principal, other_principal, asset, monkeypatch
):
    async with platform.unit(tenant) as uow:
        contract = (await assets.get_contract(uow, principal, asset.contract_id)).contract.key
    monkeypatch.setattr(module, "MOST_SCORES", 3)
    with pytest.raises(TrendInvalid, match="more than 3 scores"):
        await api.fleet_scores(platform.platform, principal, contract, NOON, NOON + timedelta(minutes=1))
    with pytest.raises(ContractNotFound):
        await api.fleet_scores(platform.platform, other_principal, contract, NOON, NOON + timedelta(minutes=1))
