"""Lists at 100, 1,000 and 10,000 assets of ten versions each, and the gateway against a bare one.

    python tests/bench/listing.py

`list_…` compares a list of the largest fleet with the same list of the smallest: its exponent is the growth of cost
with the number of assets, 0 for none and 1 for linear. `gateway_vs_bare` asks a page of 100 assets with their health
through authentication, row-level security, loaders and telemetry, against Starlette and Strawberry over one joined
statement.
"""

import asyncio
import gc
import math
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import orjson
import strawberry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from gateway_client import Gql, http_client, make_app, signed_in
from harness import Row, alternate, write
from many_assets import seed
from portal_documents import document

from gateway.settings import STATIC
from infra.bootstrap import open_platform, ways
from infra.local import control, nats, postgres, s3
from infra.local.state import State
from infra.local.supervisor import Supervisor
from infra.migrations import apply
from infra.settings import Settings
from services.tenancy import api as tenancy
from services.tenancy.contracts import Tenant

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
PAGE = """{ assets(first: 100) { edges { node { id key title site line
  health { health lastRowAt value coverage missing } } } } }"""
BARE = """
SELECT a.id, a.key, a.title, s.name, l.name, h.last_row_at, h.value, h.coverage, CASE WHEN h.deployed_at IS NULL
  THEN 'NO_MODEL' WHEN EXISTS (SELECT FROM alarm m WHERE m.tenant_id = a.tenant_id AND m.asset_id = a.id
  AND m.cleared_at IS NULL) THEN 'ALARM' WHEN greatest(h.seen_at, h.deployed_at) < now() - interval '20 days'
  THEN 'SILENT' WHEN h.route = 2 THEN 'BLIND' ELSE 'NORMAL' END
FROM (SELECT * FROM asset WHERE tenant_id = :tenant ORDER BY key, id LIMIT :first) a
JOIN line l ON l.tenant_id = a.tenant_id AND l.id = a.line_id
JOIN site s ON s.tenant_id = l.tenant_id AND s.id = l.site_id
JOIN asset_health h ON h.tenant_id = a.tenant_id AND h.id = a.id ORDER BY a.key, a.id
"""


@strawberry.type
class BareHealth:
    health: str
    last_row_at: datetime | None
    value: float | None
    coverage: float | None
    missing: list[str]


@strawberry.type
class BareAsset:
    id: strawberry.ID
    key: str
    title: str
    site: str
    line: str
    health: BareHealth


@strawberry.type
class BareEdge:
    node: BareAsset


@strawberry.type
class BareConnection:
    edges: list[BareEdge]


@strawberry.type
class BareQuery:
    @strawberry.field
    async def assets(self, info: strawberry.Info[Any, None], first: int) -> BareConnection:
        engine, tenant = info.context
        async with engine.connect() as connection:
            rows = await connection.execute(text(BARE), {"tenant": tenant, "first": first})
        return BareConnection(edges=[BareEdge(node=bare_asset(*row)) for row in rows])


def bare_asset(id: UUID, key: str, title: str, site: str, line: str, *seen: Any) -> BareAsset:
    last_row_at, value, coverage, state = seen
    health = BareHealth(health=state, last_row_at=last_row_at, value=value, coverage=coverage, missing=[])
    return BareAsset(id=strawberry.ID(str(id)), key=key, title=title, site=site, line=line, health=health)


def bare_app(engine: AsyncEngine, tenant: Tenant) -> Starlette:
    """No authentication, no row-level security, no telemetry, no loaders."""
    schema = strawberry.Schema(BareQuery)

    async def graphql(request: Request) -> Response:
        asked = orjson.loads(await request.body())
        result = await schema.execute(asked["query"], context_value=(engine, tenant.id))
        return Response(orjson.dumps({"data": result.data}), media_type="application/json")

    return Starlette(routes=[Route("/graphql", graphql, methods=["POST"])])


@dataclass(frozen=True)
class Site:
    fleets: dict[int, Gql]
    bare: Gql
    app: Starlette
    largest: Tenant


@asynccontextmanager
async def site() -> AsyncIterator[Site]:
    """A tenant a size, each with somebody signed in, on a real Postgres."""
    home = Path(tempfile.mkdtemp(prefix="andon-bench-"))
    settings, state = Settings(home=home, demo=False), State(home)
    supervisor = Supervisor(state)
    try:
        await asyncio.gather(*(supervisor.start(part.part(state)) for part in (postgres, nats, s3)))
        ear = await control.serve(supervisor, state.run, lambda: None)
        places = ways(settings, state)
        await asyncio.to_thread(apply, postgres.sqlalchemy(places.owner_url), places.relay_url)
        engine = create_async_engine(
            postgres.sqlalchemy(postgres.urls(state).superuser), isolation_level="AUTOCOMMIT", pool_size=8
        )
        async with open_platform(settings, state) as platform:
            app = make_app(platform, portal=STATIC)
            tenants = [await tenancy.create_tenant(platform.database, f"fleet-{many}", "Fleet") for many in SIZES]
            for tenant, many in zip(tenants, SIZES, strict=True):
                await seed(platform, tenant.id, many)
            async with engine.connect() as connection:
                await connection.execute(text("VACUUM ANALYZE"))
            fleets = {many: await signed_in(app, tenant) for tenant, many in zip(tenants, SIZES, strict=True)}
            yield Site(fleets, Gql(http_client(bare_app(engine, tenants[-1]))), app, tenants[-1])
        await engine.dispose()
        ear.close()
    finally:
        await supervisor.stop_all()
        shutil.rmtree(home)


def timed(who: Gql, query: str, variables: dict[str, Any]) -> Callable[[], Awaitable[float]]:
    """Milliseconds a request, over `TIMES` of them."""

    async def work() -> float:
        began = time.perf_counter()
        for _ in range(TIMES):
            await who.ask(query, **variables)
        return (time.perf_counter() - began) / TIMES * 1e3

    return work


def rate(who: Gql) -> Callable[[], Awaitable[float]]:
    """Requests a second, four in flight."""

    async def work() -> float:
        began = time.perf_counter()
        for _ in range(TIMES):
            answers: list[httpx.Response] = await asyncio.gather(*(who.post(PAGE) for _ in range(4)))
            assert all(answer.status_code == 200 for answer in answers)
        return 4 * TIMES / (time.perf_counter() - began)

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
    async with site() as place:
        gc.collect()
        gc.freeze()  # as the gateway's process does when it has started
        ours, bare = await place.fleets[SIZES[-1]].ask(PAGE), await place.bare.ask(PAGE)
        keys = [[edge["node"]["key"] for edge in data["assets"]["edges"]] for data in (ours, bare)]
        assert keys[0] == keys[1]
        assert len(keys[0]) == 100
        rows = [
            await alternate(
                "gateway_vs_bare", "requests/s", rate(place.fleets[SIZES[-1]]), "bare Strawberry", rate(place.bare)
            )
        ]
        rows += await growth(place)
    print(write("listing", rows))


if __name__ == "__main__":
    asyncio.run(main())
