"""A key's secret is exchanged without a gap."""

import asyncio
from datetime import timedelta

import pytest
from acting import acting

from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.kernel.rights import Permission, Principal, Role
from services.tenancy import api
from services.tenancy.errors import (
    ApiKeyEnded,
    ApiKeyInRotation,
    ApiKeyNotFound,
    CredentialRefused,
    OverlapTooLong,
    ScopeNotHeld,
)

pytestmark = pytest.mark.platform
DAY = timedelta(days=1)
SCOPES = [Permission.INGEST, Permission.VIEW]


class Keys:
    """Keys of a tenant as its admin handles them, each act in a transaction of its own."""

    def __init__(self, database, tenant) -> None:
        self.database, self.tenant, self.admin = database, tenant, acting(tenant, Role.ADMIN)

    async def act(self, use_case, *arguments, by=None):
        async with self.database.unit(self.tenant.id) as uow:
            answer = await use_case(uow, by or self.admin, *arguments)
            await uow.commit()
        return answer

    async def good(self, *made) -> list[bool]:
        found = []
        for each in made:
            try:
                principal = await api.principal_of_key(self.database, each.secret)
            except CredentialRefused:
                found.append(False)
            else:
                assert principal.name == each.key.name
                assert principal.permissions == each.key.scopes
                found.append(True)
        return found


@pytest.fixture
def keys(place) -> Keys:
    return Keys(*place[:2])


async def test_both_secrets_are_good_until_the_overlap_ends(keys):
    old = await keys.act(api.create_api_key, "historian", SCOPES)
    before = utc_now()
    new = await keys.act(api.rotate_api_key, old.key.id, DAY)
    assert (new.key.name, new.key.scopes, new.key.expires_at) == ("historian", frozenset(SCOPES), None)
    assert new.key.replaces == old.key.id
    assert new.secret != old.secret
    assert await keys.good(old, new) == [True, True]
    listed = {each.id: each for each in await keys.act(api.list_api_keys)}
    assert before + DAY <= listed[old.key.id].expires_at <= utc_now() + DAY
    assert listed[old.key.id].last_used_at is not None
    assert listed[new.key.id].last_used_at is not None


async def test_without_an_overlap_the_old_one_is_refused_at_once(keys):
    old = await keys.act(api.create_api_key, "historian", SCOPES)
    new = await keys.act(api.rotate_api_key, old.key.id, timedelta(0))
    assert await keys.good(old, new) == [False, True]
    third = await keys.act(api.rotate_api_key, new.key.id, timedelta(0))
    assert await keys.good(old, new, third) == [False, False, True]


async def test_no_key_lives_longer_for_being_rotated(keys):
    end = utc_now() + timedelta(hours=2)
    old = await keys.act(api.create_api_key, "historian", SCOPES, end)
    new = await keys.act(api.rotate_api_key, old.key.id, DAY)
    assert {each.expires_at for each in await keys.act(api.list_api_keys)} == {end}
    assert new.key.expires_at == end


async def test_at_most_two_secrets_are_good(keys):
    old = await keys.act(api.create_api_key, "historian", SCOPES)
    new = await keys.act(api.rotate_api_key, old.key.id, DAY)
    for key in (old, new):
        with pytest.raises(ApiKeyInRotation):
            await keys.act(api.rotate_api_key, key.key.id, DAY)
    assert len(await keys.act(api.list_api_keys)) == 2
    await keys.act(api.revoke_api_key, old.key.id)
    assert await keys.good(old, new) == [False, True]
    third = await keys.act(api.rotate_api_key, new.key.id, DAY)
    assert await keys.good(old, new, third) == [False, True, True]


async def test_revoking_the_new_one_ends_both(keys):
    old = await keys.act(api.create_api_key, "historian", SCOPES)
    new = await keys.act(api.rotate_api_key, old.key.id, DAY)
    other = await keys.act(api.create_api_key, "historian", SCOPES)
    await keys.act(api.revoke_api_key, new.key.id)
    assert await keys.good(old, new, other) == [False, False, True]


@pytest.mark.parametrize("overlap", [timedelta(seconds=-1), timedelta(days=30, seconds=1)])
async def test_an_overlap_has_an_end(keys, overlap):
    old = await keys.act(api.create_api_key, "historian", SCOPES)
    with pytest.raises(OverlapTooLong):
        await keys.act(api.rotate_api_key, old.key.id, overlap)
    assert len(await keys.act(api.list_api_keys)) == 1


async def test_what_has_ended_or_never_was_is_not_rotated(keys):
    revoked = await keys.act(api.create_api_key, "revoked", SCOPES)
    await keys.act(api.revoke_api_key, revoked.key.id)
    expired = await keys.act(api.create_api_key, "expired", SCOPES, utc_now() - DAY)
    for key in (revoked, expired):
        with pytest.raises(ApiKeyEnded):
            await keys.act(api.rotate_api_key, key.key.id, DAY)
    with pytest.raises(ApiKeyNotFound):
        await keys.act(api.rotate_api_key, new_id(), DAY)
    assert len(await keys.act(api.list_api_keys)) == 2


async def test_nobody_gets_more_rights_by_rotating(keys):
    mighty = await keys.act(api.create_api_key, "mighty", [Permission.PROMOTE])
    few = frozenset({Permission.MANAGE_KEYS, Permission.VIEW})
    limited = Principal(keys.tenant.id, new_id(), "key", "limited", few)
    with pytest.raises(ScopeNotHeld):
        await keys.act(api.rotate_api_key, mighty.key.id, DAY, by=limited)
    assert len(await keys.act(api.list_api_keys)) == 1


async def test_of_two_at_once_one_rotates(keys):
    old = await keys.act(api.create_api_key, "historian", SCOPES)
    both = (keys.act(api.rotate_api_key, old.key.id, DAY) for _ in range(2))
    answers = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(each).__name__ for each in answers) == ["ApiKeyInRotation", "NewApiKey"]
    assert len(await keys.act(api.list_api_keys)) == 2
