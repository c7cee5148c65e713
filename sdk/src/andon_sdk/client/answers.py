"""From an answer to what it says, and tables to bytes and back: shared by both clients."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import pyarrow as pa

from andon_sdk.client.errors import ClientError, NotSignedIn, Refused, Unreachable


@contextmanager
def sent(method: str, path: str) -> Iterator[None]:
    """Raises `Unreachable` for what goes wrong inside on the way."""
    try:
        yield
    except httpx.TransportError as error:
        raise Unreachable(f"{method} {path}: {error}") from error


def data_of(response: httpx.Response) -> dict[str, Any]:
    """The `data` of a GraphQL answer. Raises `Refused` with the first error's code, `NotSignedIn`, `ClientError`."""
    body = _object(checked(response))
    if body.get("errors"):
        raise _refused(_problem(body), response)
    return body["data"]


def checked(response: httpx.Response) -> httpx.Response:
    """The response, if it is a success. Raises `Refused`, `NotSignedIn`, `ClientError`."""
    if response.is_success:
        return response
    problem = _problem(_object(response))
    request = response.request
    usual = f"{request.method} {request.url.path} was answered with {response.status_code}"
    message = str(problem.get("message") or usual)
    if response.status_code == httpx.codes.UNAUTHORIZED:
        raise NotSignedIn(message)
    if "code" not in problem:
        raise ClientError(message)
    raise _refused({**problem, "message": message}, response)


def _refused(problem: Mapping[str, Any], response: httpx.Response) -> Refused:
    after = response.headers.get("retry-after", "")
    retry_after_s = float(after) if after.isdecimal() else None
    code = problem.get("code", "GRAPHQL")
    return Refused(code, problem["message"], problem.get("field"), problem.get("facts"), retry_after_s)


def _problem(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """`{code, message, field, facts}` of a refusal, be it of GraphQL or of another door."""
    if errors := body.get("errors"):
        return {**errors[0].get("extensions", {}), "message": errors[0]["message"]}
    return body


def _object(response: httpx.Response) -> Mapping[str, Any]:
    if "json" not in response.headers.get("content-type", ""):
        return {}
    body = response.json()
    return body if isinstance(body, dict) else {}


def encode(rows: pa.Table | pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write(rows)
    return sink.getvalue().to_pybytes()


def decode(response: httpx.Response) -> pa.Table:
    with pa.ipc.open_stream(response.content) as reader:
        return reader.read_all()
