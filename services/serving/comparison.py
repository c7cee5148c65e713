"""Champion against shadow, from the history of scores.

Read when somebody looks, not counted while rows pass: the history keeps every score once whatever crashed, so there is
no counter to lose or to double, and other questions (warning time, false alarms) can be asked of the same rows.
"""

import asyncio
from uuid import UUID

import polars as pl
from deltalake import DeltaTable

from services.enclaves.platform import Bucket, Platform
from services.kernel import subjects
from services.kernel.rights import Permission, Principal
from services.kernel.wire import ROLE_CHAMPION, ROLE_SHADOW
from services.registry import api as registry
from services.serving.contracts import ShadowComparison
from services.serving.errors import NoChampion, ShadowNotFound
from services.serving.repository import Deployments

ABNORMAL_ABOVE = 1.0
"""Scores are in units of their threshold."""


async def compare_shadow(
    platform: Platform, principal: Principal, asset_id: UUID, version_id: UUID
) -> ShadowComparison:
    """Counts over the rows both answered; scores reach the history some seconds after they were given.

    Raises `ShadowNotFound` or `NoChampion`.
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
    rows, abnormal_champion, abnormal_shadow, agree = await asyncio.to_thread(
        _count, bucket, table, asset_id, champion, version_id
    )
    return ShadowComparison(
        asset_id, champion, version_id, rows, abnormal_champion, abnormal_shadow, agree, shadow.since
    )


def _count(bucket: Bucket, table: str, asset: UUID, champion: UUID, shadow: UUID) -> tuple[int, int, int, int]:
    uri = f"s3://{bucket.name}/{table}"
    if not DeltaTable.is_deltatable(uri, bucket.delta_options):
        return 0, 0, 0, 0
    return count(pl.scan_delta(uri, storage_options=bucket.delta_options), asset, champion, shadow)


def count(scores: pl.LazyFrame, asset: UUID, champion: UUID, shadow: UUID) -> tuple[int, int, int, int]:
    """Rows both answered, abnormal for the champion, abnormal for the shadow, and judged alike; `scores` has the
    columns of `SCORE_SCHEMA`."""
    answered = scores.filter(pl.col("asset").cast(pl.String) == str(asset), pl.col("value").is_not_null())

    def of(version: UUID, role: int) -> pl.LazyFrame:
        mine = answered.filter(pl.col("version").cast(pl.String) == str(version), pl.col("role") == role)
        return mine.select("time", abnormal=pl.col("value") > ABNORMAL_ABOVE).unique("time", keep="last")

    both = of(champion, ROLE_CHAMPION).join(of(shadow, ROLE_SHADOW), on="time", suffix="_shadow")
    result = both.select(
        pl.len().alias("rows"),
        pl.col("abnormal").sum().alias("champion"),
        pl.col("abnormal_shadow").sum().alias("shadow"),
        (pl.col("abnormal") == pl.col("abnormal_shadow")).sum().alias("agree"),
    ).collect()
    rows, by_champion, by_shadow, agree = result.row(0)
    return int(rows), int(by_champion), int(by_shadow), int(agree)
