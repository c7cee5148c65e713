"""Into which blocks the time of a reference is cut. Seconds."""

from dataclasses import dataclass

import numpy as np

from services.drift.measure import FEWEST_ROWS

LENGTHS = (604_800, 86_400, 43_200, 21_600, 10_800, 3_600, 1_800, 600)
LONGEST = 86_400
"""A day holds what comes and goes with shifts and with the sun."""
WANTED = 12
MOST = 28
ROWS = 512
"""Of a block that are looked at, evenly over it: what lasts is seen by so many."""
OF_SCORES = 14
"""The blocks in production that are the reference of scores."""


@dataclass(frozen=True, slots=True)
class Blocks:
    length: int
    """s"""
    chosen: tuple[int, ...]
    """Which are looked at, counted from the start; in order, evenly over all of them."""


def blocks(span: float, period: float) -> Blocks:
    """For a reference of `span` s with a row each `period` s: days, or what fits twelve times and holds twelve rows."""
    least = FEWEST_ROWS * period
    possible = [one for one in LENGTHS if least <= one <= LONGEST] or [LENGTHS[0]]
    length = next((one for one in possible if WANTED * one <= span), possible[-1])
    return Blocks(length, chosen(int(span // length)))


def chosen(number: int) -> tuple[int, ...]:
    """At most 28 of `number` blocks, evenly over them; one at least."""
    number = max(number, 1)
    return tuple(int(one) for one in np.unique(np.linspace(0, number - 1, min(number, MOST)).round()))


def every(length: int, period: float) -> int:
    """Of how many rows one is looked at."""
    return max(int(length / period // ROWS), 1)
