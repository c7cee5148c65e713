"""From verdicts on assets to one on all of them."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from services.suitability.contracts import (
    SEVERITY,
    AssetSuitability,
    Factor,
    Fitness,
    Fitting,
    Judged,
    Range,
    RangeShare,
    Suitability,
    moment,
)

FAILING = 0.1
"""Share of the assets from which on one that does not fit makes the whole fleet not fit."""


def fleet_verdict(verdicts: Sequence[Fitness]) -> Fitness:
    """Does not fit where more than a tenth of the assets do not; with care where any is less than fitting."""
    if not verdicts:
        return Fitness.DOES_NOT_FIT
    refused = sum(verdict is Fitness.DOES_NOT_FIT for verdict in verdicts)
    if refused > FAILING * len(verdicts):
        return Fitness.DOES_NOT_FIT
    return Fitness.FITS if all(verdict is Fitness.FITS for verdict in verdicts) else Fitness.WITH_CARE


def put_together(
    asked: int, judged: Sequence[tuple[UUID, Judged]], ranges: Sequence[Range], alone: Sequence[Sequence[Judged]]
) -> Suitability:
    """`alone`: for each range the verdicts on it by itself, asset after asset; empty for a single range."""
    found = [
        AssetSuitability(id, one.verdict, one.rows, one.factors, _range(one), one.better_verdict) for id, one in judged
    ]
    found.sort(key=lambda one: (-SEVERITY.index(one.verdict), one.rows))
    single = judged[0][1] if len(judged) == 1 else None
    rows = sum(one.rows for one in found)
    return Suitability(
        verdict=fleet_verdict([one.verdict for one in found]),
        rows=rows,
        asked=asked,
        assets=tuple(found),
        factors=single.factors if single else _worst([one.factors for one in found]),
        better=_range(single) if single else None,
        better_verdict=single.better_verdict if single else None,
        ranges=tuple(_share(one, verdicts, rows) for one, verdicts in zip(ranges, alone, strict=False)),
    )


def fitting(judged: Suitability, asset_ids: Collection[UUID]) -> Fitting:
    """`asset_ids`: all that were asked about. Those of a large fleet that were not looked at go with the others, but
    where not one that was looked at fits."""
    unfit = {one.asset_id: one.factors[0].sentence for one in judged.assets if one.verdict is Fitness.DOES_NOT_FIT}
    if not unfit:
        return Fitting(judged, {})
    rest = [one for one in judged.assets if one.asset_id not in unfit]
    if not rest:
        told = f"None of the {len(unfit)} assets that were looked at fits, such as one: {next(iter(unfit.values()))}"
        return Fitting(None, {asset_id: unfit.get(asset_id, told) for asset_id in asset_ids})
    left = replace(
        judged,
        verdict=fleet_verdict([one.verdict for one in rest]),
        rows=sum(one.rows for one in rest),
        asked=judged.asked - len(unfit),
        assets=tuple(rest),
        factors=_worst([one.factors for one in rest]),
        ranges=(),
    )
    return Fitting(left, unfit)


def _range(one: Judged) -> Range | None:
    return None if one.better is None else Range(moment(one.better[0]), moment(one.better[1]))


def _share(one: Range, verdicts: Sequence[Judged], rows: int) -> RangeShare:
    mine = sum(verdict.rows for verdict in verdicts)
    verdict = fleet_verdict([verdict.verdict for verdict in verdicts])
    return RangeShare(one.start, one.end, mine, mine / rows if rows else 0.0, verdict)


def _worst(factors: Sequence[Sequence[Factor]]) -> tuple[Factor, ...]:
    """Each factor as the asset has it that is worst in it."""
    found: dict[str, Factor] = {}
    for one in (factor for each in factors for factor in each):
        known = found.get(one.code)
        if known is None or _badness(one) > _badness(known):
            found[one.code] = replace(one, evidence=())
    return tuple(sorted(found.values(), key=lambda one: -SEVERITY.index(one.verdict)))


def _badness(one: Factor) -> tuple[int, float]:
    return SEVERITY.index(one.verdict), -one.value if one.below else one.value
