"""A partner's plugin from its wheel to the boxes of the one tenant that enabled it, and back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pump_wheels import NAME, PLUGIN, pump

from andon_sdk.package import make_keys
from infra import packages
from infra.local.state import State
from services.blueprints import api as blueprints
from services.blueprints.errors import BlueprintNotFound
from services.kernel.ids import new_id
from services.plugins import api as plugins
from services.plugins import host
from services.plugins.contracts import FaultKind, PackageState
from services.plugins.errors import (
    PackageNotFound,
    PackageRefused,
    PluginFaulty,
    PluginInUse,
    PluginNotFound,
    PluginSettingsInvalid,
    PluginUnusable,
)
from services.registry import api as registry
from services.registry.contracts import Alias, Lineage, NewVersion

pytestmark = pytest.mark.platform
BROKEN = PLUGIN.format(version="3.0.0").replace("return [AlarmRule", "raise RuntimeError('no'); return [AlarmRule")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_keys(tmp_path_factory.mktemp("keys"), "acme")


@pytest.fixture
def state(tmp_path: Path, keys: tuple[Path, Path]) -> Iterator[State]:
    """Of an installation with an empty catalogue that trusts the maker."""
    before, state = host.hosting(), State(tmp_path / "home")
    (state.folder("plugins") / "declared").symlink_to(before.folder / "declared")
    packages.trust(state, keys[1])
    yield state
    host.use(before.folder)


def test_what_is_not_believed_is_not_taken(state: State, tmp_path: Path, keys: tuple[Path, Path]) -> None:
    unsigned = pump(tmp_path / "unsigned")
    with pytest.raises(PackageRefused, match="is unsigned") as caught:
        packages.add(state, unsigned)
    assert caught.value.facts == {"state": "unsigned"}
    modified = pump(tmp_path / "modified", key=keys[0])
    modified.write_bytes(pump(tmp_path / "other", source=PLUGIN.format(version="9")).read_bytes())
    with pytest.raises(PackageRefused, match="is modified") as caught:
        packages.add(state, modified, unsigned=True)
    assert caught.value.facts == {"state": "modified"}
    with pytest.raises(PackageRefused, match="asks for andon-sdk >=99") as caught:
        packages.add(state, pump(tmp_path / "future", key=keys[0], sdk=">=99"))
    assert caught.value.facts == {"state": "incompatible"}
    with pytest.raises(PluginFaulty, match=r"hook alarm_rules: It says: .*raised: no"):
        packages.add(state, pump(tmp_path / "broken", "3.0.0", keys[0], BROKEN))
    assert packages.catalogue(state).packages() == []
    assert not list((state.home / "plugins" / "packages").iterdir())
    package, _ = packages.add(state, unsigned, unsigned=True)
    assert package.state is PackageState.UNSIGNED


def test_a_version_is_added_once_told_and_removed(state: State, tmp_path: Path, keys: tuple[Path, Path]) -> None:
    wheel = pump(tmp_path, key=keys[0])
    package, declared = packages.add(state, wheel)
    assert (package.state, package.title, package.sector) == (PackageState.SIGNED, "Pumps", "water")
    assert [each.key for each in declared.hooks["blueprints"]] == ["pump-watch"]
    with pytest.raises(PackageRefused, match="Remove it first"):
        packages.add(state, wheel)
    kept = packages.catalogue(state)
    assert kept.state_of(package) == (PackageState.SIGNED, ())
    (kept.files_of(package) / "andon_pump" / "plugin.py").write_text("import os\n")
    assert kept.state_of(package)[0] is PackageState.MODIFIED
    packages.remove(state, NAME, "1.0.0")
    assert kept.packages() == []
    with pytest.raises(PackageNotFound, match="has no andon-pump"):
        packages.remove(state, NAME, "1.0.0")


def test_three_faults_disable_until_it_is_asked_again(state: State, tmp_path: Path, keys: tuple[Path, Path]) -> None:
    package, _ = packages.add(state, pump(tmp_path, key=keys[0]))
    kept = packages.catalogue(state)
    plugin = kept.installation(package)
    faults = host.hosting().faults
    assert plugins.everything()[-1].plugin.name == NAME
    for _ in range(3):
        plugins.note_clash(plugin, "contracts", "It clashes.")
    assert faults.is_disabled(plugin)
    assert [each.kind for each in faults.of(plugin)] == [FaultKind.WRONG_ANSWER] * 3
    assert packages.retry(state, NAME, "1.0.0").plugin == plugin
    assert not faults.is_disabled(plugin)
    assert len(faults.of(plugin)) == 3


async def test_it_is_one_tenants_from_enabling_to_disabling(
    platform: Any,
    state: State,
    tmp_path: Path,
    keys: tuple[Path, Path],
    tenant: Any,
    other_tenant: Any,
    principal: Any,
    other_principal: Any,
) -> None:
    ground = platform.platform.ground
    packages.add(state, pump(tmp_path, "1.0.0", keys[0]))
    packages.add(state, pump(tmp_path, "1.10.0", keys[0]))

    async def keys_of(who: Any) -> set[str]:
        async with platform.unit(who) as uow:
            return set((await blueprints.offered(uow)).blueprints)

    async with platform.unit(tenant) as uow:
        [seen] = [each for each in await plugins.list_plugins(uow, principal) if each.name == NAME]
        assert ([each.version for each in seen.versions], seen.enabled) == (["1.10.0", "1.0.0"], False)
        assert seen.versions[0].declares["contracts"] == ("pump-station",)
        with pytest.raises(PluginSettingsInvalid, match="'site' is a required property"):
            await blueprints.enable_plugin(uow, principal, ground, NAME, "1.0.0")
    assert "pump-watch" not in await keys_of(tenant)

    async with platform.unit(tenant) as uow:
        for plain, secrets, words in (
            ({"site": 5}, {}, "“site” of andon-pump does not fit the form: 5 is not of type 'string'"),
            ({"site": "x", "token": "t"}, {}, "“token” of andon-pump is secret"),
            ({"site": "x"}, {"other": "t"}, "“other” of andon-pump is no secret setting"),
            ({"site": "x"}, {"token": 77}, "“token” of andon-pump does not fit the form.$"),
        ):
            with pytest.raises(PluginSettingsInvalid, match=words) as caught:
                await plugins.put_settings(uow, principal, ground, NAME, plain, secrets)
            assert "77" not in str(caught.value)
        told = await plugins.put_settings(uow, principal, ground, NAME, {"site": "North"}, {"token": "s3cr3t-t0k3n"})
        assert (told.settings, told.secrets, told.enabled) == ({"site": "North"}, ("token",), False)
        await blueprints.enable_plugin(uow, principal, ground, NAME, "1.0.0")
        await uow.commit()
    assert "pump-watch" in await keys_of(tenant)
    assert "pump-watch" not in await keys_of(other_tenant)

    async with platform.unit(tenant) as uow:
        assert (await blueprints.get_blueprint(uow, "pump-watch")).blueprint.version == "1.0.0"
        assert (await blueprints.alarm_rule_for(uow, "pump-station")).key == "pump-1.0.0"
        boxes = await plugins.for_box(uow, ground.vault.open)
        [mounted] = boxes.mounted
        assert mounted.settings == {"site": "North", "token": "s3cr3t-t0k3n"}
        assert boxes.left_out == ()
        up = await blueprints.enable_plugin(uow, principal, ground, NAME, "1.10.0")
        assert (up.version, up.former_version) == ("1.10.0", "1.0.0")
        await uow.commit()
    async with platform.unit(tenant) as uow:
        assert (await blueprints.get_blueprint(uow, "pump-watch")).blueprint.version == "1.10.0"
        back = await blueprints.enable_plugin(uow, principal, ground, NAME, up.former_version)
        assert (back.version, back.former_version) == ("1.0.0", "1.10.0")
        await uow.commit()
    async with platform.unit(other_tenant) as uow:
        with pytest.raises(BlueprintNotFound, match="No plugin that you use offers"):
            await blueprints.get_blueprint(uow, "pump-watch")
        assert (await plugins.for_box(uow, ground.vault.open)).mounted == ()
        [theirs] = [each for each in await plugins.list_plugins(uow, other_principal) if each.name == NAME]
        assert (theirs.enabled, theirs.settings, theirs.secrets) == (False, {}, ())

    with psycopg.connect(platform.superuser_url) as connection:  # neither the rows nor the trail can be read back
        rows = connection.execute("SELECT to_jsonb(t)::text FROM plugin_enabling t").fetchall()
        trail = connection.execute("SELECT to_jsonb(t)::text FROM audit_change t").fetchall()
    assert any("secret" in row for (row,) in rows)
    assert "s3cr3t-t0k3n" not in json.dumps([rows, trail])

    async with platform.unit(tenant) as uow:
        gone = await blueprints.disable_plugin(uow, principal, NAME)
        assert (gone.enabled, gone.settings, gone.version) == (False, {"site": "North"}, "1.0.0")
        await uow.commit()
    assert "pump-watch" not in await keys_of(tenant)


async def test_what_cannot_be_enabled(
    platform: Any, state: State, tmp_path: Path, keys: tuple[Path, Path], tenant: Any, principal: Any
) -> None:
    ground = platform.platform.ground
    package, _ = packages.add(state, pump(tmp_path, "2.0.0", keys[0]))
    kept = packages.catalogue(state)
    async with platform.unit(tenant) as uow:
        with pytest.raises(PluginNotFound, match="no plugin andon-pump 7"):
            await blueprints.enable_plugin(uow, principal, ground, NAME, "7")
        with pytest.raises(PluginNotFound, match="no plugin “nothing”"):
            await blueprints.disable_plugin(uow, principal, "nothing")
        for _ in range(3):
            plugins.note_clash(kept.installation(package), "contracts", "It clashes.")
        with pytest.raises(PluginUnusable, match="cannot be used") as caught:
            await blueprints.enable_plugin(uow, principal, ground, NAME, "2.0.0")
        (kept.files_of(package) / "andon_pump" / "more.py").write_text("")
        with pytest.raises(PluginUnusable, match="is modified") as caught:
            await blueprints.enable_plugin(uow, principal, ground, NAME, "2.0.0")
        assert caught.value.facts == {"plugin": NAME, "version": "2.0.0", "state": "modified"}


async def test_what_is_installed_can_be_left_out_unless_champions_need_it(
    platform: Any, tenant: Any, principal: Any
) -> None:
    async with platform.unit(tenant) as uow:
        seen = await blueprints.disable_plugin(uow, principal, "andon-laser-drill")
        assert (seen.enabled, seen.versions[0].state) == (False, PackageState.CORE)
        assert "laser-drill-watch" not in (await blueprints.offered(uow)).blueprints
        boxes = await plugins.for_box(uow, platform.platform.ground.vault.open)
        assert boxes.left_out == ("andon-laser-drill",)
        lineage = Lineage(new_id(), "s", "gas-turbine-forecast", "1", "andon-gas-turbine", "x", new_id(), 1, {}, 0)
        [made] = await registry.register(uow, principal, [NewVersion(new_id(), "d" * 64, 0, lineage, {})])
        await registry.set_aliases(uow, principal, [made.id], Alias.CHAMPION)
        with pytest.raises(PluginInUse, match="the champion of 1 assets") as caught:
            await blueprints.disable_plugin(uow, principal, "andon-gas-turbine")
        assert caught.value.facts == {"plugin": "andon-gas-turbine", "assets": 1}
        assert "gas-turbine-forecast" in (await blueprints.offered(uow)).blueprints
