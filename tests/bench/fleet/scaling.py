"""Rows about more workers: a run's blocks on warm workers of Ray, one, two and four of them.

Every worker has a node of its own, with one logical CPU; all share this host's cores. What more workers than cores
cost is what their number costs by itself: the same work, cut finer and taken in turns.
"""

import asyncio
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import psutil
import ray
from harness import Row, compare

sys.path.insert(0, str(Path(__file__).parents[2] / "support"))
from ray_nodes import raise_nodes

from fleet.growth import bucket, frozen
from fleet.pool import CORES, alone
from services.enclaves.box.entry import QUIET
from services.kernel.ids import new_id
from services.training.cluster.board import Boards
from services.training.cluster.fit import Work
from services.training.cluster.nodes import seats
from services.training.cluster.workers import Pool

ASSETS = 512
WORKERS = (2, 4)


def scaling_rows(pairs: int) -> list[Row]:
    return asyncio.run(_measured(pairs))


async def _measured(pairs: int) -> list[Row]:
    async with bucket() as access:
        job = await asyncio.to_thread(alone, frozen, access, ASSETS)
        with _closed_and_quiet():
            return await asyncio.to_thread(alone, curve, job, pairs)


@contextmanager
def _closed_and_quiet() -> Iterator[None]:
    """For processes that start meanwhile: Ray as in a box, closed to who has no token."""
    before = dict(os.environ)
    os.environ.update(QUIET | {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def curve(job: Work, pairs: int) -> list[Row]:
    """In a process of its own, as Ray's driver."""
    temp = Path(tempfile.mkdtemp(prefix="andon-ray-"))
    try:
        raise_nodes([1] * max(WORKERS), temp)
        boards = Boards()
        works = {size: partial(_train, job, boards, _Trainers(size)) for size in (1, *WORKERS)}
        return [_row(size, works, pairs) for size in WORKERS]
    finally:
        ray.shutdown()
        shutil.rmtree(temp, ignore_errors=True)


class _Trainers:
    """So many warm workers, and what they have used of the processor."""

    def __init__(self, size: int) -> None:
        self.pool, self.seats = Pool(), seats()[:size]
        self.pool.warm(self.seats)
        pids = ray.get([worker.ready.remote() for worker in self.pool.workers.values()])
        self._processes = [psutil.Process(pid) for pid in pids]

    def cpu_s(self) -> float:
        return sum(sum(process.cpu_times()[:2]) for process in self._processes)


def _train(job: Work, boards: Boards, trainers: _Trainers) -> float:
    """All blocks, as a run that has done none of them. The workers' CPU seconds."""
    again = replace(job, command=replace(job.command, run=new_id()))
    before = trainers.cpu_s()
    trainers.pool.run(again, boards.open(str(again.command.run)), trainers.seats)
    return trainers.cpu_s() - before


def _row(size: int, works: dict[int, Callable[[], float]], pairs: int) -> Row:
    ours, one = ((works[each], 2 * ASSETS) for each in (size, 1))
    row = compare(f"fleet_run_{size}_workers", "models/s", ours, "one worker", one, pairs)
    assert row.ratio is not None
    return replace(row, facts=row.facts | {"cores": CORES, "share_of_cores": row.ratio / min(size, CORES)})
