"""How long a workbench goes on."""

from datetime import UTC, datetime, timedelta

import pytest

from services.enclaves.model import WorkbenchPolicy
from services.kernel.rights import Permission
from services.workbench.model import BOX_RIGHTS, why_spent

POLICY = WorkbenchPolicy()
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("idle_min", "left_min", "why"),
    [
        (None, 1, None),
        (19, 1, None),
        (20, 1, "It was idle for 20 min. Your files are kept."),
        (None, 0, "It ran for 12 h, the longest that one may. Your files are kept."),
        (30, 0, "It ran for 12 h, the longest that one may. Your files are kept."),
    ],
)
def test_why_it_is_stopped(idle_min, left_min, why) -> None:
    idle = None if idle_min is None else NOW - timedelta(minutes=idle_min)
    assert why_spent(NOW, idle, NOW + timedelta(minutes=left_min), POLICY.idle, POLICY.life) == why


def test_code_in_a_box_makes_no_members_keys_or_boxes() -> None:
    assert {
        Permission.VIEW, Permission.QUERY, Permission.INGEST, Permission.SCORE, Permission.RECORD_EVENT,
        Permission.HANDLE_ALARM, Permission.TRAIN, Permission.PROMOTE, Permission.EDIT_PLANT,
        Permission.EDIT_BLUEPRINTS, Permission.REGISTER_PIPELINES, Permission.OPEN_CAPSULES,
    } == BOX_RIGHTS  # fmt: skip
