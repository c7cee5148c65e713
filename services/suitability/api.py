"""The door of suitability."""

import asyncio
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np

from andon_sdk.plugin import Importance, SuitabilityFactor
from services.assets import api as assets
from services.assets.contracts import Asset, ContractVersion
from services.blueprints import api as blueprints
from services.enclaves.platform import Platform
from services.events import api as events
from services.events.contracts import Event, EventKind
from services.fleet.prepare import SplitSettings
from services.kernel.clock import utc_now
from services.kernel.ids import TenantId
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.readings.history import settled
from services.registry import api as registry
from services.registry.contracts import Alias
from services.suitability import history
from services.suitability.buckets import grid, summarise, usual_period
from services.suitability.contracts import CustomFactor, Fitting, Interval, Judged, KnownEvents, Range, Suitability
from services.suitability.errors import SuitabilityInvalid
from services.suitability.fleet import fitting, put_together
from services.suitability.judge import judge
from services.suitability.kept import Kept
from services.suitability.study import Study, Subject, study
from services.suitability.window import window

MOST_RANGES = 12
MOST_ASSETS = 20_000
MOST_LOOKED_AT = 200
"""Assets of a fleet that are looked at, evenly spread over it."""
MOST_CELLS = 80_000_000
"""Rows × signals that one question may read."""
LONGEST = timedelta(days=3660)
BEFORE, AFTER = timedelta(hours=1), timedelta(minutes=10)
"""Around an event of a core part: before it the machine was failing or stopped, after it it is being started up."""
ENOUGH_ROWS = 1_000
ROWS_A_SIGNAL = 10
"""Rows for each signal below which a model is fitted to chance (Harrell, Regression Modeling Strategies, 4.4)."""

_kept = Kept()
_turns = asyncio.Semaphore(2)
"""Questions that are computed at once in this process: a processor each."""


async def assess(
    platform: Platform,
    principal: Principal,
    asset_ids: Collection[UUID],
    ranges: Sequence[Range],
    *,
    fresh: bool = False,
) -> Suitability:
    """The verdict on training the assets on the rows of all ranges together.

    Of a fleet at most 200 assets are looked at, fewer where their ranges hold many rows. Recorded events and labels
    count. A single range of a single asset comes with the nearest better one. `fresh` counts every row that was
    acknowledged before the call, and waits for it if it must.
    Raises `SuitabilityInvalid`, `AssetNotFound`, `HistoryUnavailable`, `HistoryBehind`.
    """
    principal.require(Permission.VIEW)
    _check(asset_ids, ranges)
    spans = [(micros(one.start), micros(one.end)) for one in ranges]
    ids = sorted(set(asset_ids))
    async with platform.database.unit(principal.tenant) as uow:
        found = await assets.get_assets(uow, principal, ids)
        contracts = {one.id: one for one in await assets.list_contracts(uow, principal)}
        chosen = _sample(sorted(found, key=lambda one: one.id), contracts, spans)
        happened = await _events_of(uow, principal, chosen)
        champions = await registry.aliased(uow, principal, chosen, Alias.CHAMPION)
        offered = await blueprints.offered(uow)
    bucket = await platform.objects.bucket(principal.tenant)
    contract_of = {one.id: contracts[one.contract_id] for one in found}
    questions = [
        _Question(
            principal.tenant,
            asset,
            contract_of[asset],
            known_of(happened[asset]),
            str(champions[asset].id) if asset in champions else None,
            tuple(offered.suitability_factors_for(contract_of[asset].contract.key)),
        )
        for asset in chosen
    ]
    judged: list[tuple[UUID, Judged]] = []
    alone: list[list[Judged]] = [[] for _ in ranges] if len(ranges) > 1 else []
    by_contract: dict[UUID, list[_Question]] = {}
    for question in questions:
        by_contract.setdefault(question.contract.id, []).append(question)
    for contract in by_contract if fresh else ():
        await settled(platform, principal.tenant, contract)
    async with _turns:
        for contract, asked in by_contract.items():
            place = history.Place.of(bucket, contract)
            for asset, one, each in await asyncio.to_thread(_judged, place, asked, spans, fresh, len(chosen) == 1):
                judged.append((asset, one))
                for verdicts, verdict in zip(alone, each, strict=True):
                    verdicts.append(verdict)
    return put_together(len(ids), judged, ranges, alone)


def who_fits(judged: Suitability, asset_ids: Collection[UUID]) -> Fitting:
    """Takes a verdict on `asset_ids` apart, for runs that no person starts."""
    return fitting(judged, asset_ids)


def micros(moment: datetime) -> int:
    return round(moment.timestamp() * 1e6)


@dataclass(frozen=True, slots=True)
class _Question:
    tenant: TenantId
    asset: UUID
    contract: ContractVersion
    known: KnownEvents
    champion: str | None
    factors: tuple[SuitabilityFactor, ...]
    """Of plugins."""


def _check(asset_ids: Collection[UUID], ranges: Sequence[Range]) -> None:
    if not 1 <= len(set(asset_ids)) <= MOST_ASSETS:
        raise SuitabilityInvalid(f"Ask about 1 to {MOST_ASSETS:,} assets.", field="assetIds")
    if not 1 <= len(ranges) <= MOST_RANGES:
        raise SuitabilityInvalid(f"Ask about 1 to {MOST_RANGES} ranges.", field="ranges")
    for one in ranges:
        if one.start.tzinfo is None or one.end.tzinfo is None:
            raise SuitabilityInvalid("Start and end need a time zone.", field="ranges")
        if not one.start < one.end:
            raise SuitabilityInvalid("The range is empty: its end must come after its start.", field="ranges")
        if one.start > utc_now():
            raise SuitabilityInvalid("The range begins in the future, where there are no readings yet.", field="ranges")
    if max(one.end for one in ranges) - min(one.start for one in ranges) > LONGEST:
        raise SuitabilityInvalid(f"The ranges span more than {LONGEST.days} days.", field="ranges")


def _sample(found: Sequence[Asset], contracts: Mapping[UUID, ContractVersion], spans: Sequence[Interval]) -> list[UUID]:
    """Evenly over the assets, so many that reading them stays bounded."""
    cost = 0.0
    for one in found:
        contract = contracts[one.contract_id].contract
        period = round(contract.period_s * 1e6)
        cost = max(cost, window(spans, spans[-1][1], period, len(contract.signals)).cells)
    number = min(len(found), MOST_LOOKED_AT, max(int(MOST_CELLS // max(cost, 1)), 1))
    return [found[k].id for k in np.linspace(0, len(found) - 1, number).round().astype(int)]


def _judged(
    place: history.Place, asked: Sequence[_Question], spans: Sequence[Interval], fresh: bool, better: bool
) -> list[tuple[UUID, Judged, list[Judged]]]:
    """Of each asset the verdict on all ranges, and on each by itself where there are several. Blocks."""
    each = spans if len(spans) > 1 else ()
    return [
        (asset, judge(one, spans, better=better), [judge(one, [span], better=False) for span in each])
        for asset, one in _studies(place, asked, spans, fresh)
    ]


def _studies(
    place: history.Place, asked: Sequence[_Question], spans: Sequence[Interval], fresh: bool
) -> list[tuple[UUID, Study]]:
    """A study of each asset; all keep to one contract. `fresh` takes none that was kept. Blocks."""
    contract = asked[0].contract
    subject = subject_of(contract, asked[0].factors)
    period = round(contract.contract.period_s * 1e6)
    newest = history.newest(place)
    looked_at = window(spans, max(b for _, b in spans) if newest is None else newest, period, len(subject.signals))
    keys = {one.asset: (place.bucket.name, one, looked_at) for one in asked}
    kept = {} if fresh else {asset: _kept.get(key) for asset, key in keys.items()}
    found = {asset: one for asset, one in kept.items() if one is not None}
    missing = {str(one.asset): one for one in asked if one.asset not in found}
    versions = [one.champion for one in missing.values() if one.champion]
    for asset, rows, scores in history.read(place, list(missing), subject.signals, looked_at, versions):
        question = missing[asset]
        pace = usual_period(rows.time, period)
        length = looked_at.length(pace)
        starts = grid(looked_at.seen(), length)
        buckets = summarise(rows, starts, length, float(pace), subject.essential, subject.custom, float(period))
        made = study(buckets, subject, question.known, looked_at.recent_from, scores, newest)
        _kept.put(keys[question.asset], made)
        found[question.asset] = made
    return [(one.asset, found[one.asset]) for one in asked]


def subject_of(contract: ContractVersion, factors: Sequence[SuitabilityFactor]) -> Subject:
    signals = contract.contract.signals
    split = SplitSettings()
    fewest = math.ceil(split.min_rows / ((1 - split.held_out_share) * (1 - split.calibration_share)))
    keys = contract.contract.keys
    custom = tuple(
        CustomFactor(one.key, one.title, keys.index(one.signal), one.low, one.high, one.care, one.refuse, one.sentence)
        for one in factors
        if one.signal in keys
    )
    return Subject(
        keys,
        np.array([one.importance is Importance.ESSENTIAL for one in signals]),
        np.array([one.importance is Importance.OPTIONAL for one in signals]),
        fewest,
        max(ENOUGH_ROWS, ROWS_A_SIGNAL * len(signals)),
        custom,
        tuple(one.title for one in signals),
    )


async def _events_of(uow: UnitOfWork, principal: Principal, asset_ids: Sequence[UUID]) -> dict[UUID, list[Event]]:
    found: dict[UUID, list[Event]] = {asset_id: [] for asset_id in asset_ids}
    for event in await events.events(uow, principal, asset_ids, None, None):
        found[event.asset_id].append(event)
    return found


def known_of(said: Sequence[Event]) -> KnownEvents:
    """What events that were not retracted say: near a change or maintenance, near a failure, what people labelled, and
    where another normal begins."""

    def near(*kinds: EventKind) -> tuple[Interval, ...]:
        return tuple((micros(one.time - BEFORE), micros(one.time + AFTER)) for one in said if one.kind in kinds)

    def labelled(kind: EventKind) -> tuple[Interval, ...]:
        return tuple((micros(one.time), micros(one.end)) for one in said if one.kind is kind and one.end is not None)

    return KnownEvents(
        core=tuple(sorted(near(EventKind.PART_REPLACED, EventKind.MAINTENANCE, EventKind.RECIPE_CHANGE))),
        abnormal=tuple(sorted(near(EventKind.FAILURE) + labelled(EventKind.ABNORMAL))),
        normal=tuple(sorted(labelled(EventKind.NORMAL))),
        replaced=tuple(sorted(micros(one.time) for one in said if one.begins_regime)),
    )
