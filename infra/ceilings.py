"""What the person at the machine does with tenants' ceilings: see them, set them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra.bootstrap import ways
from infra.local import postgres
from infra.local.state import State
from infra.settings import Settings
from services.budgets import api as budgets
from services.budgets.contracts import Ceiling
from services.budgets.model import CEILINGS
from services.kernel.acting import doing
from services.kernel.rights import system_principal
from services.kernel.uow import Database
from services.tenancy import api as tenancy


@dataclass(frozen=True, slots=True)
class Change:
    ceiling: Ceiling
    most: int | None
    """None for the usual one."""


@dataclass(frozen=True, slots=True)
class Line:
    """One ceiling of a tenant."""

    ceiling: Ceiling
    most: int
    own: bool
    used: int | None = None
    """Of the storage, as it was measured last, staged files left out."""
    measured_at: datetime | None = None

    def plain(self) -> dict[str, Any]:
        measured = self.measured_at.isoformat() if self.measured_at else None
        known = {"ceiling": self.ceiling.value, "most": self.most, "own": self.own}
        return known | ({"used": self.used, "measuredAt": measured} if self.ceiling is Ceiling.STORAGE else {})


def change_of(ceiling: Ceiling | None, most: int | None, *, usual: bool) -> Change | None:
    """What the command line wishes; None to look only. Raises `ValueError` for half a wish."""
    if ceiling is None:
        if usual or most is not None:
            raise ValueError(f"Say which ceiling: {', '.join(Ceiling)}.")
        return None
    if usual == (most is not None):
        raise ValueError(f"Say either --most or --usual for {ceiling.value}.")
    return Change(ceiling, most)


async def ask(settings: Settings, state: State, slug: str, change: Change | None) -> list[Line]:
    """The tenant's ceilings, after the change. Raises `TenantNotFound`, `QuotaInvalid`."""
    database = Database(postgres.sqlalchemy(ways(settings, state).app_url), pool_size=1)
    try:
        tenant = await tenancy.tenant_by_slug(database, slug)
        principal = system_principal(tenant.id)
        with doing("budgets.set_ceiling"):
            async with database.unit(tenant.id) as uow:
                if change is not None:
                    await budgets.set_ceiling(uow, principal, change.ceiling, change.most)
                own = await budgets.get_ceilings(uow, principal)
                used, measured_at = await budgets.get_storage(uow, principal) or (None, None)
                await uow.commit()
    finally:
        await database.close()
    lines = [Line(each, own.get(each, CEILINGS[each]), each in own) for each in Ceiling if each is not Ceiling.STORAGE]
    storage = own.get(Ceiling.STORAGE, CEILINGS[Ceiling.STORAGE])
    return [*lines, Line(Ceiling.STORAGE, storage, Ceiling.STORAGE in own, used, measured_at)]
