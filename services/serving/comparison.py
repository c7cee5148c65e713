"""Champion against shadow, from the history of scores.

Read when somebody looks, not counted while rows pass: the history keeps every score once whatever crashed, so there is
no counter to lose or to double, and other questions (warning time, false alarms) can be asked of the same rows.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import polars as pl

from services.enclaves.platform import Bucket, Platform
from services.kernel import subjects
from services.kernel.rights import Permission, Principal
from services.kernel.wire import ROLE_CHAMPION, ROLE_SHADOW
from services.readings.history import PARTITION, first_of_newest, tables
from services.registry import api as registry
from services.serving import model
from services.serving.contracts import ShadowComparison, ShadowLatency
from services.serving.errors import NoChampion, ShadowNotFound
from services.serving.repository import Deployments
from services.serving.tables import ShadowRow

ABNORMAL_ABOVE = 1.0
"""Scores are in units of their threshold."""
MOST_DAYS, MOST_SCORES = 30, 4_000_000
"""Of how many of the newest days with rows, and of how many scores of the two, a comparison is read."""


async def compare_shadow(
    platform: Platform, principal: Principal, asset_id: UUID, version_id: UUID
) -> ShadowComparison:
    """Counts over the rows both answered, of the newest days only; scores reach the history some seconds after they
    were given.

    Raises `ShadowNotFound`, `NoChampion` or `HistoryUnavailable`.
    """
    principal.require(Permission.VIEW)
    async with platform.database.unit(principal.tenant) as uow:
        store = Deployments(uow)
        shadow = await store.shadow(asset_id, version_id)
        versions = await registry.get_versions(uow, principal, [version_id])
        if shadow is None or not versions:
            raise ShadowNotFound("This version is no shadow of the asset.", version_id=str(version_id))
        champion = (await store.standings([asset_id]))[asset_id].champion
    if champion is None:
        raise NoChampion("The asset has no champion to compare the shadow with.")
    bucket = await platform.objects.bucket(principal.tenant)
    table = subjects.scores_table(versions[0].lineage.contract_id)
    counted = await asyncio.to_thread(_count, bucket, table, asset_id, champion, version_id)
    return ShadowComparison(
        asset_id=asset_id,
        champion=champion,
        shadow=version_id,
        rows=counted.rows,
        abnormal_champion=counted.champion,
        abnormal_shadow=counted.shadow,
        agree=counted.agree,
        since=shadow.since,
        start=counted.start,
        all_rows=counted.all_rows,
        latency=latency_of(shadow),
    )


def latency_of(shadow: ShadowRow) -> ShadowLatency | None:
    """None until the cluster has told."""
    if shadow.took_s is None or shadow.champion_took_s is None:
        return None
    return model.latency(shadow.took_s, shadow.champion_took_s)


@dataclass(frozen=True, slots=True)
class Counted:
    """Rows both answered, abnormal for the champion, abnormal for the shadow, and judged alike."""

    rows: int = 0
    champion: int = 0
    shadow: int = 0
    agree: int = 0
    start: datetime | None = None
    """The first of the rows."""
    all_rows: bool = True
    """Nothing was left out by `MOST_DAYS` or `MOST_SCORES`."""


def _count(bucket: Bucket, table: str, asset: UUID, champion: UUID, shadow: UUID) -> Counted:
    scores = tables.scan(bucket, table)
    return Counted() if scores is None else count(scores, tables.days(bucket, table), asset, champion, shadow)


def count(scores: pl.LazyFrame, days: Sequence[date], asset: UUID, champion: UUID, shadow: UUID) -> Counted:
    """`scores` has the columns of the history's scores, `days` are those of which it has rows, in order."""
    newest = days[-MOST_DAYS:]

    def says(version: UUID, role: int) -> pl.Expr:
        return (pl.col("version").cast(pl.String) == str(version)) & (pl.col("role") == role)

    mine = scores.filter(
        pl.col(PARTITION).is_in(newest),
        pl.col("asset").cast(pl.String) == str(asset),
        says(champion, ROLE_CHAMPION) | says(shadow, ROLE_SHADOW),
    )
    rows = dict(mine.group_by(PARTITION).len().collect().iter_rows())
    start = first_of_newest(rows, MOST_SCORES)
    if start is None:
        return Counted(all_rows=len(days) == len(newest))
    answered = mine.filter(pl.col(PARTITION) >= start, pl.col("value").is_not_null())

    def of(role: int) -> pl.LazyFrame:
        said = answered.filter(pl.col("role") == role)
        return said.select("time", abnormal=pl.col("value") > ABNORMAL_ABOVE).unique("time", keep="last")

    both = of(ROLE_CHAMPION).join(of(ROLE_SHADOW), on="time", suffix="_shadow")
    result = both.select(
        pl.len().alias("rows"),
        pl.col("abnormal").sum().alias("champion"),
        pl.col("abnormal_shadow").sum().alias("shadow"),
        (pl.col("abnormal") == pl.col("abnormal_shadow")).sum().alias("agree"),
        pl.col("time").min().alias("start"),
    ).collect()
    all_rows = len(days) == len(newest) and start == min(rows)
    return Counted(**result.row(0, named=True), all_rows=all_rows)
