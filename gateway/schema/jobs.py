"""Rows in files, in and out, and the list of everything long."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import strawberry

from gateway.relay import Page, global_id, parse_id, split_id
from gateway.schema.job import JobType
from gateway.schema.kit import Connection, Info, Keyed, Node, aware, connect, mutation, read_id, read_number
from services.bulk import api as bulk
from services.bulk import contracts, model
from services.bulk.contracts import (
    ExportFormat,
    ExportOf,
    FileFormat,
    ImportPolicy,
    Job,
    JobKind,
    JobQuery,
    JobState,
    Outcome,
    UploadState,
)
from services.bulk.errors import JobNotFound
from services.kernel.clock import utc_now
from services.kernel.rights import Permission as Right
from services.readings.contracts import TimeUnit

strawberry.enum(UploadState, description="How far a file is on its way in.")
strawberry.enum(FileFormat, name="ImportFormat", description="What a file is; CSV may be gzip.")
strawberry.enum(ImportPolicy, description="What a bad value does to its row, as at `POST /v1/ingest`.")
strawberry.enum(TimeUnit, description="What a numeric `time` counts since 1970-01-01T00:00:00Z.")
strawberry.enum(Outcome, name="RowOutcome", description="What became of a row that is not stored.")
strawberry.enum(ExportOf, description="What is exported.")
strawberry.enum(ExportFormat, description="What an export is written as; CSV comes as gzip.")


@strawberry.type(name="Upload", description="A file on its way in.")
class UploadType(Node):
    represents = contracts.StagedUpload
    state: UploadState
    sha256: str | None = strawberry.field(description="Of the file as it came, in hexadecimal.")
    expires_at: datetime = strawberry.field(description="When it goes, unless an import has it.")

    @strawberry.field(description="A whole number; null until the file is there.")
    @staticmethod
    def bytes(parent: strawberry.Parent[contracts.StagedUpload]) -> float | None:
        return parent.bytes


@strawberry.type(description="Where a file may be sent, once.")
class StagedUpload:
    upload: UploadType
    url: str = strawberry.field(
        description="Path and query on this gateway. Send the file there with `PUT`; the address is the credential."
    )
    max_bytes: float = strawberry.field(description="A whole number.")


@strawberry.type(name="RejectedRow", description="A row of a file that was not stored, and why.")
class RejectedRowType:
    row: int = strawberry.field(description="Its position in the file, from 0; header and empty lines do not count.")
    outcome: Outcome
    code: str
    message: str
    signal: str | None


def file_path(job: contracts.Transfer, kind: str, info: Info) -> str | None:
    """Where the result is, while there is one."""
    if not job.bytes or (job.expires_at is not None and job.expires_at < utc_now()):
        return None
    return info.context.tickets.file(global_id(kind, job.id))


@strawberry.type(name="ImportJob", description="Rows of a file that are stored. stored + quarantined + refused = rows.")
class ImportJobType(JobType):
    represents = contracts.ImportJob
    contract: str = strawberry.field(description="Its key.")
    file_sha256: str
    rows: int = strawberry.field(description="That are done; all of the file's once it succeeded.")
    stored: int = strawberry.field(description="Acknowledged by the stream.")
    quarantined: int = strawberry.field(description="Kept aside as they came; `quarantine` shows them.")
    refused: int = strawberry.field(description="Kept nowhere; the results say why.")
    duplicates: int = strawberry.field(description="Of the refused: asset and time stood a few rows before.")
    expires_at: datetime | None = strawberry.field(description="When the results go.")

    @strawberry.field
    @staticmethod
    def file_format(parent: strawberry.Parent[contracts.ImportJob]) -> FileFormat:
        return parent.format

    @strawberry.field(description="A whole number.")
    @staticmethod
    def file_bytes(parent: strawberry.Parent[contracts.ImportJob]) -> float:
        return parent.file_bytes

    @strawberry.field(
        description="Path of the results, a line for each row done so far as CSV with gzip; takes `Range`."
    )
    @staticmethod
    def results_url(parent: strawberry.Parent[contracts.ImportJob], info: Info) -> str | None:
        return file_path(parent, "ImportJob", info)

    @strawberry.field(
        graphql_type=Connection[RejectedRowType],
        description="In the order of the file, the first 10,000; the results have all.",
    )
    @staticmethod
    async def rejected_rows(
        parent: strawberry.Parent[contracts.ImportJob], info: Info, first: int = 50, after: str | None = None
    ) -> Page[contracts.RejectedRow]:
        async def ask(size: int, start: object) -> list[contracts.RejectedRow]:
            return await info.context.read(bulk.list_rejected, parent.id, size, start)

        listing = f"rejected/{parent.id}"
        return await connect(info, listing, first, after, ask, lambda each: (each.row,), read_number)


@strawberry.type(name="ExportJob", description="Readings or scores that are written into a file.")
class ExportJobType(JobType):
    represents = contracts.ExportJob
    of: ExportOf
    contract: str = strawberry.field(description="Its key.")
    format: ExportFormat
    start: datetime
    end: datetime
    assets: int = strawberry.field(description="How many it is about.")
    rows: int = strawberry.field(description="That are written.")
    sha256: str | None = strawberry.field(description="Of the file, in hexadecimal.")
    expires_at: datetime | None = strawberry.field(description="When the file goes.")

    @strawberry.field(description="Of the file, a whole number; null until it is whole.")
    @staticmethod
    def bytes(parent: strawberry.Parent[contracts.ExportJob]) -> float | None:
        return parent.bytes

    @strawberry.field(description="Path of the file; takes `Range`.")
    @staticmethod
    def file_url(parent: strawberry.Parent[contracts.ExportJob], info: Info) -> str | None:
        return file_path(parent, "ExportJob", info)


@strawberry.type
class JobsQuery:
    @strawberry.field(graphql_type=JobType | None, description="Long work of any kind, by its id.")
    async def job(self, info: Info, id: strawberry.ID) -> object | None:
        return await info.context.node(id) if split_id(id)[0] in KINDS else None

    @strawberry.field(
        graphql_type=Connection[JobType], description="Newest first; of these kinds and in these states, or in any."
    )
    async def jobs(
        self,
        info: Info,
        kinds: list[JobKind] | None = None,
        states: list[JobState] | None = None,
        first: int = 50,
        after: str | None = None,
    ) -> Page[Job]:
        query = JobQuery(tuple(kinds or JobKind), tuple(states) if states is not None else None)

        async def ask(size: int, start: UUID | None) -> list[Job]:
            return await info.context.read(bulk.list_jobs, replace(query, first=size, after=start))

        return await connect(info, "jobs", first, after, ask, lambda job: (job.id,), read_id)


@strawberry.input
class StageUploadInput(Keyed): ...


@strawberry.input
class UnitInput:
    signal: str
    unit: str


@strawberry.input
class StartImportInput(Keyed):
    upload_id: strawberry.ID
    contract: str = strawberry.field(description="Key of the contract that the rows keep to.")
    format: FileFormat
    policy: ImportPolicy = ImportPolicy.REJECT_FAILED_ROWS
    time_unit: TimeUnit | None = strawberry.field(
        default=None,
        description="What numbers in `time` count. Without it they are refused, and so are times without a zone.",
    )
    units: list[UnitInput] = strawberry.field(
        default_factory=list, description="Of signals that come in another unit than the contract's."
    )


@strawberry.input
class StartExportInput(Keyed):
    of: ExportOf
    contract: str = strawberry.field(description="Key of the contract.")
    start: datetime
    end: datetime
    format: ExportFormat = ExportFormat.PARQUET
    asset_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description="Empty: all, or `labels`.")
    labels: str | None = strawberry.field(default=None, description="A label query instead of ids.")


@strawberry.input
class CancelJobInput(Keyed):
    job_id: strawberry.ID


@strawberry.type(description="A job that was told to stop.")
class CancelledJob:
    job: JobType


@strawberry.type
class JobsMutation:
    @mutation(Right.INGEST, "StageUploadResult", StagedUpload, "Makes room for a file and an address to send it to.")
    async def stage_upload(self, info: Info, input: StageUploadInput) -> StagedUpload:
        del input
        upload = await info.context.change(bulk.stage_upload)
        url = info.context.tickets.address(info.context.principal.tenant, upload.id)
        return StagedUpload(upload=upload, url=url, max_bytes=model.MAX_FILE_BYTES)  # pyright: ignore

    @mutation(Right.INGEST, "StartImportResult", ImportJobType, "Stores the rows of a staged file.")
    async def start_import(self, info: Info, input: StartImportInput) -> contracts.ImportJob:
        command = contracts.StartImport(
            upload_id=parse_id(input.upload_id, "Upload", "uploadId"),
            contract=input.contract,
            format=input.format,
            policy=input.policy,
            time_unit=input.time_unit,
            units={each.signal: each.unit for each in input.units},
        )
        return await info.context.change(bulk.start_import, command)

    @mutation(Right.VIEW, "StartExportResult", ExportJobType, "Writes readings or scores of a range into a file.")
    async def start_export(self, info: Info, input: StartExportInput) -> contracts.ExportJob:
        command = contracts.StartExport(
            of=input.of,
            contract=input.contract,
            start=aware(input.start, "start"),
            end=aware(input.end, "end"),
            format=input.format,
            asset_ids=tuple(parse_id(each, "Asset", "assetIds") for each in input.asset_ids),
            labels=input.labels,
        )
        return await info.context.change(bulk.start_export, command)

    @mutation(
        Right.VIEW,
        "CancelJobResult",
        CancelledJob,
        "Stops a job of any kind; what is done by then stays. It takes the right that began it as well.",
    )
    async def cancel_job(self, info: Info, input: CancelJobInput) -> CancelledJob:
        kind, id = split_id(input.job_id)
        if id is None or kind not in KINDS:
            raise JobNotFound("There is no such job.", field="jobId")
        return CancelledJob(job=await info.context.change(bulk.cancel_job, KINDS[kind], id))  # pyright: ignore


KINDS = {
    "Run": JobKind.RUN,
    "Rollout": JobKind.ROLLOUT,
    "ImportJob": JobKind.IMPORT,
    "ExportJob": JobKind.EXPORT,
}
"""Nodes that are jobs."""
