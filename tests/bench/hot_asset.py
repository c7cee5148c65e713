"""Whether one asset with a thousand rows a second makes a hundred others wait, in a serving cluster in its box.

    python tests/bench/hot_asset.py

The others send a row a second each, spread over the second, each in a message of its own. Measured is the time from a
message of theirs on disk to its scores, with and without the hot asset: its rows come one a message, the worst for
others, and then a hundred a message.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from harness import Row, show, write
from nats.aio.msg import Msg
from served import Rows, Site, serve, site, store

from services.enclaves import api as enclaves
from services.enclaves.contracts import ClusterKind
from services.kernel import subjects

OTHERS, HOT_ROWS, SECONDS, WARM_S = 100, 1_000, 15, 3
TOGETHER = (1, 100)
"""Rows of the hot asset in a message."""


@dataclass(frozen=True)
class Send:
    at_s: float
    body: bytes
    hot: bool


def others(rows: Rows, first: int) -> list[Send]:
    """A row a second of each of the others."""
    return [
        Send(second + number / OTHERS, rows.block(rows.assets[1 + number : 2 + number], first + second), hot=False)
        for second in range(SECONDS)
        for number in range(OTHERS)
    ]


def hot(rows: Rows, first: int, together: int) -> list[Send]:
    """The hot asset's rows, `together` a message. Times within a second are equal, which scoring does not mind."""
    messages = HOT_ROWS // together
    bodies = [rows.block(rows.assets[:1].repeat(together), first + second) for second in range(SECONDS)]
    return [
        Send(second + number / messages, bodies[second], hot=True)
        for second in range(SECONDS)
        for number in range(messages)
    ]


async def delays(place: Site, rows: Rows, sends: Sequence[Send]) -> list[float]:
    """Milliseconds from the acknowledgement of each message of the others to its scores, once warm; waits until all
    rows, the hot asset's too, are scored."""
    client = await place.platform.streams.connection(place.tenant)
    js = await place.platform.streams.jetstream(place.tenant)
    clock = asyncio.get_running_loop().time
    heard: dict[int, float] = {}
    asked: dict[int, tuple[float, Send]] = {}

    async def hear(message: Msg) -> None:
        heard[int((message.headers or {})["Nats-Msg-Id"].removeprefix("s-"))] = clock()

    async def publish(send: Send) -> None:
        sequence = (await js.publish(subjects.readings(rows.contract_id), send.body)).seq
        asked[sequence] = clock(), send

    listening = await client.subscribe(subjects.scores(rows.contract_id), cb=hear)
    began = clock()
    async with asyncio.TaskGroup() as group:
        for send in sorted(sends, key=lambda send: send.at_s):
            if (ahead := began + send.at_s - clock()) > 0:
                await asyncio.sleep(ahead)
            group.create_task(publish(send))
    async with asyncio.timeout(120):
        while not set(asked) <= set(heard):
            await asyncio.sleep(0.05)
    await listening.unsubscribe()
    assert len(asked) == len(sends)
    kept = (s for s, (_, send) in asked.items() if not send.hot and send.at_s >= WARM_S)
    return sorted(1e3 * (heard[sequence] - asked[sequence][0]) for sequence in kept)


async def main() -> None:
    rows, found = Rows(), list[Row]()
    pack = rows.pack()
    async with site() as place:
        await store(place, pack)
        await serve(place, rows, pack.digest, 1 + OTHERS, 0, 1)
        alone = await delays(place, rows, others(rows, 0))
        for number, together in enumerate(TOGETHER, 1):
            first = number * SECONDS
            beside = await delays(place, rows, [*others(rows, first), *hot(rows, first, together)])
            for name, share in (("p50", 0.5), ("p95", 0.95)):
                value, before = (ordered[int(len(ordered) * share)] for ordered in (beside, alone))
                title = f"hot_asset_{together}_a_message_{name}"
                found.append(Row(title, value, "ms for the others", "without it", before, value / before))
                show(found[-1])
        await place.platform.clusters.release(place.tenant, ClusterKind.SERVING)
        await enclaves.reconcile(place.platform, place.tenant)
    print(write("hot_asset", found))


if __name__ == "__main__":
    asyncio.run(main())
