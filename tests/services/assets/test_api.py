"""The plant model on a real database."""

from dataclasses import replace

import pytest

from andon_sdk.plugin import Contract, Signal
from services.assets import api
from services.assets.contracts import AssetQuery, NewAsset
from services.assets.errors import AssetExists, AssetNotFound, ContractNotFound
from services.kernel.ids import new_id

pytestmark = pytest.mark.platform


@pytest.fixture
def contract() -> Contract:
    """Of a key of its own, so that tests can share a tenant."""
    return Contract(f"c-{new_id().hex[-12:]}", "Drill", (Signal("flow", "Flow", "l/min", 0.0, 40.0),), period_s=1.0)


@pytest.fixture
async def unit(platform, tenant):
    async with platform.platform.database.unit(tenant.id) as uow:
        yield uow


def new_asset(contract: Contract, title: str = "Drill", line: str = "Line 1") -> NewAsset:
    return NewAsset(f"a-{new_id().hex[-12:]}", title, "Ulsan", line, contract.key)


async def test_same_content_is_the_same_version(unit, principal, contract):
    first = await api.put_contract(unit, principal, contract)
    again = await api.put_contract(unit, principal, replace(contract))
    wider = replace(contract, signals=(*contract.signals, Signal("heat", "Heat", "degC", 0.0, 90.0)))
    second = await api.put_contract(unit, principal, wider)
    assert (first.version, again.version, second.version) == (1, 1, 2)
    assert first.id == second.id
    assert (await api.get_contract(unit, principal, first.id)).contract == wider
    assert (await api.get_contract(unit, principal, first.id, version=1)).contract == contract
    assert (await api.contract_by_key(unit, principal, contract.key)).version == 2
    assert contract.key in [found.contract.key for found in await api.list_contracts(unit, principal)]


async def test_assets_share_sites_and_lines(unit, principal, contract):
    await api.put_contract(unit, principal, contract)
    new = [new_asset(contract), new_asset(contract), new_asset(contract, line="Line 2")]
    made = await api.create_assets(unit, principal, new)
    assert [(asset.key, asset.site, asset.line) for asset in made] == [
        (asset.key, "Ulsan", asset.line) for asset in new
    ]
    assert set(await api.assets_by_keys(unit, principal, [new[0].key, "unknown"])) == {new[0].key}
    assert await api.get_assets(unit, principal, [made[1].id]) == [made[1]]


async def test_all_assets_or_none(unit, principal, contract):
    await api.put_contract(unit, principal, contract)
    known, fresh = new_asset(contract), new_asset(contract)
    await api.create_assets(unit, principal, [known])
    for batch in ([fresh, known], [fresh, fresh]):
        with pytest.raises(AssetExists):
            await api.create_assets(unit, principal, batch)
    assert await api.assets_by_keys(unit, principal, [fresh.key]) == {}
    with pytest.raises(ContractNotFound):
        await api.create_assets(unit, principal, [replace(fresh, contract="unknown")])


async def test_pages_follow_each_other_without_gap_or_overlap(unit, principal, contract):
    await api.put_contract(unit, principal, contract)
    mark = f"find-{new_id().hex[-12:]}"
    made = await api.create_assets(unit, principal, [new_asset(contract, title=mark) for _ in range(5)])
    seen, after = [], None
    while page := await api.list_assets(unit, principal, AssetQuery(search=mark.upper(), first=2, after=after)):
        seen += page
        after = (page[-1].key, page[-1].id)
    assert seen == sorted(made, key=lambda asset: asset.key)
    assert await api.count_assets(unit, principal, AssetQuery(search=mark)) == 5
    assert await api.count_assets(unit, principal, AssetQuery(search="%")) == 0


async def test_another_tenants_asset_is_absent(platform, unit, principal, other_tenant, other_principal, contract):
    await api.put_contract(unit, principal, contract)
    [asset] = await api.create_assets(unit, principal, [new_asset(contract)])
    await unit.commit()
    async with platform.platform.database.unit(other_tenant.id) as theirs:
        for asset_id in (asset.id, new_id()):
            with pytest.raises(AssetNotFound):
                await api.get_assets(theirs, other_principal, [asset_id])
