"""A row of every machine a second, for as long as it takes."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from time import monotonic

from infra.demo.fleet.listening import Listener
from infra.demo.fleet.plant import Fleet

SECOND = timedelta(seconds=1)


@dataclass(slots=True)
class Streamed:
    """What was sent, and when the door had it on disk."""

    start: datetime
    stored: Counter[str] = field(default_factory=Counter[str])
    """Rows by asset's key."""
    sent: int = 0
    acknowledged: dict[datetime, float] = field(default_factory=dict[datetime, float])
    """Moment (of the monotonic clock) by time of row."""
    behind_s: float = 0.0
    """How late a second's rows were sent at worst."""

    @property
    def end(self) -> datetime:
        return max(self.acknowledged, default=self.start) + SECOND

    def delays(self, heard: Listener) -> list[float]:
        """Seconds from the acknowledgement of a row to its score on the subscription, of all that were heard; a score
        that was faster than the acknowledgement's way back counts as 0."""
        return [
            max(at - self.acknowledged[time], 0.0) for (_, time), at in heard.seen.items() if time in self.acknowledged
        ]


class Stream(Thread):
    """Sends until `enough` is set."""

    def __init__(self, fleet: Fleet, enough: Event) -> None:
        super().__init__(name="stream", daemon=True)
        self.fleet, self.enough = fleet, enough
        self.sent = Streamed(datetime.now(UTC).replace(microsecond=0) + 2 * SECOND)
        self.failed: Exception | None = None

    def run(self) -> None:
        try:
            self._stream()
        except Exception as error:  # noqa: BLE001  told where the thread is joined
            self.failed = error

    def end(self) -> Streamed:
        """Waits for the thread. Raises what ended it too early."""
        self.join()
        if self.failed is not None:
            raise self.failed
        return self.sent

    def _stream(self) -> None:
        at = self.sent.start
        while True:
            table = self.fleet.second(at)
            wait_s = (at - datetime.now(UTC)).total_seconds()
            if self.enough.wait(max(wait_s, 0.0)):
                return
            self.sent.behind_s = max(self.sent.behind_s, -wait_s)
            receipt = self.fleet.andon.ingest(self.fleet.contract.key, table)
            self.sent.acknowledged[at] = monotonic()
            self.sent.sent += receipt["received"]
            if receipt["stored"] + receipt["duplicates"] != receipt["received"]:  # those were sent again
                raise RuntimeError(f"The door did not store all rows of {at}: {receipt}")
            self.sent.stored.update(table["asset"].to_pylist())
            at += SECOND
