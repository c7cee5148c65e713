"""The client for programs that await: what `Client` does, method by method."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import pyarrow as pa

from andon_sdk.client import calls, files
from andon_sdk.client.answers import checked, data_of, decode, sent
from andon_sdk.client.done import done
from andon_sdk.client.environment import place_and_key
from andon_sdk.client.errors import ClientError, Refused, Unreachable
from andon_sdk.client.typed import AsyncApi
from andon_sdk.client.typed.enums import ExportFormat, ExportOf, ImportFormat, ImportPolicy, TimeUnit
from andon_sdk.client.typed.fragments import ExportFacts, ImportFacts, RunFacts
from andon_sdk.client.typed.input_types import StageUploadInput
from andon_sdk.client.typed.stage_upload import StageUploadStageUploadStagedUpload
from andon_sdk.client.waiting import ENDED, Patience, Progress

T = TypeVar("T")


class AsyncClient:
    """One key, one tenant: which one is in the key. Its methods do what those of `Client` do."""

    def __init__(self, url: str, key: str, *, timeout_s: float = 60.0, patience_s: float = 30.0) -> None:
        self._patience_s = patience_s
        self.url = url.rstrip("/")
        """Where the portal is, too."""
        self._http = httpx.AsyncClient(base_url=self.url, timeout=timeout_s, headers={"Authorization": f"Bearer {key}"})
        self.api = AsyncApi(self._http)

    @classmethod
    def from_environment(cls, *, timeout_s: float = 60.0, patience_s: float = 30.0) -> Self:
        url, key = place_and_key()
        return cls(url, key, timeout_s=timeout_s, patience_s=patience_s)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def query(self, document: str, **variables: Any) -> dict[str, Any]:
        return data_of(await self.api.execute(document, variables=variables))

    async def wait(self, run_id: str, *, progress: Progress | None = None, every_s: float = 1.0) -> RunFacts:
        while True:
            run = await self._patiently(lambda: self.api.run(run_id))
            if run is None:
                raise ClientError(f"There is no run {run_id}.")
            if progress:
                progress(run)
            if run.state in ENDED:
                return run
            await asyncio.sleep(every_s)

    async def ingest(
        self,
        contract: str,
        rows: pa.Table | pa.RecordBatch,
        *,
        error_policy: str = "REJECT_FAILED_ROWS",
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        call = calls.ingest(contract, rows, error_policy, idempotency_key)
        return (await self._patiently(lambda: self._send(call))).json()

    async def wait_job(
        self, job_id: str, *, progress: Progress | None = None, every_s: float = 1.0
    ) -> ImportFacts | ExportFacts:
        """The import or export when it is over and went well. Raises `Failed`, with the job in `job`."""
        while True:
            job = await self._patiently(lambda: self.api.job(job_id))
            if not isinstance(job, ImportFacts | ExportFacts):
                raise ClientError(f"There is no import or export {job_id}.")
            if progress:
                progress(job)
            if job.job_state in files.OVER:
                return files.ended_well(job)
            await asyncio.sleep(every_s)

    async def upload(self, path: str | Path) -> str:
        staged = done(await self.api.stage_upload(StageUploadInput()))
        assert isinstance(staged, StageUploadStageUploadStagedUpload)
        await self._send(("PUT", staged.url, {"content": _pieces(Path(path)), "timeout": None}))
        return staged.upload.id

    async def import_file(
        self,
        contract: str,
        path: str | Path,
        *,
        format: ImportFormat | None = None,
        policy: ImportPolicy = ImportPolicy.REJECT_FAILED_ROWS,
        time_unit: TimeUnit | None = None,
        units: Mapping[str, str] | None = None,
        progress: Progress | None = None,
    ) -> ImportFacts:
        """Uploads a file of rows, imports it and waits: CSV (`.gz` too), Parquet or Arrow IPC, by the name's ending
        unless `format` says it. Bad rows are counted in the answer, and `results_url` tells of each. Raises `Failed`,
        `Refused`."""
        path = Path(path)
        upload_id = await self.upload(path)
        form = format or files.format_of(path)
        asked = files.import_input(upload_id, contract, form, policy, time_unit, units or {})
        job = done(await self.api.start_import(asked))
        assert isinstance(job, ImportFacts)
        found = await self.wait_job(job.id, progress=progress)
        assert isinstance(found, ImportFacts)
        return found

    async def export_file(
        self,
        path: str | Path,
        contract: str,
        start: datetime,
        end: datetime,
        *,
        of: ExportOf = ExportOf.READINGS,
        format: ExportFormat = ExportFormat.PARQUET,
        labels: str | None = None,
        progress: Progress | None = None,
    ) -> ExportFacts:
        """Has readings or scores of a range written into a file, waits, and downloads it to `path`. Raises `Failed`,
        `Refused`."""
        asked = files.export_input(of, contract, start, end, format, labels)
        begun = done(await self.api.start_export(asked))
        assert isinstance(begun, ExportFacts)
        job = await self.wait_job(begun.id, progress=progress)
        assert isinstance(job, ExportFacts)
        await self.download(job.file_url or "", path, sha256=job.sha_256)
        return job

    async def download(self, url: str, path: str | Path, *, sha256: str | None = None) -> None:
        """Keeps what `file_url` or `results_url` of a job leads to. Raises `Refused`, and `ClientError` for another
        digest."""
        kept = files.Kept(Path(path), sha256)
        async with self._http.stream("GET", url) as response:
            if response.status_code != httpx.codes.OK:
                await response.aread()
                checked(response)
            async for piece in response.aiter_raw(files.PIECE):
                kept.write(piece)
        kept.close()

    async def trend(
        self, asset: str, signals: Iterable[str], start: datetime, end: datetime, px: int = 1400
    ) -> pa.Table:
        return decode(await self._send(calls.trend(asset, signals, start, end, px)))

    async def scores(self, asset: str, start: datetime, end: datetime) -> pa.Table:
        return decode(await self._send(calls.scores(asset, start, end)))

    async def fleet_scores(self, contract: str, start: datetime, end: datetime) -> pa.Table:
        return decode(await self._send(calls.fleet_scores(contract, start, end)))

    async def score(self, contract: str, rows: pa.Table | pa.RecordBatch) -> pa.Table:
        return decode(await self._send(calls.score(contract, rows)))

    async def _patiently(self, attempt: Callable[[], Awaitable[T]]) -> T:
        patience = Patience(self._patience_s)
        while True:
            try:
                return await attempt()
            except (Refused, Unreachable) as error:
                await asyncio.sleep(patience.pause(error))

    async def _send(self, call: calls.Call) -> httpx.Response:
        method, path, request = call
        with sent(method, path):
            response = await self._http.request(method, path, **request)
        return checked(response)


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    pieces = files.pieces(path)
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece
