"""Looking before anything is sent: the tags of a source, and what would become of its first readings."""

import asyncio
import math
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from andon_sdk.connector import Source, SourceUnavailable
from andon_sdk.edge import plant
from andon_sdk.edge.assemble import NEVER, Assembler, Counts
from andon_sdk.edge.closing import closing
from andon_sdk.edge.config import EdgeConfig, SourcePart
from andon_sdk.edge.look import opened
from andon_sdk.edge.plant import KnownContract
from andon_sdk.edge.process import assembler_of, client_of

READINGS = 100
SECONDS = 30.0


@dataclass(slots=True)
class Trial:
    """Of one source."""

    source: str
    counts: Counts
    rows: dict[str, list[dict[str, Any]]]
    """What would be sent, by contract."""
    refused: list[str]
    """What of it Andon would not store, and why; the door itself has the last word."""
    silent: list[str] = field(default_factory=list)
    """Mapped tags of which nothing came."""


async def try_out(config: EdgeConfig, part: SourcePart, file: str, seconds: float = SECONDS) -> Trial:
    """Takes the first 100 readings of a source, or those of `seconds`, and sends nothing.

    Raises `EdgeError`, `ConnectorError`, `ClientError`.
    """
    keys = {asset.contract for asset in part.asset}
    config.buffer.folder.mkdir(parents=True, exist_ok=True)
    async with client_of(config) as client:
        known = await plant.contracts(client, keys, config.buffer.folder / "contracts.json")
        wanted = {asset.asset: asset.contract for asset in part.asset}
        found = await client.api.assets_by_keys(sorted(wanted))
    there = {asset.key: asset.contract.key for asset in found}
    async with opened(part, file) as (source, connector):
        assembler = assembler_of(part, connector, known, file)
        rows = await _first_rows(source, assembler, seconds, first_only=connector.consumes)
    tags = [tag for tag, newest in zip(assembler.channels.tags, assembler.newest, strict=True) if newest == NEVER]
    refused = [
        f"asset {asset}: Andon has none of this key that keeps to {contract} (UNKNOWN_ASSET)"
        for asset, contract in wanted.items()
        if there.get(asset) != contract
    ]
    for contract, batches in rows.items():
        agreed = known[contract]
        assert agreed is not None  # `assembler_of` refuses one that is not there
        for batch in batches:
            refused += _outside(batch, agreed)
    shown = {contract: [row for batch in batches for row in batch.to_pylist()] for contract, batches in rows.items()}
    return Trial(part.name, assembler.counts, shown, refused, sorted(set(tags)))


async def _first_rows(
    source: Source, assembler: Assembler, seconds: float, *, first_only: bool
) -> dict[str, list[pa.RecordBatch]]:
    rows: dict[str, list[pa.RecordBatch]] = {}

    def keep(made: dict[str, pa.RecordBatch]) -> None:
        for contract, batch in made.items():
            rows.setdefault(contract, []).append(batch)

    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            async with closing(source.stream(assembler.channels.wanted, {})) as batches:
                async for batch in batches:
                    left = READINGS - assembler.counts.taken
                    keep(assembler.take(batch.slice(0, left), time.monotonic()))
                    if first_only or assembler.counts.taken >= READINGS:
                        break
    if not assembler.counts.taken:
        raise SourceUnavailable(f"Nothing came within {seconds:g} s. Are the tags those that `browse` lists?")
    keep(assembler.close(time.monotonic(), everything=True))
    return rows


def _outside(batch: pa.RecordBatch, agreed: KnownContract) -> list[str]:
    """Values beyond the contract's limits. One whose unit the door converts is judged there."""
    told: list[str] = []
    for signal in agreed.signals:
        place = batch.schema.get_field_index(signal.key)
        if place < 0 or batch.schema.field(place).metadata:
            continue
        rows = zip(batch.column("asset").to_pylist(), batch.column(place).to_pylist(), strict=True)
        limits = f"outside {signal.low:g} to {signal.high:g} {signal.unit}"
        told += [
            f"asset {asset}, {signal.key}: {value:g} is {limits} (OUT_OF_RANGE)"
            for asset, value in rows
            if value is not None and not (math.isfinite(value) and signal.low <= value <= signal.high)
        ]
    return told
