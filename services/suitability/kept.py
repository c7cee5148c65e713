"""Studies kept for a minute, so that a range that is dragged is answered from memory. Bounded by bytes."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from services.suitability.study import Study

MOST_BYTES = 256 * 1024 * 1024
FRESH_S = 60.0


class Kept:
    """By tenant, asset and everything else that a study was made of. Safe to use from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._studies: OrderedDict[Hashable, tuple[float, int, Study]] = OrderedDict()
        self._bytes = 0
        self._clock = clock
        self._guard = Lock()

    def get(self, key: Hashable) -> Study | None:
        with self._guard:
            found = self._studies.get(key)
            if found is None or self._clock() - found[0] > FRESH_S:
                return None
            self._studies.move_to_end(key)
            return found[2]

    def put(self, key: Hashable, study: Study) -> None:
        size = bytes_of(study)
        with self._guard:
            self._bytes += size - (self._studies.pop(key)[1] if key in self._studies else 0)
            self._studies[key] = (self._clock(), size, study)
            while self._bytes > MOST_BYTES and len(self._studies) > 1:
                self._bytes -= self._studies.popitem(last=False)[1][1]


def bytes_of(study: Study) -> int:
    buckets = study.buckets
    own = (buckets.count, buckets.mean, buckets.variance, buckets.low, buckets.high)
    return sum(array.nbytes for array in (*own, *study.sums.values(), *study.flags.values()))
