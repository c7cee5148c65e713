"""Rows of a machine at one minute, clean until something is planted."""

import numpy as np

from services.suitability.buckets import Buckets, Rows, grid, ladder, summarise
from services.suitability.contracts import CustomFactor, Judged, KnownEvents
from services.suitability.judge import judge
from services.suitability.study import Scores, Study, Subject, study

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
ORIGIN = 19_000 * DAY
"""A midnight."""
SIGNALS = ("load", "flow", "pressure", "temperature", "vibration", "spare")


class Plant:
    """Ten days of six signals that follow a load and the time of day; `load`, `flow`, `pressure` are essential, `spare`
    is optional."""

    def __init__(self, days: int = 10, seed: int = 0) -> None:
        draws = np.random.default_rng(seed)
        n = days * 1440
        self.days = days
        self.time = ORIGIN + np.arange(n, dtype=np.int64) * MINUTE
        daily = np.sin(2 * np.pi * np.arange(n) / 1440)
        load = 0.5 * daily + np.repeat(draws.normal(0, 0.3, -(-n // 30)), 30)[:n]
        slopes = np.array([1.0, 0.8, -0.6, 0.9, 0.4, -0.5])
        levels = np.array([10.0, 50.0, 8.0, 40.0, 12.0, 25.0])
        self.values = levels + load[:, None] * slopes + draws.normal(0, 0.2, (n, 6))

    def at(self, first_hour: float, last_hour: float) -> slice:
        return slice(int(first_hour * 60), int(last_hour * 60))

    def put(self, signal: str, first_hour: float, last_hour: float, value: object) -> None:
        self.values[self.at(first_hour, last_hour), SIGNALS.index(signal)] = value

    def cut(self, first_hour: float, last_hour: float) -> None:
        """Takes rows away."""
        kept = np.ones(len(self.time), bool)
        kept[self.at(first_hour, last_hour)] = False
        self.time, self.values = self.time[kept], self.values[kept]

    def buckets(self, custom: tuple[CustomFactor, ...] = ()) -> Buckets:
        span = self.days * DAY
        length = ladder(span, MINUTE)
        columns = [np.ascontiguousarray(column) for column in self.values.T]
        starts = grid([(ORIGIN, ORIGIN + span)], length)
        return summarise(Rows(self.time, columns), starts, length, MINUTE, subject().essential, custom)

    def study(
        self, known: KnownEvents | None = None, scores: Scores | None = None, custom: tuple[CustomFactor, ...] = ()
    ) -> Study:
        recent = ORIGIN + (self.days - 2) * DAY
        return study(self.buckets(custom), subject(custom), known or KnownEvents(), recent, scores)


def subject(custom: tuple[CustomFactor, ...] = ()) -> Subject:
    essential = np.array([True, True, True, False, False, False])
    return Subject(SIGNALS, essential, np.array([False] * 5 + [True]), 200, 1000, custom)


def hours(first: float, last: float) -> tuple[int, int]:
    return ORIGIN + int(first * HOUR), ORIGIN + int(last * HOUR)


def judged(found: Study, first_hour: float, last_hour: float) -> Judged:
    return judge(found, [hours(first_hour, last_hour)])


def bad(one: Judged) -> dict[str, str]:
    """Factors that do not fit, with their verdicts."""
    return {factor.code: factor.verdict.value for factor in one.factors if factor.verdict.value != "fits"}
