"""The only door to staged files, transfers and the list of all jobs."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from services.assets import api as assets
from services.assets.contracts import AssetQuery
from services.budgets import api as budgets
from services.bulk import model, uploads
from services.bulk.contracts import (
    Download,
    ExportJob,
    ImportJob,
    Job,
    JobKind,
    JobState,
    RejectedRow,
    StagedUpload,
    StartExport,
    StartImport,
    UploadState,
)
from services.bulk.errors import (
    FileTooLarge,
    JobNotFound,
    NoAssetsToExport,
    NothingToDownload,
    UploadNotFound,
    UploadNotStaged,
)
from services.bulk.listing import list_jobs
from services.bulk.repository import Bulk
from services.bulk.shown import download_of, rejected, transfer
from services.bulk.tables import TransferRow, UploadRow
from services.bulk.uploads import contract as upload_contract
from services.bulk.uploads import receive
from services.enclaves.platform import Platform
from services.kernel.clock import utc_now
from services.kernel.errors import NotFound
from services.kernel.ids import new_id
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.rollouts import api as rollouts
from services.training import api as training

__all__ = [
    "cancel_job",
    "cancel_transfer",
    "download",
    "fetch_staged",
    "get_transfers",
    "get_upload",
    "list_jobs",
    "list_rejected",
    "receive",
    "stage_upload",
    "start_export",
    "start_import",
]


async def stage_upload(uow: UnitOfWork, principal: Principal) -> StagedUpload:
    """Makes room for a file; whoever has its address may send it within a quarter of an hour, once.

    Raises `StorageFull`.
    """
    principal.require(Permission.INGEST)
    await budgets.storage_room(uow, await Bulk(uow).staged_bytes())
    now = utc_now()
    row = UploadRow(
        tenant_id=uow.tenant,
        state=UploadState.WAITING.value,
        created_by=principal.name,
        created_at=now,
        expires_at=now + model.UPLOAD_GOOD_FOR,
    )
    uow.session.add(row)
    await uow.session.flush()
    return upload_contract(row)


async def get_upload(uow: UnitOfWork, principal: Principal, upload_id: UUID) -> StagedUpload:
    """Raises `UploadNotFound`."""
    principal.require(Permission.VIEW)
    row = await Bulk(uow).upload(upload_id)
    if row is None:
        raise UploadNotFound("There is no such upload, or its time is over.", field="uploadId")
    return upload_contract(row)


async def fetch_staged(platform: Platform, principal: Principal, upload_id: UUID, path: Path, most: int) -> None:
    """Writes the file of an upload to `path`; it stays staged. Raises `UploadNotFound`, `UploadNotStaged`,
    `FileTooLarge` for one of more than `most` bytes."""
    principal.require(Permission.INGEST)
    async with platform.database.unit(principal.tenant) as uow:
        row = await Bulk(uow).upload(upload_id)
    if row is None or row.expires_at < platform.clock():
        raise UploadNotFound("There is no such upload, or its time is over. Stage the file again.", field="uploadId")
    if row.state != UploadState.STAGED.value:
        raise UploadNotStaged(
            "The upload has no file: it is not there yet, or an import has it.", field="uploadId", state=row.state
        )
    if (row.bytes or 0) > most:
        raise FileTooLarge(f"The file has {row.bytes:,} bytes; {most:,} are taken here.", field="uploadId", most=most)
    await uploads.fetch(
        await platform.objects.bucket(principal.tenant), model.staged_prefix(upload_id), row.parts, path
    )


async def start_import(uow: UnitOfWork, principal: Principal, command: StartImport) -> ImportJob:
    """Begins to store the rows of a staged file in the background.

    Raises `UploadNotFound`, `UploadNotStaged`, `ContractNotFound`, `TooManyJobs`.
    """
    principal.require(Permission.INGEST)
    store = Bulk(uow)
    upload = await store.upload(command.upload_id, lock=True)
    if upload is None or upload.expires_at < utc_now():
        raise UploadNotFound("There is no such upload, or its time is over. Stage the file again.", field="uploadId")
    if upload.state != UploadState.STAGED.value:
        raise UploadNotStaged(
            "The upload has no file to import: it is not there yet, or an import has it.",
            field="uploadId",
            state=upload.state,
        )
    agreed = await assets.contract_by_key(uow, principal, command.contract)
    await _may_begin(uow, store)
    upload.state, upload.expires_at = UploadState.IMPORTED.value, utc_now() + model.JOB_FOR
    spec = model.import_spec(command, upload.bytes or 0, upload.sha256 or "")
    row = await _begin(uow, principal, JobKind.IMPORT, spec, agreed.id, upload.id)
    found = transfer(row)
    assert isinstance(found, ImportJob)
    return found


async def start_export(uow: UnitOfWork, principal: Principal, command: StartExport) -> ExportJob:
    """Begins to write readings or scores of a range into a file in the background.

    Raises `ExportRangeInvalid`, `ContractNotFound`, `NoAssetsToExport`, `LabelQueryInvalid`, `TooManyJobs`,
    `StorageFull`.
    """
    principal.require(Permission.VIEW)
    model.check_span(command.start, command.end)
    agreed = await assets.contract_by_key(uow, principal, command.contract)
    ids, count = await _chosen(uow, principal, command, agreed.id)
    store = Bulk(uow)
    await _may_begin(uow, store)
    await budgets.storage_room(uow, await store.staged_bytes())
    spec = model.export_spec(command, ids, count)
    found = transfer(await _begin(uow, principal, JobKind.EXPORT, spec, agreed.id, None))
    assert isinstance(found, ExportJob)
    return found


async def _chosen(
    uow: UnitOfWork, principal: Principal, command: StartExport, contract: UUID
) -> tuple[list[UUID] | None, int]:
    """The assets that are meant, None for all of the contract, and how many they are."""
    if command.asset_ids:
        found = await assets.get_assets(uow, principal, command.asset_ids)
        strange = [asset.key for asset in found if asset.contract_id != contract]
        if strange or command.labels is not None:
            reason = f"“{strange[0]}” keeps to another contract" if strange else "give ids or a label query, not both"
            raise NoAssetsToExport(f"These assets cannot be exported together: {reason}.", field="assetIds")
        return [asset.id for asset in found], len(found)
    query = AssetQuery(labels=command.labels or None, contract=command.contract, first=model.MOST_EXPORTED_ASSETS + 1)
    if not command.labels:
        count = await assets.count_assets(uow, principal, query)
        ids = None
    else:
        ids = [asset.id for asset in await assets.list_assets(uow, principal, query)]
        count = len(ids)
    if count == 0 or (ids is not None and count > model.MOST_EXPORTED_ASSETS):
        most = model.MOST_EXPORTED_ASSETS
        raise NoAssetsToExport(
            f"The choice holds {'no asset' if not count else f'more than {most:,} assets'} of this contract.",
            field="labels",
            most=most,
        )
    return ids, count


async def _may_begin(uow: UnitOfWork, store: Bulk) -> None:
    begun, oldest = await store.begun_since(utc_now() - timedelta(days=1))
    await budgets.check_jobs(uow, await store.unfinished(), begun, oldest)


async def _begin(
    uow: UnitOfWork, principal: Principal, kind: JobKind, spec: dict[str, object], contract: UUID, upload: UUID | None
) -> TransferRow:
    row = TransferRow(
        tenant_id=uow.tenant,
        id=new_id(),
        kind=kind.value,
        state=JobState.WAITING.value,
        spec=spec,
        contract_id=contract,
        upload_id=upload,
        created_by=principal.name,
        created_at=utc_now(),
    )
    uow.session.add(row)
    await uow.session.flush()
    return row


async def cancel_transfer(uow: UnitOfWork, principal: Principal, job_id: UUID) -> ImportJob | ExportJob:
    """Stops an import or export; pieces that are stored stay stored. Harmless when it is being cancelled already.

    Raises `JobNotFound`, `JobEnded`.
    """
    principal.require(Permission.VIEW)
    row = await Bulk(uow).get(job_id, lock=True)
    if row is None:
        raise JobNotFound("There is no such job.", field="jobId")
    principal.require(Permission.INGEST if row.kind == JobKind.IMPORT.value else Permission.VIEW)
    row.state = model.cancelled_from(JobState(row.state)).value
    if row.state == JobState.CANCELLED.value and row.ended_at is None:
        row.ended_at = utc_now()
        row.problem = {"code": "CANCELLED", "message": f"Cancelled by {principal.name}."}
        if row.upload_id is not None and (upload := await Bulk(uow).upload(row.upload_id, lock=True)) is not None:
            upload.expires_at = row.ended_at
    uow.enqueue("bulk.tell", job_id=str(row.id))
    await uow.session.flush()
    return transfer(row)


async def cancel_job(uow: UnitOfWork, principal: Principal, kind: JobKind, job_id: UUID) -> Job:
    """Stops a job of any kind, for who has the right that begins one. Raises `JobNotFound`, and what the job's own kind
    raises when it is over."""
    principal.require(Permission.VIEW)
    try:
        if kind is JobKind.RUN:
            return await training.cancel_run(uow, principal, job_id)
        if kind is JobKind.ROLLOUT:
            return await rollouts.cancel_rollout(uow, principal, job_id)
        return await cancel_transfer(uow, principal, job_id)
    except NotFound as error:
        raise JobNotFound("There is no such job.", field="jobId") from error


async def get_transfers(
    uow: UnitOfWork, principal: Principal, ids: Collection[UUID]
) -> Sequence[ImportJob | ExportJob]:
    """Those of `ids` that exist, in no order."""
    principal.require(Permission.VIEW)
    return [transfer(row) for row in await Bulk(uow).by_ids(ids)]


async def list_rejected(
    uow: UnitOfWork, principal: Principal, job_id: UUID, first: int = 50, after: int | None = None
) -> list[RejectedRow]:
    """A page of the rows of an import that were not stored, in the order of the file; `after` is the row of the last
    one seen. The first 10,000 of an import are there, its file of results has all. Empty for a job that is not there.
    """
    principal.require(Permission.VIEW)
    return [rejected(row) for row in await Bulk(uow).rejections(job_id, first, after)]


async def download(uow: UnitOfWork, principal: Principal, job_id: UUID) -> Download:
    """What an import or export gives. Raises `JobNotFound`, `NothingToDownload`."""
    principal.require(Permission.VIEW)
    store = Bulk(uow)
    row = await store.get(job_id)
    if row is None:
        raise JobNotFound("There is no such job.", field="jobId")
    if row.bytes is None or row.expires_at is None or row.expires_at < utc_now():
        raise NothingToDownload("The job has no file to download: it is not done, or its time is over.", field="jobId")
    return download_of(row, await store.pieces(job_id))
