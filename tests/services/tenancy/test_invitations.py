"""An invitation makes its holder a member, once."""

import asyncio

import pytest
from acting import PASSWORD, acting
from sqlalchemy import text

from services.audit import api as audit
from services.audit.contracts import AuditQuery
from services.kernel.errors import Forbidden
from services.kernel.ids import new_id
from services.kernel.rights import Role
from services.tenancy import api
from services.tenancy.errors import (
    CredentialRefused,
    EmailInvalid,
    InvitationNotFound,
    MemberExists,
    NameInvalid,
    PasswordTooShort,
)

pytestmark = pytest.mark.platform
REFUSED = "This invitation is used, withdrawn or expired. Ask an admin of your tenant for a new one."


class Office:
    """An admin of a tenant, each act in a transaction of its own."""

    def __init__(self, database, tenant) -> None:
        self.database, self.tenant, self.admin = database, tenant, acting(tenant, Role.ADMIN)

    async def act(self, use_case, *arguments, by=None):
        async with self.database.unit(self.tenant.id) as uow:
            answer = await use_case(uow, by or self.admin, *arguments)
            await uow.commit()
        return answer

    async def invite(self, email: str = "kim@example.com", role: Role = Role.ENGINEER):
        return await self.act(api.invite, email, role)

    async def emails(self) -> list[str]:
        return [member.email for member in await self.act(api.list_members)]


@pytest.fixture
def office(place) -> Office:
    return Office(*place[:2])


async def test_who_opens_it_becomes_a_member_and_is_signed_in(office):
    made = await office.invite(" Kim@Example.com")
    asked = await api.read_invitation(office.database, made.token)
    assert (asked.tenant, asked.invitation) == (office.tenant, made.invitation)
    assert (made.invitation.email, made.invitation.role) == ("kim@example.com", Role.ENGINEER)
    assert (made.invitation.expires_at - made.invitation.created_at).days == 7
    opened = await api.accept_invitation(office.database, made.token, " Kim ", PASSWORD, "Firefox")
    assert (opened.member.name, opened.member.email, opened.member.role) == ("Kim", "kim@example.com", Role.ENGINEER)
    principal = await api.principal_of_session(office.database, opened.token)
    found = (principal.actor, principal.role, principal.tenant)
    assert found == (opened.member.id, Role.ENGINEER, office.tenant.id)
    again = await api.login(office.database, office.tenant.slug, "kim@example.com", PASSWORD)
    assert again.member == opened.member
    assert await office.act(api.list_invitations) == []


async def test_who_joined_stands_in_the_audit_trail(office):
    made = await office.invite()
    opened = await api.accept_invitation(office.database, made.token, "Kim", PASSWORD)
    record = (await office.act(audit.list_records, AuditQuery()))[0]
    assert (record.action, record.actor, record.actor_name) == (
        "tenancy.accept_invitation",
        opened.member.id,
        "Kim",
    )
    changes = await office.act(audit.changes_of, [record.id])
    assert [(change.kind, change.before is None) for change in changes[record.id]] == [
        ("Invitation", False),
        ("Member", True),
        ("Session", True),
    ]


async def test_open_ones_are_listed_and_withdrawn(office):
    first, second = await office.invite("a@example.com"), await office.invite("b@example.com")
    assert await office.act(api.list_invitations) == [second.invitation, first.invitation]
    assert await office.act(api.revoke_invitation, first.invitation.id) == first.invitation
    assert await office.act(api.list_invitations) == [second.invitation]
    for gone in (first.invitation.id, new_id()):
        with pytest.raises(InvitationNotFound):
            await office.act(api.revoke_invitation, gone)


async def test_a_newer_one_takes_the_place_of_an_open_one(office):
    first, other = await office.invite(), await office.invite("other@example.com")
    second = await office.invite(role=Role.OPERATOR)
    assert await office.act(api.list_invitations) == [second.invitation, other.invitation]
    with pytest.raises(CredentialRefused):
        await api.read_invitation(office.database, first.token)


@pytest.mark.parametrize("end", ["used", "expired", "revoked", "unknown"])
async def test_one_that_is_not_open_gets_one_answer(office, end):
    made = await office.invite()
    token = "unknown" if end == "unknown" else made.token
    if end == "used":
        await api.accept_invitation(office.database, token, "Kim", PASSWORD)
    elif end == "revoked":
        await office.act(api.revoke_invitation, made.invitation.id)
    elif end == "expired":
        async with office.database.unit(office.tenant.id) as uow:
            await uow.session.execute(text("UPDATE invitation SET expires_at = now()"))
            await uow.commit()
    before = await office.emails()
    for attempt in (
        api.read_invitation(office.database, token),
        api.accept_invitation(office.database, token, "Eve", PASSWORD),
        api.accept_invitation(office.database, token, "", "short"),
    ):
        with pytest.raises(CredentialRefused) as caught:
            await attempt
        assert caught.value.message == REFUSED
    assert await office.emails() == before


async def test_a_slip_does_not_use_it_up(office):
    made = await office.invite()
    with pytest.raises(PasswordTooShort):
        await api.accept_invitation(office.database, made.token, "Kim", "short")
    for name in ("  ", "K\nim", "K" * 101):
        with pytest.raises(NameInvalid):
            await api.accept_invitation(office.database, made.token, name, PASSWORD)
    assert await office.emails() == ["ada@example.com"]
    await api.accept_invitation(office.database, made.token, "Kim", PASSWORD)
    assert await office.emails() == ["ada@example.com", "kim@example.com"]


async def test_of_two_at_once_one_gets_in(office):
    made = await office.invite()
    both = (api.accept_invitation(office.database, made.token, name, PASSWORD) for name in ("Kim", "Lee"))
    answers = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(each).__name__ for each in answers) == ["CredentialRefused", "OpenedSession"]
    assert await office.emails() == ["ada@example.com", "kim@example.com"]


async def test_a_member_needs_no_invitation(office):
    with pytest.raises(MemberExists):
        await office.invite("ADA@example.com")
    with pytest.raises(EmailInvalid):
        await office.invite("nobody")
    made = await office.invite()
    await office.act(api.add_member, "kim@example.com", "Kim", Role.OPERATOR, None)
    with pytest.raises(MemberExists):
        await api.accept_invitation(office.database, made.token, "Kim", PASSWORD)
    assert [member.role for member in await office.act(api.list_members)] == [Role.ADMIN, Role.OPERATOR]


async def test_who_is_added_while_they_accept_is_a_member_once(office):
    made = await office.invite()
    both = (
        api.accept_invitation(office.database, made.token, "Kim", PASSWORD),
        office.act(api.add_member, "kim@example.com", "Kim", Role.OPERATOR, PASSWORD),
    )
    answers = await asyncio.gather(*both, return_exceptions=True)
    assert [type(each) for each in answers if isinstance(each, Exception)] == [MemberExists]
    assert await office.emails() == ["ada@example.com", "kim@example.com"]


async def test_only_who_manages_members_invites(office):
    made = await office.invite()
    engineer = acting(office.tenant, Role.ENGINEER)
    for use_case, *arguments in (
        (api.invite, "x@example.com", Role.ADMIN),
        (api.list_invitations,),
        (api.revoke_invitation, made.invitation.id),
    ):
        with pytest.raises(Forbidden):
            await office.act(use_case, *arguments, by=engineer)
    assert await office.act(api.list_invitations) == [made.invitation]
