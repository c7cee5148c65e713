"""The alarm budget: how many alarms reach a person in an hour, who raises them, and what one person can handle.

An operator answers an alarm in some minutes, so more than a few an hour are not answered but watched going by. EEMUA
publication 191 and ANSI/ISA-18.2 measure the alarms that are shown, on average, to one operating position: about 6 an
hour are very likely acceptable, about 12 the most that can be managed. Both begin with the worst, since few points
raise most of the alarms.
"""

from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlmodel import select

from services.kernel.ids import first_id
from services.kernel.uow import UnitOfWork
from services.monitoring.contracts import AlarmBudget, BudgetLimits, Offender
from services.monitoring.errors import AlarmBudgetInvalid
from services.monitoring.tables import AlarmBudgetRow

USUAL = BudgetLimits(per_hour=10.0, operators=1)
MOST_PER_HOUR, MOST_OPERATORS = 1_000.0, 1_000
LONGEST_HOURS = 31 * 24
OFFENDERS = 3

# One that the platform shelved as it was raised reached nobody.
_BUDGET = text("""
    WITH raised AS MATERIALIZED (
      SELECT asset_id, rule, count(*) AS alarms FROM alarm
      WHERE id >= :since AND muted_by IS NULL GROUP BY asset_id, rule)
    SELECT b.per_hour, b.operators, (SELECT coalesce(sum(alarms), 0) FROM raised), o.asset_id, o.rule, o.alarms
    FROM (SELECT 1) AS always LEFT JOIN alarm_budget b ON true
      LEFT JOIN LATERAL (SELECT * FROM raised ORDER BY alarms DESC, asset_id, rule LIMIT :most) o ON true
    ORDER BY o.alarms DESC, o.asset_id, o.rule
""")


async def budget(uow: UnitOfWork, hours: int, now: datetime) -> AlarmBudget:
    """The figure of the last `hours`, by when the platform raised the alarms. One statement. Raises
    `AlarmBudgetInvalid`."""
    if not 1 <= hours <= LONGEST_HOURS:
        raise AlarmBudgetInvalid(f"The budget looks back 1 to {LONGEST_HOURS} hours.", field="hours")
    since = first_id(now - timedelta(hours=hours))
    rows = list(await uow.session.execute(_BUDGET, {"since": since, "most": OFFENDERS}))
    per_hour, operators, alarms = rows[0][:3]
    limits = USUAL if per_hour is None else BudgetLimits(per_hour, operators)
    alarms = int(alarms)
    rate = alarms / hours / limits.operators
    offenders = tuple(Offender(*row[3:], share=row[5] / alarms) for row in rows if row[3] is not None)
    return AlarmBudget(hours, limits, alarms, rate, rate <= limits.per_hour, offenders)


async def set_limits(uow: UnitOfWork, limits: BudgetLimits, by: str, now: datetime) -> None:
    """Raises `AlarmBudgetInvalid`."""
    if not 0 < limits.per_hour <= MOST_PER_HOUR:
        message = f"One person handles more than 0 and at most {MOST_PER_HOUR:g} alarms in an hour."
        raise AlarmBudgetInvalid(message, field="perHour")
    if not 1 <= limits.operators <= MOST_OPERATORS:
        message = f"1 to {MOST_OPERATORS} people handle alarms at a time."
        raise AlarmBudgetInvalid(message, field="operators")
    row = (await uow.session.exec(select(AlarmBudgetRow).with_for_update())).first()
    if row is None:
        row = AlarmBudgetRow(tenant_id=uow.tenant, id=_id(uow), changed_by=by, changed_at=now, **asdict(limits))
        uow.session.add(row)
    row.per_hour, row.operators, row.changed_by, row.changed_at = limits.per_hour, limits.operators, by, now
    await uow.session.flush()


def _id(uow: UnitOfWork) -> UUID:
    """A tenant has one."""
    return uow.tenant
