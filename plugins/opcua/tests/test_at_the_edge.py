"""The connector as an edge runs it: what is on disk after an outage."""

import asyncio

from andon_opcua.plugin import connectors
from opcua_plant import at, number, tag

from andon_sdk.edge.assemble import Assembler
from andon_sdk.edge.channels import US, Layout, channels
from andon_sdk.edge.config import AssetPart
from andon_sdk.edge.line import Bound, Line
from andon_sdk.edge.progress import Span

TICKS = range(2_000_000, 2_000_180)


def assembler() -> Assembler:
    part = AssetPart(asset="boiler", contract="boiler", signals={"hot": tag("T0"), "cold": tag("T1")})
    return Assembler(channels((part,), {"boiler": Layout(US, ("hot", "cold"), {})}), by_time=True, wait_us=0)


async def test_rows_on_disk_have_no_gap_and_none_is_there_twice(plant, tmp_path):
    for kept in plant.history.values():
        kept.clear()
    (connector,) = connectors()
    more = asyncio.Event()
    line = Line("plc", connector, plant.settings(), assembler, tmp_path, Bound(1 << 30, 72.0), lambda _: more.set())
    running = asyncio.create_task(line.run())

    def rows() -> list[tuple]:
        outbox = line.outboxes["boiler"]
        table = outbox.read(Span(1, outbox.tail - 1)) if outbox.tail > 1 else None
        return [] if table is None else [(r["time"], r["hot"], r["cold"]) for r in table.to_pylist()]

    async def until(count: int, last: int = 0) -> None:
        async with asyncio.timeout(20):
            while len(rows()) < count or rows()[-1][0] < at(last):
                more.clear()
                await more.wait()

    for tick in TICKS:
        if tick == TICKS[60]:
            await until(30)  # it is connected, and some of it is on disk
            await plant.cut()
        elif tick == TICKS[120]:
            await plant.mend()
        await plant.write("T0", number(float(tick), tick))
        await plant.write("T1", number(-float(tick), tick))
        await asyncio.sleep(0.005)
    await until(1, last=TICKS[-1])
    running.cancel()
    await asyncio.wait([running])
    line.close()
    found = rows()
    assert line.told.connections >= 2
    wanted = [(at(tick), float(tick), -float(tick)) for tick in TICKS]
    assert found == wanted[wanted.index(found[0]) :]
    assert len(found) > 150
