"""Lists at 100, 1,000 and 10,000 assets of ten versions each, and the gateway against a bare one.

    python tests/bench/listing.py

`list_…` compares a list of the largest fleet with the same list of the smallest: its exponent is the growth of cost
with the number of assets, 0 for none and 1 for linear.
"""

import asyncio
import gc
import math
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from fleets import Site, site
from gateway_client import Gql
from harness import Row, alternate, write
from portal_documents import document

SIZES = (100, 1_000, 10_000)
TIMES = 20
KEY = "press-000050"
LISTS: dict[str, tuple[str, dict[str, Any]]] = {
    "fleet": ("Fleet", {"first": 100, "counted": False}),
    "fleet_counted": ("Fleet", {"first": 100, "counted": True}),
    "search_many": ("Fleet", {"first": 100, "counted": True, "search": "forging"}),
    "search_none": ("Fleet", {"first": 100, "counted": True, "search": "nothing"}),
    "alarm": ("Fleet", {"first": 100, "counted": True, "health": "ALARM"}),
    "normal": ("Fleet", {"first": 100, "counted": True, "health": "NORMAL"}),
    "versions": ("AssetVersions", {"key": KEY, "first": 20}),
    "runs": ("Runs", {"first": 50}),
    "run_assets": ("RunAssets", {"first": 50, "stopped": False}),
    "run_stopped": ("RunAssets", {"first": 50, "stopped": True}),
    "alarms_open": ("Alarms", {"first": 50, "states": ["ACTIVE", "ACKNOWLEDGED", "SHELVED"]}),
    "cases_open": ("Cases", {"first": 50, "states": ["OPEN"]}),
    "quarantine": ("Quarantine", {"first": 50}),
}


def timed(who: Gql, query: str, variables: dict[str, Any]) -> Callable[[], Awaitable[float]]:
    """Milliseconds a request, over `TIMES` of them."""

    async def work() -> float:
        began = time.perf_counter()
        for _ in range(TIMES):
            await who.ask(query, **variables)
        return (time.perf_counter() - began) / TIMES * 1e3

    return work


async def growth(place: Site) -> list[Row]:
    rows = []
    for name, (operation, variables) in LISTS.items():
        works = []
        for many in (SIZES[-1], SIZES[0]):
            who, known = place.fleets[many], dict(variables)
            if operation == "RunAssets":
                newest = await who.ask("{ runs(first: 1) { edges { node { id } } } }")
                known["id"] = newest["runs"]["edges"][0]["node"]["id"]
            works.append(timed(who, document(operation), known))
        row = await alternate(f"list_{name}", "ms", works[0], f"{SIZES[0]} assets", works[1])
        assert row.ratio is not None
        exponent = math.log(row.ratio) / math.log(SIZES[-1] / SIZES[0])
        print(f"{'':36} exponent {exponent:.2f}")
        rows.append(replace(row, facts=row.facts | {"exponent": exponent}))
    return rows


async def main() -> None:
    async with site(SIZES) as place:
        gc.collect()
        gc.freeze()  # as the gateway's process does when it has started
        rows = await growth(place)
    print(write("listing", rows))


if __name__ == "__main__":
    asyncio.run(main())
