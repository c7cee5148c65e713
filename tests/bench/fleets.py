"""A tenant a size, each with somebody signed in, on a real Postgres."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from starlette.applications import Starlette

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from gateway_client import Gql, make_app, signed_in
from many_assets import seed

from gateway.settings import STATIC
from infra.bootstrap import open_platform, ways
from infra.local import control, nats, postgres, s3
from infra.local.state import State
from infra.local.supervisor import Supervisor
from infra.migrations import apply
from infra.settings import Settings
from services.enclaves.platform import Platform
from services.tenancy import api as tenancy
from services.tenancy.contracts import Tenant


@dataclass(frozen=True)
class Site:
    fleets: dict[int, Gql]
    tenants: dict[int, Tenant]
    app: Starlette
    platform: Platform
    engine: AsyncEngine
    """Of the superuser, past row-level security."""


@asynccontextmanager
async def site(sizes: Sequence[int]) -> AsyncIterator[Site]:
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
            tenants = [await tenancy.create_tenant(platform.database, f"fleet-{many}", "Fleet") for many in sizes]
            for tenant, many in zip(tenants, sizes, strict=True):
                await seed(platform, tenant.id, many)
            async with engine.connect() as connection:
                await connection.execute(text("VACUUM ANALYZE"))
            fleets = {many: await signed_in(app, tenant) for tenant, many in zip(tenants, sizes, strict=True)}
            yield Site(fleets, dict(zip(sizes, tenants, strict=True)), app, platform, engine)
        await engine.dispose()
        ear.close()
    finally:
        await supervisor.stop_all()
        shutil.rmtree(home)
