"""What the door turned away. Readings themselves travel as Arrow: `POST /v1/ingest`, `GET /v1/trend`."""

from datetime import datetime
from uuid import UUID

import strawberry

from gateway.relay import Page
from gateway.schema.changes import SINCE, changed
from gateway.schema.kit import Connection, Info, connect, read_time_and_id
from services.readings import api as readings
from services.readings import contracts


@strawberry.type(name="QuarantinedRow", description="A row that was kept aside, as it came, and why.")
class QuarantinedRowType:
    batch: strawberry.ID = strawberry.field(description="The `batch` of the receipt it came with.")
    row: int = strawberry.field(description="Its position in the body, from 0.")
    code: str
    message: str
    content: str = strawberry.field(description="The row as it came, as JSON.")
    received_at: datetime


def _key(row: contracts.QuarantinedRow) -> tuple[datetime, UUID]:
    return row.received_at, row.id


@strawberry.type
class ReadingsQuery:
    @strawberry.field(graphql_type=Connection[QuarantinedRowType], description=f"Newest first. {SINCE}")
    async def quarantine(
        self, info: Info, first: int = 50, after: str | None = None, updated_since: datetime | None = None
    ) -> Page[contracts.QuarantinedRow]:
        if updated_since is not None:
            use, load = readings.changed_quarantine, info.context.loaders.quarantined.load_many
            return await changed(info, "quarantine", updated_since, first, after, use, load)

        async def ask(size: int, start: object) -> list[contracts.QuarantinedRow]:
            return await info.context.read(readings.list_quarantine, first=size, after=start)

        return await connect(info, "quarantine", first, after, ask, _key, read_time_and_id)
