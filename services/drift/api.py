"""The only door to drift."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.drift.contracts import (
    SCORE,
    AssetDrift,
    DriftMark,
    DriftOrder,
    DriftState,
    Finding,
    HeldDrift,
    Middle,
    SignalDrift,
)
from services.drift.repository import Drifts
from services.drift.sentences import sentence
from services.drift.tables import LookRow, SignalRow
from services.kernel.idset import IdSet
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork


async def drift_of(uow: UnitOfWork, principal: Principal, asset_ids: Collection[UUID]) -> dict[UUID, AssetDrift]:
    """What the last look at each asset found; those without a champion, or not looked at yet, are left out. Two
    statements, however many assets."""
    principal.require(Permission.VIEW)
    store = Drifts(uow)
    return {one.asset_id: one for one in await _drifts(store, await store.looks(asset_ids))}


async def drift_marks(uow: UnitOfWork, principal: Principal, asset_ids: Collection[UUID]) -> dict[UUID, DriftMark]:
    """Of those of the assets of which anything drifted at the last look, signals not read. One statement."""
    principal.require(Permission.VIEW)
    found = await Drifts(uow).looks(asset_ids)
    return {row.id: DriftMark(row.drifting, row.score_drifts, row.since) for row in found if row.since is not None}


async def list_drifting(
    uow: UnitOfWork,
    principal: Principal,
    order: DriftOrder = DriftOrder.FIGURE,
    signal: str | None = None,
    first: int = 50,
    after: tuple[float | datetime, UUID] | None = None,
) -> list[AssetDrift]:
    """A page of assets of which anything drifts, by `order`; with `signal` (or `score`), those of which that drifts.
    `after` is the key of the last one seen: its worst figure or since when, and the asset's id."""
    principal.require(Permission.VIEW)
    store = Drifts(uow)
    return await _drifts(store, await store.page(order, signal, first, after))


async def drifting_assets(uow: UnitOfWork, principal: Principal) -> IdSet:
    """Assets of which anything drifts now, to narrow a query of assets by."""
    principal.require(Permission.VIEW)
    return Drifts(uow).drifting()


async def held_drifts(uow: UnitOfWork, principal: Principal, looks: int, since: datetime) -> list[HeldDrift]:
    """Assets whose signals have drifted for at least so many looks in a row, the last of them after `since`."""
    principal.require(Permission.VIEW)
    return await Drifts(uow).held(looks, since)


async def _drifts(store: Drifts, rows: Sequence[LookRow]) -> list[AssetDrift]:
    signals: dict[UUID, list[SignalRow]] = {row.id: [] for row in rows}
    for each in await store.signals(list(signals)) if rows else ():
        signals[each.asset_id].append(each)
    return [_drift(row, [_signal(each) for each in signals[row.id]]) for row in rows]


def _drift(row: LookRow, found: Sequence[SignalDrift]) -> AssetDrift:
    return AssetDrift(
        asset_id=row.id,
        version_id=row.version_id,
        looked_at=row.looked_at,
        start=row.start,
        end=row.end,
        reference_start=row.reference_start,
        reference_end=row.reference_end,
        rows=row.rows,
        drifting=row.drifting,
        score_drifts=row.score_drifts,
        worst=row.worst,
        since=row.since,
        looks=row.looks,
        signals=tuple(one for one in found if one.signal != SCORE),
        score=next((one for one in found if one.signal == SCORE), None),
    )


def _signal(row: SignalRow) -> SignalDrift:
    known: dict[str, Any] = {
        "state": DriftState(row.state),
        "finding": Finding(row.finding),
        "figure": row.figure,
        "limit": row.limit,
        "before": _middle(row.before_low, row.before_median, row.before_high),
        "now": _middle(row.now_low, row.now_median, row.now_high),
        "unit": row.unit,
    }
    return SignalDrift(signal=row.signal, since=row.since, rows=row.rows, sentence=sentence(**known), **known)


def _middle(low: float | None, median: float | None, high: float | None) -> Middle | None:
    return None if low is None or median is None or high is None else Middle(low, median, high)
