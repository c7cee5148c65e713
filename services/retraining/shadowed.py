"""Plans that promote what was watched beside the champion, once enough is known of it.

Verdicts are reached by day, so a shadow is looked at once an hour; the test may be looked at as often as one likes
(decision 37). Whoever looks marks its occasions first, so that of several workers one judges; what becomes of them is
written only where they still stand as they did, so a worker that dies in between costs an hour and nothing else.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from services.enclaves.platform import Platform
from services.kernel.acting import on_behalf
from services.kernel.errors import Unavailable
from services.kernel.ids import TenantId
from services.kernel.rights import system_principal
from services.retraining import model
from services.retraining.contracts import OccasionState
from services.retraining.repository import Change, Plans
from services.serving import api as serving
from services.verdicts import api as verdicts
from services.verdicts.contracts import ShadowStanding

EVERY = timedelta(hours=1)
log = structlog.get_logger(__name__)


async def look(platform: Platform, tenant: TenantId) -> None:
    """Judges the shadows that are due, at most `MOST_SHADOWED`, and promotes those that agreed, a plan at a time."""
    now = platform.clock()
    due = await _due(platform, tenant, now)
    if not due:
        return
    shadows = {one.asset_id: one.version_id for one in due if one.version_id is not None}
    try:
        found = await verdicts.standings(platform, system_principal(tenant), shadows)
    except Unavailable as error:
        log.info("shadows cannot be judged now; they wait", reason=error.message)
        return
    for plan_id in dict.fromkeys(one.plan_id for one in due):
        await _conclude(platform, tenant, plan_id, [one.id for one in due if one.plan_id == plan_id], found, now)


async def _due(platform: Platform, tenant: TenantId, now: datetime) -> list[Change]:
    """Of an asset one at a time; marked, so that no other worker takes them too."""
    async with platform.database.unit(tenant) as uow:
        store = Plans(uow)
        first: dict[UUID, Change] = {}
        for row in await store.shadowed(now - EVERY):
            first.setdefault(row.asset_id, Change.of(row))
        due = list(first.values())
        for one in due:
            one.looked_at = now
        if due:
            await store.write(due)
            await uow.commit()
    return due


async def _conclude(
    platform: Platform,
    tenant: TenantId,
    plan_id: UUID,
    ids: Sequence[UUID],
    found: Mapping[UUID, ShadowStanding],
    now: datetime,
) -> None:
    principal = system_principal(tenant)
    async with platform.database.unit(tenant) as uow:
        [plan] = await Plans(uow).plans([plan_id]) or [None]
    if plan is None:
        return  # it was removed meanwhile
    with on_behalf(f"Plan “{plan.name}”", "retraining.promote_after_shadow"):
        async with platform.database.unit(tenant) as uow:
            store = Plans(uow)
            changes = [Change.of(row) for row in await store.shadowed(ids=ids)]
            # Wanted states of a tenant are changed one after the other: nobody promotes between this and the end.
            serves = await serving.deployments_locked(uow, principal, [one.asset_id for one in changes])
            for one in changes:
                deployment, standing = serves.get(one.asset_id), found.get(one.asset_id)
                if standing is not None and (standing.shadow, standing.champion) != (one.version_id, one.champion_id):
                    standing = None
                state, message = model.after_shadow(
                    still=deployment is not None and one.version_id in deployment.shadows,
                    same_champion=deployment is not None and deployment.champion == one.champion_id,
                    outcome=standing.outcome if standing else None,
                    sentence=standing.sentence if standing else "",
                    waited=now - one.noticed_at,
                )
                if state is OccasionState.SHADOWED:
                    one.message = message or one.message
                else:
                    one.close(state, message, now)
            agreed = _versions(changes, OccasionState.PROMOTED)
            if agreed:
                await serving.promote_many(uow, principal, agreed)
            if worse := _versions(changes, OccasionState.SHADOW_WORSE):
                await serving.stop_shadows(uow, principal, worse)
            if changes:
                await store.write(changes)
            await uow.commit()


def _versions(changes: Sequence[Change], state: OccasionState) -> dict[UUID, UUID]:
    return {one.asset_id: one.version_id for one in changes if one.state is state and one.version_id is not None}
