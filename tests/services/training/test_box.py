"""A run of the drill plant in a real training cluster, in its box."""

import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from drill_plant import drill_command
from training_plant import Runs

from services.kernel.niceness import AUTOGROUP
from services.registry import api as registry
from services.registry.contracts import Alias
from services.training.contracts import RunState

pytestmark = [pytest.mark.platform, pytest.mark.cluster, pytest.mark.timeout(400)]


async def test_drills_are_trained_in_their_box(
    platform: Any, tenant: Any, principal: Any, until: Any, worker: None, drills: Any
) -> None:
    runs = Runs(platform, tenant, principal, until)
    for attempt in ("cold", "warm"):
        started = time.monotonic()
        ended = await runs.end(await runs.start(drill_command(drills)), 180)
        print(attempt, round(time.monotonic() - started, 1), dict(ended.stages), ended.message)
        assert ended.state is RunState.SUCCEEDED, ended
    _goes_after_others(platform)
    async with platform.unit(tenant) as uow:
        found = await registry.aliased(uow, principal, drills, Alias.CHALLENGER)
    assert {one.number for one in found.values()} == {2}
    assert all(one.lineage.plugin == "andon-laser-drill" for one in found.values())


def _goes_after_others(platform: Any) -> None:
    """The box is nice, and where the kernel shares cores between sessions first, its session is."""
    root = next(psutil.Process(part["pid"]) for part in platform.supervisor.list() if "-training" in part["name"])
    entry = next(
        one for one in root.children(recursive=True) if one.cmdline()[1:] == ["-m", "services.enclaves.box.entry"]
    )
    assert entry.nice() == 10
    if AUTOGROUP.exists():
        assert Path(f"/proc/{entry.pid}/autogroup").read_text().endswith("nice 10\n")
