"""The door of the audit trail."""

from collections.abc import AsyncIterator, Collection
from uuid import UUID

from services.audit import repository
from services.audit.contracts import AuditChange, AuditQuery, AuditRecord
from services.audit.errors import AuditQueryInvalid, AuditRecordNotFound
from services.audit.tables import AuditChangeTable, AuditRecordTable
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork

_EXPORTED_AT_ONCE = 200
_MOST_CHANGES = 1_000_000


async def list_records(
    uow: UnitOfWork, principal: Principal, query: AuditQuery, first: int = 50, before: int | None = None
) -> list[AuditRecord]:
    """A page of records that match, the newest first; `before` is the number of the last one seen.

    Raises `AuditQueryInvalid`.
    """
    principal.require(Permission.READ_AUDIT)
    if query.since is not None and query.until is not None and query.since >= query.until:
        raise AuditQueryInvalid("The range ends before it begins: `since` must be earlier than `until`.", field="until")
    return [_record(row) for row in await repository.page(uow, query, first, before)]


async def get_record(uow: UnitOfWork, principal: Principal, record_id: UUID) -> AuditRecord:
    """Raises `AuditRecordNotFound`."""
    principal.require(Permission.READ_AUDIT)
    row = await repository.record(uow, record_id)
    if row is None:
        raise AuditRecordNotFound("There is no such record.", field="id")
    return _record(row)


async def changes_of(
    uow: UnitOfWork, principal: Principal, record_ids: Collection[UUID], first: int = 50, after: int = 0
) -> dict[UUID, list[AuditChange]]:
    """Of each record up to `first` changes behind the place `after`. One statement, however many records."""
    principal.require(Permission.READ_AUDIT)
    found: dict[UUID, list[AuditChange]] = {id_: [] for id_ in record_ids}
    for row in await repository.changes(uow, record_ids, first, after):
        found[row.record_id].append(_change(row))
    return found


async def export(
    uow: UnitOfWork, principal: Principal, query: AuditQuery
) -> AsyncIterator[tuple[AuditRecord, list[AuditChange]]]:
    """All records that match, the newest first, each with all its changes."""
    before: int | None = None
    while records := await list_records(uow, principal, query, _EXPORTED_AT_ONCE, before):
        for record in records:
            # One at a time: a record may hold the changes of a whole fleet.
            changes = await changes_of(uow, principal, [record.id], _MOST_CHANGES)
            yield record, changes[record.id]
        before = records[-1].number


def _record(row: AuditRecordTable) -> AuditRecord:
    assert row.number is not None
    assert row.at is not None
    assert row.changes is not None
    assert row.digest is not None
    return AuditRecord(
        id=row.id,
        number=row.number,
        at=row.at,
        actor=row.actor,
        actor_kind=row.actor_kind,
        actor_name=row.actor_name,
        action=row.action,
        trace=row.trace,
        changes=row.changes,
        digest=row.digest,
    )


def _change(row: AuditChangeTable) -> AuditChange:
    return AuditChange(row.place, row.kind, row.object_id, row.before, row.after)
