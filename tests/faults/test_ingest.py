"""kill -9 of each part while rows come in: no acknowledged row is lost, none is doubled, and each part comes back."""

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from installation import Running, start

from andon_sdk.client import Client, Refused, Unreachable
from andon_sdk.plugin import Contract, Signal
from infra.demo.documents import CREATE_ASSETS, PUT_CONTRACT, contract_input

pytestmark = [pytest.mark.platform, pytest.mark.alone]
SEED = 23
PARTS = ("gateway", "historian", "nats", "s3", "worker")
COUNTER = Contract("counter", "Counter", (Signal("number", "Number", "L/min", 0.0, 1e9),), 1.0)
ASSETS = ("c0", "c1", "c2")
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
BATCH = 20
"""Rows of a request; row i is the number i of asset i mod 3 at second i."""
PX = 8_192
"""Shows up to 16,384 points of an asset as they are."""
MOST_BATCHES = 3 * 2 * PX // BATCH
PASSING = {"UNAVAILABLE", "STREAM_UNAVAILABLE", "PROVISIONING_FAILED", "ENCLAVE_MISSING"}
"""Refusals that say “try again”."""
WITHIN_S = 60.0


def rows_of(batch: int) -> pa.Table:
    numbers = range(batch * BATCH, (batch + 1) * BATCH)
    return pa.table(
        {
            "asset": [ASSETS[i % len(ASSETS)] for i in numbers],
            "time": pa.array([BEGIN + timedelta(seconds=i) for i in numbers], pa.timestamp("us", tz="UTC")),
            "number": pa.array([float(i) for i in numbers]),
        }
    )


@dataclass
class Sender:
    """Sends batch after batch as a client does: what was not acknowledged is sent again under its key, but for every
    second batch in trouble, which is given up like one of a client that died."""

    client: Client
    acknowledged: set[int] = field(default_factory=set)
    given_up: set[int] = field(default_factory=set)
    troubles: list[str] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _in_trouble: int = 0

    @contextmanager
    def sending(self) -> Iterator["Sender"]:
        thread = threading.Thread(target=self._run, name="sender")
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()

    def await_more(self, batches: int) -> None:
        """Returns after that many more acknowledgements."""
        wanted, until = len(self.acknowledged) + batches, time.monotonic() + WITHIN_S
        while len(self.acknowledged) < wanted:
            assert not self.defects, self.defects
            assert time.monotonic() < until, self.troubles[-5:]
            time.sleep(0.02)

    def _run(self) -> None:
        for batch in range(MOST_BATCHES):
            if self._over.wait(0.05):
                return
            self._deliver(batch)
        self.defects.append("the sender ran out of rows")

    def _deliver(self, batch: int) -> None:
        tried = 0
        while True:
            try:
                receipt = self.client.ingest(COUNTER.key, rows_of(batch), idempotency_key=f"batch {batch}")
            except Unreachable as error:
                trouble = str(error)
            except Refused as error:
                trouble = str(error)
                if error.code not in PASSING:
                    self.defects.append(trouble)
                    return
            else:
                if receipt["stored"] + receipt["duplicates"] != BATCH:
                    self.defects.append(f"batch {batch}: {receipt}")
                self.acknowledged.add(batch)
                return
            self.troubles.append(trouble)
            if tried == 0:
                self._in_trouble += 1
                if self._in_trouble % 2 == 0:
                    self.given_up.add(batch)
                    return
            tried += 1
            time.sleep(0.2)


def make_plant(client: Client) -> dict[str, str]:
    """Ids of the assets by key, in a new tenant whose rows are taken."""
    client.mutate(PUT_CONTRACT, input=contract_input(COUNTER))
    assets = [{"key": key, "title": key, "site": "S", "line": "L", "contract": COUNTER.key} for key in ASSETS]
    made = client.mutate(CREATE_ASSETS, input={"assets": assets})
    return {asset["key"]: asset["id"] for asset in made["assets"]}


def kill(running: Running, name: str, pid: int) -> dict[str, dict[str, Any]]:
    """kill -9, and what `andon status` says of all parts when this one is back."""
    heard = len(running.news)
    os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + WITHIN_S
    while (name, "is back") not in [(said.get("part"), said.get("news")) for said in running.news[heard:]]:
        assert time.monotonic() < until, running.news[heard:]
        time.sleep(0.05)
    return running.parts()


def errors_in(running: Running, part: str) -> list[str]:
    """What the part logged as an error; a new tenant's first seconds, while its enclave is made, are none."""
    lines = (running.state.logs / f"{part}.log").read_text().splitlines()
    return [line for line in lines if '"level": "error"' in line]


def history(client: Client, assets: dict[str, str]) -> list[int]:
    """Every number in the history, as often as it is there, in order."""
    numbers: list[int] = []
    for asset in assets.values():
        end = BEGIN + timedelta(seconds=MOST_BATCHES * BATCH)
        numbers += map(int, client.trend(asset, ["number"], BEGIN, end, px=PX)["value"].to_pylist())
    return sorted(numbers)


def settled_history(client: Client, assets: dict[str, str], acknowledged: list[int]) -> list[int]:
    """The history once it holds what was acknowledged and has not changed for three seconds, or at the end of time."""
    until, before = time.monotonic() + WITHIN_S, []
    while time.monotonic() < until:
        numbers = history(client, assets)
        if numbers == before and set(acknowledged) <= set(numbers):
            break
        before = numbers
        time.sleep(3)
    return before


def numbers_of(batches: set[int]) -> list[int]:
    return sorted(i for batch in batches for i in range(batch * BATCH, (batch + 1) * BATCH))


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Running]:
    up = start(tmp_path_factory.mktemp("andon"), "--no-demo")
    yield up
    up.end()


@pytest.mark.timeout(400)
def test_every_part_is_killed_while_rows_come_in(running) -> None:
    chance = random.Random(SEED)
    # The database comes last: the worker ends when it loses it, and is started again on its own account.
    order = [*chance.sample(PARTS, len(PARTS)), "postgres"]
    parts = running.parts()
    print(f"seed {SEED}: {', '.join(order)}")
    with Client(running.url, running.key("counting"), timeout_s=20, patience_s=0) as client:
        assets = make_plant(client)
        with Sender(client).sending() as sender:
            sender.await_more(1)
            assert [*errors_in(running, "worker"), *errors_in(running, "historian")] == []
            for name in order:
                sender.await_more(chance.randint(3, 20))
                parts = kill(running, name, parts[name]["pid"])
                told = {key: parts[name][key] for key in ("state", "restarts", "reason")}
                assert told == {"state": "ready", "restarts": 1, "reason": "signal SIGKILL"}, name
                sender.await_more(3)
        acknowledged = numbers_of(sender.acknowledged)
        stored = settled_history(client, assets, acknowledged)
    print(f"{len(acknowledged)} rows acknowledged, {len(sender.troubles)} tries failed, {sender.given_up} given up")
    assert sender.defects == []
    assert sorted(set(acknowledged) - set(stored)) == []
    assert len(stored) == len(set(stored))
    beside = set(stored) - set(acknowledged)
    assert beside <= set(numbers_of(sender.given_up))
    assert beside == set(numbers_of({number // BATCH for number in beside}))
