"""Every query of budgets."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.budgets.contracts import Budget, Ceiling, Quota
from services.budgets.tables import BudgetUseTable, CeilingTable, QuotaTable, StorageUseTable
from services.kernel.ids import new_id
from services.kernel.uow import UnitOfWork

_EXCHANGE = text("""
INSERT INTO budget_use AS known (tenant_id, budget, empty_at)
SELECT :tenant, budget, now() + make_interval(secs => seconds)
FROM unnest(CAST(:budgets AS text[]), CAST(:seconds AS float8[])) AS told (budget, seconds) ORDER BY budget
ON CONFLICT (tenant_id, budget)
DO UPDATE SET empty_at = greatest(known.empty_at, now()) + (EXCLUDED.empty_at - now())
RETURNING budget, extract(epoch FROM empty_at - now())::float8
""")
"""In the order of the key, so that two processes wait for each other and never both. The database's clock is the one
that counts: what comes back is a number of seconds."""


async def exchange(uow: UnitOfWork, told: Mapping[Budget, float]) -> dict[Budget, float]:
    """Adds seconds to what is known of each budget and returns how many it is then."""
    given = {"tenant": uow.tenant, "budgets": [each.value for each in told], "seconds": list(told.values())}
    rows = await uow.session.execute(_EXCHANGE, given)
    return {Budget(budget): seconds for budget, seconds in rows}


async def quotas(uow: UnitOfWork) -> dict[Budget, Quota]:
    rows = await uow.session.exec(select(QuotaTable))
    return {Budget(row.budget): Quota(row.per_second, row.burst) for row in rows}


async def put_quota(uow: UnitOfWork, budget: Budget, quota: Quota) -> None:
    values = {"per_second": quota.per_second, "burst": quota.burst}
    row = {"tenant_id": uow.tenant, "id": new_id(), "budget": budget.value, **values}
    statement = insert(QuotaTable).values(row)
    await uow.session.execute(statement.on_conflict_do_update(index_elements=["tenant_id", "budget"], set_=values))


async def remove_quota(uow: UnitOfWork, budget: Budget) -> None:
    await uow.session.execute(delete(QuotaTable).where(col(QuotaTable.budget) == budget.value))


async def ceilings(uow: UnitOfWork) -> dict[Ceiling, int]:
    rows = await uow.session.exec(select(CeilingTable))
    return {Ceiling(row.ceiling): row.most for row in rows}


async def put_ceiling(uow: UnitOfWork, ceiling: Ceiling, most: int) -> None:
    row = {"tenant_id": uow.tenant, "id": new_id(), "ceiling": ceiling.value, "most": most}
    statement = insert(CeilingTable).values(row)
    changed = statement.on_conflict_do_update(index_elements=["tenant_id", "ceiling"], set_={"most": most})
    await uow.session.execute(changed)


async def remove_ceiling(uow: UnitOfWork, ceiling: Ceiling) -> None:
    await uow.session.execute(delete(CeilingTable).where(col(CeilingTable.ceiling) == ceiling.value))


async def storage_use(uow: UnitOfWork) -> StorageUseTable | None:
    return (await uow.session.exec(select(StorageUseTable))).first()


async def put_storage_use(uow: UnitOfWork, size: int, objects: int, now: datetime) -> None:
    values = {"bytes": size, "objects": objects, "measured_at": now}
    statement = insert(StorageUseTable).values(tenant_id=uow.tenant, id=uow.tenant, **values)
    await uow.session.execute(statement.on_conflict_do_update(index_elements=["tenant_id", "id"], set_=values))


async def forget_use(uow: UnitOfWork, budget: Budget) -> None:
    await uow.session.execute(delete(BudgetUseTable).where(col(BudgetUseTable.budget) == budget.value))
