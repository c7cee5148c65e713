"""What dataset snapshots take and give."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SnapshotRequest:
    contract_id: UUID
    asset_ids: tuple[UUID, ...]
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Frozen rows, addressed by the digest of their content: the same rows give the same digest."""

    digest: str
    contract_id: UUID
    contract_version: int
    start: datetime
    end: datetime
    rows: int
    assets: int
    created_at: datetime
