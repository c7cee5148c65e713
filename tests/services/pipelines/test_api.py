"""What is kept of a pipeline, where, what its box is shown, and that nothing of it is left where it is refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pipeline_wheels import LINK, NAME, pipeline, registered

from infra import deleting, packages
from infra.local.state import State
from services.blueprints import api as blueprints
from services.budgets import api as budgets
from services.budgets.contracts import Ceiling
from services.budgets.errors import StorageFull
from services.kernel.ids import new_id
from services.kernel.rights import system_principal
from services.pipelines import api as pipelines
from services.pipelines.errors import PipelineInUse
from services.pipelines.link import FILE
from services.plugins import api as plugins
from services.plugins import host
from services.plugins.contracts import PackageState
from services.plugins.errors import PluginClashes, PluginNameTaken, PluginUnusable
from services.registry import api as registry
from services.registry.contracts import Alias, Lineage, NewVersion

pytestmark = pytest.mark.platform


@pytest.fixture(autouse=True)
def state(platform: Any) -> Iterator[State]:
    """Packages lie in the installation's own folder, as they do there."""
    before = host.hosting().folder
    host.use(platform.state.folder("plugins"))
    yield platform.state
    host.use(before)


async def test_it_is_kept_shown_to_its_boxes_told_and_deleted(
    platform: Any, state: State, tenant: Any, other_tenant: Any, principal: Any, tmp_path: Path
) -> None:
    opened, unsealed = platform.platform, platform.platform.ground.vault.open
    made = await registered(opened, principal, pipeline(tmp_path))
    bucket = await opened.objects.bucket(tenant.id)
    [kept] = bucket.client.list_objects(bucket.name, "pipelines/", recursive=True)
    assert kept.size == made.bytes == (tmp_path / "bench_wear-1.0-py3-none-any.whl").stat().st_size

    async with platform.unit(tenant) as uow:
        [mounted] = (await plugins.for_box(uow, unsealed)).mounted
        offered = await blueprints.get_blueprint(uow, NAME)
        assert (mounted.name, mounted.digest) == (NAME, offered.plugin.digest)
        assert offered.declaration["parameters"][0]["help"] == "Width of the normal band"
        [seen] = [each for each in await plugins.list_plugins(uow, principal) if each.name == NAME]
        assert (seen.enabled, seen.versions[0].state) == (True, PackageState.OWN)
    folder = Path(mounted.paths[0])
    assert tenant.id.hex in str(folder)
    assert (folder / "bench_wear" / FILE).is_file()
    async with platform.unit(other_tenant) as uow:
        assert (await plugins.for_box(uow, unsealed)).mounted == ()

    with psycopg.connect(platform.superuser_url) as connection:
        told = connection.execute(
            "SELECT after FROM audit_change WHERE tenant_id = %s AND kind = 'PipelineVersion'", [tenant.id]
        ).fetchall()
    assert [(each["plugin"], each["version"], each["registered_by"]) for (each,) in told] == [(NAME, "1.0", "Ada")]

    (folder / "bench_wear" / "plugin.py").write_text("import os\n")
    async with platform.unit(tenant) as uow:
        assert (await plugins.for_box(uow, unsealed)).mounted == ()
        [details] = await pipelines.get_details(uow, principal, [made.id])
        assert details.state is PackageState.MODIFIED
        assert "Register the wheel again" in details.reasons[0]
        with pytest.raises(PluginUnusable, match="is modified"):
            await pipelines.use_version(uow, principal, made.id)
    await registered(opened, principal, pipeline(tmp_path))
    async with platform.unit(tenant) as uow:
        assert [each.name for each in (await plugins.for_box(uow, unsealed)).mounted] == [NAME]

    assert folder.parent in deleting._files(state, tenant.id)
    deleting._remove_files(state, tenant.id)
    assert [path for path in deleting._files(state, tenant.id) if path.is_relative_to(folder.parent)] == []


async def test_what_is_refused_leaves_nothing(
    platform: Any, state: State, other_tenant: Any, other_principal: Any, tmp_path: Path
) -> None:
    opened = platform.platform
    clashing = pipeline(tmp_path, name="clash-wear", key="laser-drill-watch")
    with pytest.raises(PluginClashes, match="laser-drill-watch"):
        await registered(opened, other_principal, clashing)
    async with platform.unit(other_tenant) as uow:
        await budgets.set_ceiling(uow, system_principal(other_tenant.id), Ceiling.STORAGE, 1)
        await uow.commit()
    with pytest.raises(StorageFull):
        await registered(opened, other_principal, pipeline(tmp_path, name="large-wear"))
    async with platform.unit(other_tenant) as uow:
        assert await pipelines.list_pipelines(uow, other_principal) == []
        await uow.commit()
    bucket = await opened.objects.bucket(other_tenant.id)
    assert list(bucket.client.list_objects(bucket.name, "pipelines/", recursive=True)) == []
    [scratch] = (state.folder("plugins") / "tenants" / other_tenant.id.hex).iterdir()
    assert list(scratch.iterdir()) == []


async def test_a_tenants_own_stands_before_what_the_catalogue_is_given_later(
    platform: Any, tenant: Any, principal: Any, tmp_path: Path, state: State
) -> None:
    wheel = pipeline(tmp_path, name="late-wear", link={**LINK, "findings": []})
    await registered(platform.platform, principal, wheel)
    packages.add(state, wheel, unsigned=True)
    async with platform.unit(tenant) as uow:
        mounted = [each for each in (await plugins.for_box(uow, str)).mounted if each.name == "late-wear"]
        assert [tenant.id.hex in each.paths[0] for each in mounted] == [True]
        assert "late-wear" in (await blueprints.offered(uow)).blueprints
    packages.add(state, pipeline(tmp_path, name="taken-wear"), unsigned=True)
    with pytest.raises(PluginNameTaken, match="taken-wear is the name of a plugin"):
        await registered(platform.platform, principal, pipeline(tmp_path, name="taken-wear"))


async def test_it_is_not_retired_while_champions_are_its_models(
    platform: Any, tenant: Any, principal: Any, tmp_path: Path
) -> None:
    made = await registered(platform.platform, principal, pipeline(tmp_path, name="champion-wear"))
    lineage = Lineage(new_id(), "s", "champion-wear", "1", "champion-wear", "x", new_id(), 1, {}, 0)
    async with platform.unit(tenant) as uow:
        [own] = [each for each in await pipelines.list_pipelines(uow, principal) if each.name == "champion-wear"]
        fresh = [NewVersion(new_id(), "c" * 64, place, lineage, {}) for place in range(2)]
        versions = await registry.register(uow, principal, fresh)
        await registry.set_aliases(uow, principal, [each.id for each in versions], Alias.CHAMPION)
        await uow.commit()
    async with platform.unit(tenant) as uow:
        assert await pipelines.count_champions(uow, principal, ["champion-wear", "nothing"]) == {"champion-wear": 2}
        with pytest.raises(PipelineInUse, match="the champion of 2 assets") as caught:
            await pipelines.retire(uow, principal, own.id)
    assert caught.value.facts == {"pipeline": "champion-wear", "assets": 2}
    async with platform.unit(tenant) as uow:
        [still] = await pipelines.get_pipelines(uow, principal, [own.id])
        assert (still.enabled, still.versions[0].id) == (True, made.id)
