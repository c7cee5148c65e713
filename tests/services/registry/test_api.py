"""Versions, numbers and aliases on a real database."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from services.kernel.errors import Forbidden
from services.kernel.ids import new_id
from services.kernel.rights import RIGHTS, Principal, Role
from services.kernel.tables import OutboxRow
from services.registry import api
from services.registry.contracts import Alias, Lineage, NewVersion
from services.registry.errors import VersionNotFound

pytestmark = pytest.mark.platform


def version(asset: UUID, run: UUID, index: int = 0) -> NewVersion:
    lineage = Lineage(run, "snap", "blue", "1", "plug", "digest", UUID(int=9), 2, {"torch": "2.13"}, 5)
    return NewVersion(asset, "f" * 64, index, lineage, {"power": 0.9})


async def test_numbers_count_up_within_an_asset(uow: Any, principal: Principal) -> None:
    first, second = new_id(), new_id()
    made = await api.register(uow, principal, [version(first, new_id()), version(second, UUID(int=1), 1)][:1])
    made += await api.register(uow, principal, [version(first, run := new_id()), version(second, run, 1)])
    assert [(one.asset_id, one.number, one.index) for one in made] == [(first, 1, 0), (first, 2, 0), (second, 1, 1)]
    assert made[1].lineage == version(first, run).lineage
    assert made[1].metrics == {"power": 0.9}
    assert [one.number for one in await api.list_versions(uow, principal, first)] == [2, 1]
    assert [one.number for one in await api.list_versions(uow, principal, first, first=1, after=2)] == [1]


async def test_registering_a_run_again_adds_nothing(uow: Any, principal: Principal) -> None:
    asset, run = new_id(), new_id()
    once = await api.register(uow, principal, [version(asset, run)])
    assert await api.register(uow, principal, [version(asset, run)]) == once
    assert len(await api.list_versions(uow, principal, asset)) == 1


async def test_numbers_are_safe_under_concurrency(platform: Any, tenant: Any, principal: Principal) -> None:
    assets = [new_id() for _ in range(20)]

    async def one() -> None:
        run = new_id()
        async with platform.unit(tenant) as unit:
            await api.register(unit, principal, [version(asset, run) for asset in assets])
            await unit.commit()

    await asyncio.gather(*(one() for _ in range(8)))
    async with platform.unit(tenant) as unit:
        for asset in assets:
            found = await api.list_versions(unit, principal, asset)
            assert [row.number for row in found] == [8, 7, 6, 5, 4, 3, 2, 1]


async def test_an_alias_points_at_one_version_an_asset(uow: Any, principal: Principal) -> None:
    asset = new_id()
    old = (await api.register(uow, principal, [version(asset, new_id())]))[0]
    new = (await api.register(uow, principal, [version(asset, new_id())]))[0]
    await api.set_alias(uow, principal, old.id, Alias.CHALLENGER)
    moved = await api.set_alias(uow, principal, new.id, Alias.CHALLENGER)
    await api.set_alias(uow, principal, old.id, Alias.CHAMPION)
    assert moved.aliases == {Alias.CHALLENGER}
    assert (await api.aliased(uow, principal, [asset], Alias.CHALLENGER))[asset].id == new.id
    found = {one.id: one.aliases for one in await api.get_versions(uow, principal, [old.id, new.id])}
    assert found == {old.id: {Alias.CHAMPION}, new.id: {Alias.CHALLENGER}}
    await api.clear_aliases(uow, principal, [old.id, new.id], Alias.CHALLENGER)
    assert await api.aliased(uow, principal, [asset], Alias.CHALLENGER) == {}
    await uow.session.flush()
    news = [row for row in await uow.session.exec(select(OutboxRow)) if row.name == "registry.challenger_set"]
    assert [row.payload for row in news] == [
        {"asset_ids": [str(asset)], "version_ids": [str(one.id)]} for one in (old, new)
    ]


async def test_another_tenants_version_is_absent(
    platform: Any, tenant: Any, principal: Principal, other_tenant: Any, other_principal: Principal
) -> None:
    asset = new_id()
    async with platform.unit(tenant) as unit:
        made = (await api.register(unit, principal, [version(asset, new_id())]))[0]
        await unit.commit()
    async with platform.unit(other_tenant) as unit:
        assert await api.get_versions(unit, other_principal, [made.id]) == []
        assert await api.list_versions(unit, other_principal, asset) == []
        with pytest.raises(VersionNotFound):
            await api.set_alias(unit, other_principal, made.id, Alias.CHALLENGER)


async def test_a_partner_may_look_and_not_register(uow: Any, tenant: Any) -> None:
    partner = Principal(tenant.id, new_id(), "member", "Pat", RIGHTS[Role.PARTNER], Role.PARTNER)
    with pytest.raises(Forbidden):
        await api.register(uow, partner, [version(new_id(), new_id())])
    assert await api.get_versions(uow, partner, []) == []
