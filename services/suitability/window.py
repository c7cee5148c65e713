"""Which part of the history is looked at for a range, so that a range that is dragged asks for the same part again."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.suitability.buckets import ladder, united
from services.suitability.contracts import Interval

SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
RECENT = 7 * DAY
RECENT_RANGES = 10
"""What counts as recent production: the last seven days of the history, or ten times the range where that is shorter
(at least an hour)."""
WIDEST_PAD = 14 * DAY
MOST_CELLS = 60_000_000
"""Rows × signals of one asset; of a longer time every second, third, … day is looked at."""


@dataclass(frozen=True, slots=True)
class Window:
    pieces: tuple[Interval, ...]
    """In order, apart."""
    every: int
    """Only each so manieth day is looked at."""
    recent_from: int
    cells: int
    """Rows × signals that one asset is expected to have in it."""

    def length(self, period: int) -> int:
        """Of a bucket, for rows of that period; µs."""
        return ladder(sum(b - a for a, b in self.pieces), period)

    def seen(self) -> list[Interval]:
        """The pieces, cut to the days that are looked at."""
        if self.every == 1:
            return list(self.pieces)
        return [
            (max(a, day * DAY), min(b, (day + 1) * DAY))
            for a, b in self.pieces
            for day in range(a // DAY, -(-b // DAY))
            if day % self.every == 0
        ]

    def days(self) -> list[int]:
        """Days since 1970 that are looked at."""
        return sorted({day for a, b in self.seen() for day in range(a // DAY, -(-b // DAY))})


def window(ranges: Sequence[Interval], newest: int, period: int, signals: int) -> Window:
    """`newest`: time of the newest row. All in µs.

    The ranges with as much again on either side (at most 14 days), bounds on a grid that grows with the range, and
    recent production.
    """
    first, last = min(a for a, _ in ranges), max(b for _, b in ranges)
    pad = min(max(last - first, 10 * period), WIDEST_PAD)
    step = 1 << max(int(pad // 2).bit_length() - 1, 0)
    step = max(step, period)
    pieces = [((first - pad) // step * step, -(-(last + pad) // step) * step)]
    recent = min(max(RECENT_RANGES * (last - first), HOUR), RECENT)
    newest = -(-(newest + 1) // (recent // 32)) * (recent // 32)
    recent_from = newest - recent
    pieces.append((recent_from, newest))
    pieces = united(pieces)
    span = sum(b - a for a, b in pieces)
    cells = span // period * signals
    every = max(-(-cells // MOST_CELLS), 1)
    return Window(tuple(pieces), int(every), recent_from, int(cells // every))
