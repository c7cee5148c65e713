"""Shadows of many assets, asked for at once."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from andon_sdk.plugin import AlarmRule
from services.blueprints import api as blueprints
from services.enclaves.platform import Platform
from services.kernel.clock import utc_now
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.registry import api as registry
from services.serving import api as serving
from services.serving.errors import ShadowNotFound
from services.verdicts import fleet
from services.verdicts.contracts import Daily, FleetEvidence, FleetKey, Scores, ShadowFleet, ShadowStanding
from services.verdicts.evidence import compare, moment, side_by_side, together
from services.verdicts.history import TURN, read
from services.verdicts.known import Known, gap_of, known
from services.verdicts.sequential import judge, pooled


async def fleets(uow: UnitOfWork, principal: Principal) -> list[ShadowFleet]:
    """The sets of shadows of the tenant, the largest first. Two statements."""
    found = Counter(FleetKey(*key) for key in (await _by_set(uow, principal)).values())
    return [ShadowFleet(key, count) for key, count in sorted(found.items(), key=lambda one: (-one[1], str(one[0])))]


async def fleet_evidence(platform: Platform, principal: Principal, key: FleetKey) -> FleetEvidence:
    """What all shadows of a set are worth, each beside its own champion: of an asset with several the newest. A fixed
    number of statements, and one bounded read of the history for each contract.

    Raises `ShadowNotFound` where there is none beside a champion, `HistoryUnavailable`.
    """
    principal.require(Permission.VIEW)
    async with platform.database.unit(principal.tenant) as uow:
        sets = await _by_set(uow, principal)
    mine = [pair for pair, of in sets.items() if of == (key.blueprint, key.blueprint_version)]
    found = await known(platform, principal, mine)
    if not found.pairs:
        raise ShadowNotFound(
            "No asset has a shadow of this blueprint and version beside a champion now.",
            blueprint=key.blueprint,
            blueprint_version=key.blueprint_version,
        )
    return await _weigh_each(platform, principal, key, found)


async def standings(
    platform: Platform, principal: Principal, shadows: Mapping[UUID, UUID]
) -> dict[UUID, ShadowStanding]:
    """How each shadow (asset → version) stands beside its champion; those that are no shadow are left out. As
    `fleet_evidence` otherwise."""
    found = await known(platform, principal, shadows.items())
    if not found.pairs:
        return {}
    weighed = await _weigh_each(platform, principal, FleetKey("", ""), found)
    return {one.asset_id: one for one in weighed.standings}


async def _by_set(uow: UnitOfWork, principal: Principal) -> dict[tuple[UUID, UUID], tuple[str, str]]:
    """Blueprint and its version by (asset, version) of a shadow: of each asset and set the newest shadow."""
    shadows = await serving.current_shadows(uow, principal)
    of = await registry.blueprints_of(uow, principal, [version for _, version in shadows])
    newest: dict[tuple[UUID, tuple[str, str]], UUID] = {}
    for asset, version in shadows:
        if version in of:
            newest.setdefault((asset, of[version]), version)
    return {(asset, version): key for (asset, key), version in newest.items()}


async def _weigh_each(platform: Platform, principal: Principal, key: FleetKey, found: Known) -> FleetEvidence:
    bucket = await platform.objects.bucket(principal.tenant)
    parts: list[Part] = []
    async with platform.database.unit(principal.tenant) as uow:
        rules = await blueprints.alarm_rules(uow)
    async with TURN:
        for mine in found.by_contract():
            contract = mine.contracts[mine.pairs[0].asset]
            scores = await asyncio.to_thread(read, bucket, contract.id, mine.pairs, utc_now())
            rule, gap_s = rules(contract.contract.key), gap_of(contract.contract.period_s)
            parts.append(await asyncio.to_thread(_part, mine, scores, rule, gap_s))
        return await asyncio.to_thread(weigh_each, key, parts)


@dataclass(frozen=True, slots=True)
class Part:
    """Those of a fleet that are of one contract."""

    standings: Sequence[ShadowStanding]
    daily: Daily
    start: datetime | None
    end: datetime | None


def _part(mine: Known, scores: Scores, rule: AlarmRule, gap_s: float) -> Part:
    compared = compare(rule, scores, mine.labels(), len(mine.pairs), gap_s)
    said = [
        fleet.Known(
            pair.asset, pair.champion, pair.shadow, mine.stopped.get(pair.shadow), mine.latencies.get(pair.shadow)
        )
        for pair in mine.pairs
    ]
    each = fleet.standings(said, compared.by_asset, compared.daily)
    if not len(scores.time):
        return Part(each, compared.daily, None, None)
    return Part(each, compared.daily, moment(scores.time.min()), moment(scores.time.max()))


def weigh_each(key: FleetKey, parts: Sequence[Part]) -> FleetEvidence:
    """Shadows of one or more contracts as one fleet."""
    each = [one for part in parts for one in part.standings]
    daily = side_by_side([part.daily for part in parts])
    judged = judge(*together(daily))
    advice, sentence = fleet.proposal(Counter(one.outcome for one in each), judged)
    return FleetEvidence(
        key=key,
        start=min((part.start for part in parts if part.start), default=None),
        end=max((part.end for part in parts if part.end), default=None),
        standings=tuple(sorted(each, key=lambda one: one.place)),
        judged=judged,
        better=pooled(daily.net, daily.seen),
        worse=pooled(-daily.net, daily.seen),
        advice=advice,
        sentence=sentence,
    )
