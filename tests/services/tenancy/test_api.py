"""Who someone is, on a real database."""

import asyncio
from datetime import timedelta

import pytest
from acting import PASSWORD, acting

from services.kernel.clock import utc_now
from services.kernel.errors import Forbidden
from services.kernel.ids import new_id
from services.kernel.rights import Permission, Principal, Role, system_principal
from services.tenancy import api
from services.tenancy.errors import (
    ApiKeyNotFound,
    CredentialRefused,
    LastAdmin,
    MemberExists,
    MemberNotFound,
    ScopeNotHeld,
    TenantExists,
    TenantNotFound,
)

pytestmark = pytest.mark.platform


async def test_tenant_is_found_by_its_address(place):
    database, tenant, _ = place
    assert await api.tenant_by_slug(database, tenant.slug) == tenant
    with pytest.raises(TenantNotFound):
        await api.tenant_by_slug(database, "nobody-here")
    with pytest.raises(TenantExists):
        await api.create_tenant(database, tenant.slug, "Again")


async def test_password_opens_a_session_that_can_be_ended(place):
    database, tenant, admin = place
    opened = await api.login(database, tenant.slug, "Ada@Example.com ", PASSWORD)
    assert (opened.member, opened.tenant) == (admin, tenant)
    principal = await api.principal_of_session(database, opened.token)
    assert (principal.actor, principal.role, principal.tenant) == (admin.id, Role.ADMIN, tenant.id)
    await api.end_session(database, opened.token)
    await api.end_session(database, opened.token)
    with pytest.raises(CredentialRefused):
        await api.principal_of_session(database, opened.token)


@pytest.mark.parametrize(
    ("slug", "email", "password"),
    [
        (None, "ada@example.com", "wrong password!"),
        (None, "eve@example.com", PASSWORD),
        ("nowhere", "ada@example.com", PASSWORD),
    ],
)
async def test_refusals_are_one_answer(place, slug, email, password):
    database, tenant, _ = place
    with pytest.raises(CredentialRefused) as caught:
        await api.login(database, slug or tenant.slug, email, password)
    assert caught.value.message == "Address, e-mail or password is wrong."


async def test_login_link_works_once(place):
    database, tenant, admin = place
    async with database.unit(tenant.id) as uow:
        token = await api.make_login_link(uow, system_principal(tenant.id), admin.id)
        await uow.commit()
    assert (await api.redeem_login_link(database, token)).member == admin
    for used in (token, "unknown"):
        with pytest.raises(CredentialRefused):
            await api.redeem_login_link(database, used)


async def test_login_link_of_an_unknown_member(place):
    database, tenant, _ = place
    async with database.unit(tenant.id) as uow:
        with pytest.raises(MemberNotFound):
            await api.make_login_link(uow, system_principal(tenant.id), new_id())


async def test_key_carries_its_scopes_until_revoked(place):
    database, tenant, _ = place
    async with database.unit(tenant.id) as uow:
        made = await api.create_api_key(
            uow, acting(tenant, Role.ADMIN), "historian", [Permission.INGEST, Permission.VIEW]
        )
        await uow.commit()
    principal = await api.principal_of_key(database, made.secret)
    assert (principal.tenant, principal.actor, principal.name) == (tenant.id, made.key.id, "historian")
    assert principal.permissions == {Permission.INGEST, Permission.VIEW}
    async with database.unit(tenant.id) as uow:
        [listed] = await api.list_api_keys(uow, acting(tenant, Role.ADMIN))
        assert listed.last_used_at is not None
        await api.revoke_api_key(uow, acting(tenant, Role.ADMIN), made.key.id)
        await uow.commit()
    with pytest.raises(CredentialRefused):
        await api.principal_of_key(database, made.secret)


async def test_key_expires(place):
    database, tenant, _ = place
    async with database.unit(tenant.id) as uow:
        made = await api.create_api_key(
            uow, acting(tenant, Role.ADMIN), "old", [Permission.VIEW], utc_now() - timedelta(seconds=1)
        )
        await uow.commit()
    with pytest.raises(CredentialRefused):
        await api.principal_of_key(database, made.secret)


async def test_nobody_gives_more_than_they_have(place):
    database, tenant, _ = place
    limited = Principal(tenant.id, new_id(), "key", "limited", frozenset({Permission.MANAGE_KEYS, Permission.VIEW}))
    async with database.unit(tenant.id) as uow:
        for scopes in ([Permission.PROMOTE], []):
            with pytest.raises(ScopeNotHeld):
                await api.create_api_key(uow, limited, "more", scopes)
        assert await api.list_api_keys(uow, acting(tenant, Role.ADMIN)) == []


async def test_a_key_of_another_tenant_is_absent(place, platform):
    database, tenant, _ = place
    stranger = await api.create_tenant(database, f"t-{new_id().hex[-12:]}", "Stranger")
    async with database.unit(tenant.id) as uow:
        made = await api.create_api_key(uow, acting(tenant, Role.ADMIN), "mine", [Permission.VIEW])
        await uow.commit()
    async with database.unit(stranger.id) as uow:
        for key_id in (made.key.id, new_id()):
            with pytest.raises(ApiKeyNotFound):
                await api.revoke_api_key(uow, acting(stranger, Role.ADMIN), key_id)
    assert (await api.principal_of_key(database, made.secret)).tenant == tenant.id


async def test_members_come_change_and_go(place):
    database, tenant, admin = place
    acts = acting(tenant, Role.ADMIN)
    async with database.unit(tenant.id) as uow:
        bob = await api.add_member(uow, acts, "bob@example.com", "Bob", Role.OPERATOR, None)
        with pytest.raises(MemberExists):
            await api.add_member(uow, acts, "BOB@example.com", "Bob", Role.OPERATOR, None)
        for change in (api.change_role(uow, acts, admin.id, Role.OPERATOR), api.remove_member(uow, acts, admin.id)):
            with pytest.raises(LastAdmin):
                await change
        await api.change_role(uow, acts, bob.id, Role.ADMIN)
        await uow.session.flush()
        await api.remove_member(uow, acts, admin.id)
        await uow.session.flush()
        assert [(member.email, member.role) for member in await api.list_members(uow, acts)] == [
            ("bob@example.com", Role.ADMIN)
        ]


async def test_removing_a_member_ends_their_sessions(place):
    database, tenant, _ = place
    acts = acting(tenant, Role.ADMIN)
    async with database.unit(tenant.id) as uow:
        bob = await api.add_member(uow, acts, "bob@example.com", "Bob", Role.OPERATOR, PASSWORD)
        await uow.commit()
    opened = await api.login(database, tenant.slug, "bob@example.com", PASSWORD)
    async with database.unit(tenant.id) as uow:
        await api.remove_member(uow, acts, bob.id)
        await uow.commit()
    with pytest.raises(CredentialRefused):
        await api.principal_of_session(database, opened.token)


async def test_operators_manage_nothing(place):
    database, tenant, _ = place
    operator = acting(tenant, Role.OPERATOR)
    async with database.unit(tenant.id) as uow:
        for attempt in (
            api.add_member(uow, operator, "x@example.com", "X", Role.ADMIN, None),
            api.list_members(uow, operator),
            api.create_api_key(uow, operator, "x", [Permission.VIEW]),
        ):
            with pytest.raises(Forbidden):
                await attempt
        assert len(await api.list_members(uow, acting(tenant, Role.ADMIN))) == 1


async def test_one_of_two_who_add_the_same_person_at_once_is_told(place):
    database, tenant, _ = place

    async def add():
        async with database.unit(tenant.id) as uow:
            await api.add_member(uow, acting(tenant, Role.ADMIN), "kim@example.com", "Kim", Role.OPERATOR, None)
            await uow.commit()

    first, second = await asyncio.gather(add(), add(), return_exceptions=True)
    assert {type(first), type(second)} == {type(None), MemberExists}
