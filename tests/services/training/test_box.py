"""A run of the drill plant in a real training cluster, in its box."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import layered_wheels
import psutil
import pytest
from burglar import BLUEPRINT, TARGETS, write_burglar
from drill_plant import drill_command
from training_plant import Runs

from infra import packages
from infra.local.boxes import LocalBoxes
from infra.local.state import State
from services.blueprints import api as blueprints
from services.blueprints import host
from services.enclaves.contracts import ClusterKind
from services.enclaves.model import bucket_name
from services.kernel.niceness import AUTOGROUP
from services.plugins import host as plugins
from services.registry import api as registry
from services.registry.contracts import Alias
from services.training.contracts import RunState

pytestmark = [pytest.mark.platform, pytest.mark.cluster, pytest.mark.timeout(400)]


@pytest.fixture(scope="module", autouse=True)
def work(platform: Any, tenant: Any) -> Iterator[Path]:
    """The folder that the training box works in, with a partner's plugin that means harm."""
    folder = LocalBoxes(platform.state)._folder(tenant.id, ClusterKind.TRAINING) / "work"
    sys.path.insert(0, str(write_burglar(folder)))
    host.installed.cache_clear()
    yield folder
    sys.path.remove(str(folder))
    host.installed.cache_clear()


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


async def test_a_blueprint_gets_nowhere_else(
    platform: Any, tenant: Any, other_tenant: Any, principal: Any, until: Any, worker: None, drills: Any, work: Path
) -> None:
    """Of what a partner's code tries while it is trained, all that works is what its own cluster is for."""
    ports = json.loads((platform.state.home / "ports.json").read_text())
    repository = Path(host.__file__).parents[2]
    tried = [
        *[("connect", ["127.0.0.1", port], f"the host's {name}") for name, port in ports.items()],
        ("connect", ["192.0.2.1", 80], "an address"),
        ("connect", ["localhost", 4222], "own stream"),
        ("connect", ["example.com", 443], "a name"),
        ("bucket", bucket_name(tenant.id), "own bucket"),
        ("bucket", bucket_name(other_tenant.id), "another's bucket"),
        *[("read", path, path) for path in ("/etc/shadow", "/run/enclave/enclave.json")],
        *[("read", str(path), name) for path, name in (
            (platform.state.home, "state"), (repository / "infra", "infra"), (repository / ".git", "history"),
            (repository / "gateway", "gateway"),
        )],
        *[("write", folder, f"into {folder}") for folder in ("/", "/usr", "/etc", "/run/enclave", "/run/box")],
        ("write", str(repository / "services"), "into services"),
        *[("process", name, name) for name in ("postgres", "nats-server", "pytest", "gcs_server")],
        *[("variable", word, word) for word in ("DATABASE", "POSTGRES", "ANDON_HOME", "PATH")],
        ("command", ["mount", "-t", "tmpfs", "none", "/tmp"], "a mount"),
        ("command", ["sh", "-c", "renice -n -5 -p $$"], "a higher priority"),
        ("command", ["true"], "a command"),
    ]  # fmt: skip
    (work / TARGETS).write_text(json.dumps([{"do": do, "with": given, "name": name} for do, given, name in tried]))
    runs = Runs(platform, tenant, principal, until)
    ended = await runs.end(await runs.start(drill_command(drills, blueprint=BLUEPRINT)), 180)
    assert ended.state is RunState.FAILED
    got = "worked: own stream, own bucket, /run/enclave/enclave.json, into /run/box, gcs_server, PATH, a command"
    assert f"The blueprint {BLUEPRINT} failed: RuntimeError: {got}" in ended.message


@pytest.fixture
def own_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A catalogue with a plugin that asks for packages that Andon's environment lacks, or has in another version."""
    before, state = plugins.hosting(), State(tmp_path / "home")
    (state.folder("plugins") / "declared").symlink_to(before.folder / "declared")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(layered_wheels.index(tmp_path / "index")))
    packages.add(state, layered_wheels.plugin(tmp_path), unsigned=True)
    yield
    plugins.use(before.folder)


async def test_a_plugin_is_fitted_with_packages_of_its_own(
    platform: Any, tenant: Any, principal: Any, until: Any, worker: None, drills: Any, own_packages: None
) -> None:
    """And the next run, of another plugin, in processes that know nothing of these."""
    async with platform.unit(tenant) as uow:
        await blueprints.enable_plugin(uow, principal, platform.platform.ground, layered_wheels.NAME, None)
        await uow.commit()
    runs = Runs(platform, tenant, principal, until)
    for blueprint, webcolors in ((layered_wheels.BLUEPRINT, "1.0"), ("laser-drill-watch", None)):
        run = await runs.start(drill_command(drills, blueprint=blueprint))
        ended = await runs.end(run, 180)
        print(blueprint, dict(ended.stages), ended.message)
        passed = {gate.key: gate.passed for gate in await runs.gates(run)}
        assert passed["environment"], ended
        async with platform.unit(tenant) as uow:
            found = await registry.aliased(uow, principal, drills, Alias.CHALLENGER)
        made = next(one.lineage for one in found.values() if one.lineage.run_id == run.id)
        assert made.environment.get("webcolors") == webcolors
        assert ("tallyho" in made.environment) == (webcolors is not None)
