"""A pipeline in the walls of its tenant's box: loaded there from the folder that is mounted, and from nowhere else."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from pipeline_wheels import NAME, pipeline, registered

from infra.local import box
from services.blueprints import api as blueprints
from services.enclaves.model import BoxLimits
from services.plugins import api as plugins

pytestmark = pytest.mark.platform

SEES = """
import json
from services.blueprints.host import installed
found = installed()
made = found.blueprints.get("bench-wear")
print(json.dumps({
    "plugins": sorted(found.plugins),
    "digest": made and made.plugin.digest,
    "answers": made and callable(made.blueprint.fit),
}))
"""


async def inside(folder: Path, given: Any) -> dict[str, Any]:
    """What a process in a box sees that is given those plugins."""
    for part in ("in", "work", "etc"):
        (folder / part).mkdir(parents=True)
    for name, content in box.accounts().items():
        (folder / "etc" / name).write_text(content)
    paths = [path for each in given.mounted for path in each.paths]
    *walls, _, _ = box.command(folder, BoxLimits(), paths, given.left_out)
    process = await asyncio.create_subprocess_exec(
        *walls, "-c", SEES, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return json.loads(said.splitlines()[-1])


async def test_the_box_of_its_tenant_loads_it_and_no_other_does(
    platform: Any, tenant: Any, other_tenant: Any, principal: Any, tmp_path: Path
) -> None:
    unsealed = platform.platform.ground.vault.open
    await registered(platform.platform, principal, pipeline(tmp_path / "wheel"))
    async with platform.unit(tenant) as uow:
        mine, offered = await plugins.for_box(uow, unsealed), await blueprints.get_blueprint(uow, NAME)
    async with platform.unit(other_tenant) as uow:
        theirs = await plugins.for_box(uow, unsealed)
    seen, elsewhere = await asyncio.gather(inside(tmp_path / "mine", mine), inside(tmp_path / "theirs", theirs))
    assert (seen["digest"], seen["answers"]) == (offered.plugin.digest, True)
    assert NAME in seen["plugins"]
    assert "andon-laser-drill" in seen["plugins"]
    assert (elsewhere["digest"], NAME in elsewhere["plugins"]) == (None, False)
