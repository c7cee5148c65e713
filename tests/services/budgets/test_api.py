"""Budgets that processes share, on a real database."""

import asyncio

import pytest

from services.budgets import api
from services.budgets.contracts import Budget, Quota
from services.budgets.errors import QuotaInvalid
from services.kernel.errors import Forbidden
from services.kernel.rights import system_principal

pytestmark = pytest.mark.platform

NOTHING = dict.fromkeys(Budget, 0.0)


async def set_quota(platform, tenant, budget, quota):
    async with platform.unit(tenant) as uow:
        await api.set_quota(uow, system_principal(tenant.id), budget, quota)
        await uow.commit()


async def test_what_processes_tell_adds_up(platform, tenant, other_tenant):
    database = platform.platform.database
    told = [{**NOTHING, Budget.ROWS: 500.0}, {**NOTHING, Budget.ROWS: 300.0, Budget.COST: 100.0}] * 4
    await asyncio.gather(*(api.exchange(database, tenant.id, each) for each in told))
    known = await api.exchange(database, tenant.id, NOTHING)
    assert known.quotas == {}
    assert known.levels[Budget.ROWS] == pytest.approx(3200, abs=60)
    assert known.levels[Budget.COST] == pytest.approx(400, abs=60)
    assert known.levels[Budget.REQUESTS] <= 0
    assert max((await api.exchange(database, other_tenant.id, NOTHING)).levels.values()) <= 0


async def test_a_quota_is_told_with_the_exchange_and_taken_back(platform, tenant, principal):
    database = platform.platform.database
    await set_quota(platform, tenant, Budget.ROWS, Quota(5, 50))
    await set_quota(platform, tenant, Budget.ROWS, Quota(6.5, 60))
    await set_quota(platform, tenant, Budget.COST, Quota(1, 10))
    known = await api.exchange(database, tenant.id, NOTHING)
    assert known.quotas == {Budget.ROWS: Quota(6.5, 60), Budget.COST: Quota(1, 10)}
    await set_quota(platform, tenant, Budget.COST, None)
    async with platform.unit(tenant) as uow:
        assert await api.get_quotas(uow, principal) == {Budget.ROWS: Quota(6.5, 60)}


async def test_nobody_inside_a_tenant_sets_its_quotas(platform, other_tenant, other_principal):
    async with platform.unit(other_tenant) as uow:
        with pytest.raises(Forbidden):
            await api.set_quota(uow, other_principal, Budget.ROWS, Quota(10**9, 10**9))
        with pytest.raises(QuotaInvalid):
            await api.set_quota(uow, system_principal(other_tenant.id), Budget.ROWS, Quota(0, 1))
        assert await api.get_quotas(uow, other_principal) == {}
