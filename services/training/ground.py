"""The champion's own old ground, and when it is none any more: a regime of the machine that ended closes it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from services.events import api as events
from services.events.contracts import Event, EventKind, Regime
from services.kernel.rights import Principal
from services.kernel.uow import UnitOfWork
from services.registry.contracts import ModelVersion
from services.training.repository import Runs

LENT = "the champion was lent by another machine and has none of its own"


async def closed_grounds(
    uow: UnitOfWork, principal: Principal, champions: Mapping[UUID, ModelVersion], end: datetime
) -> dict[UUID, str]:
    """Why the rows that a champion knows are no ground to compare on, by asset, for a run over rows until `end`; assets
    whose ground is open are left out. Three statements, however many assets."""
    if not champions:
        return {}
    made_by = list({one.lineage.run_id for one in champions.values()})
    middles = {run.id: run.start + (run.end - run.start) / 2 for run in await Runs(uow).by_ids(made_by)}
    regimes = await events.regimes(uow, principal, list(champions))
    closing = {
        asset_id: event_id
        for asset_id, champion in champions.items()
        if (middle := middles.get(champion.lineage.run_id)) is not None
        and (event_id := closed_by(regimes.get(asset_id, []), middle, end)) is not None
    }
    told = {event.id: event for event in await events.get_events(uow, principal, set(closing.values()))}
    lent = {asset_id: LENT for asset_id, one in champions.items() if one.lineage.borrowed_from is not None}
    return lent | {asset_id: ending(told[event_id]) for asset_id, event_id in closing.items() if event_id in told}


def closed_by(regimes: list[Regime], middle: datetime, end: datetime) -> UUID | None:
    """The event that began the regime at `end`, where it came after the `middle` of the champion's range: the rows that
    calibrated it are of the later half, and then some or all of them show a way of running that is over. `regimes` are
    the asset's, oldest first."""
    there = [regime for regime in regimes if regime.start is not None and regime.start <= end]
    return there[-1].opened_by if there and there[-1].start is not None and there[-1].start > middle else None


_WORDS = {
    EventKind.PART_REPLACED: "a replaced part",
    EventKind.RECIPE_CHANGE: "a change of recipe",
    EventKind.MAINTENANCE: "maintenance",
}


def ending(event: Event) -> str:
    what = f"a new {event.part}" if event.part else _WORDS.get(event.kind, "an event")
    return f"the regime it knew ended with {what} on {event.time:%Y-%m-%d}"
