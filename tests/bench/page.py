"""A page of 100 of 10,000 assets with their health: what the gateway costs beside a bare one, and where it goes.

    python tests/bench/page.py

`page_vs_strawberry` and `page_vs_starlette` ask the page through all that the gateway does, against Strawberry and
against a JSON route, each bare on Starlette over one joined statement: no credential, no row-level security, no limits,
no telemetry. `share_…` is the processor time of one part beside that of the whole page.
"""

import asyncio
import gc
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import orjson
import strawberry
from fleets import Gql, Site, site
from gateway_client import http_client
from harness import Row, alternate, show, write
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway import limits
from gateway.auth import COOKIE
from gateway.prepare import prepare
from services.tenancy import api as tenancy
from services.tenancy.contracts import Tenant

SIZE = 10_000
TIMES = 40
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


def rate(who: Gql) -> Callable[[], Awaitable[float]]:
    """Requests a second, four in flight."""

    async def work() -> float:
        began = time.perf_counter()
        for _ in range(TIMES):
            answers: list[httpx.Response] = await asyncio.gather(*(who.post(PAGE) for _ in range(4)))
            assert all(answer.status_code == 200 for answer in answers)
        return 4 * TIMES / (time.perf_counter() - began)

    return work


def bare_json(engine: AsyncEngine, tenant: Tenant) -> Starlette:
    """The same page as a JSON route of its own."""

    async def page(request: Request) -> Response:
        del request
        async with engine.connect() as connection:
            rows = await connection.execute(text(BARE), {"tenant": tenant.id, "first": 100})
        nodes = [
            {"id": str(row[0]), "key": row[1], "title": row[2], "site": row[3], "line": row[4]}
            | {"health": {"health": row[8], "lastRowAt": row[5], "value": row[6], "coverage": row[7], "missing": []}}
            for row in rows
        ]
        edges = [{"node": node} for node in nodes]
        return Response(orjson.dumps({"data": {"assets": {"edges": edges}}}), media_type="application/json")

    return Starlette(routes=[Route("/graphql", page, methods=["POST"])])


async def tail(who: Gql) -> dict[str, float]:
    """Milliseconds of a request alone: the median, and the slowest of a hundred."""
    times = []
    for _ in range(200):
        began = time.perf_counter()
        await who.post(PAGE)
        times.append((time.perf_counter() - began) * 1e3)
    return {"p50_ms": statistics.median(times), "p99_ms": statistics.quantiles(times, n=100)[98]}


async def spent(work: Callable[[], Awaitable[object]], times: int = 200) -> float:
    """Milliseconds of our processor time, of one."""
    await work()
    began = time.process_time()
    for _ in range(times):
        await work()
    return (time.process_time() - began) / times * 1e3


async def shares(place: Site) -> list[Row]:
    """What the parts take that a bare gateway has not."""
    who, tenant, database = place.fleets[SIZE], place.tenants[SIZE], place.platform.database
    token, document = who.http.cookies[COOKIE], prepare(PAGE).document

    async def limited() -> None:
        limits.check(document, {})

    async def empty() -> None:
        async with database.unit(tenant.id):
            pass

    parts = {
        "identity": await spent(lambda: tenancy.principal_of_session(database, token)),
        "limits": await spent(limited),
        "unit_of_work": await spent(empty),
    }
    plain = await spent(lambda: who.post(PAGE))
    provider = TracerProvider()
    kept = InMemorySpanExporter()
    provider.add_span_processor(BatchSpanProcessor(kept))
    trace.set_tracer_provider(provider)
    traced = await spent(lambda: who.post(PAGE))
    provider.force_flush()
    assert kept.get_finished_spans()
    parts["tracing"] = max(traced - plain, 0.0)
    rows = [Row(f"share_{name}", ms, "ms", "the page", plain, ms / plain) for name, ms in parts.items()]
    for row in rows:
        show(row)
    return rows


async def main() -> None:
    async with site([SIZE]) as place:
        gc.collect()
        gc.freeze()  # as the gateway's process does when it has started
        ours, tenant = place.fleets[SIZE], place.tenants[SIZE]
        peers = {
            "strawberry": Gql(http_client(bare_app(place.engine, tenant))),
            "starlette": Gql(http_client(bare_json(place.engine, tenant))),
        }
        wanted = await ours.ask(PAGE)
        rows = []
        for name, peer in peers.items():
            found = await peer.ask(PAGE)
            assert _keys(wanted) == _keys(found)
            row = await alternate(f"page_vs_{name}", "requests/s", rate(ours), f"bare {name.title()}", rate(peer))
            facts = {f"against_{key}": value for key, value in (await tail(peer)).items()}
            rows.append(replace(row, facts=row.facts | await tail(ours) | facts))
        rows += await shares(place)
    print(write("page", rows))


def _keys(page: Any) -> list[str]:
    return [edge["node"]["key"] for edge in page["assets"]["edges"]]


if __name__ == "__main__":
    asyncio.run(main())
