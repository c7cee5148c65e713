"""The door of datasets."""

import asyncio
from datetime import datetime
from uuid import UUID

from services.assets import api as assets
from services.datasets import repository, writer
from services.datasets.content import SignalColumn
from services.datasets.contracts import Snapshot, SnapshotRequest
from services.datasets.errors import SnapshotEmpty, SnapshotInvalid, SnapshotNotFound
from services.datasets.tables import SnapshotTable
from services.datasets.writer import Described, Range
from services.enclaves.platform import Platform
from services.kernel import subjects
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.readings.api import settled
from services.readings.history import tables

MOST_ASSETS = 100_000


async def freeze(platform: Platform, principal: Principal, request: SnapshotRequest) -> Snapshot:
    """Freezes start ≤ time < end of the assets, with every row that was acknowledged before the call.

    The same rows give the same digest; freezing them again is harmless. Assets without a row are named with none.
    Raises `SnapshotInvalid`, `SnapshotEmpty`, `AssetNotFound`, `ContractNotFound`, `HistoryBehind`, `Forbidden`.
    """
    principal.require(Permission.TRAIN)
    _check(request)
    async with platform.database.unit(principal.tenant) as uow:
        contract = await assets.get_contract(uow, principal, request.contract_id)
        chosen = await assets.get_assets(uow, principal, request.asset_ids)
    if strangers := [asset.key for asset in chosen if asset.contract_id != contract.id]:
        raise SnapshotInvalid(f"Asset “{strangers[0]}” keeps to another contract.", field="assetIds")
    await settled(platform, principal.tenant, contract.id)
    bucket = await platform.objects.bucket(principal.tenant)
    frame = await asyncio.to_thread(tables.scan, bucket, subjects.history_table(contract.id))
    signals = tuple(SignalColumn(signal.key, signal.unit) for signal in contract.contract.signals)
    wanted = Range(tuple(sorted(str(asset.id) for asset in chosen)), request.start, request.end)
    described = Described(str(contract.id), contract.version, signals)
    manifest = frame is not None and await asyncio.to_thread(
        writer.freeze, bucket.client, bucket.name, frame, wanted, described
    )
    if not manifest:
        raise SnapshotEmpty("The assets have no row in this range. Choose another range.", field="start")
    content = manifest.content
    snapshot = Snapshot(
        digest=content.digest,
        contract_id=contract.id,
        contract_version=contract.version,
        start=request.start,
        end=request.end,
        rows=content.rows,
        assets=len(content.assets),
        created_at=platform.clock(),
    )
    async with platform.database.unit(principal.tenant) as uow:
        await repository.keep(uow, snapshot)
        await uow.commit()
    return snapshot


def _check(request: SnapshotRequest) -> None:
    if request.start.tzinfo is None or request.end.tzinfo is None:
        raise SnapshotInvalid("Start and end need a time zone.", field="start")
    if not request.start < request.end:
        raise SnapshotInvalid("The end must lie after the start.", field="end")
    if not 1 <= len(set(request.asset_ids)) <= MOST_ASSETS:
        raise SnapshotInvalid(f"A snapshot has 1 to {MOST_ASSETS:,} assets.", field="assetIds")


async def get_snapshot(uow: UnitOfWork, principal: Principal, digest: str) -> Snapshot:
    """Raises `SnapshotNotFound`."""
    principal.require(Permission.VIEW)
    row = await repository.by_digest(uow, digest)
    if row is None:
        raise SnapshotNotFound("There is no such snapshot.", field="digest")
    return _snapshot(row)


async def list_snapshots(
    uow: UnitOfWork, principal: Principal, first: int = 50, after: tuple[datetime, UUID] | None = None
) -> list[Snapshot]:
    """The newest first."""
    principal.require(Permission.VIEW)
    return [_snapshot(row) for row in await repository.page(uow, first, after)]


def _snapshot(row: SnapshotTable) -> Snapshot:
    return Snapshot(**{name: getattr(row, name) for name in Snapshot.__dataclass_fields__})
