"""Rows of workbenches."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Column, DateTime, ForeignKeyConstraint, UniqueConstraint
from sqlmodel import Field

from services.kernel.tables import TenantRow


def _moment(**options: Any) -> Any:
    return Column(DateTime(timezone=True), **options)


class WorkbenchTable(TenantRow, table=True):
    """Of a member, and of one who was: its files are still there, and its key has still to be ended."""

    __tablename__: ClassVar[Any] = "workbench"
    __table_args__ = (UniqueConstraint("tenant_id", "member_id"),)

    member_id: UUID
    member: str
    """Their name when it was started."""
    wanted: bool
    start: int
    """How many starts there were."""
    state: str
    """As last seen by the reconciler."""
    detail: str = ""
    key_id: UUID | None = None
    """The API key of this start; None when it was revoked."""
    secret: str | None = None
    """JSON of `key` and `token`, sealed; None when it is stopped."""
    started_at: datetime | None = Field(default=None, sa_column=_moment())
    ends_at: datetime | None = Field(default=None, sa_column=_moment())


class VisitTable(TenantRow, table=True):
    """Of one start: the next one ends it."""

    __tablename__: ClassVar[Any] = "workbench_visit"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "workbench_id"], ["workbench.tenant_id", "workbench.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "session_id"], ["login_session.tenant_id", "login_session.id"], ondelete="CASCADE"
        ),
    )

    workbench_id: UUID
    start: int
    session_id: UUID | None = None
    """The portal's session that it came from, and ends with; None for a printed link."""
    good_until: datetime = Field(sa_column=_moment(nullable=False))
    used_at: datetime | None = Field(default=None, sa_column=_moment())
