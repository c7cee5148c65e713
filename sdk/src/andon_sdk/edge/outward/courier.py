"""Empties the queue of one destination, oldest first, for as long as it takes."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from andon_sdk.destination import DestinationUnavailable, Notice, SettingsRefused, Sink, Undeliverable
from andon_sdk.edge.outward.waiting import Queued, Waiting

_PAUSES_S = (1.0, 2.0, 5.0, 15.0, 60.0, 300.0)
_DEFECTS = 3
"""So often may a destination fail in a way it did not announce with the same notice before that is put aside."""

_log = logging.getLogger(__name__)


@dataclass
class Health:
    """What the status of an edge shows of a destination."""

    delivered: int = 0
    refused: int = 0
    since: datetime | None = None
    """When it began to fail; None while it works."""
    reason: str = ""
    stopped: bool = False
    """Its settings were refused; nothing is tried before the next start."""
    last_at: datetime | None = None
    """When the last notice was delivered."""


@dataclass(frozen=True, slots=True)
class Limits:
    answer_s: float = 30.0
    """Longest time for one notice."""
    keep: timedelta = timedelta(hours=72)
    """Longest time that a notice waits, from when the edge learned of it."""


class Courier:
    def __init__(
        self,
        name: str,
        sink: Sink,
        waiting: Waiting,
        now: Callable[[], datetime],
        limits: Limits | None = None,
        pauses_s: tuple[float, ...] = _PAUSES_S,
    ) -> None:
        self.name, self.waiting, self.health = name, waiting, Health()
        self._sink, self._now, self._limits, self._pauses_s = sink, now, limits or Limits(), pauses_s
        self._news = asyncio.Event()
        self._opened = False
        self._failures = self._defects = 0

    def wake(self) -> None:
        """There is something in the queue."""
        self._news.set()

    async def run(self) -> None:
        """Until it is cancelled, or its settings are refused: no waiting mends that, and what is in the queue stays."""
        try:
            while True:
                self._news.clear()
                queued = self.waiting.next(self._now())
                if queued is None:
                    await self._wait()
                elif self._now() - queued.since > self._limits.keep:
                    reason = self.health.reason or "the edge was not running"
                    self._put_aside(queued, f"could not be delivered within {self._limits.keep}: {reason}")
                elif (pause_s := await self._try(queued)) > 0:
                    await asyncio.sleep(pause_s * random.uniform(0.8, 1.2))  # noqa: S311  no secret
        except SettingsRefused as error:
            _log.error("destination %s does not go on: %s", self.name, error)
            self.health.stopped, self.health.reason = True, str(error)
        finally:
            await self._close()

    async def _wait(self) -> None:
        """For news, or until the next call that is held back may go."""
        wakes_at = self.waiting.wakes_at()
        seconds = None if wakes_at is None else max(0.0, (wakes_at - self._now()).total_seconds())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()

    async def _try(self, queued: Queued) -> float:
        """Brings one notice; answers how long to pause before the next try, in seconds."""
        try:
            await self._deliver(queued.notice)
        except SettingsRefused:
            raise
        except Undeliverable as error:
            self._put_aside(queued, str(error))
        except (DestinationUnavailable, TimeoutError) as error:
            return await self._fail(str(error) or f"no answer within {self._limits.answer_s:g} s")
        except Exception as error:  # noqa: BLE001  whatever a plugin raises, the edge goes on
            _log.exception("destination %s failed in a way it did not announce", self.name)
            self._defects += 1
            if self._defects >= _DEFECTS:
                self._put_aside(queued, f"the destination is defective: {error!r}")
            return await self._fail(f"defective: {error!r}")
        else:
            self.waiting.done(queued)
            self.health.delivered += 1
            self.health.last_at, self.health.since, self.health.reason = self._now(), None, ""
        self._failures = self._defects = 0
        return 0.0

    async def _deliver(self, notice: Notice) -> None:
        async with asyncio.timeout(self._limits.answer_s):
            if not self._opened:
                await self._sink.open()
                self._opened = True
            await self._sink.deliver(notice)

    async def _fail(self, reason: str) -> float:
        """Notes it and closes; answers for how long to leave it, each time longer."""
        self.health.since = self.health.since or self._now()
        self.health.reason = reason
        _log.warning("destination %s: %s", self.name, reason)
        await self._close()
        pause_s = self._pauses_s[min(self._failures, len(self._pauses_s) - 1)]
        self._failures += 1
        return pause_s

    async def _close(self) -> None:
        self._opened = False
        try:
            async with asyncio.timeout(self._limits.answer_s):
                await self._sink.close()
        except Exception:  # noqa: BLE001  whatever a plugin raises, the next attempt opens it anew
            _log.exception("destination %s could not be closed", self.name)

    def _put_aside(self, queued: Queued, reason: str) -> None:
        _log.error("destination %s refuses a notice, put aside as %s: %s", self.name, queued.path.stem, reason)
        self.waiting.refuse(queued, reason)
        self.health.refused += 1
        self._defects = 0
