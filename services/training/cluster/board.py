"""Where workers say how far they are, and read whether to stop.

One actor for the cluster's life, with a page a run: to start a process for each run would cost more than a small run.
"""

from dataclasses import dataclass, field
from typing import Any

import ray
from ray.exceptions import RayActorError

from services.training.cluster.nodes import here


@dataclass(slots=True)
class _Notes:
    shares: dict[int, float] = field(default_factory=dict[int, float])
    reasons: list[str] = field(default_factory=list[str])
    losses: int = 0
    stopping: bool = False


class _Board:
    """Holds the page of the present run. Who writes on another page is told to stop: that run is over."""

    def __init__(self) -> None:
        self.key, self.notes = "", _Notes()

    def open(self, key: str) -> None:
        self.key, self.notes = key, _Notes()

    def report(self, key: str, block: int, share: float) -> bool:
        if key != self.key:
            return True
        self.notes.shares[block] = share
        return self.notes.stopping

    def stop(self, key: str) -> None:
        if key == self.key:
            self.notes.stopping = True

    def give_reason(self, key: str, reason: str) -> None:
        if key == self.key:
            self.notes.reasons.append(reason)

    def reasons(self) -> list[str]:
        return self.notes.reasons

    def note_loss(self, key: str) -> None:
        if key == self.key:
            self.notes.losses += 1

    def standing(self) -> tuple[float, int]:
        return sum(self.notes.shares.values()), self.notes.losses


# Takes no CPU of the scheduler: it waits most of its life, and Ray Train needs all CPUs beside it.
_RemoteBoard: Any = ray.remote(num_cpus=0)(_Board)


@dataclass(frozen=True, slots=True)
class Page:
    """A run's page, in the driver and in every worker."""

    actor: Any
    key: str

    def report(self, block: int, share: float) -> bool:
        """Whether to stop."""
        return bool(ray.get(self.actor.report.remote(self.key, block, share)))

    def give_reason(self, reason: str) -> None:
        ray.get(self.actor.give_reason.remote(self.key, reason))

    def reasons(self) -> list[str]:
        return ray.get(self.actor.reasons.remote())

    def stop(self) -> None:
        """Does not wait."""
        self.actor.stop.remote(self.key)

    def note_loss(self) -> None:
        """Workers were lost, and what they had not finished is begun again."""
        ray.get(self.actor.note_loss.remote(self.key))

    async def standing(self) -> tuple[float, int]:
        """Blocks done, a half-done one as its share, and how often workers were lost."""
        return await self.actor.standing.remote()


class Boards:
    """The cluster's board; another one when it was lost."""

    def __init__(self) -> None:
        self._actor = _put_up()

    def open(self, key: str) -> Page:
        """A fresh page; blocks for a moment."""
        try:
            ray.get(self._actor.open.remote(key))
        except RayActorError:
            self._actor = _put_up()
            ray.get(self._actor.open.remote(key))
        return Page(self._actor, key)


def _put_up() -> Any:
    return _RemoteBoard.options(scheduling_strategy=here()).remote()
