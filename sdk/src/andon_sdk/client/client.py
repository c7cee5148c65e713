"""A synchronous client of Andon's public API: typed GraphQL, and Arrow for rows.

with Client("http://127.0.0.1:8080", key="andon_…") as andon:
    andon.ingest("laser-drill", table)
    run = done(andon.api.start_run(StartRunInput(...)))
    with Bar() as bar:
        run = andon.wait(run.id, progress=bar)
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from time import sleep
from types import TracebackType
from typing import Any, Self

import httpx
import pyarrow as pa

from andon_sdk.client import calls, files
from andon_sdk.client.answers import checked, data_of, decode, sent
from andon_sdk.client.done import done
from andon_sdk.client.environment import place_and_key
from andon_sdk.client.errors import ClientError, Refused, Unreachable
from andon_sdk.client.typed import Api
from andon_sdk.client.typed.enums import ExportFormat, ExportOf, ImportFormat, ImportPolicy, TimeUnit
from andon_sdk.client.typed.fragments import ExportFacts, ImportFacts, RunFacts
from andon_sdk.client.typed.input_types import StageUploadInput
from andon_sdk.client.typed.stage_upload import StageUploadStageUploadStagedUpload
from andon_sdk.client.waiting import ENDED, Patience, Progress


class Client:
    """One key, one tenant: which one is in the key."""

    def __init__(self, url: str, key: str, *, timeout_s: float = 60.0, patience_s: float = 30.0) -> None:
        """`patience_s`: how long `ingest` goes on offering rows that Andon cannot take just now, because it is busy,
        being restarted, or its stream is full; 0 gives up at once."""
        self._patience_s = patience_s
        self.url = url.rstrip("/")
        """Where the portal is, too."""
        self._http = httpx.Client(base_url=self.url, timeout=timeout_s, headers={"Authorization": f"Bearer {key}"})
        self.api = Api(self._http)
        """Every operation of `sdk/operations` as a method, with its input and answer as classes."""

    @classmethod
    def from_environment(cls, *, timeout_s: float = 60.0, patience_s: float = 30.0) -> Self:
        """The Andon of `ANDON_URL` with the key of `ANDON_KEY`, which a workbench has set. Raises `NotSignedIn`."""
        url, key = place_and_key()
        return cls(url, key, timeout_s=timeout_s, patience_s=patience_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def query(self, document: str, **variables: Any) -> dict[str, Any]:
        """The `data` of a query of one's own. Raises `Refused` with the first error's code when there is any."""
        return data_of(self.api.execute(document, variables=variables))

    def mutate(self, document: str, **variables: Any) -> dict[str, Any]:
        """The object a mutation answered, for a document of one mutation that selects `__typename` and the error's
        `code message field`. Raises `Refused` when the answer is an error."""
        [answer] = self.query(document, **variables).values()
        if answer["__typename"].endswith("Error"):
            raise Refused(answer["code"], answer["message"], answer.get("field"), answer.get("facts"))
        return answer

    def wait(self, run_id: str, *, progress: Progress | None = None, every_s: float = 1.0) -> RunFacts:
        """The run when it has ended, however it did: look at `state`. `progress` is told of it each time it is looked
        at, such as `Bar()`. A gateway that is away is waited for within the client's patience, each time anew."""
        while True:
            run = self._patiently(lambda: self.api.run(run_id))
            if run is None:
                raise ClientError(f"There is no run {run_id}.")
            if progress:
                progress(run)
            if run.state in ENDED:
                return run
            sleep(every_s)

    def ingest(
        self,
        contract: str,
        rows: pa.Table | pa.RecordBatch,
        *,
        error_policy: str = "REJECT_FAILED_ROWS",
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """Sends rows (`asset` keys, `time`, a column per signal) and returns the receipt. It is answered when the rows
        are on disk. Rows that came before are recognised, so what fails for the moment is sent again within the
        client's patience, and the caller may go on doing so. Raises `Refused`, `NotSignedIn`, `Unreachable`."""
        call = calls.ingest(contract, rows, error_policy, idempotency_key)
        return self._patiently(lambda: self._send(call)).json()

    def wait_job(
        self, job_id: str, *, progress: Progress | None = None, every_s: float = 1.0
    ) -> ImportFacts | ExportFacts:
        """The import or export when it is over and went well. Raises `Failed`, with the job in `job`."""
        while True:
            job = self._patiently(lambda: self.api.job(job_id))
            if not isinstance(job, ImportFacts | ExportFacts):
                raise ClientError(f"There is no import or export {job_id}.")
            if progress:
                progress(job)
            if job.job_state in files.OVER:
                return files.ended_well(job)
            sleep(every_s)

    def upload(self, path: str | Path) -> str:
        """Sends a file, of which nothing is made yet, and returns the upload's id. Raises `Refused`."""
        staged = done(self.api.stage_upload(StageUploadInput()))
        assert isinstance(staged, StageUploadStageUploadStagedUpload)
        self._send(("PUT", staged.url, {"content": files.pieces(Path(path)), "timeout": None}))
        return staged.upload.id

    def import_file(
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
        upload_id = self.upload(path)
        form = format or files.format_of(path)
        asked = files.import_input(upload_id, contract, form, policy, time_unit, units or {})
        job = done(self.api.start_import(asked))
        assert isinstance(job, ImportFacts)
        found = self.wait_job(job.id, progress=progress)
        assert isinstance(found, ImportFacts)
        return found

    def export_file(
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
        begun = done(self.api.start_export(asked))
        assert isinstance(begun, ExportFacts)
        job = self.wait_job(begun.id, progress=progress)
        assert isinstance(job, ExportFacts)
        self.download(job.file_url or "", path, sha256=job.sha_256)
        return job

    def download(self, url: str, path: str | Path, *, sha256: str | None = None) -> None:
        """Keeps what `file_url` or `results_url` of a job leads to. Raises `Refused`, and `ClientError` for another
        digest."""
        kept = files.Kept(Path(path), sha256)
        with self._http.stream("GET", url) as response:
            if response.status_code != httpx.codes.OK:
                response.read()
                checked(response)
            for piece in response.iter_raw(files.PIECE):
                kept.write(piece)
        kept.close()

    def trend(self, asset: str, signals: Iterable[str], start: datetime, end: datetime, px: int = 1400) -> pa.Table:
        """Readings and scores decimated to what `px` pixels can show."""
        return decode(self._send(calls.trend(asset, signals, start, end, px)))

    def scores(self, asset: str, start: datetime, end: datetime) -> pa.Table:
        """Every score of the asset with start ≤ time < end, of champion and shadows, in order of time."""
        return decode(self._send(calls.scores(asset, start, end)))

    def fleet_scores(self, contract: str, start: datetime, end: datetime) -> pa.Table:
        """The same of all assets of a contract, after a column `asset` with their keys; at most a million scores."""
        return decode(self._send(calls.fleet_scores(contract, start, end)))

    def score(self, contract: str, rows: pa.Table | pa.RecordBatch) -> pa.Table:
        """Scores rows without storing them."""
        return decode(self._send(calls.score(contract, rows)))

    def _patiently(self, attempt: Any) -> Any:
        patience = Patience(self._patience_s)
        while True:
            try:
                return attempt()
            except (Refused, Unreachable) as error:
                sleep(patience.pause(error))

    def _send(self, call: calls.Call) -> httpx.Response:
        method, path, request = call
        with sent(method, path):
            response = self._http.request(method, path, **request)
        return checked(response)
