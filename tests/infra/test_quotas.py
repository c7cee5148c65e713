"""Quotas from the command line, as the person at the machine sets them."""

import json

import pytest
from andon_command import andon

from infra.quotas import Line, ask, change_of
from services.audit import api as audit
from services.audit.contracts import AuditQuery
from services.budgets.contracts import Budget, Quota
from services.budgets.errors import QuotaInvalid
from services.tenancy.errors import TenantNotFound

USUAL = [
    {"budget": "requests", "perSecond": 300.0, "burst": 30_000, "own": False},
    {"budget": "cost", "perSecond": 50_000.0, "burst": 12_000_000, "own": False},
    {"budget": "rows", "perSecond": 50_000.0, "burst": 20_000_000, "own": False},
]


@pytest.mark.platform
async def test_a_quota_is_shown_set_and_taken_back(platform, tenant, principal):
    code, said = await andon(platform, "tenant", "quota", tenant.slug)
    assert (code, json.loads(said)) == (0, USUAL)
    code, said = await andon(platform, "tenant", "quota", tenant.slug, "rows", "--per-second", "12.5", "--burst", "100")
    own = {"budget": "rows", "perSecond": 12.5, "burst": 100, "own": True}
    assert (code, json.loads(said)) == (0, [*USUAL[:2], own])
    code, said = await andon(platform, "tenant", "quota", tenant.slug, "rows", "--usual")
    assert (code, json.loads(said)) == (0, USUAL)
    async with platform.unit(tenant) as uow:
        records = await audit.list_records(uow, principal, AuditQuery(action="budgets.set_quota"))
        changes = await audit.changes_of(uow, principal, [record.id for record in records])
    assert [record.actor_kind for record in records] == ["system", "system"]
    assert [change.after for record in records for change in changes[record.id]] == [
        None,
        {"budget": "rows", "per_second": 12.5, "burst": 100},
    ]


@pytest.mark.platform
async def test_what_cannot_be_set_is_refused(platform, tenant, other_tenant):
    code, said = await andon(platform, "tenant", "quota", tenant.slug, "rows", "--burst", "5")
    error = "Say both --per-second and --burst for rows, or only --usual."
    assert (code, json.loads(said)) == (1, {"ok": False, "error": error})
    with pytest.raises(TenantNotFound):
        await ask(platform.settings, platform.state, "nobody", None)
    change = change_of(Budget.COST, -1.0, 5, usual=False)
    with pytest.raises(QuotaInvalid):
        await ask(platform.settings, platform.state, tenant.slug, change)
    lines = await ask(platform.settings, platform.state, tenant.slug, None)
    assert lines[1] == Line(Budget.COST, Quota(50_000, 12_000_000), False)


@pytest.mark.parametrize("wish", [(1.0, None, False), (None, 1, False), (1.0, 1, True), (None, None, False)])
def test_half_a_wish_is_none(wish):
    per_second, burst, usual = wish
    with pytest.raises(ValueError, match="rows"):
        change_of(Budget.ROWS, per_second, burst, usual=usual)
    with pytest.raises(ValueError, match="Say which budget: requests, cost, rows"):
        change_of(None, 1.0, 1, usual=False)
