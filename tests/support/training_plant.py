"""A plant of presses with a history, a trainer beside the real stream, bucket and database, and a worker: fixtures."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import presses
import pytest
from ray_process import RayProcess

from infra.registry import gather
from services.assets import api as assets
from services.assets.contracts import Asset, NewAsset
from services.blueprints import host
from services.enclaves import api as enclaves
from services.enclaves.contracts import StreamUser
from services.enclaves.model import inbox_prefix
from services.kernel.jobs import make_queue, run_queue
from services.kernel.outbox import run_relay
from services.kernel.rights import Principal
from services.readings import api as readings
from services.readings import historian
from services.readings.contracts import BodyFormat, ErrorPolicy
from services.tenancy.contracts import Tenant
from services.training import api, watch
from services.training.contracts import ENDED, Run, RunState, StartRun

ROWS = 800
ASSETS = 24


@pytest.fixture(scope="module")
def plugin_folder() -> Iterator[Path]:
    """The test plugin, installed for this process and for those it starts: while the module's tests run, since others
    choose among the blueprints that there are."""
    folder = Path(tempfile.mkdtemp(prefix="andon-plugin-"))
    presses.write_plugin(folder)
    sys.path.insert(0, str(folder))
    host.installed.cache_clear()
    yield folder
    sys.path.remove(str(folder))
    host.installed.cache_clear()
    shutil.rmtree(folder)


@dataclass(frozen=True)
class Plant:
    contract_id: UUID
    assets: tuple[Asset, ...]

    @property
    def ids(self) -> tuple[UUID, ...]:
        return tuple(asset.id for asset in self.assets)


@pytest.fixture(scope="module")
async def plant(platform: Any, tenant: Tenant, principal: Principal, plugin_folder: Path) -> AsyncIterator[Plant]:
    """24 presses with 800 rows each in the history; a 25th with a few rows only."""
    keys = [f"press-{number:02d}" for number in range(ASSETS + 1)]
    async with platform.unit(tenant) as uow:
        contract = await assets.put_contract(uow, principal, presses.CONTRACT)
        new = [NewAsset(key, key.title(), "Works", "Hall 1", "press") for key in keys]
        made = await assets.create_assets(uow, principal, new)
        await uow.commit()
    consuming = asyncio.create_task(historian.consume(platform.platform, tenant.id))
    for body in (presses.body(keys[:ASSETS], ROWS), presses.body(keys[ASSETS:], 30, seed=9)):
        receipt = await readings.ingest(
            platform.platform, principal, "press", body, BodyFormat.ARROW, ErrorPolicy.REJECT_FAILED_ROWS
        )
        assert (receipt.stored, receipt.quarantined) == (receipt.received, 0)
    by_key = {asset.key: asset for asset in made}
    yield Plant(contract.id, tuple(by_key[key] for key in keys))
    consuming.cancel()
    await asyncio.gather(consuming, return_exceptions=True)


@pytest.fixture(scope="module")
async def trainer(
    platform: Any, tenant: Tenant, principal: Principal, plugin_folder: Path
) -> AsyncIterator[RayProcess]:
    folder = Path(tempfile.mkdtemp(prefix="atr-"))
    ground = platform.platform.ground
    async with platform.unit(tenant) as uow:
        login = await enclaves.stream_credential(uow, principal, ground, StreamUser.TRAINER)
        bucket = await enclaves.bucket_credential(uow, principal, ground)
    place = {
        "login": {
            "url": login.url,
            "user": login.user,
            "password": login.password,
            "inbox_prefix": inbox_prefix(StreamUser.TRAINER),
        },
        "bucket": {name: getattr(bucket, name) for name in ("endpoint", "bucket", "access_key", "secret_key")},
        "temp": str(folder / "ray"),
        "cores": [2],
        "fleet_assets": 256,
    }
    with RayProcess.of("trainer_process.py", place, folder, plugin_folder) as process:
        yield process


Until = Callable[[Callable[[], Any], float], Any]


@pytest.fixture(scope="session")
def until() -> Until:
    """Waits until the answer of an async question is true, and returns it."""

    async def wait(question: Callable[[], Any], seconds: float = 60) -> Any:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not (answer := await question()):
            assert loop.time() < deadline, f"waited too long; last answer {answer!r}"
            await asyncio.sleep(0.1)
        return answer

    return wait


@pytest.fixture(scope="module")
async def worker(platform: Any, tenant: Any) -> AsyncIterator[None]:
    """What the worker does for this tenant, in this process."""
    background = gather()
    queue = make_queue(platform.relay_url)
    async with queue.open_async():
        tasks = [
            asyncio.create_task(run_relay(platform.relay_url, queue, background.subscriptions)),
            asyncio.create_task(run_queue(queue, partial(background.dispatch, platform.platform))),
            asyncio.create_task(watch.consume_progress(platform.platform, tenant.id)),
        ]
        yield
        for task in tasks:
            assert not task.done(), task
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def command(plant: Any, **changes: Any) -> StartRun:
    start = presses.START
    known = {
        "blueprint": "press-coder",
        "asset_ids": plant.ids[:24],
        "start": start,
        "end": start + timedelta(minutes=800),
        "parameters": {},
        "seed": 7,
    }
    return StartRun(**(known | changes))


class Runs:
    def __init__(self, platform: Any, tenant: Any, principal: Any, until: Any) -> None:
        self.platform, self.tenant, self.principal, self.until = platform, tenant, principal, until

    async def start(self, command: StartRun) -> Run:
        async with self.platform.unit(self.tenant) as uow:
            run = await api.start_run(uow, self.principal, command)
            await uow.commit()
        return run

    async def cancel(self, run: Run) -> Run:
        async with self.platform.unit(self.tenant) as uow:
            run = await api.cancel_run(uow, self.principal, run.id)
            await uow.commit()
        return run

    async def get(self, run: Run) -> Run:
        async with self.platform.unit(self.tenant) as uow:
            return await api.get_run(uow, self.principal, run.id)

    async def gates(self, run: Run) -> list[Any]:
        async with self.platform.unit(self.tenant) as uow:
            return await api.gates_of(uow, self.principal, run.id)

    async def end(self, run: Run, seconds: float = 90) -> Run:
        async def ended() -> Run | None:
            self.last = found = await self.get(run)
            return found if found.state in ENDED else None

        try:
            return await self.until(ended, seconds)
        except AssertionError as error:
            raise AssertionError(str(self.last)) from error

    async def reach(self, run: Run, state: RunState, seconds: float = 60) -> Run:
        async def there() -> Run | None:
            found = await self.get(run)
            assert found.state is state or found.state not in ENDED, found
            return found if found.state is state else None

        return await self.until(there, seconds)


@pytest.fixture
def runs(platform: Any, tenant: Any, principal: Any, until: Any, worker: None, trainer: Any) -> Runs:
    return Runs(platform, tenant, principal, until)
