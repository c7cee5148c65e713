"""Teaches, deploys, streams, retrains a hundredth and swaps it, and counts; every step through the public API."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import quantiles
from threading import Event
from time import monotonic
from typing import Any

import polars as pl

from andon_sdk.client import Client
from andon_sdk.plugin import Contract, DemoPlant
from infra.demo.documents import CHAMPIONS, PROMOTE_RUN, RUN_STATE, SERVING, START_RUN
from infra.demo.fleet.listening import Listener
from infra.demo.fleet.plant import LEARNT, Fleet
from infra.demo.fleet.stream import Stream, Streamed
from infra.demo.patience import wait

Say = Callable[[str], None]
FOLLOWED = 8
"""Assets of each tenant whose scores are awaited on the subscription."""
RETRAINED = 0.01
_ENDED = {"SUCCEEDED", "STOPPED", "FAILED", "CANCELLED"}
_PATIENCE_S = 7_200.0
_SLICE = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Place:
    """A tenant and the way in."""

    name: str
    url: str
    key: str
    andon: Client


@dataclass(frozen=True, slots=True)
class Counted:
    """Of one tenant, all from the public API."""

    tenant: str
    assets: int
    served: int
    """Assets with a champion; the gates stopped the others."""
    sent: int
    """Rows of served assets."""
    answered: int
    """Of these, with a score of a champion."""
    doubled: int
    shadowed: int
    """Scores of shadows."""
    swapped: int
    """Assets whose champion changed under the stream."""
    behind_s: float


@dataclass(slots=True)
class Report:
    counted: list[Counted] = field(default_factory=list[Counted])
    delay_ms: tuple[float, float] = (0.0, 0.0)
    """From acknowledged to visible: median and 95th percentile."""
    memory: list[int] = field(default_factory=list[int])
    """Bytes of the whole installation while the rows streamed, at even distances."""
    stages: dict[str, float] = field(default_factory=dict[str, float])
    """Seconds."""

    @property
    def whole(self) -> bool:
        """Whether every row of a served asset was answered once."""
        return all(one.answered == one.sent and not one.doubled and one.sent for one in self.counted)


def run(
    places: Sequence[Place],
    contract: Contract,
    plants: Sequence[DemoPlant],
    seconds: float,
    say: Say,
    memory: Callable[[], int],
) -> Report:
    """The whole life of one fleet a place. `memory` tells the bytes the installation takes now.

    Raises `ClientError`, `RuntimeError`, `TimeoutError`.
    """
    report = Report()
    with _Stage(report, "taught", say):
        pairs = zip(places, plants, strict=True)
        fleets = [Fleet.build(place.andon, contract, plant, seed) for seed, (place, plant) in enumerate(pairs)]
        rows = sum(fleet.learn() for fleet in fleets)
        say(f"{sum(len(fleet.ids) for fleet in fleets)} machines told {rows} rows")
    with _Stage(report, "first models trained", say):
        runs = _train(fleets, [list(fleet.ids) for fleet in fleets], 1, say)
    with _Stage(report, "first models deployed", say):
        _promote(fleets, runs)
    served = [_served(fleet, say) for fleet in fleets]
    with _Stage(report, "shadows trained and deployed", say):
        before = [_generation(fleet) for fleet in fleets]
        _train(fleets, served, 2, say)
        wait("the shadows", lambda: all(_went_on(f, g) for f, g in zip(fleets, before, strict=True)), _PATIENCE_S)
    with _Stage(report, "streamed", say):
        _live(places, fleets, served, seconds, report, say, memory)
    return report


def _live(
    places: Sequence[Place],
    fleets: Sequence[Fleet],
    served: Sequence[list[str]],
    seconds: float,
    report: Report,
    say: Say,
    memory: Callable[[], int],
) -> None:
    """Streams; in the second half a hundredth of the machines gets new champions."""
    enough = Event()
    with ExitStack() as exits:
        heard = [
            exits.enter_context(Listener(place.url, place.key, {key: fleet.ids[key] for key in keys[:FOLLOWED]}))
            for place, fleet, keys in zip(places, fleets, served, strict=True)
        ]
        streams = [Stream(fleet, enough) for fleet in fleets]
        exits.callback(enough.set)
        for stream in streams:
            stream.start()
        end = monotonic() + seconds
        _pass(streams, seconds / 3, report, memory)
        chosen = [keys[:: max(int(1 / RETRAINED), 1)] or keys[:1] for keys in served]
        say(f"retraining {sum(map(len, chosen))} machines under the stream")
        _promote(fleets, _train(fleets, chosen, 3, say))
        _pass(streams, max(end - monotonic(), 5.0), report, memory)
        while min(len(stream.sent.acknowledged) for stream in streams) < seconds:  # whoever fell behind sends them too
            _pass(streams, 1.0, report, memory)
        enough.set()
        sent = [stream.end() for stream in streams]
        wait("the last scores", lambda: all(_heard(one, ear) for one, ear in zip(sent, heard, strict=True)), 60.0)
    delays = sorted(delay for one, ear in zip(sent, heard, strict=True) for delay in one.delays(ear))
    cuts = quantiles(delays, n=20)
    report.delay_ms = cuts[9] * 1e3, cuts[18] * 1e3
    say(f"scores became visible within {report.delay_ms[1]:.0f} ms (95 %); counting the answers")
    for place, fleet, keys, one in zip(places, fleets, served, sent, strict=True):
        report.counted.append(_count(place, fleet, set(keys), one))


def _pass(streams: Sequence[Stream], seconds: float, report: Report, memory: Callable[[], int]) -> None:
    """Lets time go by. Raises what ended a stream."""
    until = monotonic() + seconds
    while (left := until - monotonic()) > 0:
        report.memory.append(memory())
        for stream in streams:
            stream.join(min(left, 10.0) / len(streams))
            if not stream.is_alive():
                stream.end()


def _heard(sent: Streamed, listener: Listener) -> bool:
    last = sent.end - timedelta(seconds=1)
    return any(time == last for _, time in listener.seen)


def _train(fleets: Sequence[Fleet], keys: Sequence[Sequence[str]], seed: int, say: Say) -> list[str]:
    """A run a tenant, all at once; answers their ids when they ended. Raises `RuntimeError` when one failed."""
    runs = [
        fleet.andon.mutate(
            START_RUN,
            input={
                "blueprint": fleet.plant.blueprint,
                "assetIds": [fleet.ids[key] for key in some],
                "start": fleet.origin.isoformat(),
                "end": (fleet.origin + LEARNT).isoformat(),
                "seed": seed,
            },
        )["id"]
        for fleet, some in zip(fleets, keys, strict=True)
    ]
    told: dict[str, str] = {}

    def ended() -> list[dict[str, Any]] | None:
        found = [fleet.andon.query(RUN_STATE, id=id)["run"] for fleet, id in zip(fleets, runs, strict=True)]
        for id, one in zip(runs, found, strict=True):
            if one["message"] != told.get(id):
                told[id] = one["message"]
                say(f"run: {one['message']}")
        return found if all(one["state"] in _ENDED for one in found) else None

    for one in wait("the end of the runs", ended, _PATIENCE_S):
        if one["state"] not in {"SUCCEEDED", "STOPPED"}:
            raise RuntimeError(f"A run {one['state'].lower()}: {one['message']}")
    return runs


def _promote(fleets: Sequence[Fleet], runs: Sequence[str]) -> None:
    for fleet, id in zip(fleets, runs, strict=True):
        fleet.andon.mutate(PROMOTE_RUN, input={"runId": id})
    wait("serving of the new champions", lambda: all(_settled(fleet) for fleet in fleets), _PATIENCE_S)


def _settled(fleet: Fleet) -> bool:
    return fleet.andon.query(SERVING)["serving"]["settled"]


def _generation(fleet: Fleet) -> int:
    return fleet.andon.query(SERVING)["serving"]["wantedGeneration"]


def _went_on(fleet: Fleet, generation: int) -> bool:
    now = fleet.andon.query(SERVING)["serving"]
    return now["settled"] and now["wantedGeneration"] > generation


def _served(fleet: Fleet, say: Say) -> list[str]:
    """Keys of the assets whose champion answers, in order; tells of those that serving refused."""
    found: list[str] = []
    after: str | None = None
    while True:
        page = fleet.andon.query(CHAMPIONS, after=after)["assets"]
        for asset in (edge["node"] for edge in page["edges"] if edge["node"]["champion"]):
            if refusal := asset["deployment"]["refusal"]:
                say(f"serving refused the model of {asset['key']}: {refusal}")
            else:
                found.append(asset["key"])
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def _count(place: Place, fleet: Fleet, served: set[str], sent: Streamed) -> Counted:
    """Reads every score back."""
    expected = sum(count for key, count in sent.stored.items() if key in served)
    parts: list[pl.DataFrame] = []

    def all_there() -> bool:
        parts[:] = _scores(fleet, sent.start, sent.end)
        return sum(part.filter(~pl.col("shadow")).height for part in parts) >= expected

    with suppress(TimeoutError):  # then some are missing, which the report tells
        wait("the history of all scores", all_there, 300.0)
    scores = pl.concat(parts)
    champions = scores.filter(~pl.col("shadow"))
    versions = champions.group_by("asset").agg(pl.col("version").n_unique())
    return Counted(
        tenant=place.name,
        assets=len(fleet.ids),
        served=len(served),
        sent=expected,
        answered=champions.select("asset", "time").n_unique(),
        doubled=champions.height - champions.select("asset", "time").n_unique(),
        shadowed=scores.height - champions.height,
        swapped=versions.filter(pl.col("version") > 1).height,
        behind_s=sent.behind_s,
    )


def _scores(fleet: Fleet, start: datetime, end: datetime) -> list[pl.DataFrame]:
    parts = []
    while start < end:
        till = min(start + _SLICE, end)
        found = pl.DataFrame(fleet.andon.fleet_scores(fleet.contract.key, start, till))
        parts.append(found.select("asset", "time", "version", "shadow"))
        start = till
    return parts


@dataclass(frozen=True, slots=True)
class _Stage:
    """Notes how long a part of the story took."""

    report: Report
    name: str
    say: Say
    began: float = field(default_factory=monotonic)

    def __enter__(self) -> None:
        self.say(f"… {self.name}")

    def __exit__(self, *_: object) -> None:
        self.report.stages[self.name] = monotonic() - self.began
