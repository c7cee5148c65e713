"""The door of budgets."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from services.budgets import model, repository
from services.budgets.contracts import Budget, Ceiling, Known, Quota
from services.budgets.errors import StorageFull
from services.budgets.model import check_ceiling, check_quota
from services.kernel.clock import utc_now
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


async def get_ceilings(uow: UnitOfWork, principal: Principal) -> dict[Ceiling, int]:
    """Those that the tenant has of its own."""
    principal.require(Permission.MANAGE_KEYS)
    return await repository.ceilings(uow)


async def set_ceiling(uow: UnitOfWork, principal: Principal, ceiling: Ceiling, most: int | None) -> None:
    """Gives the tenant a ceiling of its own, or with None the usual one again. Raises `QuotaInvalid`.

    The platform operator's, as quotas are.
    """
    if principal.kind != "system":
        raise Forbidden("Ceilings are set by the platform operator, with `andon tenant ceiling`.")
    if most is None:
        await repository.remove_ceiling(uow, ceiling)
    else:
        await repository.put_ceiling(uow, ceiling, check_ceiling(most))


async def check_jobs(uow: UnitOfWork, unfinished: int, begun: int, oldest: datetime | None) -> None:
    """Whether one more import or export may begin; `begun` of them did within 24 hours, the first at `oldest`. Raises
    `TooManyJobs`."""
    most = {**model.CEILINGS, **await repository.ceilings(uow)}
    if unfinished >= most[Ceiling.JOBS]:
        raise model.too_many_jobs(most[Ceiling.JOBS])
    if begun >= most[Ceiling.JOBS_A_DAY]:
        wait = timedelta() if oldest is None else oldest + timedelta(days=1) - utc_now()
        raise model.too_many_jobs_a_day(most[Ceiling.JOBS_A_DAY], wait.total_seconds())


async def storage_room(uow: UnitOfWork, staged: int) -> int:
    """Bytes that may still be stored, `staged` of them being in staged files. Raises `StorageFull` when there are none.

    What is stored was measured some minutes ago; before the first measure it counts as nothing.
    """
    most = ({**model.CEILINGS, **await repository.ceilings(uow)})[Ceiling.STORAGE]
    known = await repository.storage_use(uow)
    used = staged + (known.bytes if known else 0)
    if used >= most:
        raise model.storage_full(most, used)
    return most - used


def storage_is_full(most: int, used: int) -> StorageFull:
    """The refusal of something that is larger than the room there is."""
    return model.storage_full(most, used)


async def note_storage(uow: UnitOfWork, size: int, objects: int) -> None:
    """Keeps what was found in the tenant's bucket, but for staged files."""
    await repository.put_storage_use(uow, size, objects, utc_now())


async def get_storage(uow: UnitOfWork, principal: Principal) -> tuple[int, datetime] | None:
    """Bytes that were found in the bucket but for staged files, and when; None before the first look."""
    principal.require(Permission.MANAGE_KEYS)
    known = await repository.storage_use(uow)
    return (known.bytes, known.measured_at) if known else None


async def take_rows(database: Database, tenant: TenantId, rows: int) -> float:
    """Takes rows that came in by another way than a call, and answers the seconds until there are any left. For work
    that can wait, and is not refused."""
    known = await exchange(database, tenant, {Budget.ROWS: 0.0})
    quota = known.quotas.get(Budget.ROWS, model.USUAL_ROWS)
    known = await exchange(database, tenant, {Budget.ROWS: rows / quota.per_second})
    return max(0.0, known.levels[Budget.ROWS] - quota.burst / quota.per_second)


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
