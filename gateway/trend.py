"""`GET /v1/trend`: signals of an asset over a range, as Arrow, no more points than the screen can show."""

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from gateway import arrow
from gateway.relay import parse_id
from gateway.state import Gateway
from services.kernel.errors import Invalid
from services.readings import api as readings
from services.readings.contracts import TrendQuery

_WIDEST = 10_000


async def trend(request: Request) -> Response:
    """`?asset=<id>&signal=<key>&signal=…&from=…&to=…&px=1400`."""
    gateway: Gateway = request.app.state.gateway
    table = await readings.trend(gateway.platform, request.state.principal, _query(request))
    return arrow.answer(table)


def _query(request: Request) -> TrendQuery:
    asked = request.query_params
    signals = tuple(asked.getlist("signal"))
    if not signals:
        raise Invalid("Name at least one signal: `?signal=<key>`.", field="signal")
    width = asked.get("px", "1400")
    if not width.isascii() or not width.isdigit() or not 1 <= int(width[:6]) <= _WIDEST:
        raise Invalid(f"`px` must be a whole number from 1 to {_WIDEST}.", field="px")
    return TrendQuery(
        asset_id=parse_id(asked.get("asset", ""), "Asset", "asset"),
        signals=signals,
        start=time_of(asked.get("from"), "from"),
        end=time_of(asked.get("to"), "to"),
        px=int(width),
    )


def time_of(value: str | None, field: str) -> datetime:
    """An ISO 8601 time with an offset. Raises `Invalid`."""
    try:
        time = datetime.fromisoformat(value or "")
    except ValueError as error:
        raise Invalid(f"`{field}` must be a time such as 2026-03-01T12:00:00Z.", field=field) from error
    if time.tzinfo is None:
        raise Invalid(f"`{field}` has no offset from UTC: write 2026-03-01T12:00:00Z.", field=field)
    return time
