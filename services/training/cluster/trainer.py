"""One run in the cluster: takes a command apart, has it trained, and says how it is going."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from services.blueprints.host import installed
from services.training.cluster.board import Boards, Page
from services.training.cluster.fit import Work
from services.training.cluster.messages import (
    Kind,
    Outcome,
    Progress,
    Span,
    TrainCommand,
    assets_object,
    decode_assets,
)
from services.training.cluster.nodes import notice_losses, seats
from services.training.cluster.objects import BucketAccess
from services.training.cluster.plan import blocks_of
from services.training.cluster.rows import count_rows
from services.training.cluster.workers import FLEET_ASSETS, Pool, RunBroken, RunStopped, WorkersLost, run_fleet

log = logging.getLogger(__name__)

SAY_S = 0.5
"""Between two words about a run."""
LIVES = 3
"""How often a run is begun on workers that keep dying."""
SPEAK_S = 2.0
"""A trainer that has a run is heard at least this often."""

Say = Callable[[Progress], Any]


class Cluster(Protocol):
    """Where a run is trained."""

    def begin(self, key: str) -> Page:
        """A page on the board for one attempt of a run; blocks for a moment."""
        ...

    def run(self, job: Work, page: Page) -> None:
        """Blocks until it is done. Raises `RunStopped`, `RunBroken`."""
        ...


@dataclass(slots=True)
class RayCluster:
    """Warm workers for small runs, Ray Train for fleets; on all nodes that are there when an attempt begins."""

    pool: Pool
    boards: Boards
    storage: Path
    fleet_assets: int = FLEET_ASSETS

    def begin(self, key: str) -> Page:
        return self.boards.open(key)

    def run(self, job: Work, page: Page) -> None:
        for left in reversed(range(LIVES)):
            try:
                self._attempt(job, page)
                return
            except WorkersLost as error:
                if not left:
                    raise RunBroken(f"Workers of the training cluster were lost {LIVES} times: {error}") from error
                log.warning("workers were lost: %s", error)
            page.note_loss()
            notice_losses()

    def _attempt(self, job: Work, page: Page) -> None:
        """Raises `WorkersLost` besides. Blocks that are done are in the bucket and are not done again."""
        room = seats()
        if not room:
            raise RunBroken("No node of the training cluster has a core.")
        if len(job.assets) > self.fleet_assets:
            run_fleet(job, page, len(room), self.storage)
        else:
            self.pool.run(job, page, room)


@dataclass(slots=True)
class Trainer:
    """Trains one run after the other. `stop` may be called at any time, for any run."""

    cluster: Cluster
    bucket: BucketAccess
    unwanted: set[UUID] = field(default_factory=set[UUID])
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _draining: "asyncio.Future[None] | None" = None
    """A run that was told to stop and has not stopped yet; its workers are needed again."""

    def stop(self, run: UUID) -> None:
        self.unwanted.add(run)
        self._woken.set()

    async def train(self, command: TrainCommand, attempt: int, say: Say) -> Progress:
        """The last word about the run, which is not said yet. `say` takes every other."""
        clock = Timeline()
        if reason := refusal(command):
            return self._end(command, attempt, Outcome.FAILED, reason, clock)
        await say(Progress(command.run, Kind.TAKEN, attempt, 0.0, _taken(command, attempt)))
        await self._drained(Progress(command.run, Kind.PROGRESS, attempt, 0.0, "Waiting for the run before."), say)
        data = await asyncio.to_thread(self.bucket.get, assets_object(command.run))
        if data is None:
            return self._end(command, attempt, Outcome.FAILED, "The list of the run's assets is missing.", clock)
        listed = tuple(sorted(decode_assets(data), key=lambda asset: str(asset.asset)))
        rows = await asyncio.to_thread(count_rows, self.bucket, command.snapshot, [str(each.asset) for each in listed])
        blocks = tuple(blocks_of(rows, len(command.contract.signals)))
        job = Work(command, listed, self.bucket, blocks)
        page = await asyncio.to_thread(self.cluster.begin, f"{command.run}-{attempt}")
        clock.lap("begin")
        running = asyncio.ensure_future(asyncio.to_thread(self.cluster.run, job, page))
        try:
            await self._follow(running, job, page, attempt, say)
        except RunStopped:
            return self._end(command, attempt, Outcome.CANCELLED, "Cancelled.", clock)
        except RunBroken as error:
            return self._end(command, attempt, Outcome.FAILED, str(error), clock)
        clock.lap("train")
        return self._end(command, attempt, Outcome.TRAINED, "Trained.", clock, len(blocks))

    async def _follow(self, running: "asyncio.Future[None]", job: Work, page: Page, attempt: int, say: Say) -> None:
        """Says how far the run is until it is done. Raises `RunStopped` as soon as it is not wanted any more."""
        blocks, assets = len(job.blocks), len(job.assets)
        said, said_at = -1.0, 0.0
        while not running.done():
            if job.command.run in self.unwanted:
                page.stop()
                self._draining = running
                raise RunStopped
            done, losses = await page.standing()
            share = done / blocks
            if share > said or time.monotonic() - said_at > SPEAK_S:
                said, said_at = share, time.monotonic()
                doing = "Adapting" if job.command.lenders else "Training"
                text = f"{doing}: {int(share * assets)} of {assets} assets.{_told(losses)}"
                await say(Progress(job.command.run, Kind.PROGRESS, attempt, share, text))
            await self._pause(running)
        await running

    async def _pause(self, running: "asyncio.Future[None]") -> None:
        """Until there may be something to say: the run is done, a stop was called, or a while has passed."""
        woken = asyncio.ensure_future(self._woken.wait())
        await asyncio.wait({running, woken}, timeout=SAY_S, return_when=asyncio.FIRST_COMPLETED)
        woken.cancel()
        self._woken.clear()

    async def _drained(self, waiting: Progress, say: Say) -> None:
        """Until the workers are free. A run that was stopped on Ray Train takes seconds to let go of them."""
        if self._draining is None:
            return
        while not self._draining.done():
            await asyncio.wait({self._draining}, timeout=SPEAK_S)
            await say(waiting)
        if (error := self._draining.exception()) and not isinstance(error, RunStopped):
            log.warning("a run that was stopped ended with %r", error)
        self._draining = None

    def _end(
        self, command: TrainCommand, attempt: int, outcome: Outcome, message: str, clock: "Timeline", blocks: int = 0
    ) -> Progress:
        self.unwanted.discard(command.run)
        return Progress(
            command.run,
            Kind.FINISHED,
            attempt,
            1.0 if outcome is Outcome.TRAINED else 0.0,
            message,
            outcome=outcome,
            blocks=blocks,
            spans=tuple(clock.spans),
        )


def refusal(command: TrainCommand) -> str | None:
    """Why this environment cannot train the run: its code must be the code the platform offered."""
    offered = installed().blueprints.get(command.blueprint)
    if offered is None:
        return f"The training cluster has no blueprint “{command.blueprint}”. Restart it with the plugin installed."
    if offered.plugin.digest != command.plugin_digest:
        return f"The training cluster holds another version of the plugin {command.plugin}. Restart the cluster."
    return None


def _told(losses: int) -> str:
    if not losses:
        return ""
    times = "once" if losses == 1 else f"{losses} times"
    return f" Workers were lost {times}; what they had not finished is trained again."


def _taken(command: TrainCommand, attempt: int) -> str:
    doing = "Adapting models of the fleet to" if command.lenders else "Training"
    return f"{doing} {command.assets} assets." if attempt == 1 else f"Training goes on (attempt {attempt})."


@dataclass(slots=True)
class Timeline:
    """Spans of one run, one after the other."""

    spans: list[Span] = field(default_factory=list[Span])
    since: int = field(default_factory=time.time_ns)

    def lap(self, name: str) -> None:
        now = time.time_ns()
        self.spans.append(Span(name, self.since, now))
        self.since = now
