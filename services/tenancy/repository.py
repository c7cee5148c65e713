"""Every query of tenancy."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import text, update
from sqlmodel import col, select

from services.kernel.ids import TenantId
from services.kernel.rights import Role
from services.kernel.uow import Database, UnitOfWork
from services.tenancy.tables import (
    ApiKeyTable,
    InvitationTable,
    LoginLinkTable,
    MemberTable,
    SessionTable,
    TenantTable,
)

F = TypeVar("F")


async def tenant_of_slug(database: Database, slug: str) -> TenantId | None:
    async with database.engine.connect() as connection:
        found = await connection.scalar(text("SELECT tenant_by_slug(:slug)"), {"slug": slug})
    return TenantId(found) if found else None


async def owner_of_digest(database: Database, door: str, digest: str) -> tuple[TenantId, UUID] | None:
    """Tenant and row of a credential; `door` is one of the functions that may look before a tenant is known."""
    async with database.engine.connect() as connection:
        statement = text(f"SELECT tenant_id, id FROM {door}(:digest)")  # noqa: S608  (a name of ours)
        found = (await connection.execute(statement, {"digest": digest})).first()
    return (TenantId(found[0]), found[1]) if found else None


@dataclass(frozen=True, slots=True)
class FoundKey:
    """An API key as its door shows it to who holds it."""

    tenant_id: TenantId
    id: UUID
    name: str
    scopes: list[str]
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    tenant_state: str


@dataclass(frozen=True, slots=True)
class FoundSession:
    """A session, its member and their tenant, as its door shows them to who holds it."""

    tenant_id: TenantId
    id: UUID
    expires_at: datetime
    ended_at: datetime | None
    last_seen_at: datetime | None
    member_id: UUID
    name: str
    role: str
    tenant_state: str


async def session_of_digest(database: Database, digest: str) -> FoundSession | None:
    """The session of that digest, whatever state it is in, in one statement."""
    return await _found(database, "member_by_session", digest, FoundSession)


async def key_of_digest(database: Database, digest: str) -> FoundKey | None:
    """The API key of that digest, whatever state it is in, in one statement."""
    return await _found(database, "api_key_by_digest", digest, FoundKey)


async def _found(database: Database, door: str, digest: str, shown: type[F]) -> F | None:
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")  # one statement needs no BEGIN and no end
        statement = text(f"SELECT * FROM {door}(:digest)")  # noqa: S608  (a name of ours)
        found = (await connection.execute(statement, {"digest": digest})).mappings().first()
    return shown(**found) if found else None


async def tenant(uow: UnitOfWork, *, lock: bool = False) -> TenantTable | None:
    statement = select(TenantTable)
    if lock:
        statement = statement.with_for_update()
    return (await uow.session.exec(statement)).one_or_none()


async def member(uow: UnitOfWork, member_id: UUID) -> MemberTable | None:
    return await uow.session.get(MemberTable, (uow.tenant, member_id))


async def member_by_email(uow: UnitOfWork, email: str) -> MemberTable | None:
    return (await uow.session.exec(select(MemberTable).where(MemberTable.email == email))).one_or_none()


async def members(uow: UnitOfWork) -> list[MemberTable]:
    return list((await uow.session.exec(select(MemberTable).order_by(MemberTable.email))).all())


async def lock_admins(uow: UnitOfWork) -> int:
    """Number of admins, locked until the end of the transaction so that two cannot leave at once."""
    statement = select(MemberTable.id).where(MemberTable.role == Role.ADMIN.value).with_for_update()
    return len((await uow.session.exec(statement)).all())


async def session(uow: UnitOfWork, session_id: UUID) -> SessionTable | None:
    return await uow.session.get(SessionTable, (uow.tenant, session_id))


async def open_sessions(uow: UnitOfWork, member_id: UUID, now: datetime) -> list[SessionTable]:
    """Newest first."""
    statement = (
        select(SessionTable)
        .where(col(SessionTable.member_id) == member_id)
        .where(col(SessionTable.ended_at).is_(None), col(SessionTable.expires_at) > now)
        .order_by(col(SessionTable.created_at).desc(), col(SessionTable.id))
    )
    return list((await uow.session.exec(statement)).all())


async def touch_session(uow: UnitOfWork, session_id: UUID, now: datetime) -> None:
    """Notes that it was seen."""
    await uow.session.execute(update(SessionTable).where(col(SessionTable.id) == session_id).values(last_seen_at=now))


async def use_login_link(uow: UnitOfWork, link_id: UUID, now: datetime) -> UUID | None:
    """Marks the link as used and returns its member, once: of two at the same moment one gets None."""
    statement = (
        update(LoginLinkTable)
        .where(col(LoginLinkTable.id) == link_id, col(LoginLinkTable.used_at).is_(None))
        .where(col(LoginLinkTable.expires_at) > now)
        .values(used_at=now)
        .returning(col(LoginLinkTable.member_id))
    )
    return await uow.session.scalar(statement)


async def invitation(uow: UnitOfWork, invitation_id: UUID) -> InvitationTable | None:
    return await uow.session.get(InvitationTable, (uow.tenant, invitation_id))


async def open_invitations(uow: UnitOfWork, now: datetime) -> list[InvitationTable]:
    """Newest first."""
    statement = (
        select(InvitationTable)
        .where(col(InvitationTable.used_at).is_(None), col(InvitationTable.revoked_at).is_(None))
        .where(col(InvitationTable.expires_at) > now)
        .order_by(col(InvitationTable.created_at).desc(), col(InvitationTable.id))
    )
    return list((await uow.session.exec(statement)).all())


async def use_invitation(uow: UnitOfWork, invitation_id: UUID, now: datetime) -> bool:
    """Marks the invitation as used, once: of two at the same moment one gets False."""
    statement = (
        update(InvitationTable)
        .where(col(InvitationTable.id) == invitation_id, col(InvitationTable.used_at).is_(None))
        .where(col(InvitationTable.revoked_at).is_(None), col(InvitationTable.expires_at) > now)
        .values(used_at=now)
        .returning(col(InvitationTable.id))
    )
    return await uow.session.scalar(statement) is not None


async def api_key(uow: UnitOfWork, key_id: UUID, *, lock: bool = False) -> ApiKeyTable | None:
    return await uow.session.get(ApiKeyTable, (uow.tenant, key_id), with_for_update=lock or None)


async def successor_of_key(uow: UnitOfWork, key_id: UUID) -> ApiKeyTable | None:
    return (await uow.session.exec(select(ApiKeyTable).where(ApiKeyTable.replaces == key_id))).one_or_none()


async def api_keys(uow: UnitOfWork) -> list[ApiKeyTable]:
    return list((await uow.session.exec(select(ApiKeyTable).order_by(col(ApiKeyTable.created_at)))).all())


async def touch_api_key(uow: UnitOfWork, key_id: UUID, now: datetime) -> None:
    """Notes the last use."""
    await uow.session.execute(update(ApiKeyTable).where(col(ApiKeyTable.id) == key_id).values(last_used_at=now))
