"""Reading the history back: which rows of an asset, how far the historian is."""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from itertools import accumulate
from threading import Lock
from uuid import UUID

import nats.js.errors
import polars as pl
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from services.assets import api as assets
from services.enclaves.platform import Bucket, Platform
from services.kernel import subjects
from services.kernel.errors import Unavailable
from services.kernel.ids import TenantId
from services.kernel.rights import Permission, Principal
from services.readings.adapters.delta import PARTITION, HistoryTable
from services.readings.contracts import Counted
from services.readings.historian import application_of

_TABLES = 256
_POLL_S = 0.1


class HistoryBehind(Unavailable):
    code = "HISTORY_BEHIND"


class HistoryUnavailable(Unavailable):
    """The object store does not answer, or not with a table."""

    code = "HISTORY_UNAVAILABLE"


class Tables:
    """Opened tables, kept so that a read costs the newest commits and not the whole log. Bounded."""

    def __init__(self) -> None:
        self._tables: OrderedDict[tuple[str, str, str], tuple[Lock, HistoryTable]] = OrderedDict()
        self._guard = Lock()

    def scan(self, bucket: Bucket, key: str) -> pl.LazyFrame | None:
        """The table as it is now, or None while it has no commit. Blocks on the object store.

        Raises `HistoryUnavailable`.
        """
        opened = self._opened(bucket, key)
        return None if opened is None else pl.scan_delta(opened)

    def days(self, bucket: Bucket, key: str) -> list[date]:
        """Days of which there are rows, in order. As `scan`; reads the log and no file of rows."""
        opened = self._opened(bucket, key)
        return [] if opened is None else sorted({date.fromisoformat(one[PARTITION]) for one in opened.partitions()})

    def _opened(self, bucket: Bucket, key: str) -> DeltaTable | None:
        with self._guard:
            place = (bucket.delta_options.get("aws_endpoint_url", ""), bucket.name, key)
            lock, table = self._tables.setdefault(place, (Lock(), HistoryTable.of(bucket, key, ())))
            self._tables.move_to_end(place)
            while len(self._tables) > _TABLES:
                self._tables.popitem(last=False)
        with lock:
            try:
                return table.refresh()
            except (OSError, DeltaError) as error:
                raise HistoryUnavailable(
                    "The history cannot be read, for the object store does not answer. Rows are taken in all the same; "
                    "try again in a moment."
                ) from error


tables = Tables()
"""One a process; a cache of what the buckets say."""


def between(frame: pl.LazyFrame, start: datetime, end: datetime) -> pl.LazyFrame:
    """Rows with start ≤ time < end; whole partitions outside are never opened."""
    days = (pl.col(PARTITION) >= start.date()) & (pl.col(PARTITION) <= end.date())
    return frame.filter(days & (pl.col("time") >= start) & (pl.col("time") < end))


def first_of_newest(rows: Mapping[date, int], most: int) -> date | None:
    """The earliest day from which on there are no more than `most` rows, the newest one at least. `rows` by day."""
    newest = sorted(rows, reverse=True)
    total = accumulate(rows[day] for day in newest)
    kept = sum(sofar <= most for sofar in total)
    return newest[max(kept, 1) - 1] if newest else None


async def history_bounds(platform: Platform, principal: Principal, asset_id: UUID) -> tuple[datetime, datetime] | None:
    """Source times of the asset's first and last stored row; None where there is none. Raises `AssetNotFound`."""
    principal.require(Permission.VIEW)
    async with platform.database.unit(principal.tenant) as uow:
        [asset] = await assets.get_assets(uow, principal, [asset_id])
    bucket = await platform.objects.bucket(principal.tenant)
    return await asyncio.to_thread(_bounds, bucket, subjects.history_table(asset.contract_id), str(asset_id))


def _bounds(bucket: Bucket, key: str, asset: str) -> tuple[datetime, datetime] | None:
    """Looks from both ends, a partition after the other, so that a long history costs no more than a short one."""
    frame = tables.scan(bucket, key)
    if frame is None:
        return None
    days = tables.days(bucket, key)
    mine = frame.filter(pl.col("asset") == asset)
    first = _of_first_day(mine, days, pl.col("time").min())
    last = _of_first_day(mine, days[::-1], pl.col("time").max())
    return None if first is None or last is None else (first, last)


def _of_first_day(frame: pl.LazyFrame, days: list[date], value: pl.Expr) -> datetime | None:
    for day in days:
        found = frame.filter(pl.col(PARTITION) == day).select(value).collect().item()
        if found is not None:
            return found
    return None


async def count_rows(
    platform: Platform,
    principal: Principal,
    contract: UUID,
    asset_ids: Collection[UUID],
    start: datetime,
    end: datetime,
) -> dict[UUID, Counted]:
    """Stored rows with start ≤ time < end of each asset of that contract; assets without one are left out. Reads two
    columns of the days of the range. Raises `HistoryUnavailable`."""
    principal.require(Permission.VIEW)
    bucket = await platform.objects.bucket(principal.tenant)
    ids = [str(asset_id) for asset_id in asset_ids]
    return await asyncio.to_thread(_count, bucket, subjects.history_table(contract), ids, start, end)


def _count(bucket: Bucket, key: str, ids: list[str], start: datetime, end: datetime) -> dict[UUID, Counted]:
    frame = tables.scan(bucket, key)
    if frame is None:
        return {}
    time = pl.col("time")
    mine = between(frame, start, end).filter(pl.col("asset").is_in(ids)).group_by("asset")
    found = mine.agg(pl.len().alias("rows"), time.min().alias("first"), time.max().alias("last")).collect()
    return {UUID(asset): Counted(rows, first, last) for asset, rows, first, last in found.iter_rows()}


async def committed_sequence(platform: Platform, tenant: TenantId, contract: UUID) -> int:
    """The stream sequence up to which the history of a contract is written."""
    jetstream = await platform.streams.jetstream(tenant)
    application = await application_of(jetstream, subjects.READINGS_STREAM)
    bucket = await platform.objects.bucket(tenant)
    table = HistoryTable.of(bucket, subjects.history_table(contract), ("asset",))
    return await asyncio.to_thread(table.committed, application)


async def settled(
    platform: Platform, tenant: TenantId, contract: UUID, within: timedelta = timedelta(seconds=30)
) -> None:
    """Returns once every row acknowledged before the call is in the history. Raises `HistoryBehind`."""
    jetstream = await platform.streams.jetstream(tenant)
    try:
        last = await jetstream.get_last_msg(subjects.READINGS_STREAM, subjects.readings(contract))
    except nats.js.errors.NotFoundError:
        return
    assert last.seq is not None
    loop = asyncio.get_running_loop()
    until = loop.time() + within.total_seconds()
    while await committed_sequence(platform, tenant, contract) < last.seq:
        if loop.time() > until:
            raise HistoryBehind("The history has not caught up with the stream. Try again in a minute.")
        await asyncio.sleep(_POLL_S)
