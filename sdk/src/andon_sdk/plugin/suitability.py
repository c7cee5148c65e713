"""Factors that a sector adds to the judgement of a range for retraining."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SuitabilityFactor:
    """The share of a range's rows in which `signal` lies below `low` or above `high`, held against two limits.

    From `care` on the range needs care, from `refuse` on it does not fit; without `refuse` it never refuses by itself.
    The declaration is all: Andon computes it in the one pass that it makes over the rows, and runs no plugin's code.
    """

    key: str
    title: str
    contract: str
    """Key of the contract whose assets it is told of."""
    signal: str
    care: float
    refuse: float | None = None
    low: float = float("-inf")
    high: float = float("inf")
    sentence: str = ""
    """Why it matters, one plain sentence for people."""

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"suitability factor {self.key!r}: low must be below high")
        if not 0 < self.care <= (1 if self.refuse is None else self.refuse) <= 1:
            raise ValueError(f"suitability factor {self.key!r}: 0 < care <= refuse <= 1 must hold")
