"""A plugin made from the template, from its maker's folder to a tenant and away again: built, checked by its state,
signed, enabled for one tenant and unseen by the other, moved to a newer version and back, disabled, removed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from andon_sdk.command import main as andon_sdk
from andon_sdk.package import make_keys, sign
from infra import packages
from infra.local.state import State
from services.blueprints import api as blueprints
from services.plugins import api as plugins
from services.plugins import host
from services.plugins.contracts import PackageState
from services.plugins.errors import PluginNotFound

pytestmark = pytest.mark.platform
NAME = "andon-boiler-feed"


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Wheels of two versions by number, built from one folder as its maker does."""
    folder = tmp_path_factory.mktemp("maker")
    assert andon_sdk(["new", "boiler-feed", "--title", "Boiler feed pump", "--into", str(folder)]) == 0
    project, found = folder / NAME, dict[str, Path]()
    for version in ("0.1.0", "0.2.0"):
        told = project / "pyproject.toml"
        told.write_text(told.read_text("utf-8").replace('version = "0.1.0"', f'version = "{version}"'), "utf-8")
        assert andon_sdk(["build", str(project)]) == 0
        [found[version]] = (project / "dist").glob(f"*-{version}-*.whl")
    return found


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    before, state = host.hosting(), State(tmp_path / "home")
    (state.folder("plugins") / "declared").symlink_to(before.folder / "declared")
    yield state
    host.use(before.folder)


async def test_it_goes_the_whole_way(
    platform: Any, state: State, tmp_path: Path, wheels: dict[str, Path], tenant: Any, other_tenant: Any, principal: Any
) -> None:
    private, public = make_keys(tmp_path, "maker")
    packages.trust(state, public)
    for wheel in wheels.values():
        sign(wheel, private)
        package, _ = packages.add(state, wheel)
        assert package.state is PackageState.SIGNED

    async def offered(who: Any) -> set[str]:
        async with platform.unit(who) as uow:
            return {key for key in (await blueprints.offered(uow)).blueprints if key.startswith("boiler-feed")}

    async def use(version: str | None) -> tuple[str | None, str | None]:
        async with platform.unit(tenant) as uow:
            told = await blueprints.enable_plugin(uow, principal, platform.platform.ground, NAME, version)
            await uow.commit()
        return told.version, told.former_version

    assert await offered(tenant) == set()
    assert await use("0.1.0") == ("0.1.0", None)
    [blueprint] = await offered(tenant)
    assert await offered(other_tenant) == set()
    assert await use("0.2.0") == ("0.2.0", "0.1.0")
    assert await use("0.1.0") == ("0.1.0", "0.2.0")
    assert await offered(tenant) == {blueprint}
    async with platform.unit(tenant) as uow:
        await blueprints.disable_plugin(uow, principal, NAME)
        await uow.commit()
    assert await offered(tenant) == set()
    for version in wheels:
        packages.remove(state, NAME, version)
    async with platform.unit(tenant) as uow:
        [gone] = [each for each in await plugins.list_plugins(uow, principal) if each.name == NAME]
        assert (gone.enabled, gone.versions) == (False, ())
        with pytest.raises(PluginNotFound):
            await blueprints.enable_plugin(uow, principal, platform.platform.ground, NAME, "0.1.0")
