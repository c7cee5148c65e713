"""What monitoring takes and gives."""

from collections.abc import Mapping
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


class CaseState(StrEnum):
    OPEN = "open"
    """An alarm of it is on, or a model is wanted, so it wants a person."""
    CLEARED = "cleared"
    """All its alarms are cleared; it closes by itself unless one returns."""
    CLOSED = "closed"


OPEN_CASES = frozenset({CaseState.OPEN, CaseState.CLEARED})
"""States of the one case of an asset that still gathers its alarms."""


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
    muted_by: UUID | None = None
    """The event because of which the platform shelved it at once: the model that raised it is of before the event."""
    cleared_by: UUID | None = None
    """The event that cleared it, where that was not the machine's recovery."""


@dataclass(frozen=True, slots=True)
class Matter:
    """A case with its first alarm, for who looks back; the last two are None where it has no alarm."""

    id: UUID
    asset_id: UUID
    opened_at: datetime
    closed_at: datetime | None
    raised_at: datetime | None
    """Source time of the row that raised it."""
    alarm_id: UUID | None
    """Its time is when it was raised by the platform's clock (`services.kernel.ids.made_at`)."""


@dataclass(frozen=True, slots=True)
class Case:
    """The one open matter of an asset that gathers its alarms."""

    id: UUID
    asset_id: UUID
    title: str
    state: CaseState
    opened_at: datetime
    closes_at: datetime | None
    """When it closes by itself; None unless it is cleared."""
    closed_at: datetime | None
    closed_by: str | None
    """Who closed it; None while it is not closed, and when it closed by itself."""
    alarms: int
    closed_because: str | None = None
    """`recovered` or `event_retracted` where it waited for a model; else None."""
    retrain_for: UUID | None = None
    """The event after which a new model was wanted."""
    next_step: str | None = None
    """What a person does next, while it waits for that model."""


@dataclass(frozen=True, slots=True)
class Flood:
    """An asset that raised many alarms."""

    asset_id: UUID
    newest: UUID
    """The newest of them."""
    raised_at: datetime
    """When that was raised."""
    alarms: int


@dataclass(frozen=True, slots=True)
class BudgetLimits:
    """What people can handle."""

    per_hour: float
    """Alarms, of one person."""
    operators: int
    """People who handle alarms at a time."""


@dataclass(frozen=True, slots=True)
class Offender:
    """An asset and a rule that raise many of the alarms."""

    asset_id: UUID
    rule: str
    alarms: int
    share: float
    """Of all alarms, 0 to 1."""


@dataclass(frozen=True, slots=True)
class AlarmBudget:
    """How many alarms reached people in the last hours, beside what they can handle."""

    hours: int
    limits: BudgetLimits
    alarms: int
    rate: float
    """Alarms for each hour and person."""
    within: bool
    offenders: tuple[Offender, ...]
    """The worst few, most alarms first."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A machine that holds a line."""

    asset_id: UUID
    health: Health
    since: datetime | None
    """When its alarm was raised, or else its newest row."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line, as its worst machine is."""

    id: UUID
    site: str
    line: str
    health: Health
    counts: Mapping[Health, int]
    """Its machines in each state."""
    holders: tuple[Holder, ...]
    """The first few that hold it: alarms, earliest first, then silent, then blind machines. Empty for a good line."""
    place: tuple[int, str, str, UUID]
    """Its place in the list of lines, worst first."""
