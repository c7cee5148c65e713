"""`GET /v1/scores`: every score of an asset over a range, as Arrow."""

from starlette.requests import Request
from starlette.responses import Response

from gateway import arrow
from gateway.relay import parse_id
from gateway.state import Gateway
from gateway.trend import time_of
from services.readings import api as readings


async def scores(request: Request) -> Response:
    """`?asset=<id>&from=…&to=…`; the columns of `services.readings.scores.SCORES_SCHEMA`."""
    gateway: Gateway = request.app.state.gateway
    asked = request.query_params
    table = await readings.scores(
        gateway.platform,
        request.state.principal,
        parse_id(asked.get("asset", ""), "Asset", "asset"),
        time_of(asked.get("from"), "from"),
        time_of(asked.get("to"), "to"),
    )
    return arrow.answer(table)
