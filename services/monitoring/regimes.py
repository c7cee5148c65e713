"""What a new regime means: the alarms of the old one end, new ones are muted and a case waits for a model, until the
champion is one that was trained on rows of it.

Everything follows from what is: events, aliases, runs. So news may come twice, late or in any order, and each way back
(a retracted event, an undone promotion) is the same function again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.events import api as events
from services.events.contracts import Event, EventKind, Models, Recovery, Regime, Trained
from services.kernel.clock import utc_now
from services.kernel.rights import Principal
from services.kernel.uow import UnitOfWork
from services.monitoring.muting import Muting, Told
from services.monitoring.tables import HealthRow
from services.registry import api as registry
from services.registry.contracts import Alias, ModelVersion
from services.training import api as training

MUTED_FOR = timedelta(days=3)
"""What an old champion says about a new regime is mostly false, but a machine is not to be without a watch for longer
than a weekend because nobody trained."""


@dataclass(frozen=True, slots=True)
class Change:
    """An asset before (its row of health) and after (its regimes, and how far the present one is)."""

    row: HealthRow
    present: Regime
    openers: frozenset[UUID]
    recovered: bool

    @property
    def moved(self) -> bool:
        """Whether the present regime is another one than alarms were judged by."""
        return (self.row.rebased_by, self.row.rebased_at) != (self.present.opened_by, self.present.start)

    @property
    def taken_back(self) -> bool:
        """Whether the event that began the former one begins nothing any more."""
        return self.row.rebased_by is not None and self.row.rebased_by not in self.openers

    @property
    def why(self) -> str:
        """Why alarms that were muted are muted no more."""
        return "recovered" if self.recovered and self.row.muted_by in self.openers else "event_retracted"

    @property
    def muted_by(self) -> UUID | None:
        """The event because of which alarms are to be muted. A machine without a model has none to mute."""
        return None if self.recovered or self.row.deployed_at is None else self.present.opened_by


async def follow(uow: UnitOfWork, principal: Principal, asset_ids: Sequence[UUID]) -> None:
    """Brings alarms, cases and recoveries of these assets to what their events, models and runs say. Idempotent; a
    fixed number of statements."""
    store = Muting(uow)
    rows = await store.locked(asset_ids)
    regimes = await events.regimes(uow, principal, asset_ids)
    begun = [asset_id for asset_id, told in regimes.items() if told[-1].opened_by is not None]
    recoveries = await events.note_models(uow, principal, await _models(uow, principal, begun)) if begun else {}
    changes = [
        Change(
            row,
            regimes[row.id][-1],
            frozenset(regime.opened_by for regime in regimes[row.id] if regime.opened_by is not None),
            recoveries.get(row.id) is Recovery.RECOVERED,
        )
        for row in rows
    ]
    now = utc_now()
    moved = [change for change in changes if change.moved]
    if moved:
        await _rebase(uow, store, moved)
    differ = [change for change in changes if change.row.muted_by != change.muted_by]
    if differ:
        await _end_mutes(uow, store, [change for change in differ if change.muted_by is None], now)
        await _begin_mutes(uow, principal, store, [change for change in differ if change.muted_by is not None], now)


async def _models(uow: UnitOfWork, principal: Principal, asset_ids: Sequence[UUID]) -> dict[UUID, Models]:
    """What each of these assets has of models, with the ranges they learned from."""
    champions = await registry.aliased(uow, principal, asset_ids, Alias.CHAMPION)
    challengers = await registry.aliased(uow, principal, asset_ids, Alias.CHALLENGER)
    active = await training.active_runs(uow, principal, asset_ids)
    versions = [*champions.values(), *challengers.values()]
    run_ids = {version.lineage.run_id for version in versions} | set(active.values())
    ranges = {run.id: (run.start, run.end) for run in await training.get_runs(uow, principal, list(run_ids))}

    def trained(version: ModelVersion | None) -> Trained | None:
        between = None if version is None else ranges.get(version.lineage.run_id)
        return Trained(*between, version.id) if version and between else None

    return {
        asset_id: Models(
            trained(champions.get(asset_id)),
            trained(challengers.get(asset_id)),
            Trained(*ranges[active[asset_id]]) if asset_id in active else None,
        )
        for asset_id in asset_ids
    }


async def _rebase(uow: UnitOfWork, store: Muting, moved: Iterable[Change]) -> None:
    """Counters begin from nothing, and rows from before raise nothing any more. An alarm that is on is cleared, unless
    a champion that knows the present regime raised it; after an event was taken back, the one it cleared is on again.
    Rows that were passed over meanwhile are not judged again."""
    await store.rebase({change.row.id: (change.present.start, change.present.opened_by) for change in moved})
    left = {change.row.id: change.row.rebased_by for change in moved if change.taken_back and change.row.rebased_by}
    if left:
        told, reopened = await store.bring_back(left)
        _tell(uow, told)
        _tell_cases(uow, "monitoring.cases_opened", reopened)
    begun = {
        change.row.id: (change.present.start, change.present.opened_by)
        for change in moved
        if not change.taken_back and not change.recovered and change.present.start and change.present.opened_by
    }
    if begun:
        _tell(uow, await store.clear(begun))


async def _end_mutes(uow: UnitOfWork, store: Muting, ended: Sequence[Change], now: datetime) -> None:
    """An alarm that was muted is about the champion of before: it is cleared where there is another one now, and
    brought back where the event was taken back."""
    if not ended:
        return
    recovered = {
        change.row.id: (now, change.row.muted_by)
        for change in ended
        if change.row.muted_by is not None and change.why == "recovered"
    }
    if recovered:
        _tell(uow, await store.clear(recovered))
    _tell(uow, await store.unmute([change.row.id for change in ended]))
    whys = {change.row.id: change.why for change in ended}
    _tell_cases(uow, "monitoring.cases_closed", await store.end_wait(whys, now))


async def _begin_mutes(
    uow: UnitOfWork, principal: Principal, store: Muting, begun: Sequence[Change], now: datetime
) -> None:
    muting = {change.row.id: change.muted_by for change in begun if change.muted_by is not None}
    if not muting:
        return
    await store.mute(muting, now + MUTED_FOR)
    told = {event.id: event for event in await events.get_events(uow, principal, set(muting.values()))}
    waiting = {asset_id: (event_id, title_of(told[event_id])) for asset_id, event_id in muting.items()}
    _tell_cases(uow, "monitoring.cases_opened", await store.wait(waiting, now))


_TITLES = {
    EventKind.PART_REPLACED: "Part replaced: a new model is needed",
    EventKind.RECIPE_CHANGE: "Recipe changed: a new model is needed",
    EventKind.MAINTENANCE: "Maintenance changed what is normal: a new model is needed",
}


def title_of(event: Event) -> str:
    """Of the case that an event opens."""
    if event.part:
        return f"{event.part} replaced: a new model is needed"
    return _TITLES[event.kind]


NEXT_STEPS: Mapping[Recovery, str | None] = {
    Recovery.NEEDS_MODEL: "Choose dates since the change and train.",
    Recovery.RETRAINING: "Wait for the run over rows of the new regime, and read its gates.",
    Recovery.SHADOW: "Compare the new version with the champion, and promote it.",
    Recovery.RECOVERED: None,
}


async def next_steps(uow: UnitOfWork, principal: Principal, asset_ids: Collection[UUID]) -> dict[UUID, str | None]:
    """What a person does next about each of these assets' present regimes."""
    if not asset_ids:
        return {}
    present = await events.present_regimes(uow, principal, asset_ids)
    return {id_: NEXT_STEPS[regime.recovery] for id_, regime in present.items() if regime.recovery is not None}


def _tell(uow: UnitOfWork, told: Told) -> None:
    for state in sorted({state for _, _, state in told}):
        same = [(alarm, asset) for alarm, asset, its in told if its == state]
        ids = {"alarm_ids": [str(alarm) for alarm, _ in same], "asset_ids": [str(asset) for _, asset in same]}
        uow.announce("monitoring.alarm_changed", **ids, state=state)


def _tell_cases(uow: UnitOfWork, news: str, case_ids: Sequence[UUID]) -> None:
    if case_ids:
        uow.announce(news, case_ids=[str(case_id) for case_id in case_ids])
