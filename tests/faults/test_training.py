"""kill -9 of the worker and of the trainer during a run: the run goes on, and nothing happens twice."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from andon_laser_drill.contract import LASER_DRILL
from drill_plant import drill_command, driver_of_ours
from training_plant import Runs

from services.blueprints import api as blueprints
from services.registry import api as registry
from services.training import api
from services.training.contracts import ENDED, RunState
from services.training.gates import TITLES

pytestmark = [pytest.mark.platform, pytest.mark.cluster, pytest.mark.alone, pytest.mark.timeout(600)]

RESUMED_S = 15.0
"""From the start of another worker to news of the run, on a machine that is not shared; a machine with more to do than
it has cores takes longer in proportion."""


def patience() -> float:
    return RESUMED_S * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


class Worker:
    """The platform's worker as a process of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.home / "worker-of-test.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "infra.worker"],
                env=os.environ | {"ANDON_HOME": str(self.home)},
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def process(platform: Any) -> Iterator[Worker]:
    worker = Worker(platform.settings.home)
    worker.start()
    yield worker
    worker.kill()


@pytest.fixture
def runs(platform: Any, tenant: Any, principal: Any, until: Any) -> Runs:
    return Runs(platform, tenant, principal, until)


async def numbers_of(runs: Runs, drills: Any) -> set[int]:
    """The highest version number of each drill."""
    async with runs.platform.unit(runs.tenant) as uow:
        return {(await registry.list_versions(uow, runs.principal, drill, first=1))[0].number for drill in drills}


async def test_worker_and_trainer_are_killed(process: Worker, runs: Runs, drills: Any) -> None:
    first = await runs.end(await runs.start(drill_command(drills, parameters={"epochs": 5.0})), 240)
    assert first.state in (RunState.SUCCEEDED, RunState.STOPPED), first
    ended = [first]
    for state in (RunState.FREEZING, RunState.TRAINING, RunState.CHECKING):
        run = await runs.start(drill_command(drills, parameters={"epochs": 20.0}))
        await passed(runs, run, state)
        process.kill()
        seen = await runs.get(run)
        process.start()
        started = time.monotonic()
        await moved(runs, seen)
        taken = time.monotonic() - started
        ended.append(await runs.end(run, 240))
        print(f"killed the worker while {seen.state.value}: went on after {taken:.1f} s, {dict(ended[-1].stages)}")
        assert ended[-1].state is RunState.SUCCEEDED, ended[-1]
        assert taken < patience()
    run = await runs.start(drill_command(drills, parameters={"epochs": 60.0}))
    await passed(runs, run, RunState.TRAINING)
    driver_of_ours().kill()
    ended.append(await runs.end(run, 300))
    print("killed the trainer:", dict(ended[-1].stages), ended[-1].message)
    assert ended[-1].state is RunState.SUCCEEDED, ended[-1]
    succeeded = sum(run.state is RunState.SUCCEEDED for run in ended)
    assert max(await numbers_of(runs, drills)) == succeeded
    gates_of_a_drill = len(TITLES) + len(blueprints.everything().gates_for(LASER_DRILL.key))
    async with runs.platform.unit(runs.tenant) as uow:
        for run in ended:
            gates = await api.gates_of(uow, runs.principal, run.id)
            assert len(gates) == len({(gate.asset_id, gate.key) for gate in gates}) == gates_of_a_drill * len(drills)


async def passed(runs: Runs, run: Any, state: RunState) -> None:
    """Until the run is in the state, or beyond it."""
    order = list(RunState)

    async def there() -> bool:
        return order.index((await runs.get(run)).state) >= order.index(state)

    await runs.until(there, 120)


async def moved(runs: Runs, seen: Any) -> None:
    """Until the run is heard of again; at once if it had ended when the worker was killed."""

    async def went_on() -> bool:
        now = await runs.get(seen)
        return now.state in ENDED or (now.state, now.progress, now.message) != (
            seen.state,
            seen.progress,
            seen.message,
        )

    await runs.until(went_on, 120)
