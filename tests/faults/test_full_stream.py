"""The historian stands still until the stream is full: rows are refused, none that was acknowledged is lost."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from andon_sdk.plugin import Contract, Signal
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.kernel import subjects
from services.readings import api, historian
from services.readings.contracts import BodyFormat, ErrorPolicy
from services.readings.errors import StreamFull
from services.readings.history import tables

pytestmark = [pytest.mark.platform, pytest.mark.alone]
LIMIT, ROWS = 100_000, 50
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
MIXERS = Contract("mixers", "Mixers", (Signal("torque", "T", "N*m", 0.0, 1e9),), 1.0)


def body(number: int) -> bytes:
    rows = range(number * ROWS, (number + 1) * ROWS)
    lines = [f'{{"asset":"m","time":"{(BEGIN + timedelta(seconds=i)).isoformat()}","torque":{i}}}' for i in rows]
    return "\n".join(lines).encode()


@pytest.mark.timeout(180)
async def test_a_full_stream_refuses_until_the_historian_is_back(platform, tenant, principal, monkeypatch) -> None:
    monkeypatch.setattr(historian, "ROOM_S", 0.2)
    opened = platform.platform
    async with platform.unit(tenant) as uow:
        contract = await assets.put_contract(uow, principal, MIXERS)
        await assets.create_assets(uow, principal, [NewAsset("m", "Mixer", "S", "L", "mixers")])
        await uow.commit()
    js = await opened.streams.jetstream(tenant.id)
    config = (await js.stream_info(subjects.READINGS_STREAM)).config
    await js.update_stream(replace(config, max_bytes=LIMIT))

    async def send(number: int) -> tuple[int, int]:
        form, policy = BodyFormat.NDJSON, ErrorPolicy.REJECT_EVERYTHING
        receipt = await api.ingest(opened, principal, "mixers", body(number), form, policy, idempotency_key=f"{number}")
        return receipt.stored, receipt.duplicates

    number = 0

    async def send_on() -> None:
        nonlocal number
        while True:
            assert await send(number) == (ROWS, 0)
            number += 1

    with pytest.raises(StreamFull) as refused:
        await send_on()
    assert refused.value.facts == {"retry_after": 10.0}
    with pytest.raises(StreamFull):
        await send(number)
    before = (await js.stream_info(subjects.READINGS_STREAM)).state
    assert (before.first_seq, before.messages) == (1, number)
    filing = asyncio.create_task(historian.consume(opened, tenant.id))
    refusals = 0
    last = 5 * number
    while number < last:
        try:
            assert await send(number) == (ROWS, 0)  # nothing of a refused body counts as seen
            number += 1
        except StreamFull:
            refusals += 1
            await asyncio.sleep(0.1)
    await api.settled(opened, tenant.id, contract.id)
    filing.cancel()
    await asyncio.gather(filing, return_exceptions=True)
    print(f"{before.messages} messages fill the stream; {refusals} refusals on the way to {last}")
    frame = tables.scan(await opened.objects.bucket(tenant.id), subjects.history_table(contract.id))
    assert frame is not None
    stored = frame.sort("time").collect()
    assert np.array_equal(stored["torque"].to_numpy(), np.arange(last * ROWS, dtype=float))
    assert stored.select(pl.struct("asset", "time").n_unique()).item() == last * ROWS
    assert (await js.stream_info(subjects.READINGS_STREAM)).state.last_seq == last
