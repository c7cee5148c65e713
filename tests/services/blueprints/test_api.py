"""Blueprint versions on a real database: written once for each content, kept apart by tenant."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from services.blueprints import api
from services.blueprints.contracts import OfferedBlueprint
from services.kernel.errors import Forbidden
from services.kernel.ids import new_id
from services.kernel.rights import Permission, Principal

pytestmark = pytest.mark.platform


@pytest.fixture
def offered() -> OfferedBlueprint:
    """The installed one under a key that no other test uses."""
    installed = api.everything().blueprints["laser-drill-watch"]
    return replace(installed, blueprint=replace(installed.blueprint, key=f"watch-{new_id().hex}"))


def again(offered: OfferedBlueprint, digest: str = "f" * 64, **declared: Any) -> OfferedBlueprint:
    """As after an upgrade of the plugin."""
    plugin = replace(offered.plugin, digest=digest)
    return OfferedBlueprint(plugin, offered.blueprint, {**offered.declaration, **declared})


async def test_what_was_declared_comes_back(uow: Any, principal: Principal, offered: OfferedBlueprint) -> None:
    id_ = await api.record_version(uow, principal, offered)
    [kept] = await api.list_versions(uow, principal, offered.blueprint.key)
    assert (kept.id, kept.key, kept.version) == (id_, offered.blueprint.key, offered.blueprint.version)
    assert (kept.plugin, kept.declaration, kept.restated) == (offered.plugin, offered.declaration, False)
    assert kept.declaration["code"]["module"] == "MaskedAutoencoder(inputs, (32, 6, 32))"
    assert await api.get_versions(uow, principal, [id_, new_id()]) == [kept]


async def test_the_same_content_is_kept_once(platform: Any, tenant: Any, principal: Any, offered: Any) -> None:
    async def one() -> Any:
        async with platform.unit(tenant) as unit:
            id_ = await api.record_version(unit, principal, offered)
            await unit.commit()
            return id_

    assert len(set(await asyncio.gather(*(one() for _ in range(4))))) == 1
    async with platform.unit(tenant) as unit:
        assert len(await api.list_versions(unit, principal, offered.blueprint.key)) == 1


async def test_other_content_under_the_same_number_is_kept_beside_it_and_said(
    uow: Any, principal: Principal, offered: OfferedBlueprint
) -> None:
    first = await api.record_version(uow, principal, offered)
    second = await api.record_version(uow, principal, again(offered, offered.plugin.digest, history_rows=9))
    third = await api.record_version(
        uow, principal, replace(again(offered), blueprint=replace(offered.blueprint, version="2"))
    )
    key = offered.blueprint.key
    listed = await api.list_versions(uow, principal, key)
    assert [(each.id, each.version, each.restated) for each in listed] == [
        (third, "2", False), (second, "1", True), (first, "1", True),
    ]  # fmt: skip
    assert await api.list_versions(uow, principal, key, first=1, after=third) == [listed[1]]
    diff = api.compare(listed[2], listed[1])
    assert (diff.before, diff.after) == (listed[2], listed[1])
    assert [(each.path, each.before, each.after) for each in diff.changes] == [("history_rows", "1", "9")]


async def test_each_tenant_keeps_its_own(
    uow: Any, principal: Principal, platform: Any, other_tenant: Any, other_principal: Principal, offered: Any
) -> None:
    mine = await api.record_version(uow, principal, offered)
    async with platform.unit(other_tenant) as unit:
        assert await api.get_versions(unit, other_principal, [mine]) == []
        assert await api.list_versions(unit, other_principal, offered.blueprint.key) == []
        assert await api.record_version(unit, other_principal, offered) != mine


async def test_rights_are_asked_for(uow: Any, principal: Principal, offered: Any) -> None:
    without = replace(principal, permissions=frozenset({Permission.VIEW}))
    with pytest.raises(Forbidden) as caught:
        await api.record_version(uow, without, offered)
    assert caught.value.facts == {"permission": "train"}
    assert await api.list_versions(uow, without, offered.blueprint.key) == []
    with pytest.raises(Forbidden):
        await api.list_versions(uow, replace(principal, permissions=frozenset()), offered.blueprint.key)
    with pytest.raises(Forbidden):
        await api.get_versions(uow, replace(principal, permissions=frozenset()), [])
