"""A whole Andon as a customer gets it: `andon up` in a folder of its own, and the ways in that its owner has."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

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

_PATIENCE_S = 180.0


@dataclass(frozen=True)
class Running:
    """A running installation. `news` grows by each line that `andon up --json` prints."""

    process: subprocess.Popen[str]
    home: Path
    url: str
    news: list[dict[str, Any]] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        return Settings(home=self.home)

    @property
    def state(self) -> State:
        return State(self.home)

    def andon(self, *arguments: str, code: int = 0) -> Any:
        """What `andon … --json` answers last."""
        done = run(self.home, *arguments, "--json")
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def parts(self) -> dict[str, dict[str, Any]]:
        return {part["name"]: part for part in self.andon("status")["parts"]}

    def key(self, slug: str) -> str:
        """A new API key with every right in that tenant, which is made if need be."""
        return asyncio.run(self._key(slug))

    def client(self, slug: str) -> Client:
        return Client(self.url, self.key(slug))

    def login_link(self, slug: str) -> str:
        return asyncio.run(login_url(self.settings, self.state, slug))

    def end(self) -> None:
        """Stops everything in order; harmless when it has ended."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(timeout=90)

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


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One `andon` command for the installation in `home`."""
    return subprocess.run(
        [sys.executable, "-m", "infra.cli", *arguments],
        cwd=REPOSITORY, env=_environment(home), capture_output=True, text=True, timeout=_PATIENCE_S, check=False,
    )  # fmt: skip


def start(home: Path, *options: str, environment: Mapping[str, str] | None = None) -> Running:
    """`andon up --json`, once it has told its address; the lines of news before it must be JSON too. `environment` is
    set besides that of this process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "infra.cli", "up", *options, "--json"],
        cwd=REPOSITORY, env=_environment(home) | dict(environment or {}), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    news: list[dict[str, Any]] = []
    for line in process.stdout:
        said = json.loads(line)
        news.append(said)
        if "url" in said:
            threading.Thread(target=_listen, args=(process, news), daemon=True).start()
            return Running(process, home, str(said["url"]).split("/login", maxsplit=1)[0], news)
    process.wait(timeout=90)
    raise AssertionError(f"Andon did not come up: {news}")


def _environment(home: Path) -> dict[str, str]:
    return {**os.environ, "ANDON_HOME": str(home)}


def _listen(process: subprocess.Popen[str], news: list[dict[str, Any]]) -> None:
    """Reads on, so that the pipe never fills."""
    assert process.stdout is not None
    news.extend(json.loads(line) for line in process.stdout)
