"""Two ways to run the loop on a cluster: warm workers for small runs, Ray Train for fleets.

Ray Train takes some ten seconds to start its workers, each time; a warm worker takes ten milliseconds. Ray Train gives
what a long run needs: workers that hold their cores, are watched, and leave nothing to the next run.
"""

import logging
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import RayActorError, RayError

from services.blueprints.environment import folder_of
from services.blueprints.host import installed
from services.fleet.errors import FleetError, TrainingStopped
from services.training.cluster.board import Page
from services.training.cluster.fit import Work, warm_up, work
from services.training.cluster.nodes import Seat, at
from services.training.cluster.plan import share_of

log = logging.getLogger(__name__)

FLEET_ASSETS = 256
"""Above this many assets a run goes to Ray Train."""
_FALL_S = 1.0
"""Workers that fall together are seen to fall within this time."""
_SEATINGS, _SEATING_S = 10, 0.5
"""How often workers are placed again that Ray put on another node, and how long it is given to hear of a new one."""


class RunStopped(Exception):
    """The run was asked to stop, and did."""


class RunBroken(Exception):
    """The run cannot be finished; the message says why, for people."""


class WorkersLost(Exception):
    """Workers died, alone or with their node; what is done is in the bucket, and the run may be begun again."""


class Worker:
    """A process that has everything imported and waits."""

    def node(self) -> str:
        """Where it is."""
        return ray.get_runtime_context().get_node_id()

    def ready(self) -> int:
        """Loads the plugins and what torch loads at its first step, so that the first run need not. The pid."""
        installed()
        warm_up()
        return os.getpid()

    def work(self, job: Work, numbers: Sequence[int], page: Page) -> str | None:
        return attempt(job, numbers, page)


# Takes no CPU of the scheduler: it waits most of its life, and Ray Train needs all CPUs beside it.
_RemoteWorker: Any = ray.remote(num_cpus=0)(Worker)


def over(folder: str) -> dict[str, Any]:
    """For Ray: processes that look into this folder before Andon's own packages, from their first import on, and that
    Ray gives to nobody without it."""
    known = os.environ.get("PYTHONPATH")
    return {"env_vars": {"PYTHONPATH": os.pathsep.join([folder, known] if known else [folder])}}


def attempt(job: Work, numbers: Sequence[int], page: Page) -> str | None:
    """Runs the loop; None when it is done, `stopped`, or the reason why the blueprint cannot be trained.

    What the blueprint raises is an answer, not an accident: to begin again would end the same way.
    """
    try:
        work(job, numbers, page.report)
    except TrainingStopped:
        return STOPPED
    except FleetError as error:
        return str(error)
    except (OSError, RayError):
        raise
    except Exception as error:
        log.exception("training failed")
        return f"The blueprint {job.command.blueprint} failed: {type(error).__name__}: {error}"
    return None


STOPPED = "stopped"


class Pool:
    """Warm workers, one a seat, all with the packages of one environment."""

    def __init__(self) -> None:
        self.workers: dict[Seat, Any] = {}
        self.folder: str | None = None
        """Of the packages that lie over Andon's own; None: no others do."""

    def warm(self, seats: Sequence[Seat]) -> None:
        """Waits until every worker has imported what it needs."""
        self._sit(seats)
        ray.get([worker.ready.remote() for worker in self.workers.values()])

    def run(self, job: Work, page: Page, seats: Sequence[Seat]) -> None:
        """Blocks until the run is done. Raises `RunStopped`, `RunBroken`, `WorkersLost`."""
        self._turn_to(folder_of(job.command.plugin))
        self._sit(seats)
        blocks, size = len(job.blocks), len(seats)
        calls = {
            self.workers[seat].work.remote(job, share_of(blocks, place, size), page): seat
            for place, seat in enumerate(seats)
        }
        try:
            reasons = ray.get(list(calls))
        except RayActorError as error:
            self._dismiss(calls)
            raise WorkersLost(str(error)) from error
        settle(reasons)

    def _turn_to(self, folder: str | None) -> None:
        """Dismisses workers with other packages: what a process has imported cannot be taken back."""
        if folder != self.folder:
            for worker in self.workers.values():
                ray.kill(worker)
            self.workers, self.folder = {}, folder

    def _sit(self, seats: Sequence[Seat]) -> None:
        """A worker on each of these seats and on no other. Raises `WorkersLost`."""
        for gone in self.workers.keys() - set(seats):
            ray.kill(self.workers.pop(gone))
        for _ in range(_SEATINGS):
            new = [seat for seat in seats if seat not in self.workers]
            placed = {"runtime_env": over(self.folder)} if self.folder is not None else {}
            for seat in new:
                self.workers[seat] = _RemoteWorker.options(scheduling_strategy=at(seat.node), **placed).remote()
            if not (astray := self._astray(new)):
                return
            log.info("placed again, as they were not on their nodes: %d workers", len(astray))
            for seat in astray:
                ray.kill(self.workers.pop(seat))
            time.sleep(_SEATING_S)
        raise WorkersLost("Nodes take no workers.")

    def _astray(self, new: Sequence[Seat]) -> list[Seat]:
        """Those that are on another node than theirs: a node that was just raised is not known to all others yet, and
        who does not know it places its workers at home."""
        try:
            nodes = ray.get([self.workers[seat].node.remote() for seat in new])
        except RayActorError as error:
            for seat in new:
                ray.kill(self.workers.pop(seat))
            raise WorkersLost(str(error)) from error
        return [seat for seat, node in zip(new, nodes, strict=True) if node != seat.node]

    def _dismiss(self, calls: Mapping[Any, Seat]) -> None:
        """Those that fell. The others finish what they are at, and are given the next attempt after it."""
        done, _ = ray.wait(list(calls), num_returns=len(calls), timeout=_FALL_S)
        for call in filter(_fell, done):
            ray.kill(self.workers.pop(calls[call]))


def _fell(call: Any) -> bool:
    try:
        ray.get(call)
    except RayActorError:
        return True
    except RayError:
        return False  # the worker stands; what it met, it meets again in the next attempt
    return False


def run_fleet(job: Work, page: Page, workers: int, storage: Path) -> None:
    """The same on Ray Train. Blocks; raises `RunStopped`, `RunBroken`, `WorkersLost`.

    Ray Train begins nothing again by itself. Where a node is lost it would wait for as many workers as before, or, with
    a range of workers, count nodes as they were up to twenty seconds ago.
    """
    from ray.train import FailureConfig, RunConfig, ScalingConfig, TrainingFailedError  # noqa: PLC0415 - costs seconds
    from ray.train.v2.api.data_parallel_trainer import DataParallelTrainer  # noqa: PLC0415

    trainer = DataParallelTrainer(
        train_shard,
        train_loop_config={"job": job, "page": page},
        scaling_config=ScalingConfig(num_workers=workers, resources_per_worker={"CPU": 1}),
        run_config=RunConfig(
            name=f"run-{job.command.run}",
            storage_path=str(storage),
            worker_runtime_env=over(folder) if (folder := folder_of(job.command.plugin)) is not None else None,
            failure_config=FailureConfig(max_failures=0, controller_failure_limit=0),
        ),
    )
    try:
        trainer.fit()
    except TrainingFailedError as error:
        raise WorkersLost(str(error)) from error
    settle(page.reasons())


def train_shard(config: dict[str, Any]) -> None:
    """Runs in every worker of Ray Train: its share of the blocks. A reason not to go on is written on the page.

    The blocks in the bucket are the checkpoints: they outlive the worker, the driver and the cluster.
    """
    from ray import train  # noqa: PLC0415

    context = train.get_context()
    job: Work = config["job"]
    numbers = share_of(len(job.blocks), context.get_world_rank(), context.get_world_size())
    reason = attempt(job, numbers, config["page"])
    if reason is not None:
        config["page"].give_reason(reason)


def settle(reasons: Sequence[str | None]) -> None:
    """Raises what the first worker that gave a reason says."""
    reason = next((reason for reason in reasons if reason is not None), None)
    if reason == STOPPED:
        raise RunStopped
    if reason is not None:
        raise RunBroken(reason)
