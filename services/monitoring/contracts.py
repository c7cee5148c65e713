"""What monitoring takes and gives."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Health(StrEnum):
    """State of an asset, worst first."""

    ALARM = "alarm"
    SILENT = "silent"
    """No row for a while although a model is deployed."""
    BLIND = "blind"
    """Rows come, but essential signals are missing, so no model can answer."""
    NORMAL = "normal"
    NO_MODEL = "no_model"


class AlarmState(StrEnum):
    ACTIVE = "active"
    ACKNOWLEDGED = "acknowledged"
    SHELVED = "shelved"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class AssetHealth:
    asset_id: UUID
    health: Health
    last_row_at: datetime | None
    value: float | None
    coverage: float | None
    version: UUID | None
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Alarm:
    id: UUID
    asset_id: UUID
    case_id: UUID
    rule: str
    state: AlarmState
    raised_at: datetime
    """Source time of the row that raised it."""
    cleared_at: datetime | None
    cleared_because: str | None
    """`recovered` or `regime_changed`."""
    shelved_until: datetime | None
    peak: float
    top: tuple[tuple[str, float], ...]
    acknowledged_by: str | None
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True)
class Case:
    """The one open matter of an asset that gathers its alarms."""

    id: UUID
    asset_id: UUID
    title: str
    opened_at: datetime
    closed_at: datetime | None
    alarms: int
