"""Processes as a real run has them: trainers one a core, started once and kept warm, with one thread each."""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeVar

import torch
from threadpoolctl import threadpool_limits

_Made = TypeVar("_Made")
CORES = len(os.sched_getaffinity(0))


def one_thread() -> None:
    """In a process that measures: torch and the libraries below numpy take one thread from now on."""
    torch.set_num_threads(1)
    threadpool_limits(1)


class Trainers:
    """`with Trainers() as trainers`."""

    def __init__(self, size: int = CORES) -> None:
        self.size = size
        self._pool = ProcessPoolExecutor(size, mp_context=get_context("spawn"), initializer=one_thread)

    def __enter__(self) -> "Trainers":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def each(self, work: Callable[..., _Made], tasks: Sequence[tuple[Any, ...]]) -> list[_Made]:
        """`work(*task)` of every task; a trainer that is free takes the next."""
        return [future.result() for future in [self._pool.submit(work, *task) for task in tasks]]

    def cpu_s(self, work: Callable[..., object], tasks: Sequence[tuple[Any, ...]]) -> float:
        """Does the same, and answers the CPU seconds it took in all trainers."""
        return sum(self.each(_timed, [(work, *task) for task in tasks]))


def alone(work: Callable[..., _Made], *given: Any) -> _Made:
    """`work(*given)` in a process of its own that has done nothing else and ends with it."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=one_thread) as pool:
        return pool.submit(work, *given).result()


def _timed(work: Callable[..., object], *given: Any) -> float:
    before = time.process_time()
    work(*given)
    return time.process_time() - before


def memory_mb() -> dict[str, float]:
    """Of this process: `VmHWM` is the most it ever had resident, `RssAnon` what is its own now, `RssFile` mapped."""
    with open("/proc/self/status", encoding="ascii") as status:
        lines = dict(line.split(":", 1) for line in status)
    return {name: int(lines[name].split()[0]) / 1024 for name in ("VmHWM", "RssAnon", "RssFile")}
