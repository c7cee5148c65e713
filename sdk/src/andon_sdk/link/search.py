"""A search over a notebook's parameters: trials in processes of their own, which share the cache of steps."""

import math
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from andon_sdk.link.contracts import Analysis, LinkParameter, Metrics
from andon_sdk.link.given import ParameterRefused, Value, checked, complete, read
from andon_sdk.link.process import Place
from andon_sdk.link.running import Failure, State, run

MOST_TRIALS = 1000
_LOOK_S = 0.2
_LOGARITHMIC = 100.0
"""A range whose ends are so many times apart is gone through by factors."""


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, with so many values on a grid."""

    low: float
    high: float
    count: int | None = None
    whole: bool = False

    @property
    def logarithmic(self) -> bool:
        return not self.whole and self.low > 0 and self.high >= _LOGARITHMIC * self.low

    def at(self, share: float) -> float:
        """The value at a share of the way, 0 to 1."""
        if not self.logarithmic:
            return self.low + share * (self.high - self.low)
        return math.exp(math.log(self.low) + share * (math.log(self.high) - math.log(self.low)))


Space = Mapping[str, "tuple[Value, ...] | Range"]


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of a search."""

    number: int
    parameters: Mapping[str, Value]
    """Those that are searched over."""
    metrics: Metrics
    failure: Failure | None = None
    seconds: float = 0.0
    cached: int = 0
    """Steps that were known."""
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to."""

    metric: str
    greatest: bool
    trials: tuple[Trial, ...]
    """In the order they were asked for; without those that were not begun before it was interrupted."""
    asked: int

    @property
    def ranked(self) -> tuple[Trial, ...]:
        """The best first, those without the metric last."""
        sign = -1.0 if self.greatest else 1.0

        def place(trial: Trial) -> tuple[bool, float]:
            value = trial.metrics.get(self.metric, math.nan)
            return (math.isnan(value), 0.0 if math.isnan(value) else sign * value)

        return tuple(sorted(self.trials, key=place))

    @property
    def best(self) -> Trial | None:
        first = next(iter(self.ranked), None)
        known = first is not None and not math.isnan(first.metrics.get(self.metric, math.nan))
        return first if known else None


def space(words: Sequence[str], parameters: Sequence[LinkParameter]) -> dict[str, tuple[Value, ...] | Range]:
    """What `epochs=20,60,120 learning_rate=1e-4..1e-2:8` means. Raises `ParameterRefused`."""
    known = {parameter.key: parameter for parameter in parameters}
    meant: dict[str, tuple[Value, ...] | Range] = {}
    for word in words:
        key, sign, text = word.partition("=")
        if key not in known or not sign:
            raise ParameterRefused(f"{word!r} is no parameter=values of this notebook. It has {', '.join(known)}.")
        meant[key] = _range(known[key], text) if ".." in text and known[key].kind in {int, float} else tuple(
            read(known[key], each) for each in text.split(",")
        )  # fmt: skip
    return meant


def _range(parameter: LinkParameter, text: str) -> Range:
    ends, _, count = text.partition(":")
    low, _, high = ends.partition("..")
    try:
        found = Range(float(low), float(high), int(count) if count else None, parameter.kind is int)
    except ValueError as error:
        raise ParameterRefused(f"{text!r} is no range of {parameter.key}: write 1e-4..1e-2:8.") from error
    if not found.low < found.high or (found.count is not None and found.count < 2):
        raise ParameterRefused(
            f"{text!r} is no range of {parameter.key}: its low end comes first, and 2 values or more."
        )
    for end in (found.low, found.high):
        checked(parameter, round(end) if parameter.kind is int else end)
    return found


def grid(meant: Space, parameters: Sequence[LinkParameter]) -> list[dict[str, Value]]:
    """Every combination. Raises `ParameterRefused`."""
    values = {key: _values(each, _named(parameters, key)) for key, each in meant.items()}
    count = math.prod(len(each) for each in values.values())
    if count > MOST_TRIALS:
        raise ParameterRefused(f"These are {count:,} trials, and at most {MOST_TRIALS:,} are run: try --random 50.")
    return [dict(zip(values, each, strict=True)) for each in product(*values.values())]


def _values(meant: "tuple[Value, ...] | Range", parameter: LinkParameter) -> tuple[Value, ...]:
    if not isinstance(meant, Range):
        return tuple(dict.fromkeys(meant))
    if meant.count is None:
        raise ParameterRefused(
            f"How many values of {parameter.key}? Write {meant.low:g}..{meant.high:g}:8, or --random."
        )
    numbers = (meant.at(at / (meant.count - 1)) for at in range(meant.count))
    return tuple(dict.fromkeys(_as_kind(number, parameter) for number in numbers))


def _as_kind(number: float, parameter: LinkParameter) -> Value:
    return round(number) if parameter.kind is int else float(f"{number:.6g}")


def drawn(meant: Space, parameters: Sequence[LinkParameter], count: int, seed: int = 0) -> list[dict[str, Value]]:
    """So many combinations by chance, the same for the same seed. Raises `ParameterRefused`."""
    if not 1 <= count <= MOST_TRIALS:
        raise ParameterRefused(f"{count} trials cannot be drawn: 1 to {MOST_TRIALS:,}.")
    dice = random.Random(seed)  # noqa: S311 - no secret
    return [
        {
            key: _as_kind(each.at(dice.random()), _named(parameters, key))
            if isinstance(each, Range)
            else dice.choice(each)
            for key, each in meant.items()
        }
        for _ in range(count)
    ]


def _named(parameters: Sequence[LinkParameter], key: str) -> LinkParameter:
    return next(each for each in parameters if each.key == key)


def search(
    analysis: Analysis,
    trials: Sequence[Mapping[str, Value]],
    metric: str,
    *,
    greatest: bool,
    folder: Path,
    at_once: int = 1,
    given: Mapping[str, Value] | None = None,
    told: Callable[[Trial], None] | None = None,
) -> Found:
    """Runs the trials, `at_once` of them side by side, and tells of each that has ended. An interrupt ends those that
    run and keeps what there is. `given` are parameters that all trials share. Raises `ParameterRefused`.
    """
    graph = analysis.graph
    names = graph.metrics.gives if graph.metrics else ()
    if metric not in names:
        raise ParameterRefused(f"The notebook has no metric {metric}. It has {', '.join(names) or 'none'}.")
    for each in trials:
        complete(graph, {**(given or {}), **each})
    stop = threading.Event()
    place = Place(folder=analysis.notebook.path.resolve().parent, stop=stop)

    def tried(number: int, parameters: Mapping[str, Value]) -> Trial:
        came = run(graph, {**(given or {}), **parameters}, folder, notebook=analysis.notebook, place=place)
        known = sum(each.state is State.CACHED for each in came.progress)
        return Trial(number, parameters, came.metrics, came.failure, came.seconds, known, stop.is_set())

    done: list[Trial] = []
    with ThreadPoolExecutor(max(1, at_once), thread_name_prefix="trial") as pool:
        waiting: set[Future[Trial]] = {pool.submit(tried, at, each) for at, each in enumerate(trials, 1)}
        try:
            while waiting:
                # In slices, since an interrupt is heard between them.
                ended, waiting = wait(waiting, _LOOK_S, return_when=FIRST_COMPLETED)
                for future in ended:
                    done.append(future.result())
                    if told is not None:
                        told(done[-1])
        except KeyboardInterrupt:
            stop.set()
            for future in waiting:
                future.cancel()
            ended, _ = wait(waiting)
            done += [future.result() for future in ended if not future.cancelled()]
    kept = [replace(each, failure=None) if each.cancelled else each for each in done]
    return Found(metric, greatest, tuple(sorted(kept, key=lambda each: each.number)), len(trials))
