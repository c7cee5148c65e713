"""`GET /v1/scores`: every score of an asset over a range, as Arrow."""

from uuid import UUID

import pyarrow as pa
from starlette.requests import Request
from starlette.responses import Response

from gateway import arrow
from gateway.relay import global_id, parse_id
from gateway.state import Gateway
from gateway.trend import time_of
from services.readings import api as readings


async def scores(request: Request) -> Response:
    """`?asset=<id>&from=…&to=…`; the columns of `services.readings.scores.SCORES_SCHEMA`, `version` a node id."""
    gateway: Gateway = request.app.state.gateway
    asked = request.query_params
    table = await readings.scores(
        gateway.platform,
        request.state.principal,
        parse_id(asked.get("asset", ""), "Asset", "asset"),
        time_of(asked.get("from"), "from"),
        time_of(asked.get("to"), "to"),
    )
    return arrow.answer(with_version_ids(table))


def with_version_ids(table: pa.Table) -> pa.Table:
    """The scores with the ids of versions as GraphQL gives them."""
    versions = table["version"].combine_chunks().dictionary_encode()
    ids = [global_id("ModelVersion", UUID(version)) for version in versions.dictionary.to_pylist()]
    named = pa.DictionaryArray.from_arrays(versions.indices, pa.array(ids, pa.utf8())).cast(pa.utf8())
    return table.set_column(table.schema.get_field_index("version"), "version", named)
