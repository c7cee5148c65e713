"""A box with a driver of the test's own."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from infra.local.boxes import LocalBoxes, box_name
from services.enclaves import api
from services.enclaves.contracts import ClusterKind, ClusterState
from services.enclaves.model import CLUSTER_USER, LIMITS, inbox_prefix
from services.enclaves.provisioner import BoxSpec, BoxStatus
from services.kernel.rights import system_principal

DRIVERS = Path(__file__).with_name("drivers")
NO_FILES: Mapping[str, str] = {}


@dataclass
class Box:
    boxes: LocalBoxes
    spec: BoxSpec
    folder: Path

    @property
    def name(self) -> str:
        return box_name(self.spec.tenant, self.spec.kind)

    @property
    def work(self) -> Path:
        return self.folder / "work"

    def status(self) -> BoxStatus:
        return self.boxes.seen(self.spec.tenant, self.spec.kind)

    async def until(self, *states: ClusterState, seconds: float = 60) -> BoxStatus:
        return await self.when(lambda status: status.state in states, seconds)

    async def when(self, right: Callable[[BoxStatus], bool], seconds: float = 60) -> BoxStatus:
        deadline = time.monotonic() + seconds
        while not right(status := self.status()):
            assert time.monotonic() < deadline, status
            await asyncio.sleep(0.05)
        return status


@pytest.fixture
async def make_box(platform) -> AsyncIterator:
    """Wants a box of a tenant whose driver is a file of `drivers/`; all are released at the end."""
    made: list[Box] = []

    async def make(
        tenant, driver: str, kind: ClusterKind = ClusterKind.SERVING, files: Mapping[str, str] = NO_FILES, **limits
    ) -> Box:
        ground = platform.platform.ground
        principal = system_principal(tenant.id)
        async with platform.unit(tenant) as uow:
            stream = await api.stream_credential(uow, principal, ground, CLUSTER_USER[kind])
            bucket = await api.bucket_credential(uow, principal, ground)
        prefix = inbox_prefix(CLUSTER_USER[kind])
        spec = BoxSpec(tenant.id, kind, driver, stream, prefix, bucket, replace(LIMITS[kind], **limits))
        boxes = LocalBoxes(platform.state)
        box = Box(boxes, spec, boxes._folder(tenant.id, kind))
        box.work.mkdir(parents=True)
        for file in DRIVERS.glob("*.py"):
            (box.work / file.name).write_text(file.read_text())
        for name, content in files.items():
            (box.work / name).write_text(content)
        made.append(box)
        await boxes.want(spec)
        return box

    yield make
    for box in made:
        await box.boxes.release(box.spec.tenant, box.spec.kind)
