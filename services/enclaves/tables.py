"""Rows of enclaves."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Column, DateTime, UniqueConstraint
from sqlmodel import Field

from services.kernel.clock import utc_now
from services.kernel.tables import TenantRow


def _moment(**options: Any) -> Any:
    return Column(DateTime(timezone=True), **options)


class EnclaveTable(TenantRow, table=True):
    __tablename__: ClassVar[Any] = "enclave"
    __table_args__ = (UniqueConstraint("tenant_id"),)

    account: str
    bucket: str
    created_at: datetime = Field(default_factory=utc_now, sa_column=_moment(nullable=False))


class CredentialTable(TenantRow, table=True):
    __tablename__: ClassVar[Any] = "enclave_credential"
    __table_args__ = (UniqueConstraint("tenant_id", "purpose"),)

    purpose: str
    """`stream:<user>` or `bucket`."""
    login: str
    secret: str
    """Encrypted with the installation's key, which is not in the database."""
    created_at: datetime = Field(default_factory=utc_now, sa_column=_moment(nullable=False))


class ClusterTable(TenantRow, table=True):
    __tablename__: ClassVar[Any] = "cluster"
    __table_args__ = (UniqueConstraint("tenant_id", "kind"),)

    kind: str
    wanted: bool
    generation: int = 0
    """Grows each time the cluster is wanted anew."""
    state: str
    """As last seen by the reconciler; the provisioner knows the present."""
    detail: str = ""
    wanted_at: datetime = Field(default_factory=utc_now, sa_column=_moment(nullable=False))
    updated_at: datetime = Field(default_factory=utc_now, sa_column=_moment(nullable=False))
