"""Where a member is signed in, seen and ended by them and by an admin."""

from datetime import timedelta

import pytest
from acting import PASSWORD, acting
from sqlalchemy import text

from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.kernel.rights import Permission, Principal, Role
from services.tenancy import api
from services.tenancy.errors import CredentialRefused, MemberNotFound, SessionNotFound

pytestmark = pytest.mark.platform


@pytest.fixture
async def bob(place):
    database, tenant, _ = place
    async with database.unit(tenant.id) as uow:
        made = await api.add_member(uow, acting(tenant, Role.ADMIN), "bob@example.com", "Bob", Role.OPERATOR, PASSWORD)
        await uow.commit()
    return made


async def sign_in(place, email: str, browser: str) -> tuple[str, Principal]:
    """(token, principal) of a new session."""
    database, tenant, _ = place
    opened = await api.login(database, tenant.slug, email, PASSWORD, browser)
    return opened.token, await api.principal_of_session(database, opened.token)


async def ended(place, token: str) -> bool:
    try:
        await api.principal_of_session(place[0], token)
    except CredentialRefused:
        return True
    return False


async def test_a_member_sees_their_own_and_which_one_asks(place, bob):
    database, tenant, _ = place
    await sign_in(place, "ada@example.com", "Ada's")
    await sign_in(place, "bob@example.com", "Firefox")
    _, here = await sign_in(place, "bob@example.com", "Chromium\n\x00" + "x" * 400)
    async with database.unit(tenant.id) as uow:
        listed = await api.list_sessions(uow, here)
        assert [(each.user_agent, each.current) for each in listed] == [
            ("Chromium" + "x" * 290, True),
            ("Firefox", False),
        ]
        assert {each.member_id for each in listed} == {bob.id}
        assert await api.get_session(uow, here, listed[1].id) == listed[1]
        assert await api.list_sessions(uow, here, bob.id) == listed


async def test_a_member_ends_one_or_all_others(place, bob):
    database, tenant, _ = place
    tokens = [(await sign_in(place, bob.email, f"Browser {n}"))[0] for n in range(3)]
    token, here = await sign_in(place, bob.email, "This one")
    async with database.unit(tenant.id) as uow:
        first = (await api.list_sessions(uow, here))[-1]
        assert (await api.end_session_by_id(uow, here, first.id)).user_agent == "Browser 0"
        await uow.commit()
    assert [await ended(place, each) for each in tokens] == [True, False, False]
    async with database.unit(tenant.id) as uow:
        others = await api.end_other_sessions(uow, here)
        await uow.commit()
    assert [each.user_agent for each in others] == ["Browser 2", "Browser 1"]
    assert [await ended(place, each) for each in (*tokens, token)] == [True, True, True, False]
    async with database.unit(tenant.id) as uow:
        with pytest.raises(SessionNotFound):
            await api.end_session_by_id(uow, here, first.id)


async def test_an_admin_ends_those_of_any_member(place, bob):
    database, tenant, _ = place
    token, _ = await sign_in(place, bob.email, "Bob's")
    own, admin = await sign_in(place, "ada@example.com", "Ada's")
    async with database.unit(tenant.id) as uow:
        [seen] = await api.list_sessions(uow, admin, bob.id)
        assert (seen.user_agent, seen.current) == ("Bob's", False)
        await api.end_other_sessions(uow, admin, bob.id)
        await uow.commit()
    assert (await ended(place, token), await ended(place, own)) == (True, False)


async def test_nobody_else_sees_or_ends_them(place, bob):
    database, tenant, admin = place
    token, _ = await sign_in(place, "ada@example.com", "Ada's")
    _, bobs = await sign_in(place, bob.email, "Bob's")
    key = Principal(tenant.id, new_id(), "key", "a key", frozenset({Permission.VIEW}))
    async with database.unit(tenant.id) as uow:
        [hers] = await api.list_sessions(uow, acting(tenant, Role.ADMIN), admin.id)
        for stranger in (bobs, key):
            for attempt in (
                api.list_sessions(uow, stranger, admin.id),
                api.end_other_sessions(uow, stranger, admin.id),
                api.list_sessions(uow, stranger, new_id()),
            ):
                with pytest.raises(MemberNotFound):
                    await attempt
            for attempt in (api.get_session(uow, stranger, hers.id), api.end_session_by_id(uow, stranger, hers.id)):
                with pytest.raises(SessionNotFound):
                    await attempt
        assert await api.list_sessions(uow, key) == []
    assert not await ended(place, token)


async def test_being_seen_is_noted_once_a_minute(place):
    database, tenant, _ = place
    token, principal = await sign_in(place, "ada@example.com", "Ada's")

    async def last_seen():
        async with database.unit(tenant.id) as uow:
            return (await api.get_session(uow, principal, principal.session)).last_seen_at

    before = await last_seen()
    await api.principal_of_session(database, token)
    assert await last_seen() == before
    long_ago = utc_now() - timedelta(minutes=2)
    async with database.unit(tenant.id) as uow:
        await uow.session.execute(text("UPDATE login_session SET last_seen_at = :at"), {"at": long_ago})
        await uow.commit()
    assert await last_seen() == long_ago
    await api.principal_of_session(database, token)
    assert await last_seen() >= before
