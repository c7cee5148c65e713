"""Every query of the audit trail."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, text
from sqlmodel import col, select

from services.audit.contracts import AuditQuery
from services.audit.tables import CHANGE_TEXT, RECORD_TEXT, AuditChangeTable, AuditHeadTable, AuditRecordTable
from services.kernel.uow import UnitOfWork

_Record, _Change = AuditRecordTable, AuditChangeTable
_BATCH = 200

_WALK = text(
    f"SELECT number, digest, changes, {RECORD_TEXT} AS content,"  # noqa: S608  columns of ours
    f" (SELECT string_agg({CHANGE_TEXT}, E'\\n' ORDER BY place) FROM audit_change c"
    "   WHERE c.tenant_id = r.tenant_id AND c.record_id = r.id) AS parts"
    " FROM audit_record r WHERE number > :after ORDER BY number LIMIT :many"
)
_END = text(
    "SELECT r.number, r.digest, h.number, h.digest FROM (SELECT) one"
    " LEFT JOIN LATERAL (SELECT number, digest FROM audit_record ORDER BY number DESC LIMIT 1) r ON true"
    " LEFT JOIN audit_head h ON true"
)
_STRAYS = text(
    "SELECT count(*) FROM audit_change c WHERE NOT EXISTS"
    " (SELECT FROM audit_record r WHERE r.tenant_id = c.tenant_id AND r.id = c.record_id)"
)


@dataclass(frozen=True, slots=True)
class Link:
    """A record as its digest is made: the texts of itself and its changes."""

    number: int
    digest: str | None
    changes: int
    content: str
    parts: str | None


async def page(uow: UnitOfWork, query: AuditQuery, first: int, before: int | None) -> Sequence[AuditRecordTable]:
    """Records that match, the newest first, with numbers below `before`."""
    statement = select(_Record).order_by(col(_Record.number).desc()).limit(first)
    if before is not None:
        statement = statement.where(col(_Record.number) < before)
    if query.actor is not None:
        statement = statement.where(col(_Record.actor) == query.actor)
    if query.action is not None:
        whole = col(_Record.action) == query.action
        statement = statement.where(whole | func.starts_with(col(_Record.action), f"{query.action}."))
    if query.object_id is not None:
        records = select(_Change.record_id).where(col(_Change.object_id) == query.object_id)
        statement = statement.where(col(_Record.id).in_(records))
    if query.since is not None:
        statement = statement.where(col(_Record.at) >= query.since)
    if query.until is not None:
        statement = statement.where(col(_Record.at) < query.until)
    return (await uow.session.exec(statement)).all()


async def record(uow: UnitOfWork, record_id: UUID) -> AuditRecordTable | None:
    return await uow.session.get(_Record, (uow.tenant, record_id))


async def changes(uow: UnitOfWork, record_ids: Collection[UUID], first: int, after: int) -> Sequence[AuditChangeTable]:
    """Of each record up to `first` changes behind the place `after`, in order; one statement for all records."""
    rank = func.row_number().over(partition_by=col(_Change.record_id), order_by=col(_Change.place)).label("rank")
    wanted = (
        select(_Change.record_id, _Change.place, rank)
        .where(col(_Change.record_id).in_(record_ids), col(_Change.place) > after)
        .subquery()
    )
    statement = (
        select(_Change)
        .join(wanted, (col(_Change.record_id) == wanted.c.record_id) & (col(_Change.place) == wanted.c.place))
        .where(wanted.c.rank <= first)
        .order_by(col(_Change.record_id), col(_Change.place))
    )
    return (await uow.session.exec(statement)).all()


async def end(uow: UnitOfWork) -> tuple[int, bool]:
    """The number of the newest record, 0 without one, and whether the head says the same; as of one moment, for others
    may be writing."""
    number, digest, head, head_digest = (await uow.session.execute(_END)).one()
    return number or 0, (number, digest) == (head, head_digest)


async def head(uow: UnitOfWork) -> AuditHeadTable | None:
    return (await uow.session.exec(select(AuditHeadTable))).one_or_none()


async def digest_of(uow: UnitOfWork, number: int) -> str | None:
    """The digest of the record of that number; None when there is no such record."""
    return (await uow.session.exec(select(_Record.digest).where(col(_Record.number) == number))).one_or_none()


async def walk(uow: UnitOfWork) -> AsyncIterator[Link]:
    """All records by number."""
    after = 0
    while True:
        rows = (await uow.session.execute(_WALK, {"after": after, "many": _BATCH})).all()
        for row in rows:
            yield Link(*row)
        if len(rows) < _BATCH:
            return
        after = rows[-1].number


async def strays(uow: UnitOfWork) -> int:
    """Changes that belong to no record."""
    return int(await uow.session.scalar(_STRAYS) or 0)
