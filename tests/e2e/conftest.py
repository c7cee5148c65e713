"""A whole Andon as a customer gets it: `andon up` in a folder of its own, ended with the session."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from andon_sdk.client import Client
from infra.bootstrap import ways
from infra.demo.access import make_tenant
from infra.links import login_url
from infra.local import postgres
from infra.local.state import State
from infra.settings import REPOSITORY, Settings
from services.kernel.ids import new_id
from services.kernel.rights import Permission, system_principal
from services.kernel.uow import Database
from services.tenancy import api as tenancy
from services.tenancy.errors import TenantNotFound

LOGS = REPOSITORY / ".artifacts" / "e2e-logs"
"""Where the parts' logs are kept when the run is over."""


@dataclass(frozen=True)
class Running:
    """A running installation, and the ways in that its owner has."""

    url: str
    settings: Settings
    state: State

    def andon(self, *arguments: str) -> dict:
        """What `andon … --json` answers last."""
        done = subprocess.run(
            [sys.executable, "-m", "infra.cli", *arguments, "--json"],
            cwd=REPOSITORY,
            env={**os.environ, "ANDON_HOME": str(self.settings.home)},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.stdout, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def key(self, slug: str) -> str:
        """A new API key with every right in that tenant, which is made if need be."""
        return asyncio.run(self._key(slug))

    def client(self, slug: str) -> Client:
        return Client(self.url, self.key(slug))

    def login_link(self, slug: str) -> str:
        return asyncio.run(login_url(self.settings, self.state, slug))

    async def _key(self, slug: str) -> str:
        database = Database(postgres.sqlalchemy(ways(self.settings, self.state).app_url), pool_size=1)
        try:
            try:
                tenant = await tenancy.tenant_by_slug(database, slug)
            except TenantNotFound:
                return await make_tenant(self.settings, self.state, slug, slug.title())
            async with database.unit(tenant.id) as uow:
                name = f"test {new_id().hex[-6:]}"
                made = await tenancy.create_api_key(uow, system_principal(tenant.id), name, list(Permission))
                await uow.commit()
            return made.secret
        finally:
            await database.close()


def _told_address(process: subprocess.Popen[str]) -> str:
    """Reads the news until the address is told, then keeps reading so that the pipe never fills."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "url" in json.loads(line):
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return str(json.loads(line)["url"]).split("/login", maxsplit=1)[0]
    raise AssertionError("Andon did not come up:\n" + "".join(lines))


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    """`andon up` with the demo's two tenants."""
    home = Path(tempfile.mkdtemp(prefix="andon-e2e-"))
    process = subprocess.Popen(
        [sys.executable, "-m", "infra.cli", "up", "--json"],
        cwd=REPOSITORY,
        env={**os.environ, "ANDON_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Running(_told_address(process), Settings(home=home), State(home))
    finally:
        process.terminate()
        process.wait(timeout=90)
        shutil.copytree(home / "logs", LOGS, dirs_exist_ok=True)
        shutil.rmtree(home)
