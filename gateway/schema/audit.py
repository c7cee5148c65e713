"""The audit trail: who did what to which object."""

from datetime import datetime
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from gateway.relay import Page, global_id, page_size, split_id
from gateway.schema.kit import Connection, Info, Node, aware, connect, read_number
from services.audit import api as audit
from services.audit import contracts

ACTORS = {"member": "Member", "key": "ApiKey"}
"""Kinds of actors that are nodes."""


@strawberry.type(name="AuditChange", description="One object in a record.")
class AuditChangeType:
    kind: str = strawberry.field(description="What the object is, such as `Asset`.")
    before: JSON | None = strawberry.field(description="What differs, as it was; null for a new object.")
    after: JSON | None = strawberry.field(description="What differs, as it became; null for a removed object.")

    @strawberry.field(description="The object's id.")
    @staticmethod
    def object(parent: strawberry.Parent[contracts.AuditChange]) -> strawberry.ID:
        return strawberry.ID(global_id(parent.kind, parent.object_id))


@strawberry.type(name="AuditRecord", description="What one actor changed in one go. Records are never changed.")
class AuditRecordType(Node):
    represents = contracts.AuditRecord
    number: int = strawberry.field(description="1, 2, 3 … in the order they came into effect, without a gap.")
    at: datetime
    actor_kind: str = strawberry.field(description="`member`, `key`, `system` (Andon itself) or `database`.")
    actor_name: str = strawberry.field(description="As it was then.")
    action: str = strawberry.field(description="Such as `serving.promote`.")
    trace: str = strawberry.field(description="The `traceId` of the request; empty where there was none.")
    digest: str = strawberry.field(description="SHA-256 over the digest before, this record and its changes.")

    @strawberry.field(description="The member or key; null for the others.")
    @staticmethod
    def actor(parent: strawberry.Parent[contracts.AuditRecord]) -> strawberry.ID | None:
        kind = ACTORS.get(parent.actor_kind)
        return strawberry.ID(global_id(kind, parent.actor)) if kind else None

    @strawberry.field(description="How many objects were changed.")
    @staticmethod
    def change_count(parent: strawberry.Parent[contracts.AuditRecord]) -> int:
        return parent.changes

    @strawberry.field(graphql_type=Connection[AuditChangeType])
    @staticmethod
    async def changes(
        parent: strawberry.Parent[contracts.AuditRecord], info: Info, first: int = 20, after: str | None = None
    ) -> Page[contracts.AuditChange]:
        async def ask(size: int, start: int | None) -> list[contracts.AuditChange]:
            return await info.context.loaders.audit_changes.load((parent.id, size, start or 0)) or []

        return await connect(
            info, f"audit_changes {parent.id}", first, after, ask, lambda change: (change.place,), read_number
        )


@strawberry.type
class AuditQuery:
    @strawberry.field(
        graphql_type=Connection[AuditRecordType], description="The audit trail, newest first. Needs `READ_AUDIT`."
    )
    async def audit_records(
        self,
        info: Info,
        first: int = 50,
        after: str | None = None,
        actor: strawberry.ID | None = None,
        action: str | None = None,
        object: strawberry.ID | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Page[contracts.AuditRecord]:
        page_size(first)
        query = contracts.AuditQuery(
            actor=_uuid(actor),
            action=action or None,
            object_id=_uuid(object),
            since=aware(since, "since"),
            until=aware(until, "until"),
        )

        async def ask(size: int, before: int | None) -> list[contracts.AuditRecord]:
            return await info.context.read(audit.list_records, query, size, before)

        return await connect(info, "audit_records", first, after, ask, lambda record: (record.number,), read_number)


def _uuid(id: str | None) -> UUID | None:
    """What is asked for may be gone since, so any id will do; one that cannot be one matches nothing."""
    return None if id is None else split_id(id)[1] or UUID(int=0)
