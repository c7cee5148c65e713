"""Rows of the door: what was quarantined, and receipts for bodies sent with an idempotency key."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.kernel.changes import written_at
from services.kernel.tables import TenantRow


def _moment() -> Any:
    return Column(DateTime(timezone=True), nullable=False)


class QuarantinedRowTable(TenantRow, table=True):
    """A bad row with its first fault. The batch's id follows from the body, so a body sent again adds nothing."""

    __tablename__: ClassVar[Any] = "quarantined_row"
    __table_args__ = (
        UniqueConstraint("tenant_id", "batch", "row"),
        Index("quarantined_row_received", "tenant_id", "received_at", "id"),
        Index("quarantined_row_updated", "tenant_id", "updated_at", "id"),
    )

    batch: UUID
    row: int = Field(sa_column=Column(BigInteger, nullable=False))
    contract: str
    """Key the body was sent under; text, since it may name no contract."""
    code: str
    message: str
    content: str
    received_at: datetime = Field(sa_column=_moment())
    updated_at: datetime | None = written_at()
    """When the transaction began that wrote it last; a trigger keeps it."""


class IngestReceiptTable(TenantRow, table=True):
    """What a body was answered, so that the same body under the same key is answered the same for a day."""

    __tablename__: ClassVar[Any] = "ingest_receipt"
    __table_args__ = (
        UniqueConstraint("tenant_id", "key"),
        Index("ingest_receipt_created", "tenant_id", "created_at"),
    )

    key: str
    digest: str
    receipt: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    created_at: datetime = Field(sa_column=_moment())
