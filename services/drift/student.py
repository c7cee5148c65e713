"""Quantiles of Student's t for whole degrees of freedom."""

from functools import cache
from math import atan, cos, pi, sin, sqrt

_LARGEST = 1e9


@cache
def quantile(share: float, freedom: int) -> float:
    """The value that |t| with `freedom` degrees (at least 1) exceeds in that share of cases (0 to 1).

    Bisection of the closed form of its distribution (Abramowitz and Stegun, Handbook, 26.7.3 and 26.7.4).
    """
    low, high = 0.0, 1.0
    while outside(high, freedom) > share and high < _LARGEST:
        low, high = high, 2 * high
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if outside(middle, freedom) > share else (low, middle)
    return high


def outside(value: float, freedom: int) -> float:
    """The probability that |t| exceeds `value`."""
    angle = atan(value / sqrt(freedom))
    even = freedom % 2 == 0
    term, total = (1.0, 1.0) if even else (cos(angle), cos(angle))
    for power in range(2 if even else 3, freedom - 1, 2):
        term *= (power - 1) / power * cos(angle) ** 2
        total += term
    if even:
        return 1 - sin(angle) * total
    return 1 - (angle if freedom == 1 else angle + sin(angle) * total) * 2 / pi
