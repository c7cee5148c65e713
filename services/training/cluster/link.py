"""The trainer's end of the stream: commands in, progress out, a call to stop at any time."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as StreamError
from nats.js import JetStreamContext

from services.enclaves.box.login import proof
from services.kernel import subjects
from services.kernel.pull import ConsumerLost, Puller
from services.kernel.streams import StreamClient
from services.training.cluster.messages import Kind, Outcome, Progress, TrainCommand
from services.training.cluster.trainer import Trainer, refusal

log = logging.getLogger(__name__)

CONSUMER = "trainer"
MOST_ATTEMPTS = 5
"""A run that outlives so many trainers is not begun again."""
RENEWED_S = 60.0
"""A cluster that is to have other plugins is started anew within seconds."""
_RENEWED_LOOK_S = 0.2
_BEAT_S = 3.0
_RETRY_S = 1
_PUBLISH_S = 10.0


@dataclass(frozen=True, slots=True)
class StreamLogin:
    url: str
    user: str
    password: str
    inbox_prefix: str


@dataclass(slots=True)
class Link:
    client: Client
    js: JetStreamContext
    trainer: Trainer
    busy: Callable[[bool], None]
    """Told when a run is taken and when it is given back."""

    @classmethod
    @asynccontextmanager
    async def open(cls, login: StreamLogin, trainer: Trainer, busy: Callable[[bool], None]) -> AsyncIterator[Self]:
        """Connected, and listening to calls to stop."""
        client = StreamClient()
        await client.connect(
            login.url,
            **proof(login.user, login.password),
            inbox_prefix=login.inbox_prefix.encode(),
            name="trainer",
            max_reconnect_attempts=-1,
            reconnect_time_wait=_RETRY_S,
            allow_reconnect=True,
            error_cb=_report,
        )
        link = cls(client, client.jetstream(timeout=_PUBLISH_S), trainer, busy)
        try:
            await client.subscribe(subjects.TRAIN_CANCEL, cb=link._called_off)
            yield link
        finally:
            await client.close()

    async def serve(self) -> None:
        """Takes one command after the other, until cancelled."""
        while True:
            try:
                async with Puller.of(self.js, subjects.TRAIN_COMMANDS_STREAM, CONSUMER, batch=1) as puller:
                    while True:
                        for message in await puller.next():
                            await self.take(message)
            except (ConsumerLost, StreamError) as error:
                log.warning("the stream of commands is away: %r", error)
                await asyncio.sleep(_RETRY_S)

    async def take(self, message: Msg) -> None:
        """Trains what a command asks for, keeps the command alive meanwhile, and answers for its end."""
        try:
            command = TrainCommand.decode(message.data)
        except ValueError as error:
            log.error("command refused: %s", error)
            await message.term()
            return
        beating = asyncio.create_task(_beat(message))
        try:
            await renewed(command, self.trainer.unwanted)
            self.busy(True)
            last = await self._train(command, message.metadata.num_delivered)
            await self._say_for_sure(last)
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
            self.busy(False)
        await message.ack_sync(timeout=_PUBLISH_S)

    async def _train(self, command: TrainCommand, attempt: int) -> Progress:
        if attempt > MOST_ATTEMPTS:
            reason = f"The trainer was lost {MOST_ATTEMPTS} times during this run."
            return Progress(command.run, Kind.FINISHED, attempt, 0.0, reason, outcome=Outcome.FAILED)
        try:
            return await self.trainer.train(command, attempt, self._say)
        except Exception as error:
            log.exception("run failed")
            reason = f"The training cluster could not train: {type(error).__name__}: {error}"
            return Progress(command.run, Kind.FINISHED, attempt, 0.0, reason[:2000], outcome=Outcome.FAILED)

    async def _say(self, progress: Progress) -> None:
        """A word that may be lost: another one follows soon."""
        try:
            await self.js.publish(subjects.train_progress(progress.run), progress.encode())
        except (StreamError, TimeoutError) as error:
            log.warning("progress was not taken: %r", error)

    async def _say_for_sure(self, progress: Progress) -> None:
        """The last word: said until the stream has it on disk."""
        while True:
            try:
                await self.js.publish(subjects.train_progress(progress.run), progress.encode())
                return
            except (StreamError, TimeoutError) as error:
                log.warning("the end of a run was not taken: %r", error)
                await asyncio.sleep(_RETRY_S)

    async def _called_off(self, message: Msg) -> None:
        try:
            self.trainer.stop(UUID(message.data.decode()))
        except ValueError:
            log.warning("a call to stop names no run")


async def renewed(command: TrainCommand, unwanted: Collection[UUID], seconds: float = RENEWED_S) -> None:
    """Returns at once where this cluster has the command's plugin. Else it waits for the cluster to be started anew
    with it, which ends this process: a run may be asked for in the moment in which its plugin came to be used. What was
    waited for in vain is refused by the trainer. A run of `unwanted` waits no more."""
    for _ in range(round(seconds / _RENEWED_LOOK_S)):
        if refusal(command) is None or command.run in unwanted:
            return
        await asyncio.sleep(_RENEWED_LOOK_S)


async def _beat(message: Msg) -> None:
    """Says that the command is being worked on, or the stream would give it to another trainer."""
    while True:
        try:
            await message.in_progress()
        except StreamError as error:
            log.warning("a heartbeat was not taken: %r", error)
        await asyncio.sleep(_BEAT_S)


async def _report(error: Exception) -> None:
    log.warning("stream connection: %r", error)
