"""Which moments of alarms lie between two looks at them. Pure functions."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from andon_sdk.destination import Moment, Notice, Share

REMEMBERED = timedelta(days=1)
"""How long a cleared alarm is known: a poll may show it a second time."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """As Andon shows it."""

    id: str
    rule: str
    raised_at: datetime
    peak: float
    asset: str
    title: str
    site: str
    line: str
    top: tuple[Share, ...]
    acknowledged_at: datetime | None
    acknowledged_by: str
    shelved_until: datetime | None
    cleared_at: datetime | None
    cleared_because: str
    muted: bool
    """Shelved by Andon in the moment it was raised, because the machine changed: nobody was called."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was told of an alarm so far."""

    raised: bool = False
    acknowledged: bool = False
    shelved_until: datetime | None = None
    """None when its end was told too."""
    cleared_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        said = asdict(self)
        return said | {name: said[name] and said[name].isoformat() for name in ("shelved_until", "cleared_at")}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        times = {name: _time(said[name]) for name in ("shelved_until", "cleared_at")}
        return cls(raised=said["raised"], acknowledged=said["acknowledged"], **times)


def look(known: Known | None, alarm: Alarm, now: datetime) -> tuple[Known, list[Notice]]:
    """What is known after this look, and the moments since the one before, in their order.

    What came and went between two looks is told as far as it can still be seen: an alarm that cleared was raised. One
    that nobody was called for is not told of, unless a person takes it off its shelf.
    """
    before = known or Known()
    if before.cleared_at is not None:
        return before, []
    shelved = alarm.cleared_at is None and alarm.shelved_until is not None and alarm.shelved_until > now
    if alarm.muted and not before.raised and (shelved or alarm.cleared_at is not None):
        return replace(before, cleared_at=alarm.cleared_at), []
    notices = list(_moments(before, alarm, shelved, now))
    after = Known(True, alarm.acknowledged_at is not None, alarm.shelved_until if shelved else None, alarm.cleared_at)
    return after, notices


def is_due(known: Known, now: datetime) -> bool:
    """Whether its shelf has ended by time, which is no change of the alarm itself."""
    return known.cleared_at is None and known.shelved_until is not None and known.shelved_until <= now


def is_forgotten(known: Known, now: datetime) -> bool:
    return known.cleared_at is not None and known.cleared_at + REMEMBERED < now


def _moments(before: Known, alarm: Alarm, shelved: bool, now: datetime) -> Iterator[Notice]:
    if not before.raised:
        yield _notice(alarm, Moment.RAISED, alarm.raised_at)
    if alarm.acknowledged_at is not None and not before.acknowledged:
        yield replace(_notice(alarm, Moment.ACKNOWLEDGED, alarm.acknowledged_at), by=alarm.acknowledged_by)
    if alarm.cleared_at is not None:
        yield replace(_notice(alarm, Moment.CLEARED, alarm.cleared_at), because=alarm.cleared_because)
    elif shelved and alarm.shelved_until != before.shelved_until:
        assert alarm.shelved_until is not None
        until = alarm.shelved_until
        yield replace(_notice(alarm, Moment.SHELVED, now, of=until), until=until)
    elif before.shelved_until is not None and not shelved and alarm.acknowledged_at is None:
        yield _notice(alarm, Moment.RETURNED, min(now, before.shelved_until), of=before.shelved_until)


def _notice(alarm: Alarm, moment: Moment, at: datetime, of: datetime | None = None) -> Notice:
    """`of`: the shelf's end, which tells one shelf of an alarm from the next."""
    shelf = f"-{of:%Y%m%dT%H%M%S}" if of else ""
    return Notice(
        id=f"{alarm.id}-{moment}{shelf}",
        moment=moment,
        at=at,
        alarm_id=alarm.id,
        rule=alarm.rule,
        peak=alarm.peak,
        asset=alarm.asset,
        title=alarm.title,
        site=alarm.site,
        line=alarm.line,
        top=alarm.top,
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
