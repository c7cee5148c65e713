"""The machine's share of the loop: from “part replaced”, with rows of the new part there, to a champion that answers.

    make bench-loop OPTIONS="--loops 5 --full"

An installation of its own, as `andon up` makes it; every step through the public API. Drills ran for three days, each
with a champion, got other parts, and ran three days more. Then the loop of one drill after the other, and with `--full`
that of 1,000 drills at once: the change is told and followed, the range is judged, a run trains and passes its gates,
the shadows run, the versions are promoted and answer. Nobody waits for a shadow to prove itself.

The limit is training alone: the same rows, the same blueprint, one process, nothing before or after.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from andon_laser_drill.contract import LASER_DRILL
from andon_laser_drill.plugin import LASER_DRILL_WATCH
from andon_laser_drill.simulation import drill_plant
from harness import Row, show, write

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from installation import start

from andon_sdk.client import Client
from andon_sdk.plugin import Importance
from infra.demo.documents import CHAMPIONS, PROMOTE_RUN, SERVING, START_RUN
from infra.demo.fleet.listening import Listener
from infra.demo.fleet.plant import EVERY_S, LEARNT, Fleet
from infra.demo.patience import wait
from services.fleet.prepare import FleetRows
from services.fleet.train import train_fleet

GOAL_S = {1: 60.0, 1_000: 600.0}
"""For a loop of so many assets."""
SINGLE, WHOLE = 5, 1_000
EVENTS_A_CALL = 1_000
STAGES = {"freezing": "frozen", "starting": "cluster", "training": "trained", "checking": "gates"}
"""Of a run, as it tells them, and as they are called here."""
RECORD = """
mutation($input: RecordEventsInput!) {
  recordEvents(input: $input) { __typename ... on Error { code message } ... on RecordedEvents { events { id } } }
}
"""
REGIME = "query($key: String!) { asset(key: $key) { regimes { recovery } } }"
SUITABILITY = """
query($assetIds: [ID!]!, $ranges: [RangeInput!]!) {
  suitability(assetIds: $assetIds, ranges: $ranges) { verdict rows better { start end } factors { code sentence } }
}
"""
RUN = """
query($id: ID!, $after: String) { run(id: $id) {
  state message stages { key value }
  assets(first: 100, after: $after) { edges { node { stopped asset { key } } } pageInfo { hasNextPage endCursor } }
} }
"""


@dataclass(slots=True)
class Loop:
    """Seconds of each stage, in order."""

    assets: int
    promoted: int = 0
    stages: dict[str, float] = field(default_factory=dict[str, float])

    @property
    def seconds(self) -> float:
        return sum(self.stages.values())

    def timed(self, stage: str, work: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        answer = work()
        self.stages[stage] = time.perf_counter() - began
        return answer


@dataclass(frozen=True)
class Place:
    """A tenant whose drills have had their parts replaced, and the way in."""

    url: str
    key: str
    andon: Client
    fleet: Fleet
    """As it runs since."""
    served: list[str] = field(default_factory=list[str])
    """Drills whose first version passed its gates, so that they have a champion."""

    @classmethod
    def build(cls, url: str, key: str, andon: Client, drills: int) -> "Place":
        """Three days, first champions, other parts, three days more."""
        plant = drill_plant(drills)
        fleet = Fleet.build(andon, LASER_DRILL, plant, seed=2)
        before = fleet.origin - LEARNT
        former = replace(fleet, origin=before, simulation=plant.simulate(before, seed=1))
        place = cls(url, key, andon, fleet)
        former.learn()
        run, _ = place.train(list(fleet.ids), before, fleet.origin)
        andon.mutate(PROMOTE_RUN, input={"runId": run})
        wait("serving of the first champions", place.settled)
        place.served.extend(place.with_champion())
        fleet.learn()
        last, whole = list(fleet.ids.values())[-1:], LEARNT.total_seconds() / EVERY_S
        wait("the history", lambda: place.suits(last, fleet.origin, fleet.origin + LEARNT)["rows"] >= 0.95 * whole)
        return place

    def with_champion(self) -> list[str]:
        found, after = list[str](), None
        while True:
            page = self.andon.query(CHAMPIONS, after=after)["assets"]
            found += [edge["node"]["key"] for edge in page["edges"] if edge["node"]["champion"]]
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]

    def loop(self, keys: Sequence[str]) -> Loop | None:
        """Walks the whole of it for these drills at once; None where gates stop them all, which ends the loop."""
        loop, ids = Loop(len(keys)), [self.fleet.ids[key] for key in keys]
        since, until = self.fleet.origin, self.fleet.origin + LEARNT
        loop.timed("told", lambda: self.tell(keys, since))
        judged = loop.timed("suitability", lambda: self.suits(ids, since, until))
        assert judged["verdict"] != "DOES_NOT_FIT", judged
        generation = self.andon.query(SERVING)["serving"]["wantedGeneration"]
        began = time.perf_counter()
        run, told = self.train(keys, since, until)
        whole = time.perf_counter() - began
        if not told["passed"]:
            return None
        spent = {STAGES[key]: told["stages"][key] for key in STAGES if key in told["stages"]}
        loop.stages |= spent | {"queued": max(whole - sum(spent.values()), 0.0)}
        loop.timed("shadows", lambda: wait("the shadows", lambda: self.settled(generation + 1)))
        done = loop.timed("promoted", lambda: self.promote(run))
        passed = told["passed"]
        loop.promoted = done["promoted"]
        assert loop.promoted >= len(passed), f"{loop.promoted} promoted, {len(passed)} passed their gates"
        loop.timed("answered", lambda: self.answer(passed))
        return loop

    def tell(self, keys: Sequence[str], at: datetime) -> None:
        """Until the machine's normal is another one, for all of them."""
        said = {"kind": "PART_REPLACED", "time": at.isoformat(), "part": "lens"}
        for some in range(0, len(keys), EVENTS_A_CALL):
            new = [{"assetId": self.fleet.ids[key], **said} for key in keys[some : some + EVENTS_A_CALL]]
            self.andon.mutate(RECORD, input={"events": new})
        wait("the new regimes", lambda: all(self._followed(key) for key in (keys[0], keys[-1])))

    def _followed(self, key: str) -> bool:
        return self.andon.query(REGIME, key=key)["asset"]["regimes"][-1]["recovery"] == "NEEDS_MODEL"

    def suits(self, ids: Sequence[str], since: datetime, until: datetime) -> dict[str, Any]:
        ranges = [{"start": since.isoformat(), "end": until.isoformat()}]
        return self.andon.query(SUITABILITY, assetIds=list(ids), ranges=ranges)["suitability"]

    def train(self, keys: Sequence[str], since: datetime, until: datetime) -> tuple[str, dict[str, Any]]:
        """The run's id when it ended, the seconds of its stages, and drills whose versions passed."""
        wish = {
            "blueprint": LASER_DRILL_WATCH.key,
            "assetIds": [self.fleet.ids[key] for key in keys],
            "start": since.isoformat(),
            "end": until.isoformat(),
        }
        run = self.andon.mutate(START_RUN, input=wish)["id"]
        state = "query($id: ID!) { run(id: $id) { state } }"
        ended = {"SUCCEEDED", "STOPPED", "FAILED", "CANCELLED"}
        wait("the end of the run", lambda: self.andon.query(state, id=run)["run"]["state"] in ended, 1_800.0)
        found = self.andon.query(RUN, id=run)["run"]
        assert found["state"] in {"SUCCEEDED", "STOPPED"}, found["message"]
        stages = {one["key"]: one["value"] for one in found["stages"]}
        passed, page = set[str](), found["assets"]
        while True:
            passed |= {edge["node"]["asset"]["key"] for edge in page["edges"] if not edge["node"]["stopped"]}
            if not page["pageInfo"]["hasNextPage"]:
                return run, {"stages": stages, "passed": [key for key in keys if key in passed]}
            page = self.andon.query(RUN, id=run, after=page["pageInfo"]["endCursor"])["run"]["assets"]

    def settled(self, generation: int = 0) -> bool:
        now = self.andon.query(SERVING)["serving"]
        return now["settled"] and now["wantedGeneration"] >= generation

    def promote(self, run: str) -> dict[str, Any]:
        done = self.andon.mutate(PROMOTE_RUN, input={"runId": run})
        wait("serving of the new champions", self.settled)
        return done

    def answer(self, keys: Sequence[str]) -> None:
        """Until a row that is sent now is scored, of the first and the last."""
        at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
        followed = {key: self.fleet.ids[key] for key in (keys[0], keys[-1])}
        with Listener(self.url, self.key, followed) as heard:
            self.andon.ingest(LASER_DRILL.key, self.fleet.second(at))
            wait("the first answers", lambda: all((key, at) in heard.seen for key in followed))

    def training_alone(self, keys: Sequence[str]) -> float:
        """Seconds for models of the same rows, once they are in memory."""
        places = [list(self.fleet.ids).index(key) for key in keys]
        rows = self.fleet.simulation.rows(self.fleet.origin, self.fleet.origin + LEARNT, EVERY_S)
        mine = np.isin(rows.asset, places)
        position = np.searchsorted(places, rows.asset[mine])
        gathered = FleetRows.gather(keys, position, rows.time[mine], rows.values[mine])
        essential = np.array([signal.importance is Importance.ESSENTIAL for signal in LASER_DRILL.signals])
        began = time.perf_counter()
        train_fleet(LASER_DRILL_WATCH, gathered, essential)
        return time.perf_counter() - began


def rows_of(loops: Sequence[Loop], alone: float) -> list[Row]:
    """A row a stage, and the whole of it against training alone."""
    assets = loops[0].assets
    goal_s = GOAL_S[1 if assets == 1 else WHOLE]
    name = f"loop_{assets}"
    found = [
        Row(f"{name}_{stage}", median(loop.stages[stage] for loop in loops), "s", facts={"loops": len(loops)})
        for stage in loops[0].stages
    ]
    seconds = [loop.seconds for loop in loops]
    ratios = sorted(one / alone for one in seconds)
    facts = {"goal_s": goal_s, "promoted": sum(loop.promoted for loop in loops), "loops": len(loops)}
    whole = Row(
        name, median(seconds), "s", "training alone", alone, median(ratios), ratios[0], ratios[-1], facts
    )  # fmt: skip
    for row in (*found, whole):
        show(row)
    print(f"    goal {goal_s:.0f} s: {'reached' if whole.value <= goal_s else 'missed'}", flush=True)
    return [*found, whole]


def measure(drills: int, groups: Callable[[list[str]], list[list[str]]], wanted: int) -> list[Row]:
    """On an installation that is gone afterwards. The first loop is not counted where there are several."""
    home = Path(tempfile.mkdtemp(prefix="andon-bench-"))
    up = start(home, "--no-demo")
    try:
        key = up.key("loop")
        with Client(up.url, key, timeout_s=300.0) as andon:
            place = Place.build(up.url, key, andon, drills)
            ended = ((keys, loop) for keys in groups(place.served) if (loop := place.loop(keys)))
            walked = list(islice(ended, wanted))
            loops, alone = [loop for _, loop in walked], [place.training_alone(keys) for keys, _ in walked]
            return rows_of(loops[1:] or loops, median(alone[1:] or alone))
    finally:
        up.end()
        shutil.rmtree(home)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--loops", type=int, default=SINGLE, help="loops of one asset that are counted")
    parser.add_argument("--full", action="store_true", help="1,000 assets too")
    given = parser.parse_args()
    found = measure(3 * (given.loops + 1), lambda keys: [[key] for key in keys], given.loops + 1)
    if given.full:
        found += measure(WHOLE, lambda keys: [keys], 1)
    print(write("loop", found))


if __name__ == "__main__":
    main()
