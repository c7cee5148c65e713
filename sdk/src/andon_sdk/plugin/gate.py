"""Gates that a sector adds to those every new version must pass."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Held-out rows of some assets, padded to the longest, and their new models, which never saw them."""

    signals: tuple[str, ...]
    """Keys, in the contract's order."""
    values: "np.ndarray"
    """float64 [assets, rows, signals] in the contract's units; NaN where missing and in padding."""
    scores: "np.ndarray"
    """float32 [assets, rows]: what the models say of them, in units of the threshold, so that above 1 is abnormal; NaN
    where they do not answer."""
    spread: "np.ndarray"
    """float64 [assets, signals]: a robust standard deviation of each signal in training, in the contract's units."""
    score: "Callable[[np.ndarray], np.ndarray]"
    """Scores of other rows, given in the shape of `values`, by the same models from the same start: what would they
    say if the rows were otherwise?"""


@dataclass(frozen=True, slots=True)
class Gate:
    """A number of each new version, held against a limit.

    `measure(held_out)` returns a number for each asset, float [assets]; it is called with many assets at once, in the
    tenant's training cluster and nowhere else, and must not change what it is given. A version passes when its number
    is at most `limit`, with `at_least` when it is no less. No number (NaN) for an asset, or an exception, stops it.
    """

    key: str
    """Words with dashes between, such as `pump-cavitation`."""
    title: str
    contract: str
    """Key of the contract whose assets it judges."""
    measure: "Callable[[HeldOut], np.ndarray]"
    limit: float
    sentence: str
    """One plain sentence for people; `{value}` and `{limit}` stand in it for the two numbers, with a format where
    wanted: `{value:.0%}`."""
    at_least: bool = False

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise ValueError(f"gate {self.key!r}: a key is words in small letters with dashes between")
        try:
            self.say(self.limit)
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError(f"gate {self.key!r}: the sentence may name value and limit only: {error!r}") from error

    def passes(self, value: float) -> bool:
        """Whether a version with this number passes; no number passes nothing."""
        return value >= self.limit if self.at_least else value <= self.limit

    def say(self, value: float) -> str:
        """The sentence."""
        return self.sentence.format(value=value, limit=self.limit)
