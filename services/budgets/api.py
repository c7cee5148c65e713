"""The door of budgets."""

from collections.abc import Mapping

from services.budgets import repository
from services.budgets.contracts import Budget, Known, Quota
from services.budgets.model import check_quota
from services.kernel.errors import Forbidden
from services.kernel.ids import TenantId
from services.kernel.rights import Permission, Principal
from services.kernel.uow import Database, UnitOfWork


async def exchange(database: Database, tenant: TenantId, told: Mapping[Budget, float]) -> Known:
    """Tells what this process has taken of the tenant's budgets since it told last, in seconds of refilling, and hears
    what all processes have. For processes that admit calls, in the background."""
    async with database.unit(tenant) as uow:
        quotas = await repository.quotas(uow)
        levels = await repository.exchange(uow, told)
        await uow.commit()
    return Known(quotas, levels)


async def get_quotas(uow: UnitOfWork, principal: Principal) -> dict[Budget, Quota]:
    """Those that the tenant has of its own."""
    principal.require(Permission.MANAGE_KEYS)
    return await repository.quotas(uow)


async def set_quota(uow: UnitOfWork, principal: Principal, budget: Budget, quota: Quota | None) -> None:
    """Gives the tenant a quota of its own, or with None the installation's again; the budget is whole then. Raises
    `QuotaInvalid`.

    The platform operator's: nobody inside a tenant says how much of the machine is theirs.
    """
    if principal.kind != "system":
        raise Forbidden("Quotas are set by the platform operator, with `andon tenant quota`.")
    if quota is None:
        await repository.remove_quota(uow, budget)
    else:
        await repository.put_quota(uow, budget, check_quota(quota))
    await repository.forget_use(uow, budget)  # it is kept as seconds, which would be other amounts from now on
