"""The calls beside GraphQL, as httpx sends them: (method, path, request). Shared by both clients."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pyarrow as pa

from andon_sdk.client.answers import encode

Call = tuple[str, str, dict[str, Any]]
ARROW = "application/vnd.apache.arrow.stream"


def ingest(contract: str, rows: pa.Table | pa.RecordBatch, error_policy: str, idempotency_key: str | None) -> Call:
    headers = {"Content-Type": ARROW}
    if idempotency_key is not None:
        headers["Idempotency-Key"] = idempotency_key
    params = {"contract": contract, "errorPolicy": error_policy}
    return "POST", "/v1/ingest", {"params": params, "headers": headers, "content": encode(rows)}


def trend(asset: str, signals: Iterable[str], start: datetime, end: datetime, px: int) -> Call:
    params: list[tuple[str, str]] = [("signal", signal) for signal in signals]
    params += [("asset", asset), ("from", start.isoformat()), ("to", end.isoformat()), ("px", str(px))]
    return "GET", "/v1/trend", {"params": params}


def scores(asset: str, start: datetime, end: datetime) -> Call:
    return "GET", "/v1/scores", {"params": {"asset": asset, "from": start.isoformat(), "to": end.isoformat()}}


def fleet_scores(contract: str, start: datetime, end: datetime) -> Call:
    return "GET", "/v1/scores", {"params": {"contract": contract, "from": start.isoformat(), "to": end.isoformat()}}


def score(contract: str, rows: pa.Table | pa.RecordBatch) -> Call:
    request = {"params": {"contract": contract}, "headers": {"Content-Type": ARROW}, "content": encode(rows)}
    return "POST", "/v1/score", request
