"""What news of other services means to the ledger: facts that are kept, and loops to derive anew."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.enclaves.jobs import JobHandler
from services.enclaves.platform import Platform
from services.kernel.ids import TenantId
from services.kernel.rights import system_principal
from services.ledger import api
from services.ledger.model import FactKind
from services.monitoring import api as monitoring
from services.training import api as training


async def follow(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    """Something happened to these assets."""
    async with platform.database.unit(tenant) as uow:
        await api.follow(uow, system_principal(tenant), [UUID(text) for text in payload["asset_ids"]])
        await uow.commit()


async def follow_run(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    """A run began or ended."""
    principal = system_principal(tenant)
    async with platform.database.unit(tenant) as uow:
        await api.follow(uow, principal, await training.assets_of_run(uow, principal, UUID(payload["run_id"])))
        await uow.commit()


async def follow_cases(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    """Cases were opened or closed."""
    principal = system_principal(tenant)
    async with platform.database.unit(tenant) as uow:
        cases = await monitoring.get_cases(uow, principal, [UUID(text) for text in payload["case_ids"]])
        await api.follow(uow, principal, [case.asset_id for case in cases])
        await uow.commit()


def _noting(kind: FactKind) -> JobHandler:
    async def note(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
        news = payload["news"]
        told = [UUID(text) for text in payload["asset_ids"]], [UUID(text) for text in payload["version_ids"]]
        async with platform.database.unit(tenant) as uow:
            at = datetime.fromisoformat(news["at"])
            await api.note_news(uow, system_principal(tenant), news["sequence"], at, kind, *told)
            await uow.commit()

    return note


JOBS: dict[str, JobHandler] = {
    "ledger.follow": follow,
    "ledger.follow_run": follow_run,
    "ledger.follow_cases": follow_cases,
    "ledger.note_promoted": _noting(FactKind.PROMOTED),
    "ledger.note_undone": _noting(FactKind.UNDONE),
    "ledger.note_shadow_stopped": _noting(FactKind.SHADOW_STOPPED),
}
SUBSCRIPTIONS: dict[str, list[str]] = {
    "events.regimes_changed": ["ledger.follow"],
    "monitoring.alarms_raised": ["ledger.follow"],
    "monitoring.cases_opened": ["ledger.follow_cases"],
    "monitoring.cases_closed": ["ledger.follow_cases"],
    "training.run_started": ["ledger.follow_run"],
    "training.run_ended": ["ledger.follow_run"],
    "serving.promoted": ["ledger.note_promoted"],
    "serving.promotion_undone": ["ledger.note_undone"],
    "serving.shadow_stopped": ["ledger.note_shadow_stopped"],
}
