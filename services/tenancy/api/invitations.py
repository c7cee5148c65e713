"""Invitations: an admin makes a one-time link for an address and a role, and who opens it becomes a member.

There is no mail server: the link is shown to the admin once, who passes it on.
"""

from datetime import datetime
from uuid import UUID

from services.kernel.acting import doing
from services.kernel.clock import utc_now
from services.kernel.rights import Permission, Principal, Role
from services.kernel.uow import Database, UnitOfWork
from services.tenancy import model, repository
from services.tenancy.api.identity import open_session, principal_of_member
from services.tenancy.api.members import check_new, insert_member, new_member
from services.tenancy.api.tenants import load_open_tenant
from services.tenancy.contracts import Invitation, NewInvitation, OpenedSession, ReadInvitation
from services.tenancy.errors import CredentialRefused, InvitationNotFound
from services.tenancy.passwords import hash_password
from services.tenancy.tables import InvitationTable

_REFUSED = "This invitation is used, withdrawn or expired. Ask an admin of your tenant for a new one."


async def invite(uow: UnitOfWork, principal: Principal, email: str, role: Role) -> NewInvitation:
    """Makes an invitation that is good once, for 7 days; it takes the place of an open one for the same address.

    Raises `MemberExists`, `EmailInvalid`.
    """
    principal.require(Permission.MANAGE_MEMBERS)
    email, now, token = await check_new(uow, email), utc_now(), model.new_token()
    for before in await repository.open_invitations(uow, now):
        if before.email == email:
            before.revoked_at = now
    row = InvitationTable(
        tenant_id=uow.tenant,
        email=email,
        role=role.value,
        digest=model.digest_of(token),
        invited_by=principal.name,
        created_at=now,
        expires_at=now + model.INVITATION_LIFE,
    )
    uow.session.add(row)
    await uow.session.flush()
    return NewInvitation(_invitation(row), token)


async def list_invitations(uow: UnitOfWork, principal: Principal) -> list[Invitation]:
    """Those that are open, newest first."""
    principal.require(Permission.MANAGE_MEMBERS)
    return [_invitation(row) for row in await repository.open_invitations(uow, utc_now())]


async def revoke_invitation(uow: UnitOfWork, principal: Principal, invitation_id: UUID) -> Invitation:
    """Ends the link at once. Raises `InvitationNotFound` when it is not open."""
    principal.require(Permission.MANAGE_MEMBERS)
    row = await repository.invitation(uow, invitation_id)
    if row is None or not _is_open(row, utc_now()):
        raise InvitationNotFound("There is no such open invitation; it may have been used.", field="invitationId")
    row.revoked_at = utc_now()
    return _invitation(row)


async def read_invitation(database: Database, token: str) -> ReadInvitation:
    """What the holder of the link is asked to. Raises `CredentialRefused` when it is not open or unknown, and
    `TenantSuspended`."""
    owner = await repository.owner_of_digest(database, "invitation_by_digest", model.digest_of(token))
    if owner is None:
        raise CredentialRefused(_REFUSED)
    async with database.unit(owner[0]) as uow:
        row = await repository.invitation(uow, owner[1])
        if row is None or not _is_open(row, utc_now()):
            raise CredentialRefused(_REFUSED)
        return ReadInvitation(await load_open_tenant(uow), _invitation(row))


async def accept_invitation(
    database: Database, token: str, name: str, password: str, user_agent: str = ""
) -> OpenedSession:
    """Makes the holder of the link a member and signs them in; the link is used up.

    Raises what `read_invitation` raises, `NameInvalid`, `PasswordTooShort`, `MemberExists`.
    """
    owner = await repository.owner_of_digest(database, "invitation_by_digest", model.digest_of(token))
    if owner is None:
        raise CredentialRefused(_REFUSED)
    now = utc_now()
    async with database.unit(owner[0]) as uow:
        row = await repository.invitation(uow, owner[1])
        if row is None or not _is_open(row, now):
            raise CredentialRefused(_REFUSED)
        email = await check_new(uow, row.email)
        password_hash = await hash_password(model.check_password(password))
        member = new_member(uow, email, name, Role(row.role), password_hash)
        with doing("tenancy.accept_invitation"):
            await uow.acts(principal_of_member(uow.tenant, member))
        if not await repository.use_invitation(uow, row.id, now):
            raise CredentialRefused(_REFUSED)
        await insert_member(uow, member)
        opened = await open_session(uow, member, now, user_agent)
        await uow.commit()
    return opened


def _is_open(row: InvitationTable, now: datetime) -> bool:
    return row.used_at is None and model.alive(now, row.expires_at, row.revoked_at)


def _invitation(row: InvitationTable) -> Invitation:
    return Invitation(
        id=row.id,
        email=row.email,
        role=Role(row.role),
        invited_by=row.invited_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
