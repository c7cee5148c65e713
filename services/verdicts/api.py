"""The only door to verdicts."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np

from andon_sdk.plugin import AlarmRule
from services.assets import api as assets
from services.assets.contracts import ContractVersion
from services.blueprints import api as blueprints
from services.enclaves.platform import Platform
from services.events import api as events
from services.events.contracts import LABELS, Event, EventKind
from services.kernel.clock import utc_now
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.registry import api as registry
from services.registry.contracts import Alias
from services.serving import api as serving
from services.serving.errors import ShadowNotFound
from services.verdicts.contracts import Labels, Scores, ShadowEvidence
from services.verdicts.evidence import WARNS_WITHIN, compare, moment
from services.verdicts.history import LOOKS_BACK, MOST_ROWS, Pair, read
from services.verdicts.proposal import figures_of, propose
from services.verdicts.sequential import judge

GAP_PERIODS, GAP_AT_LEAST_S = 10, 60.0
"""Rows further apart have a gap between them: the pace at which monitoring calls an asset silent."""
FLEET_DAYS = 30
"""Of a fleet as many assets are looked at as leave room for so many days of each."""
_turn = asyncio.Semaphore(1)
"""Questions that are computed at once in this process: each may hold `MOST_ROWS`."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database knows about shadows that are compared."""

    pairs: tuple[Pair, ...]
    contracts: Mapping[UUID, ContractVersion]
    """By asset."""
    stopped: Mapping[UUID, str]
    """By version, why."""
    happened: Sequence[Event]

    def only(self, pairs: Sequence[Pair]) -> "_Known":
        mine = {pair.asset for pair in pairs}
        return _Known(
            tuple(pairs), self.contracts, self.stopped, [one for one in self.happened if one.asset_id in mine]
        )


async def evidence(
    platform: Platform, principal: Principal, shadows: Collection[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], ShadowEvidence]:
    """What each shadow (asset, version) is worth against its asset's champion; those that are no shadow, or have no
    champion beside them, are left out. A fixed number of statements, and a bounded read of the history for each.

    Raises `HistoryUnavailable`.
    """
    known = await _known(platform, principal, shadows)
    return {(pair.asset, pair.shadow): await _weigh(platform, principal, known.only([pair])) for pair in known.pairs}


async def run_evidence(platform: Platform, principal: Principal, run_id: UUID) -> ShadowEvidence:
    """What the shadows that a run made are worth together: figures are sums, and one test answers for all. Where the
    history of all is too much to read, assets evenly spread over them stand for all.

    Raises `ShadowNotFound` where the run has no shadow beside a champion, `HistoryUnavailable`.
    """
    principal.require(Permission.VIEW)
    async with platform.database.unit(principal.tenant) as uow:
        made = await registry.aliased_of_run(uow, principal, run_id, Alias.CHALLENGER)
    known = await _known(platform, principal, made.items())
    if not known.pairs:
        raise ShadowNotFound("The run has no version that is a shadow beside a champion now.", id=str(run_id))
    return await _weigh(platform, principal, known.only(_spread(known)))


async def _known(platform: Platform, principal: Principal, shadows: Collection[tuple[UUID, UUID]]) -> _Known:
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
        return _Known(tuple(pairs), of, stopped, await _happened(uow, principal, ids))


async def _happened(uow: UnitOfWork, principal: Principal, ids: Collection[UUID]) -> list[Event]:
    if not ids:
        return []
    start = utc_now() - LOOKS_BACK - WARNS_WITHIN.astype("timedelta64[s]").item()
    found = await events.events(uow, principal, ids, start, None)
    told = [one for one in found if one.kind in LABELS or one.kind is EventKind.FAILURE]
    return sorted(told, key=lambda one: (one.recorded_at, one.id))


def _spread(known: _Known) -> Sequence[Pair]:
    """Assets of the contract that most are of, evenly, as many as can be read."""
    by_contract: dict[UUID, list[Pair]] = {}
    for pair in known.pairs:
        by_contract.setdefault(known.contracts[pair.asset].id, []).append(pair)
    pairs = max(by_contract.values(), key=len)
    period = known.contracts[pairs[0].asset].contract.period_s
    room = max(1, int(MOST_ROWS * period / (2 * 86_400 * FLEET_DAYS)))
    return [pairs[i] for i in np.linspace(0, len(pairs) - 1, min(room, len(pairs))).astype(int)]


async def _weigh(platform: Platform, principal: Principal, known: _Known) -> ShadowEvidence:
    """Shadows of one contract."""
    contract = known.contracts[known.pairs[0].asset]
    bucket = await platform.objects.bucket(principal.tenant)
    async with _turn:
        scores = await asyncio.to_thread(read, bucket, contract.id, known.pairs, utc_now())
        rule = blueprints.alarm_rule_for(contract.contract.key)
        return await asyncio.to_thread(weigh, known, scores, rule, contract.contract.period_s)


def weigh(known: _Known, scores: Scores, rule: AlarmRule, period_s: float) -> ShadowEvidence:
    """The arrays compared, judged and put into words."""
    gap_s = max(GAP_PERIODS * period_s, GAP_AT_LEAST_S)
    compared = compare(rule, scores, _labels(known), len(known.pairs), gap_s)
    figures, judged = figures_of(compared), judge(compared.gain, compared.mean_gain)
    stopped = known.stopped.get(known.pairs[0].shadow) if len(known.pairs) == 1 else None
    seen = len(scores.time) > 0
    return ShadowEvidence(
        asset_ids=tuple(pair.asset for pair in known.pairs),
        start=moment(scores.time.min()) if seen else None,
        end=moment(scores.time.max()) if seen else None,
        figures=figures,
        examples=compared.stretches,
        judged=judged,
        proposal=propose(compared, figures, judged, stopped),
    )


def _labels(known: _Known) -> Labels:
    place = {pair.asset: i for i, pair in enumerate(known.pairs)}
    failures = [one for one in known.happened if one.kind is EventKind.FAILURE]
    periods = [one for one in known.happened if one.kind in LABELS and one.end is not None]
    return Labels(
        np.array([place[one.asset_id] for one in failures], np.int64),
        _moments([one.time for one in failures]),
        np.array([place[one.asset_id] for one in periods], np.int64),
        _moments([one.time for one in periods]),
        _moments([one.end for one in periods if one.end is not None]),
        np.array([one.kind is EventKind.ABNORMAL for one in periods], bool),
    )


def _moments(times: Sequence[datetime]) -> np.ndarray:
    return np.array([round(time.timestamp() * 1e6) for time in times], np.int64).astype("datetime64[us]")
