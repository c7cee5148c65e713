"""One installation on one machine, brought up in order: servers, schema, processes."""

import asyncio
import sys
from pathlib import Path

import httpx

from infra import gateway, plugins
from infra.bootstrap import ways
from infra.local import nats, postgres, s3
from infra.local.part import Part
from infra.local.state import State
from infra.local.supervisor import Report, Supervisor
from infra.migrations import apply
from infra.outside.check import check
from infra.settings import REPOSITORY, Settings, environment_for


def servers(settings: Settings, state: State) -> list[Part]:
    """The parts that are started here because no URL replaces them."""
    parts = []
    if settings.database_url is None:
        parts.append(postgres.part(state))
    if settings.nats_url is None:
        parts.append(nats.part(state))
    if settings.s3_endpoint is None:
        parts.append(s3.part(state))
    return parts


def processes(settings: Settings, state: State) -> list[Part]:
    """The platform's own processes."""
    listening = settings.port or state.port("gateway")
    parts = [
        _python(state, "gateway", ready=_Answers(f"http://127.0.0.1:{listening}/healthz")),
        _python(state, "worker", ready=_Appears(state.folder("metrics") / "worker.prom")),
        _python(state, "historian", ready=_Appears(state.folder("metrics") / "historian.prom")),
    ]
    if settings.demo:
        parts.append(_python(state, "demo", module="infra.demo.feed"))
    return parts


async def bring_up(settings: Settings, state: State, supervisor: Supervisor, report: Report) -> None:
    """Starts all that is not running yet. Raises `PartFailed` naming the part or the plugin; what had started stays,
    to be stopped. Raises `SettingMissing` and `SettingUnusable` before anything starts."""
    check(settings)
    _, plugins_found = await asyncio.gather(_together(supervisor, servers(settings, state), report), plugins.check())
    report("plugins", plugins_found)
    report("schema", "bringing the database up to date")
    places = ways(settings, state)
    await asyncio.to_thread(apply, postgres.sqlalchemy(places.owner_url), places.relay_url)
    await _together(supervisor, processes(settings, state), report)


async def _together(supervisor: Supervisor, parts: list[Part], report: Report) -> None:
    async def one(part: Part) -> None:
        report(part.name, "starting")
        await supervisor.start(part)
        report(part.name, "ready")

    outcomes = await asyncio.gather(*(one(part) for part in parts), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome


class _Answers:
    """Ready when a URL answers 200."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def prepare(self) -> None:
        return None

    async def ready(self) -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            (await client.get(self._url, timeout=5)).raise_for_status()


class _Appears:
    """Ready when a file is there that was not before."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def prepare(self) -> None:
        self._path.unlink(missing_ok=True)

    async def ready(self) -> None:
        if not self._path.exists():
            raise FileNotFoundError(f"{self._path} is not there yet")


class _AtOnce:
    async def prepare(self) -> None:
        return None

    async def ready(self) -> None:
        return None


def _python(state: State, name: str, *, module: str = "", ready: "_Answers | _Appears | None" = None) -> Part:
    probe = ready or _AtOnce()
    return Part(
        name=name,
        argv=(sys.executable, "-m", module or f"infra.{name}"),
        env={
            **environment_for(name, state.home),
            "PYTHONUNBUFFERED": "1",
            "MALLOC_ARENA_MAX": "2",
            "OMP_NUM_THREADS": "1",
        },
        cwd=REPOSITORY,
        prepare=probe.prepare,
        ready=probe.ready,
        ready_seconds=60.0,
        stop_seconds=15.0,
    )


def address(settings: Settings, state: State) -> str:
    """The portal's address on this machine."""
    return f"http://127.0.0.1:{gateway.port(settings, state)}"
