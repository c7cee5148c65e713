"""The client for programs that await: what `Client` does, method by method."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import pyarrow as pa

from andon_sdk.client import calls
from andon_sdk.client.answers import checked, data_of, decode, sent
from andon_sdk.client.errors import ClientError, Refused, Unreachable
from andon_sdk.client.typed import AsyncApi
from andon_sdk.client.typed.fragments import RunFacts
from andon_sdk.client.waiting import ENDED, Patience, Progress

T = TypeVar("T")


class AsyncClient:
    """One key, one tenant: which one is in the key. Its methods do what those of `Client` do."""

    def __init__(self, url: str, key: str, *, timeout_s: float = 60.0, patience_s: float = 30.0) -> None:
        self._patience_s = patience_s
        self._http = httpx.AsyncClient(
            base_url=url.rstrip("/"), timeout=timeout_s, headers={"Authorization": f"Bearer {key}"}
        )
        self.api = AsyncApi(self._http)

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
