"""How much slower a customer is answered while another one asks ten times what it may.

    python tests/bench/noisy_neighbour.py

Tenant B reads pages and sends rows, one call after the other, through a gateway in a process of its own. Beside it
tenant A makes the same calls from a process of its own too: none, as many as its quota of requests, or ten times as
many, in turn and for moments only, so that whatever else the machine does is in all three alike. Every call of B must
be answered, and every call of A answered or told to wait.
"""

import asyncio
import json
import os
import random
import statistics
import sys
import time
from collections import Counter

import httpx
from door import CONTRACT, Blocks, Site, site
from harness import Row, show, write

from andon_sdk.plugin import Contract
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.budgets import api as budgets
from services.budgets.contracts import Budget, Quota
from services.enclaves import api as enclaves
from services.kernel import wire
from services.kernel.rights import RIGHTS, Role, system_principal
from services.tenancy import api as tenancy

PAGE = "{ assets(first: 20) { edges { node { id key title health { health lastRowAt value } } } } }"
ASSETS, ROWS = 20, 100
ROUNDS, MOMENT_S, SETTLE_S = 50, 1.5, 0.4
GROUPS = 5
"""Of rounds, whose ratios say how far to trust the whole."""
PAUSE_S = 0.01
KEEP_S = 1.0
"""How long A keeps a connection without a call: less than the gateway does."""
QUOTA, CONNECTIONS = 5, 10
QUOTAS = {Budget.REQUESTS: Quota(QUOTA, 2), Budget.COST: Quota(500, 500), Budget.ROWS: Quota(250, 250)}
QUIET, WITHIN, OVER = 0, QUOTA, 10 * QUOTA
"""Calls of A a second."""
ARROW = "application/vnd.apache.arrow.stream"


async def customer(place: Site, slug: str) -> str:
    """A tenant with assets; its key."""
    database = place.platform.database
    tenant = (await tenancy.create_tenant(database, slug, slug)).id
    await enclaves.ensure_enclave(place.platform, tenant)
    principal = system_principal(tenant)
    async with database.unit(tenant) as uow:
        await assets.put_contract(uow, principal, Contract("bench", "Bench", CONTRACT.signals, 1.0))
        await assets.create_assets(
            uow, principal, [NewAsset(f"a{i}", f"A{i}", "S", "L", "bench") for i in range(ASSETS)]
        )
        key = await tenancy.create_api_key(uow, principal, slug, RIGHTS[Role.ADMIN])
        if slug == "noisy":
            for budget, quota in QUOTAS.items():
                await budgets.set_quota(uow, principal, budget, quota)
        await uow.commit()
    return key.secret


class Neighbour:
    """B: what it does, and how long each call took."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._blocks = Blocks()

    def body(self) -> bytes:
        return wire.encode(self._blocks.batch([f"a{i}" for i in range(ASSETS)]).slice(0, ROWS))

    async def work(self) -> list[float]:
        """Milliseconds of each call made in a moment."""
        taken: list[float] = []
        end = time.perf_counter() + MOMENT_S
        while time.perf_counter() < end:
            for call in (self._page(), self._send(self.body())):
                began = time.perf_counter()
                await call
                taken.append((time.perf_counter() - began) * 1e3)
                await asyncio.sleep(PAUSE_S)
        return taken

    async def _page(self) -> None:
        answer = await self._http.post("/graphql", json={"query": PAGE})
        assert len(answer.json()["data"]["assets"]["edges"]) == ASSETS, answer.text

    async def _send(self, body: bytes) -> None:
        answer = await self._http.post("/v1/ingest?contract=bench", content=body, headers={"content-type": ARROW})
        assert answer.json()["stored"] == ROWS, answer.text


def raw(path: str, kind: str, key: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\nContent-Type: {kind}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def flood(port: int, key: str) -> None:
    """A's process: so many calls a second as the last line of its input says; at its end tells how often each status
    came. Speaks HTTP by hand, to take little of the processors that B's gateway is measured on."""
    body = wire.encode(Blocks().batch([f"a{i}" for i in range(ASSETS)]).slice(0, ROWS))
    page = raw("/graphql", "application/json", key, json.dumps({"query": PAGE}).encode())
    calls, seen = (page, raw("/v1/ingest?contract=bench", ARROW, key, body)), Counter[str]()
    rate, due = 0, asyncio.Queue[bytes](CONNECTIONS)

    async def pace() -> None:
        """As from many users who do not know of each other: at any moment, so many a second on average."""
        chance = random.Random(1)
        while True:
            await asyncio.sleep(chance.expovariate(rate) if rate else 0.02)
            if rate:
                await due.put(chance.choice(calls))

    async def lane() -> None:
        while True:
            call = await due.get()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            while True:
                writer.write(call)
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                await reader.readexactly(int(head.partition("content-length: ")[2].partition("\r\n")[0]))
                seen[head.split(" ")[1]] += 1
                if "connection: close" in head:
                    break
                try:
                    call = await asyncio.wait_for(due.get(), KEEP_S)
                except TimeoutError:
                    break
            writer.close()

    lanes = [asyncio.create_task(each) for each in (pace(), *(lane() for _ in range(CONNECTIONS)))]
    while line := await asyncio.to_thread(sys.stdin.readline):
        rate = int(line)
        assert not any(each.done() for each in lanes), lanes
    for each in lanes:
        each.cancel()
    print(json.dumps(seen), flush=True)


class Noise:
    """A, from outside."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, port: int, key: str) -> "Noise":
        process = await asyncio.create_subprocess_exec(
            sys.executable, __file__, str(port), key, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
        return cls(process)

    async def calls(self, rate: int) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{rate}\n".encode())
        await self._process.stdin.drain()
        await asyncio.sleep(SETTLE_S)

    async def end(self) -> Counter[str]:
        assert self._process.stdin is not None
        self._process.stdin.close()
        said, _ = await self._process.communicate()
        return Counter(json.loads(said))


def p99(moments: list[list[float]]) -> float:
    return statistics.quantiles([each for moment in moments for each in moment], n=100, method="inclusive")[98]


def figure(name: str, ours: list[list[float]], against: str, theirs: list[list[float]]) -> Row:
    ratios = [p99(ours[group::GROUPS]) / p99(theirs[group::GROUPS]) for group in range(GROUPS)]
    facts = {
        "p50": statistics.median(each for moment in ours for each in moment),
        "against_p50": statistics.median(each for moment in theirs for each in moment),
        "calls": float(sum(map(len, ours))),
    }
    ratio = p99(ours) / p99(theirs)
    row = Row(name, p99(ours), "ms", against, p99(theirs), ratio, min(ratios), max(ratios), facts)
    show(row)
    print({key: round(value, 1) for key, value in facts.items()}, flush=True)
    return row


async def main() -> None:
    taken: dict[int, list[list[float]]] = {QUIET: [], WITHIN: [], OVER: []}
    async with site() as place:
        noisy, key = await customer(place, "noisy"), await customer(place, "neighbour")
        place.http.headers["authorization"] = f"Bearer {key}"
        b, a = Neighbour(place.http), await Noise.start(place.http.base_url.port or 0, noisy)
        try:
            for rate in (WITHIN, QUIET):  # warm
                await a.calls(rate)
                await b.work()
            for number in range(ROUNDS):
                for rate in (QUIET, WITHIN, OVER) if number % 2 else (OVER, WITHIN, QUIET):
                    await a.calls(rate)
                    taken[rate].append(await b.work())
                if (number + 1) % 10 == 0:
                    print(f"{number + 1} of {ROUNDS} rounds", file=sys.stderr, flush=True)
        finally:
            seen = await a.end()
    print(dict(seen), flush=True)
    assert set(seen) == {"200", "429"}, seen
    assert seen["429"] > 2 * seen["200"], seen
    rows = [
        figure("neighbour_p99", taken[OVER], "B by itself", taken[QUIET]),
        figure("neighbour_p99_of_excess", taken[OVER], "A within its quota", taken[WITHIN]),
    ]
    print(write("noisy_neighbour", rows))


if __name__ == "__main__":
    asyncio.run(flood(int(sys.argv[1]), sys.argv[2]) if len(sys.argv) == 3 else main())
