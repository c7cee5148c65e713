"""`GET /v1/loops`: the loop ledger as CSV, the newest change first."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import StreamingResponse

from gateway.relay import global_id
from gateway.state import Gateway
from services.kernel.rights import Permission, Principal
from services.ledger import api as ledger
from services.ledger.contracts import Loop, LoopStage

PAGE = 1_000
COLUMNS = (
    "asset", "begun_by", "changed_at", "noticed_at", "state", "stage", "ended_at", "end", "live_at", "blueprint",
    "steps_back", *(f"{stage.value}_s" for stage in LoopStage), "hands_on_s",
)  # fmt: skip


async def loops(request: Request) -> StreamingResponse:
    """All loops of the tenant. Times are UTC; stages are in seconds that are over."""
    gateway: Gateway = request.app.state.gateway
    principal: Principal = request.state.principal
    principal.require(Permission.VIEW)
    headers = {"Content-Disposition": 'attachment; filename="loops.csv"'}
    return StreamingResponse(_pages(gateway, principal), headers=headers, media_type="text/csv")


async def _pages(gateway: Gateway, principal: Principal) -> AsyncIterator[str]:
    yield _csv([COLUMNS])
    after: tuple[datetime, UUID] | None = None
    while True:
        async with gateway.platform.database.unit(principal.tenant) as uow:
            found = await ledger.list_loops(uow, principal, first=PAGE, after=after)
        if found:
            yield _csv([_line(loop) for loop in found])
            after = found[-1].changed_at, found[-1].id
        if len(found) < PAGE:
            return


def _line(loop: Loop) -> tuple[object, ...]:
    """In the order of `COLUMNS`; ids as GraphQL gives them."""
    moments = [loop.changed_at, loop.noticed_at, loop.ended_at, loop.live_at]
    changed, noticed, ended, live = (at.isoformat() if at else "" for at in moments)
    spent = ledger.dwells(loop)
    return (
        global_id("Asset", loop.asset_id), loop.begun_by.value, changed, noticed, loop.state.value,
        loop.stage.value if loop.stage else "", ended, loop.end.value if loop.end else "", live, loop.blueprint or "",
        loop.steps_back, *(spent[stage] for stage in LoopStage),
        "" if loop.hands_on_s is None else loop.hands_on_s,
    )  # fmt: skip


def _csv(rows: list[tuple[object, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
