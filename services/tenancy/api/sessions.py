"""Where a member is signed in: everybody sees and ends their own sessions, an admin those of any member.

What is another's is absent to who may not manage members, as what is another tenant's is to everybody.
"""

from uuid import UUID

from services.kernel.clock import utc_now
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.tenancy import model, repository
from services.tenancy.contracts import Session
from services.tenancy.errors import MemberNotFound, SessionNotFound
from services.tenancy.tables import SessionTable


async def list_sessions(uow: UnitOfWork, principal: Principal, member_id: UUID | None = None) -> list[Session]:
    """Open sessions of a member, by default one's own, newest first; a key has none. Raises `MemberNotFound`."""
    rows = await _open(uow, principal, member_id)
    return [_session(row, principal) for row in rows]


async def get_session(uow: UnitOfWork, principal: Principal, session_id: UUID) -> Session:
    """Raises `SessionNotFound`, also when it has ended."""
    return _session(await _one(uow, principal, session_id), principal)


async def end_session_by_id(uow: UnitOfWork, principal: Principal, session_id: UUID) -> Session:
    """Ends the session at once. Raises `SessionNotFound`."""
    row = await _one(uow, principal, session_id)
    row.ended_at = utc_now()
    return _session(row, principal)


async def end_other_sessions(uow: UnitOfWork, principal: Principal, member_id: UUID | None = None) -> list[Session]:
    """Ends all sessions of a member, by default one's own, but the one that asks. Raises `MemberNotFound`."""
    now, ended = utc_now(), []
    for row in await _open(uow, principal, member_id):
        if row.id != principal.session:
            row.ended_at = now
            ended.append(_session(row, principal))
    return ended


async def _open(uow: UnitOfWork, principal: Principal, member_id: UUID | None) -> list[SessionTable]:
    wanted = principal.actor if member_id is None else member_id
    if wanted != principal.actor and (not _manages(principal) or await repository.member(uow, wanted) is None):
        raise MemberNotFound("There is no such member.", field="memberId")
    return await repository.open_sessions(uow, wanted, utc_now())


async def _one(uow: UnitOfWork, principal: Principal, session_id: UUID) -> SessionTable:
    row = await repository.session(uow, session_id)
    seen = row is not None and (row.member_id == principal.actor or _manages(principal))
    if row is None or not seen or not model.alive(utc_now(), row.expires_at, row.ended_at):
        raise SessionNotFound("There is no such session; it may have ended.", field="sessionId")
    return row


def _manages(principal: Principal) -> bool:
    return Permission.MANAGE_MEMBERS in principal.permissions


def _session(row: SessionTable, principal: Principal) -> Session:
    return Session(
        id=row.id,
        member_id=row.member_id,
        user_agent=row.user_agent,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at or row.created_at,
        expires_at=row.expires_at,
        current=row.id == principal.session,
    )
