"""History and live values as one: in order, and none twice.

What the history already gave comes again when the subscription starts, and a subscription repeats the value it began
with. A value is dropped if its tag and time were there before; a clock that is set back is no reason to drop anything.
"""

import numpy as np

NEVER = np.iinfo(np.int64).min


class Joint:
    """Remembers, for each of n tags, what was the last time handed on. Times are int64 µs."""

    def __init__(self, tags: int) -> None:
        self._last = np.full(tags, NEVER, np.int64)
        self._joining = np.zeros(tags, bool)

    def begin(self, places: np.ndarray, since: np.ndarray) -> None:
        """Until a newer value comes, these tags take none that is as old as `since`."""
        self._last[places] = since
        self._joining[places] = True

    def history(self, place: np.ndarray, time: np.ndarray) -> np.ndarray:
        """Rows that are new, in order of time; their tags go on joining."""
        rows = _once(place, time)
        rows = rows[time[rows] > self._last[place[rows]]]
        self._last[place[rows]] = time[rows]
        return rows[np.argsort(time[rows], kind="stable")]

    def live(self, place: np.ndarray, time: np.ndarray) -> np.ndarray:
        """Rows that are new, in order of time; a tag that had one has joined."""
        rows = _once(place, time)
        at, last = time[rows], self._last[place[rows]]
        rows = rows[np.where(self._joining[place[rows]], at > last, at != last)]
        self._joining[place[rows]] = False
        self._last[place[rows]] = time[rows]
        return rows[np.argsort(time[rows], kind="stable")]


def _once(place: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Rows by tag and time, the first of those that agree in both."""
    order = np.lexsort((time, place))
    place, time = place[order], time[order]
    first = np.ones(len(order), bool)
    first[1:] = (place[1:] != place[:-1]) | (time[1:] != time[:-1])
    return order[first]
