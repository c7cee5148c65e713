"""Which of a tenant's scorers answers which asset.

A change of their number is a message on the readings stream itself. All scorers read that stream in its order, so the
message is the one place where the old layout ends and the new one begins: no row is on both sides, and none on neither.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Self

import numpy as np

_MASK = (1 << 64) - 1
_MULTIPLIER = 2862933555777941757


@dataclass(frozen=True, slots=True)
class Change:
    """From one number of scorers to another."""

    before: int
    after: int

    def encode(self) -> bytes:
        return json.dumps({"before": self.before, "after": self.after}).encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Raises `ValueError` on anything but an encoded change."""
        try:
            words = json.loads(data)
            change = cls(int(words["before"]), int(words["after"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a change of the layout: {error!r}") from error
        if change.before < 1 or change.after < 1:
            raise ValueError(f"not a change of the layout: {change}")
        return change


def owners(assets: Sequence[str], scorers: int) -> np.ndarray:
    """int64 [assets]: the scorer of each, 0 to scorers - 1. The same on every machine and at all times.

    One more scorer takes its share and leaves every other asset where it was (Lamping and Veach, A Fast, Minimal
    Memory, Consistent Hash Algorithm, 2014).
    """
    return np.array([owner(asset, scorers) for asset in assets], np.int64)


@lru_cache(maxsize=1_000_000)
def owner(asset: str, scorers: int) -> int:
    key = int.from_bytes(blake2b(asset.encode(), digest_size=8).digest())
    found, following = 0, 0
    while following < scorers:
        found = following
        key = (key * _MULTIPLIER + 1) & _MASK
        following = int((found + 1) * ((1 << 31) / ((key >> 33) + 1)))
    return found
