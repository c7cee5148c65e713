"""The parts of a running Andon, started once for all tests: real Postgres, NATS and objects, each in its child process.

`platform` is the running local platform, `tenant` and `other_tenant` are two fresh tenants of a test module with their
stream accounts and buckets, `principal` and `other_principal` may do everything inside them.
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from infra.bootstrap import Ways, open_platform, ways
from infra.local import control, nats, postgres, s3
from infra.local.state import State
from infra.local.supervisor import Supervisor
from infra.migrations import apply
from infra.settings import Settings
from services.enclaves import api as enclaves
from services.enclaves.platform import Platform
from services.kernel.ids import new_id
from services.kernel.rights import RIGHTS, Principal, Role
from services.kernel.uow import UnitOfWork
from services.plugins.host import use
from services.tenancy import api as tenancy
from services.tenancy.contracts import Tenant


class ByFolder(LoadScopeScheduling):
    """Tests of a folder share their servers and clusters, so they go to one worker, in their order."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.split("::", maxsplit=1)[0].rpartition("/")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFolder:
    return ByFolder(config, log)


ORDER = {"training": 0, "infra": 1, "enclaves": 2, "serving": 3, "e2e": 5}
"""Turns of folders that start installations and clusters, the longest first, so that two workers end together; 4 is the
turn of all others. The installation of `e2e` runs until the session ends, so it comes last."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:  # whoever asks for the running platform is no quick test, said or not
        if "platform" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.platform)
    items.sort(key=lambda item: ORDER.get(item.path.parent.name, 4))


DECLARED = Path(__file__).parents[1] / ".pytest_cache" / "plugins" / "declared"
"""What plugins declared in earlier sessions, by digest of their files."""


@pytest.fixture(scope="session", autouse=True)
def _remembering() -> None:
    use(DECLARED.parent)


@dataclass(frozen=True)
class LocalPlatform:
    """What runs, and every way into it."""

    platform: Platform
    settings: Settings
    state: State
    supervisor: Supervisor
    ways: Ways

    @property
    def superuser_url(self) -> str:
        """libpq URL, like those below."""
        return postgres.urls(self.state).superuser

    @property
    def owner_url(self) -> str:
        return self.ways.owner_url

    @property
    def app_url(self) -> str:
        return self.ways.app_url

    @property
    def app_url_async(self) -> str:
        """SQLAlchemy's form."""
        return postgres.sqlalchemy(self.ways.app_url)

    @property
    def relay_url(self) -> str:
        return self.ways.relay_url

    @property
    def database_url(self) -> str:
        return self.app_url_async

    def unit(self, tenant: Tenant) -> UnitOfWork:
        return self.platform.database.unit(tenant.id)


@pytest.fixture(scope="session")
async def platform() -> AsyncIterator[LocalPlatform]:
    home = Path(tempfile.mkdtemp(prefix="andon-test-"))
    settings = Settings(home=home, demo=False)
    state = State(home)
    DECLARED.mkdir(parents=True, exist_ok=True)
    (state.folder("plugins") / "declared").symlink_to(DECLARED)
    supervisor = Supervisor(state)
    try:
        parts = (postgres.part(state), nats.part(state), s3.part(state))
        await asyncio.gather(*(supervisor.start(part) for part in parts))
        ear = await control.serve(supervisor, state.run, lambda: None)
        places = ways(settings, state)
        await asyncio.to_thread(apply, postgres.sqlalchemy(places.owner_url), places.relay_url)
        async with open_platform(settings, state) as opened:
            yield LocalPlatform(opened, settings, state, supervisor, places)
        ear.close()
    finally:
        await supervisor.stop_all()
        shutil.rmtree(home)


async def _fresh_tenant(platform: LocalPlatform) -> Tenant:
    slug = f"t-{new_id().hex[-12:]}"
    tenant = await tenancy.create_tenant(platform.platform.database, slug, f"Tenant {slug}")
    await enclaves.ensure_enclave(platform.platform, tenant.id)
    return tenant


def _admin(tenant: Tenant) -> Principal:
    return Principal(tenant.id, new_id(), "member", "Ada", RIGHTS[Role.ADMIN], Role.ADMIN)


@pytest.fixture(scope="module")
async def tenant(platform: LocalPlatform) -> Tenant:
    return await _fresh_tenant(platform)


@pytest.fixture(scope="module")
async def other_tenant(platform: LocalPlatform) -> Tenant:
    return await _fresh_tenant(platform)


@pytest.fixture(scope="module")
def principal(tenant: Tenant) -> Principal:
    return _admin(tenant)


@pytest.fixture(scope="module")
def other_principal(other_tenant: Tenant) -> Principal:
    return _admin(other_tenant)


@pytest.fixture
async def uow(platform: LocalPlatform, tenant: Tenant) -> AsyncIterator[UnitOfWork]:
    """A unit of work of `tenant`; undone at the end unless the test commits it."""
    async with platform.unit(tenant) as unit:
        yield unit
