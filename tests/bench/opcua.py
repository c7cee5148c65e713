"""10,000 tags once a second out of an OPC UA server, by the connector and by a bare asyncua subscription.

    python tests/bench/opcua.py --tags 10000 --seconds 15

The server is a process of its own, made of asyncua too, that writes all tags anew each second: their value is the tick.
The share is that of all values of the ticks that came whole: under 1, values were lost.
"""

import argparse
import asyncio
import logging
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from andon_opcua.settings import OpcUaSettings
from andon_opcua.source import OpcUaSource
from asyncua import Client, Server, ua
from harness import Row, show, write

PAIRS = 3
NODES_A_FOLDER = 100
FIRST_NODE = 1_000
NAMESPACE = 2
ITEMS_A_CALL = 2_000


async def serve(tags: int) -> None:
    """Writes the port to standard output when it is ready, and ticks until it is killed."""
    logging.disable(logging.CRITICAL)
    server = Server()
    await server.init()
    server.set_endpoint("opc.tcp://127.0.0.1:0")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    assert await server.register_namespace("http://bench.example") == NAMESPACE
    folder, nodes = server.nodes.objects, []
    for i in range(tags):
        if i % NODES_A_FOLDER == 0:
            folder = await server.nodes.objects.add_folder(NAMESPACE, f"F{i}")
        node = ua.NodeId(FIRST_NODE + i, NAMESPACE)
        nodes.append((await folder.add_variable(node, f"T{i}", 0.0, ua.VariantType.Double)).nodeid)
    await server.start()
    print(server.bserver.port, flush=True)
    due, tick = time.monotonic(), 0
    while True:
        tick += 1
        now = datetime.now(UTC)
        data = ua.DataValue(ua.Variant(float(tick), ua.VariantType.Double), ua.StatusCode(0), now)
        for node in nodes:
            await server.write_attribute_value(node, data)
        due += 1
        await asyncio.sleep(max(0.0, due - time.monotonic()))


@dataclass
class Run:
    """What came, as whoever received it counted it."""

    tags: int
    seconds: float
    ticks: Counter[int] = field(default_factory=Counter)
    lags: list[float] = field(default_factory=list)
    """Seconds from the source's time to here, one a tick and notification."""
    cpu: float = 0.0
    began: float = 0.0
    lasted: float = 0.0

    def begin(self) -> None:
        self.began, self.cpu = time.monotonic(), time.process_time()

    @property
    def over(self) -> bool:
        return time.monotonic() - self.began >= self.seconds

    def end(self) -> None:
        self.lasted = time.monotonic() - self.began
        self.cpu = (time.process_time() - self.cpu) / self.lasted

    @property
    def whole(self) -> list[int]:
        """Values of each tick but the first and the last, of which a part may be outside of the run."""
        return [self.ticks[tick] for tick in range(min(self.ticks) + 1, max(self.ticks))]

    @property
    def share(self) -> float:
        return sum(self.whole) / (self.tags * len(self.whole))

    @property
    def rate(self) -> float:
        return self.ticks.total() / self.lasted

    def facts(self, prefix: str = "") -> dict[str, float]:
        return {
            f"{prefix}share": self.share,
            f"{prefix}cpu_s_per_s": self.cpu,
            f"{prefix}lag_median_s": statistics.median(self.lags),
            f"{prefix}lag_worst_s": max(self.lags),
            f"{prefix}ticks": len(self.whole),
        }


async def connector(url: str, run: Run) -> Run:
    source = OpcUaSource(OpcUaSettings(url=url, timeout=60, silence=60))
    await source.open()
    addresses = [f"ns={NAMESPACE};i={FIRST_NODE + i}" for i in range(run.tags)]
    async for batch in source.stream(addresses, {}):
        if not run.began:
            run.begin()
            continue
        now = time.time()
        counted = np.unique(batch["value"].to_numpy().astype(int), return_counts=True)
        run.ticks.update(dict(zip(*(column.tolist() for column in counted), strict=True)))
        run.lags.append(now - batch["time"][0].as_py().timestamp())
        if run.over:
            break
    run.end()
    await source.close()
    return run


class Handler:
    def __init__(self, run: Run) -> None:
        self.run = run

    def datachange_notification(self, node: object, value: float, data: object) -> None:
        if int(value) not in self.run.ticks:
            self.run.lags.append(time.time() - data.monitored_item.Value.SourceTimestamp.timestamp())  # type: ignore
        self.run.ticks[int(value)] += 1


async def bare(url: str, run: Run) -> Run:
    client = Client(url, timeout=60, watchdog_intervall=60)
    await client.connect()
    counted = Run(run.tags, run.seconds)
    handler = Handler(counted)
    subscription = await client.create_subscription(1_000, handler)
    nodes = [client.get_node(ua.NodeId(FIRST_NODE + i, NAMESPACE)) for i in range(run.tags)]
    for at in range(0, len(nodes), ITEMS_A_CALL):
        await subscription.subscribe_data_change(nodes[at : at + ITEMS_A_CALL], queuesize=10, sampling_interval=1_000)
    while sum(counted.ticks.values()) < run.tags:
        await asyncio.sleep(0.1)
    handler.run = run
    run.begin()
    await asyncio.sleep(run.seconds)
    run.end()
    await subscription.delete()
    await client.disconnect()
    return run


async def measure(tags: int, seconds: float) -> list[Row]:
    server = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "--serve", "--tags", str(tags), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert server.stdout is not None
        url = f"opc.tcp://127.0.0.1:{int(await server.stdout.readline())}"
        pairs = [(await connector(url, Run(tags, seconds)), await bare(url, Run(tags, seconds))) for _ in range(PAIRS)]
    finally:
        server.kill()
        await server.wait()
    return [
        compared("opcua_tags", "values/s", pairs, lambda run: run.rate),
        compared("opcua_values_per_cpu_s", "values/CPU s", pairs, lambda run: run.rate / run.cpu),
    ]


def compared(name, unit, pairs, figure) -> Row:
    ratios = [figure(ours) / figure(theirs) for ours, theirs in pairs]
    ours, theirs = sorted(pairs, key=lambda pair: figure(pair[0]))[len(pairs) // 2]
    row = Row(
        name=name,
        value=figure(ours),
        unit=unit,
        against="asyncua",
        against_value=figure(theirs),
        ratio=statistics.median(ratios),
        ratio_lo=min(ratios),
        ratio_hi=max(ratios),
        facts=ours.facts() | theirs.facts("against_"),
    )
    show(row)
    return row


def main() -> None:
    logging.disable(logging.WARNING)  # asyncua's, about timeouts that the server shortened
    parser = argparse.ArgumentParser()
    parser.add_argument("--tags", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--serve", action="store_true", help="be the server")
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve(options.tags))
    else:
        rows = asyncio.run(measure(options.tags, options.seconds))
        print({name: round(value, 3) for name, value in rows[0].facts.items()})
        print(write("opcua", rows))


if __name__ == "__main__":
    main()
