"""Who is vouched for by a service above, which has seen to it that they are who they say: members found, invited ones
let join, and their sessions."""

from uuid import UUID

from services.kernel.acting import doing
from services.kernel.clock import utc_now
from services.kernel.rights import Role
from services.kernel.uow import UnitOfWork
from services.tenancy import model, repository
from services.tenancy.api.identity import open_session, principal_of_member
from services.tenancy.api.members import insert_member, member_of, new_member
from services.tenancy.contracts import Member, OpenedSession
from services.tenancy.errors import CredentialRefused, EmailInvalid, NameInvalid


async def member_by_id(uow: UnitOfWork, member_id: UUID) -> Member | None:
    row = await repository.member(uow, member_id)
    return member_of(row) if row else None


async def member_by_email(uow: UnitOfWork, email: str) -> Member | None:
    row = await repository.member_by_email(uow, email.strip().lower())
    return member_of(row) if row else None


async def join_invited(uow: UnitOfWork, email: str, name: str | None) -> Member | None:
    """Makes a member of whom an open invitation is for, without a password, and uses the invitation up; None if there
    is none. Whose name cannot be one is called by their address."""
    try:
        email = model.check_email(email)
    except EmailInvalid:
        return None
    now = utc_now()
    invitation = next((row for row in await repository.open_invitations(uow, now) if row.email == email), None)
    if invitation is None:
        return None
    member = new_member(uow, email, _named(name, email), Role(invitation.role), None)
    with doing("tenancy.accept_invitation"):
        await uow.acts(principal_of_member(uow.tenant, member))
    if not await repository.use_invitation(uow, invitation.id, now):
        return None
    await insert_member(uow, member)
    return member_of(member)


async def open_session_of(uow: UnitOfWork, member_id: UUID, user_agent: str = "") -> OpenedSession:
    """A session of the member; not committed. Raises `CredentialRefused` when they are gone, `TenantSuspended`."""
    row = await repository.member(uow, member_id)
    if row is None:
        raise CredentialRefused("You are no member any more.")
    return await open_session(uow, row, utc_now(), user_agent)


def _named(name: str | None, email: str) -> str:
    try:
        return model.check_name(name or "")
    except NameInvalid:
        return email.partition("@")[0][:100]
