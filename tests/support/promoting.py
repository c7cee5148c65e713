"""Promotions and undos of many assets at once, under a live stream and online requests, 50 a second."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from uuid import UUID

import pyarrow as pa

from services.enclaves.platform import Platform
from services.kernel import subjects, wire
from services.kernel.rights import Principal
from services.serving import api, jobs

REQUESTS_A_SECOND = 50
BLOCKS_A_SECOND = 10
LONGEST_S = 120.0


@dataclass(frozen=True)
class Plant:
    """Assets that are served, and what makes rows of them."""

    platform: Platform
    principal: Principal
    contract_key: str
    contract_id: UUID
    versions: Mapping[UUID, UUID]
    """By asset: what is promoted, and taken back."""
    block: Callable[[int], pa.RecordBatch]
    """A row of each asset at that second."""
    requests_a_second: int = REQUESTS_A_SECOND


@dataclass
class Told:
    """What was seen."""

    promote_s: list[float] = field(default_factory=list[float])
    """From the call to the cluster having applied it."""
    undo_s: list[float] = field(default_factory=list[float])
    sent: int = 0
    """Blocks on the stream, acknowledged."""
    answered: list[float] = field(default_factory=list[float])
    """Seconds of each online request."""
    failed: list[str] = field(default_factory=list[str])
    """Online requests without an answer for every asset, and why."""


async def promote_and_undo(plant: Plant, times: int, first_second: int = 0) -> Told:
    """Promotes all and takes it back, so many times, and then looks at every score that the stream has.

    Asserts that no request failed, and that each row has one score, of the champion before or of the promoted one, and
    that these change at one row each time.
    """
    js = await plant.platform.streams.jetstream(plant.principal.tenant)
    before = (await js.stream_info(subjects.SCORES_STREAM)).state.last_seq
    told, enough = Told(), asyncio.Event()

    async def stream() -> None:
        while not enough.is_set():
            block = wire.encode(plant.block(first_second + told.sent))
            await js.publish(subjects.readings(plant.contract_id), block)
            told.sent += 1
            await asyncio.sleep(1 / BLOCKS_A_SECOND)

    async def request(rows: pa.RecordBatch) -> None:
        began = time.perf_counter()
        try:
            answer = await api.score(plant.platform, plant.principal, plant.contract_key, rows)
        except Exception as error:  # noqa: BLE001 whatever it is, the caller has no answer
            told.failed.append(repr(error))
            return
        told.answered.append(time.perf_counter() - began)
        if answer.num_rows != len(plant.versions) or answer.column("value").null_count:
            told.failed.append(f"{answer.num_rows} answers")

    async def requests() -> None:
        """At fixed times, however long answers take: nobody waits for anybody."""
        rows, asked, began = plant.block(first_second), list[asyncio.Task[None]](), time.perf_counter()
        while not enough.is_set():
            asked.append(asyncio.create_task(request(rows)))
            await asyncio.sleep(max(0.0, began + len(asked) / plant.requests_a_second - time.perf_counter()))
        await asyncio.gather(*asked)

    load = [asyncio.create_task(each) for each in (stream(), requests())]
    try:
        for _ in range(times):
            told.promote_s.append(await _until_served(plant, api.promote_many))
            await _some_rows(told)
            told.undo_s.append(await _until_served(plant, api.undo_many))
            await _some_rows(told)
    finally:
        enough.set()
        await asyncio.gather(*load)
    answered = f"{len(told.failed)} of {len(told.failed) + len(told.answered)} requests"
    assert not told.failed, f"{answered}: {dict(Counter(told.failed))}"
    await _each_row_once(plant, js, before, told, times)
    return told


async def _until_served(plant: Plant, use_case: Any) -> float:
    began = time.perf_counter()
    async with plant.platform.database.unit(plant.principal.tenant) as uow:
        await use_case(uow, plant.principal, plant.versions)
        await uow.commit()
    await jobs.publish_wanted(plant.platform, plant.principal.tenant, {})
    async with asyncio.timeout(LONGEST_S):
        while True:
            async with plant.platform.database.unit(plant.principal.tenant) as uow:
                state = await api.serving_state(uow, plant.principal)
            if state.applied_generation >= state.wanted_generation:
                return time.perf_counter() - began
            await asyncio.sleep(0.05)


async def _some_rows(told: Told) -> None:
    wanted = told.sent + 3
    async with asyncio.timeout(LONGEST_S):
        while told.sent < wanted:
            await asyncio.sleep(0.02)


async def _each_row_once(plant: Plant, js: Any, before: int, told: Told, times: int) -> None:
    wanted = told.sent * len(plant.versions)
    rows: list[tuple[str, Any, str]] = []
    async with asyncio.timeout(LONGEST_S):
        while len(rows) < wanted:
            last = (await js.stream_info(subjects.SCORES_STREAM)).state.last_seq
            for place in range(before + 1, last + 1):
                raw = await js.get_msg(subjects.SCORES_STREAM, seq=place, direct=True)
                batch = wire.decode(raw.data or b"")
                if batch.column("role")[0].as_py() == wire.ROLE_CHAMPION:
                    columns = (batch.column(name).to_pylist() for name in ("asset", "time", "version"))
                    rows += zip(*columns, strict=True)
            before = last
            await asyncio.sleep(0.05)
    assert len(rows) == len({row[:2] for row in rows}) == wanted, "missing or doubled scores"
    said: dict[str, list[str]] = {}
    for asset, _, version in sorted(rows):
        said.setdefault(asset, []).append(version)
    changes = Counter(sum(now != then for then, now in pairwise(versions)) for versions in said.values())
    assert changes == {2 * times: len(plant.versions)}, changes
