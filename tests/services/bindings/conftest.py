"""Fixtures of bindings: a tenant's presses with a label of their own, the rows they are said to have, their runs."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from training_plant import plugin_folder
from works import Works

from services.assets import api as assets
from services.assets.contracts import Label
from services.bindings import api, jobs, steps
from services.bindings.contracts import Binding, NewRule, Rule
from services.readings.contracts import Counted
from services.suitability.contracts import Fitting

__all__ = ["plugin_folder"]


_TICKS = count()


def clock() -> datetime:
    """Ten minutes later at each look: whatever was to be looked at again is due."""
    return datetime(2026, 1, 5, tzinfo=UTC) + next(_TICKS) * timedelta(minutes=10)


class Bound(Works):
    """Presses that rules bind; `hall` is a label query that only they match."""

    @property
    def hall(self) -> str:
        return f"hall={self.ids[0].hex}"

    async def label(self, ids: tuple[UUID, ...] | None = None) -> None:
        await self.do(assets.set_labels, self.ids if ids is None else ids, (Label("hall", self.ids[0].hex),), ())

    async def rule(self, labels: str | None = None, **changes: Any) -> Rule:
        rule = await self.do(
            api.create_rule, NewRule("press-coder", self.hall if labels is None else labels, **changes)
        )
        await self.match()
        return rule

    async def match(self, *ids: UUID) -> None:
        """The job that a rule, or a change of these assets, leaves."""
        payload = {"asset_ids": [str(id_) for id_ in ids]} if ids else {}
        await jobs.match(replace(self.platform.platform, clock=clock), self.tenant.id, payload)

    async def rows(self, rows: int, *ids: UUID, unfit: Collection[UUID] = ()) -> datetime:
        """Counts so many rows of the assets, a second apart, and acts; the verdict on them is the test's."""
        now = clock()
        counted = Counted(rows, now - timedelta(seconds=rows), now)
        contracts = dict.fromkeys(ids or self.ids, self.contract_id)
        each = dict.fromkeys(contracts, counted)
        ripe = await self.do(steps.ripe, contracts, each)
        told = {key: Fitting(None, dict.fromkeys(set(unfit) & set(group), "Dull.")) for key, group in ripe.items()}
        await self.do(steps.act, contracts, each, now, told)
        return now

    async def bindings(self) -> list[Binding]:
        """In the order of the assets."""
        found = await self.do(api.bindings_of, self.ids)
        return [found[id_] for id_ in self.ids if id_ in found]

    async def note(self, run_id: UUID) -> None:
        """The news of the run's end arrives."""
        await jobs.note_run(replace(self.platform.platform, clock=clock), self.tenant.id, {"run_id": str(run_id)})

    async def end_run(self, **how: Any) -> None:
        """The run that the first press waits for ends."""
        run_id = (await self.bindings())[0].run_id
        assert run_id is not None
        await self.conclude(run_id, **how)
        await self.note(run_id)


@pytest.fixture
def make_works(platform: Any, tenant: Any, principal: Any, plugin_folder: Any) -> Callable[..., Any]:
    async def make(count: int = 3, *, labelled: bool = True) -> Bound:
        works = await Bound.build(platform, tenant, principal, count)
        if labelled:
            await works.label()
        return works

    return make


@pytest.fixture
async def lender(platform: Any, tenant: Any, principal: Any, plugin_folder: Any) -> UUID:
    """An asset with a champion that may be lent."""
    works = await Works.build(platform, tenant, principal, 1)
    await works.new_champions(works.ids)
    return works.ids[0]
