"""Rules of workbenches: how long, with which rights."""

from datetime import datetime, timedelta

from services.kernel.rights import RIGHTS, Permission, Role

TICKET_LIFE = timedelta(minutes=1)
"""From the click in the portal to the workbench's page."""
LINK_LIFE = timedelta(minutes=15)
"""The same for a link that was printed, as for a login link."""
BOX_RIGHTS = RIGHTS[Role.ENGINEER] - {Permission.USE_WORKBENCH}
"""What code in a workbench may do at most: a notebook of an admin's makes no members and no keys."""


def why_spent(
    now: datetime, idle_since: datetime | None, ends_at: datetime, idle: timedelta, life: timedelta
) -> str | None:
    """Why a running workbench is to be stopped; None if it is not."""
    if now >= ends_at:
        return f"It ran for {_said(life)}, the longest that one may. Your files are kept."
    if idle_since is not None and now - idle_since >= idle:
        return f"It was idle for {_said(idle)}. Your files are kept."
    return None


def _said(span: timedelta) -> str:
    minutes = span.total_seconds() / 60
    return f"{minutes / 60:g} h" if minutes >= 60 else f"{minutes:g} min"
