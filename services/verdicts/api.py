"""The only door to verdicts."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from uuid import UUID

import numpy as np

from andon_sdk.plugin import AlarmRule
from services.blueprints import api as blueprints
from services.enclaves.platform import Platform
from services.kernel.clock import utc_now
from services.kernel.rights import Permission, Principal
from services.registry import api as registry
from services.registry.contracts import Alias
from services.serving.contracts import ShadowLatency
from services.serving.errors import ShadowNotFound
from services.verdicts.contracts import Scores, ShadowEvidence
from services.verdicts.evidence import compare, moment
from services.verdicts.fleets import fleet_evidence, fleets, standings
from services.verdicts.history import MOST_ROWS, TURN, Pair, read
from services.verdicts.known import Known, gap_of, known
from services.verdicts.proposal import figures_of, propose
from services.verdicts.sequential import judge

__all__ = ["evidence", "fleet_evidence", "fleets", "run_evidence", "standings"]

FLEET_DAYS = 30
"""Of a fleet as many assets are looked at as leave room for so many days of each."""


async def evidence(
    platform: Platform, principal: Principal, shadows: Collection[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], ShadowEvidence]:
    """What each shadow (asset, version) is worth against its asset's champion; those that are no shadow, or have no
    champion beside them, are left out. A fixed number of statements, and a bounded read of the history for each.

    Raises `HistoryUnavailable`.
    """
    found = await known(platform, principal, shadows)
    rules = await _rules(platform, principal)
    weighed = [await _weigh(platform, principal, found.only([pair]), rules) for pair in found.pairs]
    return {(pair.asset, pair.shadow): one for pair, one in zip(found.pairs, weighed, strict=True)}


async def run_evidence(platform: Platform, principal: Principal, run_id: UUID) -> ShadowEvidence:
    """What the shadows that a run made are worth together: figures are sums, and one test answers for all. Where the
    history of all is too much to read, assets evenly spread over them stand for all.

    Raises `ShadowNotFound` where the run has no shadow beside a champion, `HistoryUnavailable`.
    """
    principal.require(Permission.VIEW)
    async with platform.database.unit(principal.tenant) as uow:
        made = await registry.aliased_of_run(uow, principal, run_id, Alias.CHALLENGER)
    found = await known(platform, principal, made.items())
    if not found.pairs:
        raise ShadowNotFound("The run has no version that is a shadow beside a champion now.", id=str(run_id))
    return await _weigh(platform, principal, found.only(_spread(found)), await _rules(platform, principal))


def _spread(found: Known) -> Sequence[Pair]:
    """Assets of the contract that most are of, evenly, as many as can be read."""
    by_contract: dict[UUID, list[Pair]] = {}
    for pair in found.pairs:
        by_contract.setdefault(found.contracts[pair.asset].id, []).append(pair)
    pairs = max(by_contract.values(), key=len)
    period = found.contracts[pairs[0].asset].contract.period_s
    room = max(1, int(MOST_ROWS * period / (2 * 86_400 * FLEET_DAYS)))
    return [pairs[i] for i in np.linspace(0, len(pairs) - 1, min(room, len(pairs))).astype(int)]


async def _rules(platform: Platform, principal: Principal) -> Callable[[str], AlarmRule]:
    async with platform.database.unit(principal.tenant) as uow:
        return await blueprints.alarm_rules(uow)


async def _weigh(
    platform: Platform, principal: Principal, found: Known, rules: Callable[[str], AlarmRule]
) -> ShadowEvidence:
    """Shadows of one contract."""
    contract = found.contracts[found.pairs[0].asset]
    bucket = await platform.objects.bucket(principal.tenant)
    rule = rules(contract.contract.key)
    async with TURN:
        scores = await asyncio.to_thread(read, bucket, contract.id, found.pairs, utc_now())
        return await asyncio.to_thread(weigh, found, scores, rule, contract.contract.period_s)


def weigh(found: Known, scores: Scores, rule: AlarmRule, period_s: float) -> ShadowEvidence:
    """The arrays compared, judged and put into words."""
    compared = compare(rule, scores, found.labels(), len(found.pairs), gap_of(period_s))
    figures, judged = figures_of(compared), judge(compared.gain, compared.mean_gain)
    stopped = found.stopped.get(found.pairs[0].shadow) if len(found.pairs) == 1 else None
    latency = _slowest(found)
    seen = len(scores.time) > 0
    return ShadowEvidence(
        asset_ids=tuple(pair.asset for pair in found.pairs),
        start=moment(scores.time.min()) if seen else None,
        end=moment(scores.time.max()) if seen else None,
        figures=figures,
        examples=compared.stretches,
        judged=judged,
        proposal=propose(compared, figures, judged, stopped, latency),
        latency=latency,
    )


def _slowest(found: Known) -> ShadowLatency | None:
    """Of several that which is slowest beside its limit."""
    told = [latency for pair in found.pairs if (latency := found.latencies.get(pair.shadow)) is not None]
    return max(told, key=lambda one: one.shadow_s / one.limit_s, default=None)
