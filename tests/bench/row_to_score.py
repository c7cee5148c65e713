"""Milliseconds from an acknowledged row to its score on a subscription, through a serving cluster in its box.

    python tests/bench/row_to_score.py

One asset first; then 10,000 assets at a row a second each, in ten blocks a second, with a shadow on every row and a
signal missing in a tenth of them. Models come from one small pack: what a slot costs does not depend on its weights.
"""

import asyncio
import time
from collections.abc import Sequence

import numpy as np
from harness import Row, show, write
from nats.aio.msg import Msg
from served import FLEET, Rows, Site, serve, site, store

from services.enclaves import api as enclaves
from services.enclaves.contracts import ClusterKind
from services.kernel import subjects

BLOCKS_A_SECOND, SECONDS = 10, 20
SINGLES, WARM = 220, 20


async def measure(place: Site, rows: Rows, blocks: Sequence[bytes], every_s: float) -> tuple[list[float], list[float]]:
    """Seconds from the acknowledgement, and from the call, to the champions' score of each block."""
    client = await place.platform.streams.connection(place.tenant)
    js = await place.platform.streams.jetstream(place.tenant)
    heard: dict[int, float] = {}
    asked: dict[int, tuple[float, float]] = {}

    async def hear(message: Msg) -> None:
        number = (message.headers or {}).get("Nats-Msg-Id", "")
        if not number.endswith("-shadow"):
            heard[int(number.removeprefix("s-"))] = time.perf_counter()

    async def send(block: bytes) -> None:
        began = time.perf_counter()
        sequence = (await js.publish(subjects.readings(rows.contract_id), block)).seq
        asked[sequence] = began, time.perf_counter()

    listening = await client.subscribe(subjects.scores(rows.contract_id), cb=hear)
    sending = []
    for block in blocks:
        sending.append(asyncio.create_task(send(block)))
        await asyncio.sleep(every_s)
    await asyncio.gather(*sending)
    async with asyncio.timeout(120):
        while not set(asked) <= set(heard):
            await asyncio.sleep(0.01)
    await listening.unsubscribe()
    order = sorted(asked)[min(WARM, len(asked) // 4) :]
    return [heard[i] - asked[i][1] for i in order], [heard[i] - asked[i][0] for i in order]


def figures(name: str, after_ack: list[float], after_call: list[float]) -> list[Row]:
    def at(values: list[float], share: float) -> float:
        return sorted(values)[min(int(len(values) * share), len(values) - 1)] * 1e3

    found = [
        Row(f"{name}_p50", at(after_ack, 0.5), "ms", facts={"from_call": at(after_call, 0.5)}),
        Row(f"{name}_p95", at(after_ack, 0.95), "ms", facts={"from_call": at(after_call, 0.95)}),
    ]
    for row in found:
        show(row)
        print(f"{'':36} {row.facts['from_call']:14,.1f} ms from the call to publish", flush=True)
    return found


async def main() -> None:
    rows, result = Rows(), list[Row]()
    pack = rows.pack()
    async with site() as place:
        await store(place, pack)
        await serve(place, rows, pack.digest, 1, 0, 1)
        singles = [rows.block(rows.assets[:1], second) for second in range(SINGLES)]
        result += figures("row_to_score_1_asset", *await measure(place, rows, singles, 0.02))
        await serve(place, rows, pack.digest, FLEET, 1, 2)
        parts = np.array_split(rows.assets, BLOCKS_A_SECOND)
        fleet = [rows.block(part, second, 0.1) for second in range(SINGLES, SINGLES + SECONDS) for part in parts]
        result += figures("row_to_score_10000_assets", *await measure(place, rows, fleet, 1 / BLOCKS_A_SECOND))
        await place.platform.clusters.release(place.tenant, ClusterKind.SERVING)
        await enclaves.reconcile(place.platform, place.tenant)
    print(write("score", result))


if __name__ == "__main__":
    asyncio.run(main())
