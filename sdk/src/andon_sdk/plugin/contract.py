"""The contract: one definition of what a row is, checked at the door, at training and at serving."""

from dataclasses import dataclass
from enum import StrEnum


class Importance(StrEnum):
    """What losing the signal means: no answer, an answer from a fallback model that is worse, or no difference."""

    ESSENTIAL = "essential"
    IMPORTANT = "important"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True)
class Signal:
    """A tag made usable.

    `low` and `high` are the physical limits in `unit`: a value outside them is refused at the door, so they must hold
    every true reading, abnormal ones too.
    """

    key: str
    title: str
    unit: str
    low: float
    high: float
    importance: Importance = Importance.IMPORTANT
    exogenous: bool = False
    """It drives the asset and is not judged: weather, a set point, the load. Models are given it, scores never count
    it."""


@dataclass(frozen=True, slots=True)
class Contract:
    """An ordered list of signals sampled every `period_s` seconds. The order is the order of columns everywhere."""

    key: str
    title: str
    signals: tuple[Signal, ...]
    period_s: float

    def __post_init__(self) -> None:
        keys = [signal.key for signal in self.signals]
        if not keys:
            raise ValueError(f"contract {self.key!r} has no signal")
        if doubled := {key for key in keys if keys.count(key) > 1}:
            raise ValueError(f"contract {self.key!r} names a signal twice: {', '.join(sorted(doubled))}")
        if reserved := {"asset", "time", "date", "quality"} & set(keys):
            raise ValueError(f"contract {self.key!r} uses a reserved name as a signal: {', '.join(sorted(reserved))}")
        for signal in self.signals:
            if not signal.low < signal.high:
                raise ValueError(f"signal {signal.key!r}: low {signal.low} is not below high {signal.high}")
        if all(signal.exogenous for signal in self.signals):
            raise ValueError(f"contract {self.key!r} has exogenous signals only: there is nothing to judge")
        if self.period_s <= 0:
            raise ValueError(f"contract {self.key!r}: period_s must be above 0, not {self.period_s}")

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(signal.key for signal in self.signals)
