"""What events and regimes are, as they go in and out."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class EventKind(StrEnum):
    PART_REPLACED = "part_replaced"
    MAINTENANCE = "maintenance"
    RECIPE_CHANGE = "recipe_change"
    FAILURE = "failure"
    ABNORMAL = "abnormal"
    """An event label: the machine ran abnormally from `time` to `end`."""
    NORMAL = "normal"
    """An event label: it ran as it should, whatever scores said."""


LABELS = frozenset({EventKind.ABNORMAL, EventKind.NORMAL})
"""Kinds that say something about a range of time."""


class EventLabel(StrEnum):
    """The same as a type of their own, for those who can only label."""

    ABNORMAL = "abnormal"
    NORMAL = "normal"


class Source(StrEnum):
    """Where an event was entered."""

    PORTAL = "portal"
    API = "api"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class NewEvent:
    asset_id: UUID
    kind: EventKind
    time: datetime
    """Source time; of a label the start."""
    note: str = ""
    part: str | None = None
    end: datetime | None = None
    """Of a label: where the range ends."""
    begins_regime: bool | None = None
    """Whether the old normal is gone; None: as its kind has it (`model.BEGIN_REGIMES`)."""


@dataclass(frozen=True, slots=True)
class Correction:
    """All that an event says from now on."""

    kind: EventKind
    time: datetime
    note: str = ""
    part: str | None = None
    end: datetime | None = None
    begins_regime: bool | None = None


@dataclass(frozen=True, slots=True)
class Event:
    id: UUID
    asset_id: UUID
    kind: EventKind
    time: datetime
    note: str
    part: str | None
    recorded_by: str
    recorded_at: datetime
    retracted_at: datetime | None
    end: datetime | None = None
    begins_regime: bool = False
    source: Source = Source.API
    retracted_by: str | None = None
    corrections: int = 0
    """How often it was corrected; `api.revisions_of` tells what it said before."""


@dataclass(frozen=True, slots=True)
class Revision:
    """What an event said until it was corrected."""

    event_id: UUID
    number: int
    """From 1, in the order of corrections."""
    kind: EventKind
    time: datetime
    end: datetime | None
    part: str | None
    note: str
    begins_regime: bool
    corrected_by: str
    """Who said something else then."""
    corrected_at: datetime


@dataclass(frozen=True, slots=True)
class EventQuery:
    """A page of events of the tenant, newest first by (time, id)."""

    asset_id: UUID | None = None
    kinds: Collection[EventKind] | None = None
    retracted: bool = False
    """Whether retracted ones are listed as well."""
    first: int = 50
    after: tuple[datetime, UUID] | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A part that somebody has named before."""

    name: str
    times: int
    """How often it was replaced."""
    core: bool
    """Whether it began a regime when it was last replaced."""


class Recovery(StrEnum):
    """How far a regime is on its way to a champion that was trained on its rows."""

    NEEDS_MODEL = "needs_model"
    RETRAINING = "retraining"
    """A run over rows of the regime goes on."""
    SHADOW = "shadow"
    """A version trained on its rows passed its gates and waits to be promoted, as a shadow beside a champion."""
    RECOVERED = "recovered"


@dataclass(frozen=True, slots=True)
class Regime:
    """The time of an asset between two events that change its normal; `end` is None for the present one.

    The first regime of an asset has no start and no event, and nothing to recover from: its recovery is None."""

    asset_id: UUID
    start: datetime | None
    end: datetime | None
    opened_by: UUID | None
    recovery: Recovery | None = None
    recovery_since: datetime | None = None
    version_id: UUID | None = None
    """The version that waits or is champion, where recovery is `SHADOW` or `RECOVERED`."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A model version, or a run that is to make one, with the range that it learns from."""

    start: datetime
    end: datetime
    version_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Models:
    """What an asset has of models: its champion, its challenger, and the run that it is in."""

    champion: Trained | None = None
    challenger: Trained | None = None
    run: Trained | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known about the models of a regime: the version that it is about, if any."""

    recovery: Recovery
    version_id: UUID | None = None
