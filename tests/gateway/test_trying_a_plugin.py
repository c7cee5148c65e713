"""`andon-sdk run`: a plugin tried in a running Andon, saved, broken, mended, and taken away again."""

import asyncio
import sys
from pathlib import Path

import pytest

from andon_sdk.command import Refused, main
from andon_sdk.command.run import Trial, watch
from infra.local.state import State
from services.kernel.rights import Permission, system_principal
from services.plugins import host
from services.tenancy import api as tenancy

pytestmark = pytest.mark.platform
NAME = "andon-boiler-feed"
ANDON = str(Path(sys.executable).with_name("andon"))


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The state folder of an installation, of which the gateway has the catalogue."""
    before, state = host.hosting(), State(tmp_path / "home")
    (state.folder("plugins") / "declared").symlink_to(before.folder / "declared")
    host.use(state.folder("plugins"))
    monkeypatch.setenv("ANDON_HOME", str(state.home))
    yield state
    host.use(before.folder)


@pytest.fixture
def project(tmp_path):
    assert main(["new", "boiler-feed", "--title", "Boiler feed pump", "--into", str(tmp_path)]) == 0
    return tmp_path / NAME


async def key_of(platform, tenant, *rights: Permission) -> str:
    async with platform.unit(tenant) as uow:
        made = await tenancy.create_api_key(uow, system_principal(tenant.id), "partner", list(rights))
        await uow.commit()
    return made.secret


async def used(admin) -> tuple[bool, str | None]:
    told = await admin.ask("query q { plugins { name enabled version } }")
    return next(((each["enabled"], each["version"]) for each in told["plugins"] if each["name"] == NAME), (False, None))


@pytest.mark.usefixtures("home")
async def test_each_save_is_tried_and_what_is_broken_leaves_the_one_before(
    platform, tenant, admin, stranger, address, project
):
    key = await key_of(platform, tenant, Permission.VIEW, Permission.QUERY, Permission.MANAGE_PLUGINS)
    trial, said = Trial(project, f"http://{address}", key, ANDON), list[str]()

    async def once() -> int:
        return await asyncio.to_thread(watch, trial, once=True, say=said.append)

    assert await once() == 0
    first = trial.version
    assert first is not None
    assert first.startswith("0.1.0+dev.")
    assert said[0].startswith(f"{NAME} {first} is in use after ")
    assert "  contracts: boiler-feed" in said
    assert await used(admin) == (True, first)
    assert await used(stranger) == (False, None)

    plugin = project / "src/andon_boiler_feed/plugin.py"
    sound = plugin.read_text("utf-8")
    plugin.write_text(sound + "\nraise RuntimeError('half written')\n", "utf-8")
    assert await once() == 1
    assert "half written" in said[-1]
    assert said[-1].endswith(f"{first} stays in use.")
    assert await used(admin) == (True, first)

    plugin.write_text(sound + "\n# mended\n", "utf-8")
    assert await once() == 0
    assert trial.version != first
    assert await used(admin) == (True, trial.version)

    last = trial.version
    await asyncio.to_thread(trial.leave)
    assert await used(admin) == (False, last)


@pytest.mark.usefixtures("home")
async def test_what_it_cannot_do_is_said(platform, tenant, address, project, capsys):
    key = await key_of(platform, tenant, Permission.QUERY)
    with pytest.raises(Refused, match="manage_plugins"):
        await asyncio.to_thread(Trial(project, f"http://{address}", key, ANDON).put, "a" * 64)
    with pytest.raises(Refused, match="There is no command no-andon here"):
        await asyncio.to_thread(Trial(project, f"http://{address}", key, "no-andon").put, "b" * 64)
    assert main(["run", str(project), "--key", ""]) == 2
    assert "An API key is needed that may manage plugins" in capsys.readouterr().err
