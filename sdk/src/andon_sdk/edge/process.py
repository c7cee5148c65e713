"""The process: everything of a file of settings, until it is stopped."""

import asyncio
import fcntl
import logging
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from andon_sdk.client import AsyncClient
from andon_sdk.connector import Connector
from andon_sdk.edge import mapping, plant, report, status
from andon_sdk.edge.assemble import Assembler
from andon_sdk.edge.backoff import Backoff
from andon_sdk.edge.channels import US, channels
from andon_sdk.edge.config import EdgeConfig, SourcePart
from andon_sdk.edge.errors import AlreadyRunning, AndonUnknown, ConfigRefused
from andon_sdk.edge.line import Bound, Line, Told, block_rows
from andon_sdk.edge.look import browse, opener
from andon_sdk.edge.mapping import Follower
from andon_sdk.edge.outward.way import Outward
from andon_sdk.edge.plant import KnownContract
from andon_sdk.edge.sender import Link, Sender

log = logging.getLogger("andon_sdk.edge")
TIMEOUT_S = 30.0
MOST_COLUMNS = 500
"""Of a contract that is fed no more, whose rows wait: taken to be wide."""


def client_of(config: EdgeConfig) -> AsyncClient:
    """Its own patience is none: what cannot be taken goes back to the buffer."""
    key = config.andon.key.get_secret_value()
    return AsyncClient(config.andon.url, key, timeout_s=TIMEOUT_S, patience_s=0)


def assembler_of(
    part: SourcePart, connector: Connector, known: dict[str, KnownContract | None], file: str
) -> Assembler:
    by_time = part.rows == "time" if part.rows else connector.rows_of_time
    mapping = channels(part.asset, plant.layouts(part, known, file))
    return Assembler(mapping, by_time=by_time, wait_us=round(part.wait_s * US))


async def run(config: EdgeConfig, file: str) -> None:
    """Runs until SIGINT or SIGTERM, or until it is cancelled. Raises `EdgeError` for what keeps it from beginning."""
    folder = config.buffer.folder
    folder.mkdir(parents=True, exist_ok=True)
    if not (config.destination or mapping.in_portal(config) or any(part.asset for part in config.source)):
        raise ConfigRefused("no source maps a tag to an asset: there is nothing to send.", file=file)
    openers = {part.name: opener(part, file) for part in config.source}
    with _alone(folder):
        async with client_of(config) as client:
            while await _with_mapping(config, openers, file, client):
                log.info("Andon maps tags otherwise now: sources are read anew")


async def _with_mapping(
    config: EdgeConfig, openers: dict[str, tuple[Connector, Any]], file: str, client: AsyncClient
) -> bool:
    """Runs with the mapping as it is now. Returns whether that changed; else the edge is to stop."""
    mapped = mapping.filled(config, mapping.read(config.buffer.folder))
    outward = Outward(mapped, file, client)
    known = await _learn(client, mapped)
    link = Link()
    lines: list[Line] = []
    senders: list[Sender] = []
    for part in mapped.source:
        if part.asset or part.mapping == "portal":
            _set_up(mapped, part, openers[part.name], known, file, client, link, lines, senders)
    try:
        return await _until_stopped(mapped, file, client, link, lines, senders, outward)
    finally:
        for line in lines:
            line.close()
        status.write(config.buffer.folder, status.now(config.andon.url, "stopped", lines, outward.told()))


def _set_up(
    config: EdgeConfig,
    part: SourcePart,
    opened: tuple[Connector, Any],
    known: dict[str, KnownContract | None],
    file: str,
    client: AsyncClient,
    link: Link,
    lines: list[Line],
    senders: list[Sender],
) -> None:
    connector, settings = opened
    idle = _idle(part, known, file)
    if idle is not None:
        part = part.model_copy(update={"asset": ()})
    wakes: dict[str, Sender] = {}
    bound = Bound(round(config.buffer.max_gb * 1e9), config.buffer.hours)
    line = Line(
        part.name,
        connector,
        settings,
        lambda: assembler_of(part, connector, known, file),
        config.buffer.folder / "sources" / part.name,
        bound,
        lambda contract: wakes[contract].wake(),
        part.mapping,
        idle,
    )
    lines.append(line)
    for contract, outbox in line.outboxes.items():
        layout = line.assembler.channels.layouts.get(contract)
        most = block_rows(2 + (MOST_COLUMNS if layout is None else len(layout.columns)))
        policy = config.andon.error_policy
        wakes[contract] = Sender(client, contract, outbox, line.progress[contract], policy, link, block_rows=most)
    senders.extend(wakes.values())


def _idle(part: SourcePart, known: dict[str, KnownContract | None], file: str) -> Told | None:
    """Why a source that is mapped in the portal has nothing to do; None where it has."""
    if part.mapping != "portal":
        return None
    if not part.asset:
        return Told("waiting", "No tag is mapped yet: map them on the page Edges of Andon.")
    try:
        plant.layouts(part, known, file)
    except ConfigRefused as error:
        return Told("refused", str(error))
    return None


async def _until_stopped(
    config: EdgeConfig,
    file: str,
    client: AsyncClient,
    link: Link,
    lines: list[Line],
    senders: list[Sender],
    outward: Outward,
) -> bool:
    """Reads, sends and tells, until a signal or another mapping ends all of it. Returns whether it was a mapping."""
    loop, stop, again = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)

    started_at = datetime.now(UTC)

    def said() -> dict[str, Any]:
        return status.now(config.andon.url, link.trouble, lines, outward.told())

    def mapped_anew() -> None:
        again.set()
        stop.set()

    async def tell() -> None:
        while True:
            status.write(config.buffer.folder, said())
            await asyncio.sleep(1)

    async with asyncio.TaskGroup() as group:
        works = [*(line.run() for line in lines), *(sender.run() for sender in senders), *outward.works(), tell()]
        works.append(report.run(client, lambda: report.report_of(config.andon.edge, started_at, said())))
        if mapping.in_portal(config):
            parts = {part.name: part for part in config.source}
            works.append(Follower(config, client, lambda name: browse(parts[name], file), mapped_anew).run())
        tasks = [group.create_task(work) for work in works]
        await stop.wait()
        for task in tasks:
            task.cancel()
    return again.is_set()


async def _learn(client: AsyncClient, config: EdgeConfig) -> dict[str, KnownContract | None]:
    """The contracts, however long Andon takes to answer for the first time."""
    keys = {part.contract for source in config.source for part in source.asset}
    backoff = Backoff()
    while True:
        try:
            return await plant.contracts(client, keys, config.buffer.folder / "contracts.json")
        except AndonUnknown as error:
            log.warning("%s", error)
            status.write(config.buffer.folder, status.now(config.andon.url, str(error), [], {}))
            await asyncio.sleep(backoff.pause())


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """The folder is this process's. The lock goes with the process, however that ends. Raises `AlreadyRunning`."""
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise AlreadyRunning(
                f"Another andon-edge has {folder} already. Give this one a folder of its own, or stop the other."
            ) from error
        file.write(str(os.getpid()))
        file.flush()
        yield
