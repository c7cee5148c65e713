"""What the database knows about shadows that are compared, and what people said happened to their assets."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np

from services.assets import api as assets
from services.assets.contracts import ContractVersion
from services.enclaves.platform import Platform
from services.events import api as events
from services.events.contracts import LABELS, Event, EventKind
from services.kernel.clock import utc_now
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.serving import api as serving
from services.serving.contracts import ShadowLatency
from services.verdicts.contracts import Labels
from services.verdicts.evidence import WARNS_WITHIN
from services.verdicts.history import LOOKS_BACK, Pair

GAP_PERIODS, GAP_AT_LEAST_S = 10, 60.0
"""Rows further apart have a gap between them: the pace at which monitoring calls an asset silent."""


@dataclass(frozen=True, slots=True)
class Known:
    pairs: tuple[Pair, ...]
    contracts: Mapping[UUID, ContractVersion]
    """By asset."""
    stopped: Mapping[UUID, str]
    """By version, why."""
    latencies: Mapping[UUID, ShadowLatency]
    """By version."""
    happened: Sequence[Event]

    def only(self, pairs: Sequence[Pair]) -> "Known":
        mine = {pair.asset for pair in pairs}
        told = [one for one in self.happened if one.asset_id in mine]
        return Known(tuple(pairs), self.contracts, self.stopped, self.latencies, told)

    def by_contract(self) -> list["Known"]:
        """Shadows of one contract each."""
        found: dict[UUID, list[Pair]] = {}
        for pair in self.pairs:
            found.setdefault(self.contracts[pair.asset].id, []).append(pair)
        return [self.only(pairs) for pairs in found.values()]

    def labels(self) -> Labels:
        """Assets are positions in `pairs`, of which each has one."""
        place = {pair.asset: i for i, pair in enumerate(self.pairs)}
        failures = [one for one in self.happened if one.kind is EventKind.FAILURE]
        periods = [one for one in self.happened if one.kind in LABELS and one.end is not None]
        return Labels(
            np.array([place[one.asset_id] for one in failures], np.int64),
            _moments([one.time for one in failures]),
            np.array([place[one.asset_id] for one in periods], np.int64),
            _moments([one.time for one in periods]),
            _moments([one.end for one in periods if one.end is not None]),
            np.array([one.kind is EventKind.ABNORMAL for one in periods], bool),
        )


async def known(platform: Platform, principal: Principal, shadows: Collection[tuple[UUID, UUID]]) -> Known:
    """Those of (asset, version) that are shadows beside a champion. A fixed number of statements."""
    principal.require(Permission.VIEW)
    async with platform.database.unit(principal.tenant) as uow:
        serves = await serving.deployments(uow, principal, {asset for asset, _ in shadows})
        pairs = [
            Pair(asset, serves[asset].champion or version, version)
            for asset, version in sorted(set(shadows))
            if asset in serves and version in serves[asset].shadows and serves[asset].champion
        ]
        ids = {pair.asset for pair in pairs}
        by_id = {one.id: one for one in await assets.list_contracts(uow, principal)} if ids else {}
        of = {one.id: by_id[one.contract_id] for one in await assets.known_assets(uow, principal, ids)}
        stopped = {version: why for one in serves.values() for version, why in one.shadow_refusals}
        latencies = {version: took for one in serves.values() for version, took in one.shadow_latencies}
        return Known(tuple(pairs), of, stopped, latencies, await _happened(uow, principal, ids))


async def _happened(uow: UnitOfWork, principal: Principal, ids: Collection[UUID]) -> list[Event]:
    if not ids:
        return []
    start = utc_now() - LOOKS_BACK - WARNS_WITHIN.astype("timedelta64[s]").item()
    found = await events.events(uow, principal, ids, start, None)
    told = [one for one in found if one.kind in LABELS or one.kind is EventKind.FAILURE]
    return sorted(told, key=lambda one: (one.recorded_at, one.id))


def _moments(times: Sequence[datetime]) -> np.ndarray:
    return np.array([round(time.timestamp() * 1e6) for time in times], np.int64).astype("datetime64[us]")


def gap_of(period_s: float) -> float:
    return max(GAP_PERIODS * period_s, GAP_AT_LEAST_S)
