"""`GET /v1/scores`: every score of an asset or of a contract's whole fleet over a range, as Arrow."""

from uuid import UUID

import pyarrow as pa
from starlette.requests import Request
from starlette.responses import Response

from gateway import arrow
from gateway.relay import global_id, parse_id
from gateway.state import Gateway
from gateway.trend import time_of
from services.kernel.errors import Invalid
from services.readings import api as readings


async def scores(request: Request) -> Response:
    """`?asset=<id>` or `?contract=<key>`, and `&from=…&to=…`; the columns of `services.readings.scores.SCORES_SCHEMA`,
    for a fleet after the asset's key, with `version` as a node id."""
    gateway: Gateway = request.app.state.gateway
    asked = request.query_params
    span = time_of(asked.get("from"), "from"), time_of(asked.get("to"), "to")
    if ("asset" in asked) == ("contract" in asked):
        raise Invalid("Name either an asset or a contract: `?asset=<id>` or `?contract=<key>`.", field="asset")
    if "contract" in asked:
        table = await readings.fleet_scores(gateway.platform, request.state.principal, asked["contract"], *span)
    else:
        asset = parse_id(asked["asset"], "Asset", "asset")
        table = await readings.scores(gateway.platform, request.state.principal, asset, *span)
    return arrow.answer(with_version_ids(table))


def with_version_ids(table: pa.Table) -> pa.Table:
    """The scores with the ids of versions as GraphQL gives them."""
    versions = table["version"].combine_chunks().dictionary_encode()
    ids = [global_id("ModelVersion", UUID(version)) for version in versions.dictionary.to_pylist()]
    named = pa.DictionaryArray.from_arrays(versions.indices, pa.array(ids, pa.utf8())).cast(pa.utf8())
    return table.set_column(table.schema.get_field_index("version"), "version", named)
