"""Every query of what a new regime does to alarms and cases. Sets of assets; none grows in number with them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, text
from sqlmodel import col, select

from services.kernel.arrays import among
from services.kernel.ids import new_id
from services.kernel.uow import UnitOfWork
from services.monitoring.tables import HealthRow

_REBASE = text("""
    UPDATE asset_health h SET rebased_at = u.at, rebased_by = u.event, recent = '', below = 0
    FROM unnest(CAST(:assets AS uuid[]), CAST(:at AS timestamptz[]), CAST(:events AS uuid[])) AS u (asset, at, event)
    WHERE h.id = u.asset
""")
_CLEAR = text("""
    UPDATE alarm a SET state = 'cleared', cleared_at = greatest(u.at, a.raised_at), shelved_until = NULL,
      cleared_because = 'regime_changed', cleared_by_event = u.event
    FROM unnest(CAST(:assets AS uuid[]), CAST(:at AS timestamptz[]), CAST(:events AS uuid[])) AS u (asset, at, event)
    WHERE a.asset_id = u.asset AND a.cleared_at IS NULL
    RETURNING a.id, a.asset_id
""")
# Of several that an event cleared, the newest was on when the event was told.
_CLEARED_BY = text("""
    SELECT DISTINCT ON (a.asset_id) a.id, a.case_id
    FROM alarm a JOIN unnest(CAST(:assets AS uuid[]), CAST(:events AS uuid[])) AS u (asset, event)
      ON a.asset_id = u.asset AND a.cleared_by_event = u.event
    WHERE NOT EXISTS (SELECT FROM alarm o WHERE o.asset_id = a.asset_id AND o.cleared_at IS NULL)
    ORDER BY a.asset_id, a.raised_at DESC
""")
_REOPEN = text("""
    UPDATE alarm_case c SET closed_at = NULL, closed_by = NULL, closed_because = NULL
    WHERE c.id = ANY(:cases) AND c.closed_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM alarm_case o WHERE o.asset_id = c.asset_id AND o.closed_at IS NULL)
    RETURNING c.id
""")
_BRING_BACK = text("""
    UPDATE alarm a SET case_id = c.id, cleared_at = NULL, cleared_because = NULL, cleared_by_event = NULL,
      muted_by = NULL, state = CASE WHEN a.acknowledged_at IS NULL THEN 'active' ELSE 'acknowledged' END
    FROM alarm_case c WHERE a.id = ANY(:ids) AND c.asset_id = a.asset_id AND c.closed_at IS NULL
    RETURNING a.id, a.asset_id, a.state
""")
_MUTE = text("""
    UPDATE asset_health h SET muted_by = u.event, muted_until = :until
    FROM unnest(CAST(:assets AS uuid[]), CAST(:events AS uuid[])) AS u (asset, event) WHERE h.id = u.asset
""")
_UNMUTE = text("UPDATE asset_health SET muted_by = NULL, muted_until = NULL WHERE id = ANY(:assets)")
_UNSHELVE = text("""
    UPDATE alarm SET shelved_until = NULL,
      state = CASE WHEN acknowledged_at IS NULL THEN 'active' ELSE 'acknowledged' END, muted_by = NULL
    WHERE asset_id = ANY(:assets) AND cleared_at IS NULL AND muted_by IS NOT NULL AND state = 'shelved'
    RETURNING id, asset_id, state
""")
_WAIT = text("""
    INSERT INTO alarm_case AS c (tenant_id, id, asset_id, title, opened_at, retrain_for, waits)
    SELECT :tenant, u.id, u.asset, u.title, :now, u.event, true
    FROM unnest(CAST(:ids AS uuid[]), CAST(:assets AS uuid[]), CAST(:titles AS text[]), CAST(:events AS uuid[]))
      AS u (id, asset, title, event)
    ON CONFLICT (tenant_id, asset_id) WHERE closed_at IS NULL
      DO UPDATE SET retrain_for = excluded.retrain_for, waits = true
    RETURNING c.id
""")
_END_WAIT = text("""
    UPDATE alarm_case c SET waits = false,
      closed_at = CASE WHEN u.alarm IS NULL THEN CAST(:now AS timestamptz) END,
      closed_because = CASE WHEN u.alarm IS NULL THEN u.why END
    FROM (SELECT k.id, w.why, a.id FROM alarm_case k
      JOIN unnest(CAST(:assets AS uuid[]), CAST(:whys AS text[])) AS w (asset, why) ON k.asset_id = w.asset
      LEFT JOIN alarm a ON a.tenant_id = k.tenant_id AND a.case_id = k.id AND a.cleared_at IS NULL
      WHERE k.waits AND k.closed_at IS NULL) AS u (id, why, alarm)
    WHERE c.id = u.id
    RETURNING c.id, c.closed_at IS NOT NULL
""")
Told = list[tuple[UUID, UUID, str]]
"""(alarm, asset, state) of alarms that changed."""


class Muting:
    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.session = uow.session

    async def _run(self, statement: Any, **values: Any) -> list[Any]:
        result = cast("CursorResult[Any]", await self.session.execute(statement, values))
        return list(result.all()) if result.returns_rows else []

    async def locked(self, asset_ids: Sequence[UUID]) -> list[HealthRow]:
        """In the order in which a block of scores locks them too."""
        mine = select(HealthRow).where(among(col(HealthRow.id), asset_ids)).order_by(col(HealthRow.id))
        fresh = {"populate_existing": True}
        return list(await self.session.scalars(mine.with_for_update(), execution_options=fresh))

    async def rebase(self, begun: Mapping[UUID, tuple[datetime | None, UUID | None]]) -> None:
        """Asset → when its present regime began, and by which event."""
        at, events = [at for at, _ in begun.values()], [event for _, event in begun.values()]
        await self._run(_REBASE, assets=list(begun), at=at, events=events)

    async def clear(self, begun: Mapping[UUID, tuple[datetime, UUID]]) -> Told:
        at, events = [at for at, _ in begun.values()], [event for _, event in begun.values()]
        return [(*row, "cleared") for row in await self._run(_CLEAR, assets=list(begun), at=at, events=events)]

    async def bring_back(self, left: Mapping[UUID, UUID]) -> tuple[Told, list[UUID]]:
        """Alarms that those events (asset → event) cleared are on again, unless another was raised since. Answers
        them, and the cases that are open again for them."""
        found = await self._run(_CLEARED_BY, assets=list(left), events=list(left.values()))
        if not found:
            return [], []
        cases = await self._run(_REOPEN, cases=[case_id for _, case_id in found])
        told = await self._run(_BRING_BACK, ids=[alarm_id for alarm_id, _ in found])
        return [tuple(row) for row in told], [row[0] for row in cases]

    async def mute(self, events: Mapping[UUID, UUID], until: datetime) -> None:
        await self._run(_MUTE, assets=list(events), events=list(events.values()), until=until)

    async def unmute(self, asset_ids: Sequence[UUID]) -> Told:
        """Nothing is muted from now on, and alarms that were are as if they had not been. Answers those."""
        await self._run(_UNMUTE, assets=asset_ids)
        return [tuple(row) for row in await self._run(_UNSHELVE, assets=asset_ids)]

    async def wait(self, events: Mapping[UUID, tuple[UUID, str]], now: datetime) -> list[UUID]:
        """Each asset's open case waits for a model because of the event, under its own title if there was none.
        Answers those opened."""
        ids = sorted(new_id() for _ in events)
        columns = {"events": [event for event, _ in events.values()], "titles": [title for _, title in events.values()]}
        there = await self._run(_WAIT, tenant=self.uow.tenant, ids=ids, assets=list(events), now=now, **columns)
        return sorted({row[0] for row in there} & set(ids))

    async def end_wait(self, why: Mapping[UUID, str], now: datetime) -> list[UUID]:
        """Cases of these assets wait no more (asset → why), and close unless an alarm is on. Answers those closed."""
        ended = await self._run(_END_WAIT, assets=list(why), whys=list(why.values()), now=now)
        return [case_id for case_id, closed in ended if closed]
