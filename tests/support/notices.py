"""Alarms as an edge sees them, and the notices they make."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from andon_sdk.destination import Notice, Share
from andon_sdk.edge.outward.alarms import Alarm, Known, look

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ON = Alarm(
    id="QWxhcm06MQ==", rule="drill-wear", raised_at=NOON, peak=1.7, asset="drill-02", title="Laser drill 2", site="Ulm",
    line="L1", top=(Share("lens", 0.6),), acknowledged_at=None, acknowledged_by="", shelved_until=None, cleared_at=None,
    cleared_because="", muted=False,
)  # fmt: skip
ACKNOWLEDGED = replace(ON, acknowledged_at=NOON + MINUTE, acknowledged_by="Ada")
SHELVED = replace(ON, shelved_until=NOON + 60 * MINUTE)
CLEARED = replace(ON, cleared_at=NOON + 9 * MINUTE, cleared_because="recovered")
MUTED = replace(SHELVED, muted=True)
TOLD = Known(raised=True)
[RAISED] = look(None, ON, NOON)[1]
[SHELF] = look(TOLD, SHELVED, NOON)[1]


def numbered(count: int) -> list[Notice]:
    """Raised alarms, one a minute from noon on."""
    return [replace(RAISED, id=f"a{number}-raised", at=NOON + number * MINUTE) for number in range(count)]
