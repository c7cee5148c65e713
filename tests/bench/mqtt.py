"""The connectors for MQTT and Sparkplug B against a subscriber that reads nothing of what it gets.

    python tests/bench/mqtt.py

Mosquitto is the broker, another process publishes. First as much as goes through at once (QoS 1), ours against a bare
aiomqtt client that only counts; then 10,000 tags at 1 Hz for some seconds: how much came in time, what it costs in
processor time, and how old a reading is when its batch is there.
"""

import asyncio
import multiprocessing
import socket
import struct
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiomqtt
import numpy as np
from andon_mqtt.source import MqttSource
from andon_mqtt.sparkplug.source import SparkplugSettings, SparkplugSource
from andon_mqtt.topic_settings import MqttSettings
from brokers import mosquitto
from harness import Row, alternate, show, write
from sparkplug_node import DOUBLE, UINT64, Metric, now_ms, payload

TAGS, BURST, SECONDS, TICKS = 10_000, 40_000, 10, 10
NODES = 100
METRICS = TAGS // NODES
LIFE = 1_000_000  # the broker's session outlives the bench
TOPICS = [f"plant/line{tag % 100}/tag{tag}" for tag in range(TAGS)]


def length(size: int) -> bytes:
    out = bytearray()
    while True:
        size, low = size >> 7, size & 127
        out.append(low | (128 if size else 0))
        if not size:
            return bytes(out)


def publication(topic: str, content: bytes, mid: int) -> bytes:
    """A PUBLISH of MQTT 3.1.1, with QoS 1 where `mid` is not 0."""
    name = topic.encode()
    body = struct.pack(">H", len(name)) + name + (struct.pack(">H", mid) if mid else b"") + content
    return bytes([0x32 if mid else 0x30]) + length(len(body)) + body


def connected(port: int) -> socket.socket:
    broker = socket.create_connection(("127.0.0.1", port))
    broker.sendall(bytes([0x10, 12 + 5]) + b"\x00\x04MQTT\x04\x02\x00\x00" + b"\x00\x05bench")
    broker.recv(4)
    threading.Thread(target=_swallow, args=(broker,), daemon=True).start()  # acknowledgements
    return broker


def _swallow(broker: socket.socket) -> None:
    while broker.recv(65_536):
        pass


def burst(port: int) -> None:
    broker = connected(port)
    at = time.time()
    content = [b'{"v": %d.5, "t": %.3f}' % (number, at + number * 1e-3) for number in range(BURST)]
    broker.sendall(b"".join(publication(TOPICS[n % TAGS], content[n], n % 65_000 + 1) for n in range(BURST)))
    time.sleep(60)


def paced(send: Callable[[socket.socket, int], None], port: int) -> None:
    """Calls `send` for each tenth of each second."""
    broker = connected(port)
    begin = time.time()
    for tick in range(SECONDS * TICKS):
        time.sleep(max(0.0, begin + tick / TICKS - time.time()))
        send(broker, tick)
    time.sleep(60)


def topics_at_1_hz(port: int) -> None:
    some = TAGS // TICKS
    stamp = b"1000000000.000"
    parts = [
        b"".join(
            publication(TOPICS[tag], b'{"v": 1.5, "t": %s}' % stamp, tag % 65_000 + 1) for tag in range(at, at + some)
        )
        for at in range(0, TAGS, some)
    ]
    paced(lambda broker, tick: broker.sendall(parts[tick % TICKS].replace(stamp, b"%.3f" % time.time())), port)


def nodes_at_1_hz(port: int) -> None:
    def send(broker: socket.socket, tick: int) -> None:
        share, at, out = NODES // TICKS, now_ms(), []
        for node in range((tick % TICKS) * share, (tick % TICKS + 1) * share):
            told = [Metric(None, DOUBLE, tick + metric, metric + 1, at) for metric in range(METRICS)]
            sequence = (tick // TICKS + 1) % 256
            out.append(publication(f"spBv1.0/G/NDATA/n{node}", payload(told, at, sequence, typed=False), 0))
        broker.sendall(b"".join(out))

    paced(send, port)


def births(port: int) -> None:
    broker = connected(port)
    told = [Metric(f"tag{metric}", DOUBLE, 0.5, metric + 1, now_ms()) for metric in range(METRICS)]
    for node in range(NODES):
        content = payload([Metric("bdSeq", UINT64, 0), *told], now_ms(), 0)
        broker.sendall(publication(f"spBv1.0/G/NBIRTH/n{node}", content, 0))
    time.sleep(0.5)


def elsewhere(work: Callable[[int], None], port: int) -> multiprocessing.Process:
    process = multiprocessing.get_context("fork").Process(target=work, args=(port,), daemon=True)
    process.start()
    return process


def plain(port: int, client_id: str) -> MqttSource:
    topic = {"topic": "plant/{line}/{tag}", "value": "/v", "time": "/t", "time_format": "s"}
    return MqttSource(MqttSettings(host="127.0.0.1", port=port, client_id=client_id, topics=[topic]))  # type: ignore[list-item]


async def ours_at_once(port: int) -> float:
    source = plain(port, f"ours-{time.time_ns()}")
    await source.open()
    stream = source.stream(TOPICS, {})
    waiting = asyncio.ensure_future(anext(stream))
    while not source.ready:
        await asyncio.sleep(0.01)
    sender, began = elsewhere(burst, port), time.perf_counter()
    count = (await waiting).num_rows
    while count < BURST:
        count += (await anext(stream)).num_rows
    rate = BURST / (time.perf_counter() - began)
    sender.terminate()
    await stream.aclose()  # type: ignore[attr-defined]
    await source.close()
    return rate


async def bare_at_once(port: int) -> float:
    async with aiomqtt.Client("127.0.0.1", port, identifier=f"bare-{time.time_ns()}") as client:
        await client.subscribe("plant/#", qos=1)
        sender, began, count = elsewhere(burst, port), time.perf_counter(), 0
        async for _ in client.messages:
            count += 1
            if count == BURST:
                break
        rate = BURST / (time.perf_counter() - began)
        sender.terminate()
        return rate


async def in_time(
    name: str, source: MqttSource | SparkplugSource, tags: list[str], sender: Callable[[int], None], port: int
) -> Row:
    """Readings that were there before a second was over, of those that were sent."""
    await source.open()
    stream = source.stream(tags, {})
    waiting = asyncio.ensure_future(anext(stream))
    while not source.ready:
        await asyncio.sleep(0.01)
    if isinstance(source, SparkplugSource):
        await asyncio.to_thread(births, port)
        born = (await waiting).num_rows
        while born < TAGS:
            born += (await anext(stream)).num_rows
    process, cpu, began = elsewhere(sender, port), time.process_time(), time.perf_counter()
    ages: list[np.ndarray] = []
    async for batch in _until(stream, None if isinstance(source, SparkplugSource) else waiting, SECONDS + 3):
        ages.append(time.time() - batch.column("time").cast("int64").to_numpy() / 1e6)
    spent = time.process_time() - cpu
    process.terminate()
    await source.close()
    age = np.concatenate(ages)
    punctual = float((age < 1.0).sum()) / SECONDS
    facts = {
        "cpu_share": spent / (time.perf_counter() - began),
        "age_p50_ms": float(np.median(age)) * 1e3,
        "age_p99_ms": float(np.quantile(age, 0.99)) * 1e3,
        "missing": float(TAGS * SECONDS - len(age)),
    }
    row = Row(name, punctual, "readings/s in time", "sent", float(TAGS), punctual / TAGS, facts=facts)
    show(row)
    return row


async def _until(stream: AsyncIterator, waiting: asyncio.Future | None, seconds: float) -> AsyncIterator:
    try:
        async with asyncio.timeout(seconds):
            if waiting is not None:
                yield await waiting
            async for batch in stream:
                yield batch
    except TimeoutError:
        return


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with mosquitto(Path(folder)) as broker:
            port = broker.port
            at_once = await alternate(
                "mqtt_at_once", "readings/s", lambda: ours_at_once(port), "bare aiomqtt", lambda: bare_at_once(port)
            )
            topics = await in_time("mqtt_10k_topics_1hz", plain(port, "topics"), TOPICS, topics_at_1_hz, port)
            host = SparkplugSource(SparkplugSettings(host="127.0.0.1", port=port, client_id="host", host_id="bench"))
            tags = [f"G/n{node}//tag{metric}" for node in range(NODES) for metric in range(METRICS)]
            nodes = await in_time("sparkplug_100_nodes_1hz", host, tags, nodes_at_1_hz, port)
    print(write("mqtt", [at_once, topics, nodes]))


if __name__ == "__main__":
    asyncio.run(main())
