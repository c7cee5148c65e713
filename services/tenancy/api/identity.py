"""Who someone is: passwords, sessions, login links and keys turned into a principal."""

from datetime import datetime
from uuid import UUID

from services.kernel.acting import doing
from services.kernel.clock import utc_now
from services.kernel.ids import TenantId
from services.kernel.rights import RIGHTS, Permission, Principal, Role
from services.kernel.uow import Database, UnitOfWork
from services.tenancy import model, repository
from services.tenancy.api.members import member_of
from services.tenancy.api.tenants import load_open_tenant, require_open
from services.tenancy.contracts import OpenedSession, TenantState
from services.tenancy.errors import CredentialRefused, MemberNotFound
from services.tenancy.passwords import matches
from services.tenancy.tables import LoginLinkTable, MemberTable, SessionTable

_REFUSED = "Address, e-mail or password is wrong."


async def login(database: Database, slug: str, email: str, password: str, user_agent: str = "") -> OpenedSession:
    """Opens a session. Raises `CredentialRefused`, after the same work whatever was wrong, and `TenantSuspended` to who
    knows the password."""
    tenant = await repository.tenant_of_slug(database, slug)
    if tenant is None:
        await matches(password, None)
        raise CredentialRefused(_REFUSED)
    async with database.unit(tenant) as uow:
        member = await repository.member_by_email(uow, email.strip().lower())
        if not await matches(password, member.password_hash if member else None) or member is None:
            raise CredentialRefused(_REFUSED)
        opened = await open_session(uow, member, utc_now(), user_agent)
        await uow.commit()
    return opened


async def make_login_link(uow: UnitOfWork, principal: Principal, member_id: UUID) -> str:
    """A token that opens one session, once, within 15 minutes. For admins and the platform itself."""
    principal.require(Permission.MANAGE_MEMBERS)
    if await repository.member(uow, member_id) is None:
        raise MemberNotFound("There is no such member.", field="memberId")
    token = model.new_token()
    expires_at = utc_now() + model.LOGIN_LINK_LIFE
    uow.session.add(
        LoginLinkTable(tenant_id=uow.tenant, member_id=member_id, digest=model.digest_of(token), expires_at=expires_at)
    )
    return token


async def redeem_login_link(database: Database, token: str, user_agent: str = "") -> OpenedSession:
    """Opens the session a login link stands for. Raises `CredentialRefused` when used, expired or unknown, and
    `TenantSuspended`, which leaves the link unused."""
    refused = CredentialRefused("This link is used up or expired. Ask for a new one, or run `andon up` again.")
    owner = await repository.owner_of_digest(database, "login_link_by_digest", model.digest_of(token))
    if owner is None:
        raise refused
    now = utc_now()
    async with database.unit(owner[0]) as uow:
        member_id = await repository.use_login_link(uow, owner[1], now)
        member = await repository.member(uow, member_id) if member_id else None
        if member is None:
            raise refused
        opened = await open_session(uow, member, now, user_agent)
        await uow.commit()
    return opened


async def principal_of_session(database: Database, token: str) -> Principal:
    """The member behind a session token, asked anew each time in one statement. Noted once a minute.

    Raises `CredentialRefused`, `TenantSuspended`, `TenantBeingDeleted`.
    """
    found = await repository.session_of_digest(database, model.digest_of(token))
    if found is None:
        raise CredentialRefused("You are not signed in.")
    now = utc_now()
    if not model.alive(now, found.expires_at, found.ended_at):
        raise CredentialRefused("Your session has ended. Sign in again.")
    require_open(TenantState(found.tenant_state))
    if not model.seen_lately(now, found.last_seen_at):
        async with database.unit(found.tenant_id) as uow:
            await repository.touch_session(uow, found.id, now)
            await uow.commit()
    return _member(found.tenant_id, found.member_id, found.name, Role(found.role), found.id)


async def end_session(database: Database, token: str) -> None:
    """Ends the session; harmless when it has ended or never was."""
    owner = await repository.owner_of_digest(database, "session_by_digest", model.digest_of(token))
    if owner is None:
        return
    async with database.unit(owner[0]) as uow:
        row = await repository.session(uow, owner[1])
        if row is not None and row.ended_at is None:
            if member := await repository.member(uow, row.member_id):
                with doing("tenancy.sign_out"):
                    await uow.acts(principal_of_member(owner[0], member))
            row.ended_at = utc_now()
            await uow.commit()


async def principal_of_key(database: Database, secret: str) -> Principal:
    """The API key's principal, with the key's scopes as its rights.

    Raises `CredentialRefused`, `TenantSuspended`, `TenantBeingDeleted`.
    One statement, asked anew each time: a key that was revoked stops at once. Its last use is noted once a minute.
    """
    key = await repository.key_of_digest(database, model.digest_of(model.check_key_shape(secret)))
    if key is None:
        raise CredentialRefused("This API key is not known.")
    now = utc_now()
    if not model.alive(now, key.expires_at, key.revoked_at):
        raise CredentialRefused("This API key is revoked or expired. Ask an admin of your tenant for a new one.")
    require_open(TenantState(key.tenant_state))
    if not model.seen_lately(now, key.last_used_at):
        async with database.unit(key.tenant_id) as uow:
            await repository.touch_api_key(uow, key.id, now)
            await uow.commit()
    scopes = frozenset(Permission(scope) for scope in key.scopes)
    return Principal(tenant=key.tenant_id, actor=key.id, kind="key", name=key.name, permissions=scopes)


async def open_session(uow: UnitOfWork, member: MemberTable, now: datetime, user_agent: str) -> OpenedSession:
    """A session of the member, who has shown who they are; not committed. Raises `TenantSuspended`."""
    tenant = await load_open_tenant(uow)
    with doing("tenancy.sign_in"):
        await uow.acts(principal_of_member(uow.tenant, member))
    token = model.new_token()
    row = SessionTable(
        tenant_id=uow.tenant,
        member_id=member.id,
        digest=model.digest_of(token),
        user_agent=model.told_browser(user_agent),
        created_at=now,
        expires_at=now + model.SESSION_LIFE,
    )
    uow.session.add(row)
    return OpenedSession(token=token, tenant=tenant, member=member_of(member), expires_at=row.expires_at)


def principal_of_member(tenant: TenantId, member: MemberTable, session: UUID | None = None) -> Principal:
    return _member(tenant, member.id, member.name, Role(member.role), session)


def _member(tenant: TenantId, id: UUID, name: str, role: Role, session: UUID | None) -> Principal:
    return Principal(tenant, id, "member", name, RIGHTS[role], role=role, session=session)
