"""Rows of staged files and transfers. Contracts and assets are other services' and are referred to by id and key."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.kernel.tables import TenantRow


def _moment(nullable: bool = False) -> Any:
    return Column(DateTime(timezone=True), nullable=nullable)


def _number() -> Any:
    return Column(BigInteger, nullable=False, server_default="0")


class UploadRow(TenantRow, table=True):
    """A file on its way in. Its parts are objects under `model.staged_prefix`."""

    __tablename__ = "staged_upload"
    __table_args__ = (Index("staged_upload_age", "tenant_id", "expires_at"),)

    state: str
    bytes: int | None = Field(default=None, sa_column=Column(BigInteger))
    sha256: str | None = None
    parts: list[int] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    """Bytes of each part, in order."""
    created_by: str
    created_at: datetime = Field(sa_column=_moment())
    expires_at: datetime = Field(sa_column=_moment())


class TransferRow(TenantRow, table=True):
    """An import or export and where it stands. Locked by whoever takes it on."""

    __tablename__ = "transfer"
    __table_args__ = (
        Index("transfer_due", "tenant_id", "id", postgresql_where=text("ended_at IS NULL")),
        Index("transfer_ended", "tenant_id", "ended_at"),
        Index("transfer_created", "tenant_id", "created_at"),
    )

    kind: str
    """`import` or `export`."""
    state: str
    spec: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    """What was asked, as `model` writes and reads it."""
    contract_id: UUID
    upload_id: UUID | None = None
    progress: float = 0.0
    rows: int = Field(default=0, sa_column=_number())
    stored: int = Field(default=0, sa_column=_number())
    quarantined: int = Field(default=0, sa_column=_number())
    refused: int = Field(default=0, sa_column=_number())
    duplicates: int = Field(default=0, sa_column=_number())
    rejections: int = Field(default=0, sa_column=_number())
    """How many `transfer_rejection` rows it has."""
    problem: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    bytes: int | None = Field(default=None, sa_column=Column(BigInteger))
    sha256: str | None = None
    attempt: int = 0
    """How many times a worker took it up; who has an earlier one has it no more."""
    tries: int = 0
    """How many times since a piece was done."""
    created_by: str
    created_at: datetime = Field(sa_column=_moment())
    started_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    heartbeat_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    """When whoever has it was last heard of."""
    ended_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    expires_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))


class PieceRow(TenantRow, table=True):
    """A piece that is done, and the object that tells of it. A piece is there whole or not at all."""

    __tablename__ = "transfer_piece"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "transfer_id"], ["transfer.tenant_id", "transfer.id"], ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "transfer_id", "number"),
    )

    transfer_id: UUID
    number: int
    rows: int = Field(sa_column=Column(BigInteger, nullable=False))
    bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
    """Of its object."""


class RejectionRow(TenantRow, table=True):
    """A row of a file that was not stored: the first so many of each import."""

    __tablename__ = "transfer_rejection"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "transfer_id"], ["transfer.tenant_id", "transfer.id"], ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "transfer_id", "row"),
    )

    transfer_id: UUID
    row: int = Field(sa_column=Column(BigInteger, nullable=False))
    outcome: str
    code: str
    message: str
    signal: str | None = None
