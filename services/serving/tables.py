"""Rows of serving. Ids of assets and versions are those of their own services, checked at the door."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, UniqueConstraint
from sqlmodel import Field

from services.kernel.tables import TenantRow


class DeploymentRow(TenantRow, table=True):
    """What serves one asset; `id` is the asset's id, since an asset has one deployment."""

    __tablename__ = "deployment"

    champion: UUID
    previous: UUID | None = None
    promoted_at: datetime = Field(sa_type=DateTime(timezone=True))  # type: ignore[arg-type]
    wanted_generation: int = Field(sa_type=BigInteger)
    applied_generation: int = Field(default=0, sa_type=BigInteger)
    refusal: str | None = None


class ShadowRow(TenantRow, table=True):
    """A version that scores an asset's rows and answers nobody."""

    __tablename__ = "shadow"
    __table_args__ = (UniqueConstraint("tenant_id", "asset_id", "version_id"),)

    asset_id: UUID
    version_id: UUID
    since: datetime = Field(sa_type=DateTime(timezone=True))  # type: ignore[arg-type]
    refusal: str | None = None
    took_s: float | None = None
    champion_took_s: float | None = None
    """Of the champion beside it, as told together."""


class ServingRow(TenantRow, table=True):
    """The one row of a tenant that counts its wanted states; `id` is the tenant's id. Locked by whoever changes one."""

    __tablename__ = "serving"

    wanted_generation: int = Field(default=0, sa_type=BigInteger)
    applied_generation: int = Field(default=0, sa_type=BigInteger)
