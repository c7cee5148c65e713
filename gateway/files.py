"""Files in and out: `PUT /v1/upload` to a ticket's address, `GET /v1/jobs/{id}/file` of what a transfer gives,
`GET /v1/pipelines/{id}/notebook` of what a pipeline was made from."""

import asyncio
import re
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from gateway.errors import RangeRefused
from gateway.relay import global_id, split_id
from gateway.state import Gateway
from services.budgets.contracts import Budget
from services.bulk import api as bulk
from services.bulk.contracts import Download
from services.bulk.errors import JobNotFound
from services.bulk.uploads import read
from services.enclaves.platform import Bucket
from services.kernel.rights import Principal
from services.pipelines import api as pipelines
from services.plugins.errors import OwnVersionNotFound

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


async def upload(request: Request) -> Response:
    """The body is the file. Answers `{id, bytes, sha256, expiresAt}` when all of it is kept."""
    gateway: Gateway = request.app.state.gateway
    tenant, upload_id = gateway.tickets.read(request.query_params.get("ticket", ""))
    account = await gateway.budgets.account(tenant)
    account.take(Budget.REQUESTS, 1)
    async with gateway.files.enter(tenant):
        found = await bulk.receive(gateway.platform, tenant, upload_id, request.stream())
    body = {"id": global_id("Upload", found.id), "bytes": found.bytes, "sha256": found.sha256}
    return JSONResponse({**body, "expiresAt": found.expires_at.isoformat()})


async def file(request: Request) -> Response:
    """All of it, or the bytes that `Range` names; `If-Range` with another `ETag` gives all of it again."""
    gateway: Gateway = request.app.state.gateway
    principal: Principal = request.state.principal
    kind, job_id = split_id(request.path_params["id"])
    if kind not in ("ImportJob", "ExportJob") or job_id is None:
        raise JobNotFound("There is no such job.", field="id")
    async with gateway.platform.database.unit(principal.tenant) as uow:
        found = await bulk.download(uow, principal, job_id)
    bucket = await gateway.platform.objects.bucket(principal.tenant)
    tag = f'"{found.tag}"'
    span = _span(request.headers.get("range"), found.bytes)
    if span is not None and request.headers.get("if-range", tag) != tag:
        span = None
    first, last = span if span is not None else (0, found.bytes - 1)
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'attachment; filename="{found.name}"',
        "Content-Length": str(last - first + 1),
        "ETag": tag,
    }
    if span is not None:
        headers["Content-Range"] = f"bytes {first}-{last}/{found.bytes}"
    status = 206 if span is not None else 200
    if request.method == "HEAD":
        return Response(None, status, headers, found.media_type)
    return StreamingResponse(_bytes(bucket, found, first, last), status, headers, found.media_type)


async def notebook(request: Request) -> Response:
    """The notebook that a version of a pipeline was made from, as it was registered."""
    gateway: Gateway = request.app.state.gateway
    principal: Principal = request.state.principal
    kind, version_id = split_id(request.path_params["id"])
    if kind != "PipelineVersion" or version_id is None:
        raise OwnVersionNotFound("There is no such version of a pipeline.", field="id")
    async with gateway.platform.database.unit(principal.tenant) as uow:
        found = await pipelines.get_notebook(uow, principal, version_id)
    content = await asyncio.to_thread(found.path.read_bytes)
    told = {"Content-Disposition": f'attachment; filename="{found.name}"'}
    return Response(content, headers=told, media_type="application/octet-stream")


def _span(header: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte of the one range that is asked for; None for all, also where several are asked for. Raises
    `RangeRefused`."""
    match = _RANGE.fullmatch((header or "").strip())
    if match is None or match[0] == "bytes=-":
        return None
    if match[1] == "":
        first, last = max(0, size - int(match[2])), size - 1
    else:
        first, last = int(match[1]), min(int(match[2] or size - 1), size - 1)
    if first > last:
        raise RangeRefused(f"The file has {size} bytes; the range lies outside of it.", bytes=size)
    return first, last


async def _bytes(bucket: Bucket, found: Download, first: int, last: int) -> AsyncIterator[bytes]:
    at = 0
    for name, size in found.parts:
        start, stop = max(first - at, 0), min(last + 1 - at, size)
        at += size
        if start < stop:
            pieces = read(bucket, name, start, stop - start)
            while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
                yield piece
