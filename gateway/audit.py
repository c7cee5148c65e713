"""`GET /v1/audit`: the audit trail as NDJSON, the newest record first, to be kept elsewhere or searched otherwise."""

from collections.abc import AsyncIterator

import orjson
from starlette.requests import Request
from starlette.responses import StreamingResponse

from gateway.relay import global_id
from gateway.schema.audit import ACTORS
from gateway.state import Gateway
from gateway.trend import time_of
from services.audit import api as audit
from services.audit.contracts import AuditChange, AuditQuery, AuditRecord
from services.kernel.rights import Permission, Principal


async def audit_trail(request: Request) -> StreamingResponse:
    """`?from=…&to=…`; all of it where they are left out."""
    gateway: Gateway = request.app.state.gateway
    principal: Principal = request.state.principal
    principal.require(Permission.READ_AUDIT)
    since, until = (
        time_of(request.query_params[name], name) if name in request.query_params else None for name in ("from", "to")
    )
    async with gateway.platform.database.unit(principal.tenant) as uow:  # refused before the answer begins
        await audit.list_records(uow, principal, AuditQuery(since=since, until=until), 1)
    lines = _lines(gateway, principal, AuditQuery(since=since, until=until))
    headers = {"Content-Disposition": 'attachment; filename="audit.ndjson"'}
    return StreamingResponse(lines, headers=headers, media_type="application/x-ndjson")


async def _lines(gateway: Gateway, principal: Principal, query: AuditQuery) -> AsyncIterator[bytes]:
    async with gateway.platform.database.unit(principal.tenant) as uow:
        async for record, changes in audit.export(uow, principal, query):
            yield _line(record, changes)


def _line(record: AuditRecord, changes: list[AuditChange]) -> bytes:
    """Words and ids as in the query `auditRecords`."""
    kind = ACTORS.get(record.actor_kind)
    body = {
        "id": global_id("AuditRecord", record.id),
        "number": record.number,
        "at": record.at,
        "actor": kind and global_id(kind, record.actor),
        "actorKind": record.actor_kind,
        "actorName": record.actor_name,
        "action": record.action,
        "trace": record.trace,
        "digest": record.digest,
        "changes": [
            {
                "kind": change.kind,
                "object": global_id(change.kind, change.object_id),
                "before": change.before,
                "after": change.after,
            }
            for change in changes
        ],
    }
    return orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)
