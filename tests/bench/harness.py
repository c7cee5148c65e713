"""Measure two ways in alternation and write the figures to `.bench/<part>.json`.

Machines are noisy: an absolute time means little, the ratio of two ways run one right after the other a lot. Every
figure is the median of its pairs with the spread of the ratio beside it.
"""

import json
import os
import platform
import resource
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

PAIRS = 5
FOLDER = Path(__file__).parents[2] / ".bench"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a benchmark: `value` of ours against `against_value` of `against`, both in `unit`."""

    name: str
    value: float
    unit: str
    against: str = ""
    against_value: float | None = None
    ratio: float | None = None
    ratio_lo: float | None = None
    ratio_hi: float | None = None
    facts: dict[str, float] = field(default_factory=dict)
    """Beside the figure: CPU seconds, quality that was asserted equal. `ratio_of_cpu` is the ratio by CPU time, which
    other work on the machine disturbs less."""


@dataclass(frozen=True, slots=True)
class Timed:
    wall_s: float
    cpu_s: float


def timed(work: Callable[[], object]) -> Timed:
    """Work may answer, as a float, the CPU seconds that other processes spent on it."""
    wall, cpu = time.perf_counter(), time.process_time()
    elsewhere = work()
    spent = time.process_time() - cpu + (elsewhere if isinstance(elsewhere, float) else 0.0)
    return Timed(time.perf_counter() - wall, spent)


def compare(
    name: str,
    unit: str,
    ours: tuple[Callable[[], object], float],
    against: str,
    theirs: tuple[Callable[[], object], float],
    pairs: int = PAIRS,
    **facts: float,
) -> Row:
    """Run both in alternation, once unmeasured first; each is (work, units of work done), figures are units a
    second."""
    for work, _ in (ours, theirs):
        work()
    runs = [(timed(ours[0]), timed(theirs[0])) for _ in range(pairs)]
    rates = [(ours[1] / a.wall_s, theirs[1] / b.wall_s) for a, b in runs]
    ratios = [a / b for a, b in rates]
    of_cpu = [(ours[1] / a.cpu_s) / (theirs[1] / b.cpu_s) for a, b in runs]
    row = Row(
        name=name,
        value=statistics.median(a for a, _ in rates),
        unit=unit,
        against=against,
        against_value=statistics.median(b for _, b in rates),
        ratio=statistics.median(ratios),
        ratio_lo=min(ratios),
        ratio_hi=max(ratios),
        facts={
            "cpu_s": statistics.median(a.cpu_s for a, _ in runs),
            "against_cpu_s": statistics.median(b.cpu_s for _, b in runs),
            "ratio_of_cpu": statistics.median(of_cpu),
            **facts,
        },
    )
    show(row)
    return row


async def alternate(
    name: str,
    unit: str,
    ours: Callable[[], Awaitable[float]],
    against: str,
    theirs: Callable[[], Awaitable[float]],
    pairs: int = PAIRS,
) -> Row:
    """Like `compare`, for work that waits on servers: each call does its work once and answers its own figure."""
    await ours()
    await theirs()
    figures: list[tuple[float, float]] = []
    cpu: list[float] = []
    for _ in range(pairs):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        value = await ours()
        cpu.append(resource.getrusage(resource.RUSAGE_SELF).ru_utime - before)
        figures.append((value, await theirs()))
    ratios = [value / other for value, other in figures]
    row = Row(
        name=name,
        value=statistics.median(value for value, _ in figures),
        unit=unit,
        against=against,
        against_value=statistics.median(other for _, other in figures),
        ratio=statistics.median(ratios),
        ratio_lo=min(ratios),
        ratio_hi=max(ratios),
        facts={"user_cpu_s": statistics.median(cpu)},
    )
    show(row)
    return row


def show(row: Row) -> None:
    line = f"{row.name:36} {row.value:14,.1f} {row.unit}"
    if row.ratio is not None:
        spread = f"; {row.ratio_lo:.2f}-{row.ratio_hi:.2f}" if row.ratio_lo is not None else ""
        line += f"   {row.ratio:8.2f} x {row.against} ({row.against_value:,.1f}{spread})"
    print(line, flush=True)


def write(part: str, rows: list[Row]) -> Path:
    """Write `.bench/<part>.json`."""
    FOLDER.mkdir(exist_ok=True)
    machine = {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    path = FOLDER / f"{part}.json"
    path.write_text(json.dumps({"machine": machine, "rows": [asdict(row) for row in rows]}, indent=2), encoding="utf-8")
    return path
