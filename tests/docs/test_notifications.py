"""The reference of notifications is what the code does."""

import re
from pathlib import Path

from services.notifications import model
from services.notifications.adapters import smtp
from services.notifications.catalogue import TYPES

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "reference/notifications.md").read_text("utf-8")


def test_every_kind_is_listed_and_every_listed_kind_exists():
    listed = dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]+) \| [^|]+ \|", PAGE, re.MULTILINE))
    assert listed == {type_.name: kind.means for type_, kind in TYPES.items()}


def test_limits_stand_as_they_are():
    minutes = [f"{each.total_seconds() / 60:.0f}" for each in model.SCHEDULE]
    for said in (
        f"1 to {model.LONGEST_EVERY} minutes",
        f"told one by one in a mail | {model.MOST_LISTED};",
        f"waits for {model.STALE.days} days",
        f"1 to {model.MOST_RECIPIENTS} members and addresses",
        f"subscriptions of a tenant | {model.MOST_SUBSCRIPTIONS} |",
        f"after {', '.join(minutes[:-1])} and {minutes[-1]} minutes",
        f"kept for {model.KEPT.days} days",
    ):
        assert said in PAGE, said
    decision = (DOCS / "decisions/0040-people-are-told-by-mail.md").read_text("utf-8")
    assert f"cut off after {smtp.TOTAL_S:.0f} seconds" in decision
