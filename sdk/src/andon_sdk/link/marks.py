"""Marks on a notebook's parameters: `epochs: Annotated[int, Range(1, 200), Help("Passes over the rows")] = 60`.

They say what a run may be given, and do nothing where the notebook runs.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the greatest value of a number; of a whole number too."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Help:
    """What a parameter is, in people's words."""

    text: str
