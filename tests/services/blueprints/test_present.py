"""What clusters have now, and what champions were made with that is otherwise since."""

import platform as machine
from dataclasses import replace
from importlib.metadata import version
from typing import Any
from uuid import UUID

import pytest
from statements import statements

from infra.doctor import _environments, judge_environments
from services.blueprints import api
from services.blueprints.environment import environment
from services.kernel.ids import new_id
from services.kernel.rights import Principal
from services.registry import api as registry
from services.registry.contracts import Alias, Lineage, NewVersion

pytestmark = pytest.mark.platform
PLUGIN = "andon-any-machine"


@pytest.fixture(scope="module")
async def champions(platform: Any, tenant: Any, principal: Principal) -> list[UUID]:
    """Ids: one made as all is now, two with another torch, one by a plugin that nobody has."""
    offered = next(each for each in api.everything().blueprints.values() if each.plugin.name == PLUGIN)
    here = dict(environment(PLUGIN, processor=False))
    now = Lineage(new_id(), "s", "b", "1", PLUGIN, offered.plugin.digest, new_id(), 1, here, 0)
    older = replace(now, environment={**here, "torch": "1.9.0", "filelock": "1.0", "processor:capability": "NEON"})
    gone = replace(now, plugin="andon-gone", plugin_digest="ab" * 32)
    new = [NewVersion(new_id(), "f" * 64, 0, lineage, {}) for lineage in (now, older, older, gone)]
    async with platform.unit(tenant) as uow:
        made = await registry.register(uow, principal, new)
        await registry.set_aliases(uow, principal, [each.id for each in made], Alias.CHAMPION)
        await uow.commit()
    by_asset = {each.asset_id: each.id for each in made}
    return [by_asset[each.asset_id] for each in new]


async def test_what_clusters_have_is_told(uow: Any, principal: Principal) -> None:
    found = await api.cluster_environment(uow, principal)
    assert found.python == machine.python_version()
    for name in ("torch", "numpy", "lightgbm", "andon", "andon-sdk", PLUGIN, "andon-laser-drill"):
        assert found.packages[name] == version(name)
    assert set(found.processor) >= {"machine", "capability", "threads"}
    assert found.processor["threads"] == "1"
    assert found.own == {}


async def test_each_version_is_told_what_is_otherwise_since(
    platform: Any, uow: Any, principal: Principal, champions: list[UUID]
) -> None:
    found = await api.environment_differences(uow, principal, [*champions, new_id()])
    assert [[(each.what, each.matters) for each in found[id]] for id in champions] == [
        [],
        *[[("processor's instructions", True), ("torch", True), ("filelock", False)]] * 2,
        [("files of andon-gone", True)],
    ]
    assert found[champions[3]][0].sentence == "The plugin andon-gone, which made it, is not used any more."
    with statements(platform.platform.database) as seen:
        await api.environment_differences(uow, principal, champions[:1])
    one = len(seen)
    with statements(platform.platform.database) as seen:
        await api.environment_differences(uow, principal, champions)
    assert len(seen) == one


async def test_the_doctor_names_champions_that_were_made_otherwise(
    platform: Any, tenant: Any, other_tenant: Any, champions: list[UUID]
) -> None:
    told = {each.subject: each for each in await _environments(platform.settings, platform.state)}
    finding = told[f"environment of {tenant.slug}"]  # other tenants may have champions of this kind too
    assert not finding.ok
    assert finding.what.startswith("3 champions were made otherwise: processor's instructions NEON, here ")
    assert finding.next_step == 'Train again, or: pip install "torch==1.9.0"'


def test_the_doctor_is_content_where_all_is_as_it_was() -> None:
    [finding] = judge_environments({"acme": []})
    assert (finding.subject, finding.ok) == ("environments", True)
