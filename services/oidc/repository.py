"""Every query of log-in by providers, on a tenant-bound unit of work."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.kernel.uow import UnitOfWork
from services.oidc.tables import LoginAttemptRow, LoginIdentityRow, LoginProviderRow

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('login_provider ' || :tenant, 0))")


async def lock_providers(uow: UnitOfWork) -> None:
    """Nobody else adds one before the end of the transaction."""
    await uow.session.execute(_LOCK, {"tenant": str(uow.tenant)})


async def providers(uow: UnitOfWork) -> list[LoginProviderRow]:
    """In the order they were added."""
    return list((await uow.session.exec(select(LoginProviderRow).order_by(col(LoginProviderRow.id)))).all())


async def provider(uow: UnitOfWork, provider_id: UUID, *, lock: bool = False) -> LoginProviderRow | None:
    return await uow.session.get(LoginProviderRow, (uow.tenant, provider_id), with_for_update=lock or None)


async def add_attempt(uow: UnitOfWork, row: LoginAttemptRow, now: datetime, most: int) -> None:
    """Adds it; those that are over go, and the oldest of those beyond `most`."""
    oldest_first = col(LoginAttemptRow.expires_at).desc()
    beyond = select(LoginAttemptRow.id).order_by(oldest_first, col(LoginAttemptRow.id)).offset(most - 1)
    gone = or_(col(LoginAttemptRow.expires_at) <= now, col(LoginAttemptRow.id).in_(beyond))
    await uow.session.execute(delete(LoginAttemptRow).where(gone))
    uow.session.add(row)


async def use_attempt(uow: UnitOfWork, state_digest: str, browser_digest: str, now: datetime) -> LoginAttemptRow | None:
    """Marks the attempt of that state and browser as used, once: of two at the same moment one gets None."""
    statement = (
        update(LoginAttemptRow)
        .where(col(LoginAttemptRow.state_digest) == state_digest, col(LoginAttemptRow.browser_digest) == browser_digest)
        .where(col(LoginAttemptRow.used_at).is_(None), col(LoginAttemptRow.expires_at) > now)
        .values(used_at=now)
        .returning(LoginAttemptRow)
    )
    return await uow.session.scalar(statement)


async def member_of(uow: UnitOfWork, provider_id: UUID, subject: str) -> UUID | None:
    """The member who is that person."""
    statement = select(LoginIdentityRow.member_id).where(
        LoginIdentityRow.provider_id == provider_id, LoginIdentityRow.subject == subject
    )
    return (await uow.session.exec(statement)).one_or_none()


async def bind(uow: UnitOfWork, provider_id: UUID, subject: str, member_id: UUID, now: datetime) -> bool:
    """Makes the member that person. False if they are another one of the provider, or the person another member."""
    row = LoginIdentityRow(
        tenant_id=uow.tenant, provider_id=provider_id, subject=subject, member_id=member_id, bound_at=now
    )
    statement = insert(LoginIdentityRow).values(row.model_dump()).on_conflict_do_nothing()
    added = await uow.session.scalar(statement.returning(col(LoginIdentityRow.id)))
    return added is not None
