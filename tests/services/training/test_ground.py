"""The champion's old ground is open until an event ends the regime that it knows."""

from dataclasses import replace
from datetime import timedelta

import pytest
from ended_run import ended_run

from andon_sdk.plugin import Contract, Signal
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.events import api as events
from services.events.contracts import EventKind, NewEvent
from services.registry import api as registry
from services.registry.contracts import Alias
from services.training import api
from services.training.ground import closed_grounds

pytestmark = pytest.mark.platform
HOUR = timedelta(hours=1)


async def test_an_event_after_the_middle_of_its_range_closes_it(platform, tenant, principal):
    async with platform.unit(tenant) as uow:
        await assets.put_contract(uow, principal, Contract("gro", "G", (Signal("a", "A", "V", 0.0, 1.0),), 1.0))
        new = [NewAsset(f"g{k}", "G", "Works", "Hall", "gro") for k in range(6)]
        made = await assets.create_assets(uow, principal, new)
        ids = [one.id for one in made]
        run = await api.get_run(uow, principal, await ended_run(uow, principal, made, 1))  # two days until now
        versions = await registry.aliased(uow, principal, ids, Alias.CHALLENGER)
        await registry.set_aliases(uow, principal, [one.id for one in versions.values()], Alias.CHAMPION)
        champions = await registry.aliased(uow, principal, ids, Alias.CHAMPION)
        early, late = run.start + HOUR, run.end - HOUR

        def told(place: int, kind: EventKind, time, part=None) -> NewEvent:
            return NewEvent(ids[place], kind, time, part=part)

        await events.record_events(
            uow,
            principal,
            [
                told(1, EventKind.PART_REPLACED, late, "lens"),
                told(2, EventKind.RECIPE_CHANGE, late),
                told(3, EventKind.PART_REPLACED, early),
                told(4, EventKind.MAINTENANCE, late),
                told(5, EventKind.PART_REPLACED, early),
                told(5, EventKind.PART_REPLACED, late, "pump"),
            ],
        )
        now = await closed_grounds(uow, principal, champions, run.end)
        before = await closed_grounds(uow, principal, champions, late - HOUR)
        none = await closed_grounds(uow, principal, {}, run.end)
        lineage = replace(champions[ids[0]].lineage, borrowed_from=ids[1])
        lent = await closed_grounds(uow, principal, {ids[0]: replace(champions[ids[0]], lineage=lineage)}, run.end)
    assert now == {
        ids[1]: f"the regime it knew ended with a new lens on {late:%Y-%m-%d}",
        ids[2]: f"the regime it knew ended with a change of recipe on {late:%Y-%m-%d}",
        ids[5]: f"the regime it knew ended with a new pump on {late:%Y-%m-%d}",
    }
    assert before == none == {}  # the run's rows end before the event: they are of the regime that the champion knows
    assert lent == {ids[0]: "the champion was lent by another machine and has none of its own"}
