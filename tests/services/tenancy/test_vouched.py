"""Who is vouched for: members are found, invited ones join, and nobody else becomes one."""

import pytest

from services.kernel.ids import new_id
from services.kernel.rights import Role, system_principal
from services.tenancy import api
from services.tenancy.errors import CredentialRefused, TenantSuspended

pytestmark = pytest.mark.platform


def an_address() -> str:
    return f"p-{new_id().hex}@example.com"


async def test_a_member_is_found_by_address_whatever_its_capitals(uow, principal):
    address = an_address()
    member = await api.add_member(uow, principal, address, "Ada", Role.OPERATOR, None)
    assert await api.member_by_email(uow, address.upper()) == member
    assert await api.member_by_id(uow, member.id) == member
    assert await api.member_by_email(uow, an_address()) is None
    assert await api.member_by_id(uow, new_id()) is None


@pytest.mark.parametrize(("name", "called"), [("Noor", "Noor"), (" Noor ", "Noor"), (None, ""), ("", ""), ("a\nb", "")])
async def test_an_invited_person_joins_once_and_is_called_by_something(uow, principal, name, called):
    address = an_address()
    made = await api.invite(uow, principal, address, Role.ENGINEER)
    member = await api.join_invited(uow, address, name)
    assert member is not None
    assert (member.email, member.role, member.name) == (address, Role.ENGINEER, called or address.partition("@")[0])
    assert made.invitation not in await api.list_invitations(uow, principal)
    assert await api.join_invited(uow, address, name) is None


async def test_nobody_joins_who_is_not_invited_now(uow, principal):
    address = an_address()
    made = await api.invite(uow, principal, address, Role.ENGINEER)
    await api.revoke_invitation(uow, principal, made.invitation.id)
    await uow.session.flush()
    for other in (address, an_address(), "no address", ""):
        assert await api.join_invited(uow, other, "Noor") is None
    assert await api.member_by_email(uow, address) is None


async def test_a_session_is_of_a_member_of_an_open_tenant(uow, principal, tenant):
    member = await api.add_member(uow, principal, an_address(), "Ada", Role.OPERATOR, None)
    opened = await api.open_session_of(uow, member.id, "Browser/1")
    assert (opened.member, opened.tenant.id) == (member, tenant.id)
    with pytest.raises(CredentialRefused):
        await api.open_session_of(uow, new_id())
    await api.suspend_tenant(uow, system_principal(tenant.id))
    await uow.session.flush()
    with pytest.raises(TenantSuspended):
        await api.open_session_of(uow, member.id)
