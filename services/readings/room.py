"""Which messages of a stream may go. Pure rules; `services.readings.adapters.room` applies them.

Readings and scores refuse messages when they are full, so that none is lost before it is in history. Room is made by
the historian, which knows what is there:

* Up to `KEPT` of the limit everything stays, for a scorer that starts again reads back from where it stood.
* Above, the oldest messages go that are in history and that every reader is done with: as long as there is room, in one
  piece, so that a contract whose history lags holds those of the others too.
* Above `PRESSED` there is no room for that: first go, contract by contract, those that nobody needs, then all that are
  in history, whoever has not read them. History is the truth, and a cluster that never comes back must not stop the
  door. They are counted and logged.
* What is not in history never goes.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

KEPT, PRESSED = 0.25, 0.8
_STEPS = 8
"""In how many further steps a stream under pressure is searched for what may go, where the oldest messages may not."""


@dataclass(frozen=True, slots=True)
class Fill:
    """A stream's state: its first and last sequence, what it holds and what it may hold."""

    first: int
    last: int
    messages: int
    bytes: int
    limit: int

    @property
    def share(self) -> float:
        return self.bytes / self.limit

    def above(self, share: float) -> int:
        """The sequence below which lies what the stream has above that share of its limit.

        Messages are taken as of one size; where they are not, the next look corrects it. Counted from the end, for
        holes are at the beginning, among the rows that a lagging contract holds there.
        """
        if self.share <= share:
            return self.first
        return max(self.first, self.last + 1 - math.floor(self.messages * share * self.limit / self.bytes))


@dataclass(frozen=True, slots=True)
class Look:
    """What is known about a stream's messages at one moment."""

    fill: Fill
    unfiled: Mapping[str, int]
    """The first sequence of each subject that is not in history; the one after the last where all are."""
    unread: int
    """The first sequence that some reader is not done with."""


def calm(look: Look) -> dict[str, int]:
    """Subject → sequence below which nobody needs its messages and there are more than are to be kept."""
    above = look.fill.above(KEPT)
    return {subject: min(unfiled, look.unread, above) for subject, unfiled in look.unfiled.items()}


def pressed(look: Look, *, wait: bool) -> Iterator[dict[str, int]]:
    """The same for a stream under pressure, ever more until the pressure is gone; the last is all that is in history,
    and that every reader is done with if they are waited for."""
    first, end = look.fill.above(PRESSED), look.fill.last + 1
    for above in (*range(first, end, max(1, math.ceil((end - first) / _STEPS))), end):
        most = min(look.unread, above) if wait else above
        yield {subject: min(unfiled, most) for subject, unfiled in look.unfiled.items()}
