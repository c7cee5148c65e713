"""A thin, synchronous client of Andon's public API: GraphQL for everything, Arrow for rows.

with Client("http://127.0.0.1:8080", key="andon_…") as andon:
    andon.ingest("laser-drill", table)
    run = andon.mutate(START_RUN, input={...})
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from time import monotonic, sleep
from types import TracebackType
from typing import Any, Self

import httpx
import pyarrow as pa

from andon_sdk.client.errors import ClientError, NotSignedIn, Refused, Unreachable

ARROW = "application/vnd.apache.arrow.stream"
_UNREACHABLE_WAIT_S = 1.0


class Client:
    """One key, one tenant: which one is in the key."""

    def __init__(self, url: str, key: str, *, timeout_s: float = 60.0, patience_s: float = 30.0) -> None:
        """`patience_s`: how long `ingest` goes on offering rows that Andon cannot take just now, because it is busy,
        being restarted, or its stream is full; 0 gives up at once."""
        self._patience_s = patience_s
        self._http = httpx.Client(
            base_url=url.rstrip("/"), timeout=timeout_s, headers={"Authorization": f"Bearer {key}"}
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def query(self, document: str, **variables: Any) -> dict[str, Any]:
        """The `data` of a query. Raises `Refused` with the first error's code when there is any."""
        response = self._send("POST", "/graphql", json={"query": document, "variables": variables})
        body = response.json()
        if errors := body.get("errors"):
            details = errors[0].get("extensions", {})
            raise Refused(details.get("code", "GRAPHQL"), errors[0]["message"], facts=details)
        return body["data"]

    def mutate(self, document: str, **variables: Any) -> dict[str, Any]:
        """The object a mutation answered, for a document of one mutation that selects `__typename` and the error's
        `code message field`. Raises `Refused` when the answer is an error."""
        [answer] = self.query(document, **variables).values()
        if answer["__typename"].endswith("Error"):
            raise Refused(answer["code"], answer["message"], answer.get("field"), answer.get("facts"))
        return answer

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
        headers = {"Content-Type": ARROW}
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        query = {"contract": contract, "errorPolicy": error_policy}
        body, end = _encode(rows), monotonic() + self._patience_s
        while True:
            try:
                return self._send("POST", "/v1/ingest", params=query, headers=headers, content=body).json()
            except Unreachable:
                wait_s = _UNREACHABLE_WAIT_S
                if monotonic() + wait_s > end:
                    raise
            except Refused as refused:
                wait_s = refused.retry_after_s
                if wait_s is None or monotonic() + wait_s > end:
                    raise
            sleep(wait_s)

    def trend(self, asset: str, signals: Iterable[str], start: datetime, end: datetime, px: int = 1400) -> pa.Table:
        """Readings and scores decimated to what `px` pixels can show."""
        query: list[tuple[str, str]] = [("signal", signal) for signal in signals]
        query += [("asset", asset), ("from", start.isoformat()), ("to", end.isoformat()), ("px", str(px))]
        return _decode(self._send("GET", "/v1/trend", params=query).content)

    def scores(self, asset: str, start: datetime, end: datetime) -> pa.Table:
        """Every score of the asset with start ≤ time < end, of champion and shadows, in order of time."""
        query = {"asset": asset, "from": start.isoformat(), "to": end.isoformat()}
        return _decode(self._send("GET", "/v1/scores", params=query).content)

    def fleet_scores(self, contract: str, start: datetime, end: datetime) -> pa.Table:
        """The same of all assets of a contract, after a column `asset` with their keys; at most a million scores."""
        query = {"contract": contract, "from": start.isoformat(), "to": end.isoformat()}
        return _decode(self._send("GET", "/v1/scores", params=query).content)

    def score(self, contract: str, rows: pa.Table | pa.RecordBatch) -> pa.Table:
        """Scores rows without storing them."""
        headers = {"Content-Type": ARROW}
        answer = self._send("POST", "/v1/score", params={"contract": contract}, headers=headers, content=_encode(rows))
        return _decode(answer.content)

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **request)
        except httpx.TransportError as error:
            raise Unreachable(f"{method} {path}: {error}") from error
        if response.is_success:
            return response
        problem = _problem(response)
        message = str(problem.get("message") or f"{method} {path} was answered with {response.status_code}")
        if response.status_code == httpx.codes.UNAUTHORIZED:
            raise NotSignedIn(message)
        if "code" not in problem:
            raise ClientError(message)
        after = response.headers.get("retry-after", "")
        retry_after_s = float(after) if after.isdecimal() else None
        raise Refused(problem["code"], message, problem.get("field"), problem.get("facts"), retry_after_s)


def _problem(response: httpx.Response) -> Mapping[str, Any]:
    if "json" not in response.headers.get("content-type", ""):
        return {}
    body = response.json()
    if not isinstance(body, dict):
        return {}
    if errors := body.get("errors"):  # of GraphQL
        return {**errors[0].get("extensions", {}), "message": errors[0]["message"]}
    return body


def _encode(rows: pa.Table | pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write(rows)
    return sink.getvalue().to_pybytes()


def _decode(data: bytes) -> pa.Table:
    with pa.ipc.open_stream(data) as reader:
        return reader.read_all()
