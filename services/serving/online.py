"""Request and response: rows in, scores out, over the serving cluster's score socket."""

import asyncio
import json
from typing import Any
from uuid import UUID

import httpx
import pyarrow as pa

from services.assets import api as assets
from services.enclaves.contracts import ClusterKind, ClusterState
from services.enclaves.platform import Platform
from services.kernel import wire
from services.kernel.rights import Permission, Principal
from services.serving.errors import RowsRefused, ServingUnavailable

PATIENCE_S = 0.09
"""An answer that takes longer makes us ask whether anybody is there."""
ALIVE_S = 1.0
"""For so long: on a busy machine a sound cluster may take a while to say so, above all while it swaps models."""
LONGEST_S = 10.0
MOST_ROWS = 100_000
CAPSULE_S = 60.0
_LONGEST, _MOST = 2000, 500


async def score(platform: Platform, principal: Principal, contract_key: str, rows: pa.RecordBatch) -> pa.RecordBatch:
    """Scores rows of the contract as the champions would next in the stream, without becoming part of it.

    `rows` is a readings batch (`wire.readings_schema`: asset ids, source times, the contract's signals in its order);
    the answer has `wire.SCORE_SCHEMA`, a row for each row whose asset has a champion, in the order given.
    Raises `NotFound` (no such contract), `RowsRefused` or `ServingUnavailable`: at once where there is no cluster,
    within little more than a second where it fell.
    """
    principal.require(Permission.SCORE)
    if rows.num_rows > MOST_ROWS:
        raise RowsRefused(f"One request takes at most {MOST_ROWS} rows; send more requests.", limit=MOST_ROWS)
    async with platform.database.unit(principal.tenant) as uow:
        contract = await assets.contract_by_key(uow, principal, contract_key)
    status = await platform.clusters.status(principal.tenant, ClusterKind.SERVING)
    if status.score_socket is None:
        raise _unavailable(f"the serving cluster is {status.state.value}")
    try:
        return await ask(status.score_socket, contract.id, rows)
    except ServingUnavailable:
        if status.state is ClusterState.READY:
            raise
        raise _unavailable(f"the serving cluster is {status.state.value}") from None


async def ask(socket: str, contract: UUID, rows: pa.RecordBatch) -> pa.RecordBatch:
    """One request over the unix socket. Raises `RowsRefused` or `ServingUnavailable`."""
    transport = httpx.AsyncHTTPTransport(uds=socket, verify=False)  # no TLS here; its certificates take 17 ms to read
    async with httpx.AsyncClient(
        transport=transport, base_url="http://serving", timeout=LONGEST_S, trust_env=False
    ) as client:
        asked = asyncio.create_task(client.post(f"/score/{contract}", content=wire.encode(rows)))
        try:
            response = await _answer(client, asked)
        except (httpx.HTTPError, OSError, TimeoutError) as error:
            raise _unavailable("the serving cluster does not answer") from error
        finally:
            asked.cancel()
    if response.status_code == 400:
        raise RowsRefused(response.text)
    if response.status_code != 200:
        raise _unavailable(f"the serving cluster answered {response.status_code}")
    return wire.decode(response.content)


async def reproduce(platform: Platform, principal: Principal, capsule: bytes) -> dict[str, Any]:
    """What the tenant's serving cluster answers to a capsule's row now: `equal`, `remark`, `differences` and
    `processor`, as `services.serving.cluster.again.said` makes them.

    Raises `RowsRefused` for what is no capsule, or `ServingUnavailable`.
    """
    principal.require(Permission.OPEN_CAPSULES)
    status = await platform.clusters.status(principal.tenant, ClusterKind.SERVING)
    if status.score_socket is None:
        raise _unavailable(f"the serving cluster is {status.state.value}")
    transport = httpx.AsyncHTTPTransport(uds=status.score_socket, verify=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://serving", timeout=CAPSULE_S, trust_env=False
    ) as client:
        try:
            response = await client.post("/capsule", content=capsule)
        except (httpx.HTTPError, OSError) as error:
            raise _unavailable("the serving cluster does not answer") from error
    if response.status_code == 400:
        raise RowsRefused(response.text)
    if response.status_code != 200:
        raise _unavailable(f"the serving cluster answered {response.status_code}")
    return _checked(response.content)


def _checked(body: bytes) -> dict[str, Any]:
    """What a tenant's cluster says is not believed to be of the right shape."""
    try:
        told = json.loads(body)
        texts = ("version", "column", "recorded", "here")
        return {
            "equal": told["equal"] is True,
            "remark": None if told["remark"] is None else str(told["remark"])[:_LONGEST],
            "differences": [
                {name: str(UUID(one[name])) if name == "version" else str(one[name])[:_LONGEST] for name in texts}
                for one in told["differences"][:_MOST]
            ],
            "processor": {str(key)[:100]: str(value)[:200] for key, value in list(told["processor"].items())[:10]},
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _unavailable("the serving cluster answered something else") from error


async def _answer(client: httpx.AsyncClient, asked: asyncio.Task[httpx.Response]) -> httpx.Response:
    """A large block may take its time, a dead cluster may not: when there is no answer yet, somebody must say that it
    is being worked on."""
    done, _ = await asyncio.wait({asked}, timeout=PATIENCE_S)
    if not done:
        async with asyncio.timeout(ALIVE_S):
            alive = await client.get("/alive")
        alive.raise_for_status()
    return await asked


def _unavailable(why: str) -> ServingUnavailable:
    return ServingUnavailable(
        f"Scores cannot be given now: {why}. Readings are kept and will be scored; try again in a few seconds."
    )
