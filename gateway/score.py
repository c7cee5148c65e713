"""`POST /v1/score`: rows of a contract in, the champions' answers out, both as Arrow IPC streams.

In: `asset` (key), `time`, and any of the contract's signals in any order; one that is left out counts as missing.
Out: the columns of `services.kernel.wire.SCORE_SCHEMA`, with the asset's key in `asset` and the
version's node id in `version`.
"""

from collections.abc import Callable
from uuid import UUID

import pyarrow as pa
from starlette.requests import Request
from starlette.responses import Response

from gateway import arrow
from gateway.body import media_type, read
from gateway.budgets import Account
from gateway.errors import MediaTypeRefused
from gateway.relay import global_id
from gateway.state import Gateway
from services.assets import api as assets
from services.assets.contracts import ContractVersion
from services.budgets.contracts import Budget
from services.kernel import wire
from services.kernel.errors import Invalid
from services.kernel.rights import Permission, Principal
from services.readings import api as readings
from services.serving import api as serving


async def score(request: Request) -> Response:
    gateway: Gateway = request.app.state.gateway
    principal: Principal = request.state.principal
    principal.require(Permission.SCORE)
    if media_type(request) != arrow.MEDIA_TYPE:
        raise MediaTypeRefused("Send an Arrow IPC stream.", accepted=[arrow.MEDIA_TYPE])
    key = request.query_params.get("contract", "")
    account: Account = request.state.account
    account.check(Budget.ROWS)
    async with gateway.turnstile.enter(principal.tenant):
        body = await read(request, gateway.settings.ingest_body_bytes, gateway.settings.inflated_body_bytes)
        table = pa.Table.from_batches([await readings.read_rows(body)])
        account.take(Budget.ROWS, table.num_rows)
        async with gateway.platform.database.unit(principal.tenant) as uow:
            contract = await assets.contract_by_key(uow, principal, key)
            keys = set(_column(table, "asset", pa.string()).drop_null().unique().to_pylist())
            known = await assets.assets_by_keys(uow, principal, keys)
        ids = {asset_key: str(asset.id) for asset_key, asset in known.items()}
        rows = batch_of(table, contract, ids)
        scores = await serving.score(gateway.platform, principal, key, rows)
    return arrow.answer(with_keys(scores, {id: asset_key for asset_key, id in ids.items()}))


def batch_of(table: pa.Table, contract: ContractVersion, ids: dict[str, str]) -> pa.RecordBatch:
    """A readings batch with the contract's columns. Raises `Invalid` for an unknown asset, column or type."""
    signals = contract.contract.keys
    if unknown := sorted(set(table.column_names) - {"asset", "time", *signals}):
        raise Invalid(f"The contract has no signal “{unknown[0]}”.", field=unknown[0], unknown=unknown[:20])
    given = _column(table, "asset", pa.string()).to_pylist()
    if absent := sorted({str(key) for key in given if key not in ids}):
        raise Invalid(f"There is no asset “{absent[0]}”.", field="asset", unknown=absent[:20])
    nothing = pa.nulls(table.num_rows, pa.float64())
    columns = [
        pa.array([ids[key] for key in given], pa.string()).dictionary_encode(),
        _column(table, "time", wire.TIME),
    ]
    columns += [_column(table, key, pa.float64()) if key in table.column_names else nothing for key in signals]
    schema = wire.readings_schema(contract.id, contract.version, list(signals))
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def with_keys(scores: pa.RecordBatch, keys: dict[str, str]) -> pa.RecordBatch:
    """The scores with asset keys for ids, and the ids of versions as GraphQL gives them."""
    named = {
        "asset": _renamed(scores.column("asset"), lambda id: keys.get(id, id)),
        "version": _renamed(scores.column("version"), lambda id: global_id("ModelVersion", UUID(id))),
    }
    columns = [named[name] if name in named else scores.column(name) for name in scores.schema.names]
    return pa.RecordBatch.from_arrays(columns, schema=scores.schema)


def _renamed(column: pa.DictionaryArray, name: Callable[[str], str]) -> pa.DictionaryArray:
    names = [name(each) for each in column.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(column.indices, pa.array(names, pa.string()))


def _column(table: pa.Table, name: str, type: pa.DataType) -> pa.Array:
    if name not in table.column_names:
        raise Invalid(f"The column “{name}” is missing.", field=name)
    try:
        return pa.concat_arrays(table.column(name).cast(type).chunks) if table.num_rows else pa.array([], type)
    except (pa.ArrowException, ValueError) as error:
        raise Invalid(f"The column “{name}” must be of type {type}.", field=name) from error
