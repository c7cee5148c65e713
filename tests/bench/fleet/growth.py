"""Rows about growth: the loop that trains in a cluster, on fleets of several sizes, each in a process of its own.

A snapshot is frozen into a real bucket; a worker loads each block from it, trains, measures, and writes packs and
checkpoints back, as in a run. Only Ray is missing, which hands the blocks out.
"""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import polars as pl
from harness import Row, show

from fleet.line import Line, power
from fleet.pool import alone, memory_mb
from infra.local import s3
from infra.local.state import State
from infra.local.supervisor import Supervisor
from services.blueprints.host import installed
from services.datasets.content import SignalColumn
from services.datasets.writer import Described, Range, freeze
from services.kernel.ids import new_id
from services.readings.history import PARTITION
from services.training.cluster.fit import Work, warm_up, work
from services.training.cluster.messages import BlockResult, ContractOrder, TrainAsset, TrainCommand, block_object
from services.training.cluster.objects import BucketAccess
from services.training.cluster.plan import blocks_of
from services.training.cluster.rows import count_rows

BLUEPRINT = "water-loop-watch"
SIZES, FULL_SIZES = (250, 500, 1_000, 2_000), (500, 1_000, 2_000, 5_000, 10_000)
ROWS = 400
EPOCHS = 50
START = datetime(2026, 3, 1, tzinfo=UTC)
FAR = 100_000
BUCKET = "bench"


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one run in its process."""

    assets: int
    wall_s: float
    cpu_s: float
    laps: dict[str, float]
    """Wall seconds of all blocks by stage."""
    peak_mb: float
    idle_mb: float
    """Resident before the run, with everything imported."""


def growth_rows(full: bool) -> list[Row]:
    return asyncio.run(_measured(FULL_SIZES if full else SIZES))


async def _measured(sizes: Sequence[int]) -> list[Row]:
    async with bucket() as access:
        costs = [await asyncio.to_thread(_run, access, assets) for assets in sizes]
    return [*_time(costs), *_memory(costs)]


@asynccontextmanager
async def bucket() -> AsyncIterator[BucketAccess]:
    """An object server in a folder of its own that is gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="andon-bench-"))
    state = State(home)
    supervisor = Supervisor(state)
    try:
        await supervisor.start(s3.part(state))
        s3.admin_client(state).make_bucket(BUCKET)
        yield BucketAccess(s3.endpoint(state), BUCKET, s3.ADMIN, state.secret("s3-admin"))
    finally:
        await supervisor.stop_all()
        shutil.rmtree(home)


def _run(access: BucketAccess, assets: int) -> Cost:
    job = alone(frozen, access, assets)  # what freezing takes is given back before the run
    cost = alone(run, job)
    stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in cost.laps.items())
    print(
        f"    {assets:,} assets: {cost.wall_s:.1f} s ({stages}), {cost.cpu_s:.1f} s of CPU, "
        f"{cost.peak_mb:,.0f} MB at most, {cost.idle_mb:,.0f} before",
        flush=True,
    )
    return cost


def frozen(access: BucketAccess, assets: int) -> Work:
    """In a process of its own: a snapshot of the fleet in the bucket, and the run that trains on it."""
    offered = installed().blueprints[BLUEPRINT]
    contract = installed().contracts[offered.blueprint.contract]
    order = ContractOrder(
        new_id(),
        1,
        contract.keys,
        tuple(signal.importance == "essential" for signal in contract.signals),
        tuple(False for _ in contract.signals),
    )
    ids = [UUID(int=number) for number in range(assets)]
    middle = np.array([(signal.low + signal.high) / 2 for signal in contract.signals])
    spread = np.array([(signal.high - signal.low) / 50 for signal in contract.signals])
    values = middle + spread * np.random.default_rng(0).normal(size=(assets * ROWS, len(middle)))
    times = [START + timedelta(minutes=minute) for minute in range(ROWS)]
    one = pl.DataFrame({"time": times}).with_columns(pl.col("time").dt.date().alias(PARTITION))
    frame = (
        pl.DataFrame({"asset": [str(asset) for asset in ids]})
        .join(one, how="cross", maintain_order="left_right")
        .with_columns(pl.Series(key, values[:, column]) for column, key in enumerate(contract.keys))
    )
    wanted = Range(tuple(map(str, ids)), START, START + timedelta(days=1))
    columns = tuple(SignalColumn(signal.key, signal.unit) for signal in contract.signals)
    manifest = freeze(access.client(), access.bucket, frame.lazy(), wanted, Described(contract.key, 1, columns))
    assert manifest is not None
    assert manifest.content.rows == assets * ROWS
    command = TrainCommand(
        run=new_id(),
        snapshot=manifest.content.digest,
        blueprint=BLUEPRINT,
        blueprint_version=offered.blueprint.version,
        plugin=offered.plugin.name,
        plugin_digest=offered.plugin.digest,
        parameters={"epochs": EPOCHS},
        seed=0,
        contract=order,
        assets=assets,
    )
    rows = count_rows(access, command.snapshot, [str(asset) for asset in ids])
    blocks = tuple(blocks_of(rows, len(contract.signals)))
    return Work(command, tuple(TrainAsset(asset, None) for asset in ids), access, blocks)


def run(job: Work) -> Cost:
    """In a process of its own: all blocks of the run, as one worker would."""
    installed()
    warm_up()
    idle = memory_mb()["VmHWM"]
    numbers = range(len(job.blocks))
    wall, cpu = time.perf_counter(), time.process_time()
    work(job, numbers, lambda block, share: False)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = memory_mb()["VmHWM"]
    results = [BlockResult.decode(job.bucket.get(block_object(job.command.run, n)) or b"") for n in numbers]
    assert sum(asset.index is not None for result in results for asset in result.assets) == len(job.assets)
    laps = {name: sum(result.seconds[name] for result in results) for name in results[0].seconds}
    return Cost(len(job.assets), wall, cpu, laps, peak, idle)


def _time(costs: Sequence[Cost]) -> list[Row]:
    line = power(np.array([cost.assets for cost in costs]), np.array([cost.cpu_s for cost in costs]))
    seconds, error = line.at(float(np.log(FAR)))
    largest = costs[-1]
    others = {f"{name}_s": value for name, value in largest.laps.items()}
    found = [
        Row("fleet_run_growth", line.slope, "exponent of assets in CPU time", "linear", 1.0, line.slope,
            line.slope - line.slope_error, line.slope + line.slope_error,
            {f"cpu_s_{cost.assets}": cost.cpu_s for cost in costs}),
        Row("fleet_run_100000_assets", float(np.exp(seconds)) / 3600, "CPU hours, extrapolated", facts={
            "low": float(np.exp(seconds - error)) / 3600, "high": float(np.exp(seconds + error)) / 3600}),
        Row("fleet_run_vs_training", largest.wall_s, f"s for {largest.assets} assets", "their training alone",
            largest.laps["train"], largest.wall_s / largest.laps["train"], facts=others),
    ]  # fmt: skip
    for row in found:
        show(row)
    return found


def _memory(costs: Sequence[Cost]) -> list[Row]:
    small, large = costs[1], costs[-1]
    line = Line.of(np.array([cost.assets for cost in costs], float), np.array([cost.peak_mb for cost in costs]))
    far, error = line.at(FAR)
    found = [
        Row("fleet_run_memory", large.peak_mb, f"MB at most, {large.assets} assets", f"{small.assets} assets",
            small.peak_mb, large.peak_mb / small.peak_mb, facts={"idle_mb": large.idle_mb}),
        Row("fleet_run_memory_growth", 1000 * line.slope, "MB a thousand assets",
            facts={"error": 1000 * line.slope_error, "mb_100000": far, "error_100000": error}),
    ]  # fmt: skip
    for row in found:
        show(row)
    return found
