"""The alarm budget, by alarms whose ids say when they were raised."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.kernel.clock import utc_now
from services.kernel.errors import Invalid
from services.kernel.ids import first_id, made_at, new_id
from services.monitoring import api
from services.monitoring.contracts import BudgetLimits
from services.monitoring.tables import AlarmRow, CaseRow

pytestmark = pytest.mark.platform


def test_an_id_made_later_is_not_below():
    made = new_id()
    assert first_id(made_at(made)) <= made < first_id(made_at(made) + timedelta(milliseconds=2))


async def raised(uow: Any, asset_id: UUID, hours_ago: list[float], rule: str = "watch", **known: Any) -> None:
    now = utc_now()
    case = CaseRow(tenant_id=uow.tenant, asset_id=asset_id, title="t", opened_at=now, closed_at=now)
    uow.session.add(case)
    await uow.session.flush()
    for hours in hours_ago:
        id_ = UUID(int=first_id(now - timedelta(hours=hours)).int | new_id().int & (1 << 62) - 1)
        facts = {"rule": rule, "raised_at": now - timedelta(days=90), "cleared_at": now, "peak": 2.0, "top": []}
        uow.session.add(AlarmRow(tenant_id=uow.tenant, id=id_, asset_id=asset_id, case_id=case.id, **facts | known))
    await uow.session.flush()


async def test_the_figure_and_the_worst_are_exact(make_scene):
    scene = await make_scene(5)
    uow, principal = scene.uow, scene.principal
    a, b, c, d, e = scene.assets
    before = await api.alarm_budget(uow, principal)
    assert (before.alarms, before.offenders) == (0, ()), "of a tenant of its own"
    assert (before.limits, before.rate, before.within) == (BudgetLimits(10.0, 1), 0.0, True)
    await raised(uow, a, [1.0] * 120)
    await raised(uow, b, [2.0] * 72)
    await raised(uow, c, [23.9] * 24)
    await raised(uow, c, [3.0] * 12, rule="other")
    await raised(uow, d, [5.0] * 12)
    await raised(uow, e, [24.1] * 180)
    await raised(uow, e, [1.0] * 40, muted_by=new_id())
    day = await api.alarm_budget(uow, principal)
    assert (day.hours, day.alarms, day.rate, day.within) == (24, 240, 10.0, True)
    assert [(each.asset_id, each.rule, each.alarms, each.share) for each in day.offenders] == [
        (a, "watch", 120, 0.5), (b, "watch", 72, 0.3), (c, "watch", 24, 0.1),
    ]  # fmt: skip
    await raised(uow, d, [6.0])
    assert not (await api.alarm_budget(uow, principal)).within
    week = await api.alarm_budget(uow, principal, 168)
    assert (week.alarms, week.rate, week.offenders[0].asset_id) == (421, 421 / 168, e)
    changed = await api.set_alarm_budget(uow, principal, BudgetLimits(5.0, 3))
    assert (changed.limits, changed.rate, changed.within) == (BudgetLimits(5.0, 3), 241 / 24 / 3, True)
    assert not (await api.set_alarm_budget(uow, principal, BudgetLimits(3.0, 3))).within


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        (BudgetLimits(0.0, 1), "perHour"),
        (BudgetLimits(float("nan"), 1), "perHour"),
        (BudgetLimits(1001.0, 1), "perHour"),
        (BudgetLimits(10.0, 0), "operators"),
    ],
)
async def test_what_cannot_be_is_refused(uow, principal, limits, field):
    with pytest.raises(Invalid) as caught:
        await api.set_alarm_budget(uow, principal, limits)
    assert (caught.value.code, caught.value.field) == ("ALARM_BUDGET_INVALID", field)


@pytest.mark.parametrize("hours", [0, 745])
async def test_it_looks_back_a_month_at_most(uow, principal, hours):
    with pytest.raises(Invalid, match="1 to 744 hours"):
        await api.alarm_budget(uow, principal, hours)
