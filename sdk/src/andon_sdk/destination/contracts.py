"""What a destination's author writes, a `Sink` and the `Destination` that opens it, and what sinks are given."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel


class Moment(StrEnum):
    """What became of an alarm."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    SHELVED = "shelved"
    RETURNED = "returned"
    """Its shelf ended, by its time or by a person, and it is still on."""
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Share:
    signal: str
    share: float
    """Of the score that raised the alarm, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One moment of one alarm."""

    id: str
    """The same whenever it is delivered again, which happens when an edge dies between delivering and noting it."""
    moment: Moment
    at: datetime
    """When it happened. Of a raised alarm: the source time of the row that raised it."""
    alarm_id: str
    rule: str
    peak: float
    """The highest score so far, in units of the threshold: 1.0 is the border of normal."""
    asset: str
    """The asset's key."""
    title: str
    site: str
    line: str
    top: tuple[Share, ...]
    """The signals that contribute most, the most first."""
    by: str = ""
    """Who acknowledged it."""
    until: datetime | None = None
    """Until when it is shelved."""
    because: str = ""
    """Why it cleared: `recovered` or `regime_changed`."""

    @property
    def on(self) -> bool:
        """Whether the alarm asks for somebody after this moment."""
        return self.moment in (Moment.RAISED, Moment.RETURNED)


class Sink(Protocol):
    """An open destination. Its methods are called one at a time."""

    async def open(self) -> None:
        """Before the first notice, and again after `DestinationUnavailable`. Raises that, or `SettingsRefused`."""
        ...

    async def deliver(self, notice: Notice) -> None:
        """Returns when the other side has it for good. Notices of an alarm come in their order; a notice may come
        twice, with the same id. Raises `DestinationUnavailable`, `Undeliverable`."""
        ...

    async def close(self) -> None:
        """Also after a failed `open`, and twice without harm."""
        ...


@dataclass(frozen=True, slots=True)
class Destination:
    """A kind of destination that a plugin offers. `open(settings, folder)` makes the sink without touching the other
    side; `folder` is the sink's own and outlives the process."""

    key: str
    title: str
    settings: type[BaseModel]
    """With a sentence for each field. Secrets are `SecretStr`: whoever configures it says where they stand."""
    open: Callable[[Any, Path], Sink]
    help: str = ""
    moments: frozenset[Moment] = frozenset(Moment)
    """Which it can make use of; the others are never delivered to it."""


def as_json(notice: Notice) -> dict[str, Any]:
    """As plain JSON, with times in ISO 8601; destinations that send JSON may send this."""
    said = asdict(notice)
    said |= {
        "at": notice.at.isoformat(),
        "until": notice.until.isoformat() if notice.until else None,
        "on": notice.on,
        "top": [asdict(each) for each in notice.top],
    }
    return said


def from_json(said: dict[str, Any]) -> Notice:
    facts = {name: value for name, value in said.items() if name != "on"}
    facts |= {
        "moment": Moment(said["moment"]),
        "at": datetime.fromisoformat(said["at"]),
        "until": datetime.fromisoformat(said["until"]) if said["until"] else None,
        "top": tuple(Share(**each) for each in said["top"]),
    }
    return Notice(**facts)
