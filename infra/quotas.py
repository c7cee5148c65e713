"""What the person at the machine does with tenants' quotas: see them, set them."""

from dataclasses import dataclass
from typing import Any

from gateway.budgets import quotas
from infra.bootstrap import ways
from infra.gateway import chosen
from infra.local import postgres
from infra.local.state import State
from infra.settings import Settings
from services.budgets import api as budgets
from services.budgets.contracts import Budget, Quota
from services.kernel.acting import doing
from services.kernel.rights import system_principal
from services.kernel.uow import Database
from services.tenancy import api as tenancy


@dataclass(frozen=True, slots=True)
class Change:
    budget: Budget
    quota: Quota | None
    """None for the installation's."""


@dataclass(frozen=True, slots=True)
class Line:
    """One budget of a tenant."""

    budget: Budget
    quota: Quota
    own: bool

    def plain(self) -> dict[str, Any]:
        quota = {"perSecond": self.quota.per_second, "burst": self.quota.burst}
        return {"budget": self.budget.value, **quota, "own": self.own}


def change_of(budget: Budget | None, per_second: float | None, burst: int | None, *, usual: bool) -> Change | None:
    """What the command line wishes; None to look only. Raises `ValueError` for half a wish."""
    if budget is None:
        if usual or per_second is not None or burst is not None:
            raise ValueError(f"Say which budget: {', '.join(Budget)}.")
        return None
    if usual and per_second is None and burst is None:
        return Change(budget, None)
    if usual or per_second is None or burst is None:
        raise ValueError(f"Say both --per-second and --burst for {budget.value}, or only --usual.")
    return Change(budget, Quota(per_second, burst))


async def ask(settings: Settings, state: State, slug: str, change: Change | None) -> list[Line]:
    """The tenant's quotas, after the change. Raises `TenantNotFound`, `QuotaInvalid`."""
    database = Database(postgres.sqlalchemy(ways(settings, state).app_url), pool_size=1)
    try:
        tenant = await tenancy.tenant_by_slug(database, slug)
        principal = system_principal(tenant.id)
        with doing("budgets.set_quota"):
            async with database.unit(tenant.id) as uow:
                if change is not None:
                    await budgets.set_quota(uow, principal, change.budget, change.quota)
                own = await budgets.get_quotas(uow, principal)
                await uow.commit()
    finally:
        await database.close()
    usual = quotas(chosen(state))
    return [Line(budget, own.get(budget, usual[budget]), budget in own) for budget in Budget]
