"""What was received and did not become a reading: counts by reason, each with the newest sample.

A plant sends what it wants. None of it may stop the stream, and none of it may go without a word: a reason is logged
when it is first seen and then once in a while, and all counts can be read at any time.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from threading import Lock
from time import monotonic

SAMPLE_BYTES = 200
TOLD_EVERY_S = 300.0

log = logging.getLogger(__name__)


class Tally:
    """Counts by reason, in messages or values as the reason says."""

    def __init__(self, name: str, clock: Callable[[], float] = monotonic) -> None:
        self._name, self._clock = name, clock
        self._lock = Lock()  # a client's own thread counts too
        self._counts: Counter[str] = Counter()
        self._samples: dict[str, str] = {}
        self._told: dict[str, float] = {}

    def add(self, reason: str, sample: str | bytes = "", times: int = 1) -> None:
        with self._lock:
            self._counts[reason] += times
            now = self._clock()
            if now - self._told.get(reason, float("-inf")) < TOLD_EVERY_S:
                return
            self._told[reason] = now
            text = sample[:SAMPLE_BYTES]
            self._samples[reason] = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        log.warning("%s: %s (%d so far), as %r", self._name, reason, self._counts[reason], self._samples[reason])

    @property
    def counts(self) -> Mapping[str, int]:
        return dict(self._counts)

    @property
    def samples(self) -> Mapping[str, str]:
        """The first of each reason, and a newer one every five minutes."""
        return dict(self._samples)
