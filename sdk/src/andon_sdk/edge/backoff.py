"""Growing pauses with jitter, so that a hundred edges do not come back in the same second."""

import random


class Backoff:
    def __init__(self, first_s: float = 0.5, most_s: float = 30.0) -> None:
        self._first_s, self._most_s = first_s, most_s
        self._next_s = first_s

    def pause(self) -> float:
        """Seconds to wait now: between half and the whole of a pause that doubles each time."""
        whole, self._next_s = self._next_s, min(self._next_s * 2, self._most_s)
        return whole * random.uniform(0.5, 1.0)  # noqa: S311  no secret

    def worked(self) -> None:
        self._next_s = self._first_s
