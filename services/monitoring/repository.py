"""Every query of monitoring, on a tenant-bound unit of work. A block of scores costs a fixed number of statements."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import pyarrow as pa
from sqlalchemy import ColumnElement, column, exists, false, or_, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, func, select

from services.kernel.arrays import among, array_text
from services.kernel.idset import IdSet
from services.kernel.uow import UnitOfWork
from services.monitoring.contracts import OPEN_CASES, AlarmState, CaseState, Flood, Health, Matter
from services.monitoring.model import CASE_QUIET
from services.monitoring.tables import AlarmRow, CaseRow, CursorRow, HealthRow

_ON = """EXISTS (SELECT FROM alarm a WHERE a.asset_id = h.id AND a.cleared_at IS NULL
    AND (a.state <> 'shelved' OR a.shelved_until <= :now))"""
_SILENT = "greatest(h.seen_at, h.deployed_at) + make_interval(secs => h.silent_after_s) < :now"
HEALTH = f"""
    CASE WHEN h.deployed_at IS NULL THEN 'no_model' WHEN {_ON} THEN 'alarm' WHEN {_SILENT} THEN 'silent'
      WHEN h.route = 2 THEN 'blind' ELSE 'normal' END
"""
_IS = {
    Health.NO_MODEL: "h.deployed_at IS NULL",
    Health.ALARM: f"h.deployed_at IS NOT NULL AND {_ON}",
    Health.SILENT: f"h.deployed_at IS NOT NULL AND NOT {_ON} AND {_SILENT}",
    Health.BLIND: f"h.deployed_at IS NOT NULL AND NOT {_ON} AND NOT {_SILENT} AND h.route = 2",
    Health.NORMAL: f"h.deployed_at IS NOT NULL AND NOT {_ON} AND NOT {_SILENT} AND h.route IS DISTINCT FROM 2",
}
"""The same as conditions, of which the planner knows how many assets meet them."""
_HEALTH_OF = text(f"""
    SELECT h.id, {HEALTH}, h.contract_id, h.missing, h.last_row_at, h.value, h.coverage, h.version
    FROM asset_health h WHERE h.id = ANY(:ids)
""")  # noqa: S608 constant text
# Sorting by bytes: the rules of a language would take most of the time.
_COUNTS = text(f'SELECT {HEALTH} COLLATE "C", count(*) FROM asset_health h GROUP BY 1')  # noqa: S608 constant text

_WATCHED = text("""
    SELECT CAST(h.id AS text), h.recent, h.below, h.rebased_at, a.id, h.muted_until FROM asset_health h
    LEFT JOIN alarm a ON a.tenant_id = h.tenant_id AND a.asset_id = h.id AND a.cleared_at IS NULL
    WHERE h.id = ANY(CAST(:ids AS uuid[])) ORDER BY h.id FOR UPDATE OF h
""")
_SEEN = text("""
    INSERT INTO asset_health AS h (tenant_id, id, contract_id, silent_after_s, deployed_at, seen_at, last_row_at, value,
      coverage, route, version, missing, recent, below)
    SELECT :tenant, u.id, :contract, :silent, :seen, :seen, u.last, u.value, u.coverage, u.route, u.version, u.missing,
      u.recent, u.below
    FROM unnest(CAST(:ids AS uuid[]), CAST(:last AS timestamptz[]), CAST(:value AS float8[]),
      CAST(:coverage AS float8[]), CAST(:route AS int[]), CAST(:version AS uuid[]), CAST(:missing AS text[]),
      CAST(:recent AS text[]), CAST(:below AS int[]))
      AS u (id, last, value, coverage, route, version, missing, recent, below)
    ON CONFLICT (tenant_id, id) DO UPDATE SET
      deployed_at = coalesce(h.deployed_at, excluded.deployed_at),
      seen_at = greatest(h.seen_at, excluded.seen_at),
      last_row_at = greatest(h.last_row_at, excluded.last_row_at),
      (value, coverage, route, version, missing) = (SELECT n.* FROM (VALUES
        (excluded.value, excluded.coverage, excluded.route, excluded.version, excluded.missing)) AS n
        WHERE h.last_row_at IS NULL OR excluded.last_row_at >= h.last_row_at
        UNION ALL SELECT h.value, h.coverage, h.route, h.version, h.missing WHERE excluded.last_row_at < h.last_row_at),
      recent = excluded.recent, below = excluded.below
""")
# An alarm in reach is one that the case still waits for: it is on, or not long cleared.
_END_CASES = text("""
    UPDATE alarm_case c SET closed_at = :seen
    FROM unnest(CAST(:assets AS uuid[]), CAST(:raised AS timestamptz[])) AS u (asset, raised)
    WHERE c.asset_id = u.asset AND c.closed_at IS NULL AND NOT c.waits
      AND NOT EXISTS (SELECT FROM alarm a WHERE a.tenant_id = c.tenant_id AND a.case_id = c.id
        AND (a.cleared_at IS NULL OR a.cleared_at > u.raised - CAST(:quiet AS interval)))
    RETURNING c.id
""")
_REOPEN_CASES = text("""
    UPDATE alarm_case c SET closed_at = NULL, closed_by = NULL, closed_because = NULL
    FROM unnest(CAST(:assets AS uuid[]), CAST(:raised AS timestamptz[])) AS u (asset, raised)
    WHERE c.id = (SELECT k.id FROM alarm_case k WHERE k.asset_id = u.asset ORDER BY k.opened_at DESC, k.id DESC LIMIT 1)
      AND NOT EXISTS (SELECT FROM alarm_case k WHERE k.asset_id = u.asset AND k.closed_at IS NULL)
      AND EXISTS (SELECT FROM alarm a WHERE a.tenant_id = c.tenant_id AND a.case_id = c.id
        AND a.cleared_at > u.raised - CAST(:quiet AS interval) AND a.raised_at < u.raised + CAST(:quiet AS interval))
    RETURNING c.id
""")
# The update changes nothing: it holds the case, so that nobody closes it before the alarm is in it.
_OPEN_CASES = text("""
    INSERT INTO alarm_case (tenant_id, id, asset_id, title, opened_at, waits)
    SELECT :tenant, u.id, u.asset, :title, u.raised, false FROM unnest(CAST(:ids AS uuid[]), CAST(:assets AS uuid[]),
      CAST(:raised AS timestamptz[])) AS u (id, asset, raised)
    ON CONFLICT (tenant_id, asset_id) WHERE closed_at IS NULL DO UPDATE SET closed_at = NULL
    RETURNING id
""")
_QUIET_CASES = text("""
    SELECT c.id FROM alarm_case c WHERE c.closed_at IS NULL AND NOT c.waits AND NOT EXISTS (
      SELECT FROM alarm a WHERE a.tenant_id = c.tenant_id AND a.case_id = c.id
        AND (a.cleared_at IS NULL OR a.cleared_at > :since))
    FOR UPDATE OF c SKIP LOCKED
""")
_CLOSE_QUIET = text("""
    UPDATE alarm_case c SET closed_at = :now WHERE c.id = ANY(:ids) AND NOT c.waits AND NOT EXISTS (
      SELECT FROM alarm a WHERE a.tenant_id = c.tenant_id AND a.case_id = c.id
        AND (a.cleared_at IS NULL OR a.cleared_at > :since))
    RETURNING c.id
""")
_MATTERS = text("""
    SELECT c.id, c.asset_id, c.opened_at, c.closed_at, a.raised_at, a.id FROM alarm_case c
    LEFT JOIN LATERAL (SELECT f.raised_at, f.id FROM alarm f WHERE f.tenant_id = c.tenant_id AND f.case_id = c.id
      ORDER BY f.id LIMIT 1) a ON true
    WHERE c.asset_id = ANY(CAST(:assets AS uuid[]))
""")
_RAISE = text("""
    INSERT INTO alarm (tenant_id, id, asset_id, case_id, rule, state, raised_at, cleared_at, cleared_because, peak, top,
      shelved_until, muted_by)
    SELECT :tenant, u.id, u.asset, c.id, :rule, CASE WHEN u.cleared IS NOT NULL THEN 'cleared' WHEN m.muted_by IS NULL
      THEN 'active' ELSE 'shelved' END, u.raised, u.cleared, CASE WHEN u.cleared IS NOT NULL THEN 'recovered' END,
      u.peak, CAST(u.top AS jsonb), CASE WHEN u.cleared IS NULL THEN m.muted_until END, m.muted_by
    FROM unnest(CAST(:ids AS uuid[]), CAST(:assets AS uuid[]), CAST(:raised AS timestamptz[]),
      CAST(:cleared AS timestamptz[]), CAST(:peak AS float8[]), CAST(:top AS text[]))
      AS u (id, asset, raised, cleared, peak, top)
    JOIN alarm_case c ON c.asset_id = u.asset AND c.closed_at IS NULL
    LEFT JOIN asset_health m ON m.id = u.asset AND m.muted_until > :seen
""")
_GO_ON = text("""
    UPDATE alarm SET peak = greatest(alarm.peak, u.peak), cleared_at = u.cleared,
      state = CASE WHEN u.cleared IS NULL THEN alarm.state ELSE 'cleared' END,
      cleared_because = CASE WHEN u.cleared IS NOT NULL THEN 'recovered' END
    FROM unnest(CAST(:ids AS uuid[]), CAST(:cleared AS timestamptz[]), CAST(:peak AS float8[])) AS u (id, cleared, peak)
    WHERE alarm.id = u.id AND (u.cleared IS NOT NULL OR u.peak > alarm.peak)
""")
_KNOW = text("""
    INSERT INTO asset_health (tenant_id, id, contract_id, silent_after_s, missing, recent, below)
    SELECT :tenant, u.id, u.contract, u.silent, '', '', 0 FROM unnest(CAST(:ids AS uuid[]), CAST(:contracts AS uuid[]),
      CAST(:silent AS float8[])) AS u (id, contract, silent)
    ON CONFLICT (tenant_id, id) DO NOTHING
""")


_FLOODS = text("""
    SELECT a.asset_id, (array_agg(a.id ORDER BY a.raised_at DESC, a.id DESC))[1], max(a.raised_at), count(*)
    FROM alarm a
    LEFT JOIN unnest(CAST(:assets AS uuid[]), CAST(:moments AS timestamptz[])) AS t (asset, moment)
      ON t.asset = a.asset_id
    WHERE a.raised_at > :since AND (t.moment IS NULL OR a.raised_at > t.moment)
    GROUP BY a.asset_id HAVING count(*) >= :least ORDER BY a.asset_id
""")


@dataclass(frozen=True, slots=True)
class Watched:
    """An asset's counters before a block."""

    id: str
    recent: str = ""
    below: int = 0
    rebased_at: datetime | None = None
    alarm_id: UUID | None = None
    muted_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Gathered:
    """The alarms of a case."""

    alarms: int
    on: int
    last_cleared_at: datetime | None


_NOTHING = Gathered(0, 0, None)


@dataclass(frozen=True, slots=True)
class CaseNews:
    """Cases that new alarms opened or opened again, and those that were quiet for too long to take them."""

    opened: Sequence[UUID]
    closed: Sequence[UUID]


def cases_in(states: Collection[CaseState]) -> ColumnElement[bool]:
    """Cases in one of these states."""
    is_open = col(CaseRow.closed_at).is_(None)
    on = exists().where(
        col(AlarmRow.tenant_id) == CaseRow.tenant_id,
        col(AlarmRow.case_id) == CaseRow.id,
        col(AlarmRow.cleared_at).is_(None),
    )
    on |= col(CaseRow.waits)
    parts = {CaseState.OPEN: is_open & on, CaseState.CLEARED: is_open & ~on, CaseState.CLOSED: ~is_open}
    if set(states) == OPEN_CASES:
        return is_open
    return or_(false(), *(parts[state] for state in states))


class Watch:
    """What the rules read and write, a block at a time."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.session = uow.session

    async def _run(self, statement: Any, **values: Any) -> Any:
        return await self.session.execute(statement, values)

    async def lock_cursor(self) -> int:
        """How far scores were taken in; nobody else takes any until this transaction ends."""
        first = insert(CursorRow).values(tenant_id=self.uow.tenant, id=self.uow.tenant, sequence=0)
        await self.session.execute(first.on_conflict_do_nothing())
        return (await self.session.exec(select(CursorRow.sequence).with_for_update())).one()

    async def move_cursor(self, sequence: int) -> None:
        await self.session.execute(update(CursorRow).values(sequence=sequence))

    async def watched(self, ids: pa.Array) -> list[Watched]:
        """Of each of these ids, texts, in their order; one that is not known yet has seen nothing."""
        known = {row[0]: row for row in await self._run(_WATCHED, ids=array_text(ids))}
        return [Watched(*known.get(id_, (id_,))) for id_ in ids.to_pylist()]

    async def seen(self, columns: Mapping[str, pa.Array | pa.ChunkedArray], **common: Any) -> None:
        """Upserts one row an asset; names are those of the statement."""
        texts = {name: array_text(values) for name, values in columns.items()}
        await self._run(_SEEN, tenant=self.uow.tenant, **texts, **common)

    async def raise_alarms(self, rule: str, title: str, seen: datetime, **columns: Any) -> CaseNews:
        """New alarms, each in its asset's open case. A case that was quiet too long for it ends at `seen`; one that was
        not is opened again; else there is a new one. Answers what became of cases."""
        case_ids, first = columns.pop("case_ids"), dict[UUID, tuple[UUID, datetime]]()
        for case_id, asset, raised in zip(case_ids, columns["assets"], columns["raised"], strict=True):
            first.setdefault(asset, (case_id, raised))
        cases = {"assets": list(first), "raised": [raised for _, raised in first.values()]}
        closed = await self._run(_END_CASES, seen=seen, quiet=CASE_QUIET, **cases)
        again = await self._run(_REOPEN_CASES, quiet=CASE_QUIET, **cases)
        ids = [case_id for case_id, _ in first.values()]
        there = await self._run(_OPEN_CASES, tenant=self.uow.tenant, title=title, ids=ids, **cases)
        await self._run(_RAISE, tenant=self.uow.tenant, rule=rule, seen=seen, **columns)
        new = sorted({row[0] for row in there} & set(ids))
        return CaseNews(opened=[row[0] for row in again] + new, closed=[row[0] for row in closed])

    async def go_on(self, ids: list[UUID], cleared: list[datetime | None], peak: list[float]) -> None:
        """Alarms that were on before the block: their peaks, and which of them are cleared."""
        await self._run(_GO_ON, ids=ids, cleared=cleared, peak=peak)

    async def know(self, assets: Mapping[UUID, tuple[UUID, float]]) -> None:
        """Adds assets (contract, seconds until they count as silent) that are not known yet."""
        contracts, silent = [c for c, _ in assets.values()], [s for _, s in assets.values()]
        await self._run(_KNOW, tenant=self.uow.tenant, ids=list(assets), contracts=contracts, silent=silent)

    async def deployed(self, ids: Sequence[UUID], now: datetime) -> None:
        mine = col(HealthRow.id).in_(ids) & col(HealthRow.deployed_at).is_(None)
        await self.session.execute(update(HealthRow).where(mine).values(deployed_at=now))

    async def set_silence(self, contract_id: UUID, seconds: float) -> None:
        mine = update(HealthRow).where(col(HealthRow.contract_id) == contract_id)
        await self.session.execute(mine.values(silent_after_s=seconds))

    async def unshelve_due(self, now: datetime) -> list[AlarmRow]:
        """Brings alarms back whose shelf has ended."""
        due = select(AlarmRow).where(AlarmRow.state == AlarmState.SHELVED.value, col(AlarmRow.shelved_until) <= now)
        rows = list(await self.session.exec(due.with_for_update(skip_locked=True)))
        for row in rows:
            row.state = (AlarmState.ACKNOWLEDGED if row.acknowledged_at else AlarmState.ACTIVE).value
            row.shelved_until = None
        return rows

    async def close_quiet(self, now: datetime) -> list[UUID]:
        """Closes cases that were quiet long enough; returns which. They are held before they are looked at again, so
        that an alarm that comes at this moment is seen."""
        since = now - CASE_QUIET
        ids = [row[0] for row in await self._run(_QUIET_CASES, since=since)]
        return [row[0] for row in await self._run(_CLOSE_QUIET, ids=ids, now=now, since=since)] if ids else []


class HealthSeen(NamedTuple):
    asset_id: UUID
    health: str
    contract_id: UUID
    missing: str
    """Positions of signals, with commas."""
    last_row_at: datetime | None
    value: float | None
    coverage: float | None
    version: UUID | None


class Alarms:
    """What people ask and do."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.session = uow.session

    async def health(self, ids: Sequence[UUID], now: datetime) -> list[HealthSeen]:
        """Of those that were ever seen or deployed."""
        return [HealthSeen(*row) for row in await self.session.execute(_HEALTH_OF, {"ids": list(ids), "now": now})]

    async def counts(self, now: datetime) -> dict[Health, int]:
        return {Health(row[0]): row[1] for row in await self.session.execute(_COUNTS, {"now": now})}

    def assets_in(self, health: Health, now: datetime) -> IdSet:
        found = text(f"SELECT h.id FROM asset_health h WHERE {_IS[health]}")  # noqa: S608 constant text
        bound = found if health is Health.NO_MODEL else found.bindparams(now=now)
        return IdSet(bound.columns(column("id")))

    def shelved(self, now: datetime) -> IdSet:
        conditions = AlarmRow.state == AlarmState.SHELVED.value, col(AlarmRow.shelved_until) > now
        return IdSet(select(AlarmRow.id).where(col(AlarmRow.cleared_at).is_(None), *conditions))

    async def health_rows(self, ids: Sequence[UUID]) -> list[HealthRow]:
        return list(await self.session.exec(select(HealthRow).where(col(HealthRow.id).in_(ids))))

    async def alarms(self, ids: Collection[UUID]) -> list[AlarmRow]:
        return list(await self.session.exec(select(AlarmRow).where(among(col(AlarmRow.id), ids))))

    async def floods(self, least: int, since: datetime, told: Mapping[UUID, datetime]) -> list[Flood]:
        known = {"least": least, "since": since, "assets": list(told), "moments": list(told.values())}
        return [Flood(*row) for row in await self.session.execute(_FLOODS, known)]

    async def alarm(self, alarm_id: UUID) -> AlarmRow | None:
        statement = select(AlarmRow).where(AlarmRow.id == alarm_id).with_for_update()
        return (await self.session.exec(statement)).one_or_none()

    async def page(
        self,
        asset_id: UUID | None,
        states: Iterable[AlarmState] | None,
        now: datetime,
        first: int,
        after: UUID | None,
        case_id: UUID | None = None,
    ) -> list[AlarmRow]:
        """Newest first (ids are in the order of raising), below the id `after`."""
        statement = select(AlarmRow).order_by(col(AlarmRow.id).desc()).limit(first)
        if asset_id is not None:
            statement = statement.where(AlarmRow.asset_id == asset_id)
        if case_id is not None:
            statement = statement.where(AlarmRow.case_id == case_id)
        if states is not None:
            shelved = (col(AlarmRow.state) == AlarmState.SHELVED.value) & (col(AlarmRow.shelved_until) <= now)
            wanted = [state.value for state in states]
            if AlarmState.CLEARED.value not in wanted:
                statement = statement.where(col(AlarmRow.cleared_at).is_(None))  # the index `alarm_page`
            matches = col(AlarmRow.state).in_(wanted) & ~shelved
            for state, acknowledged in ((AlarmState.ACTIVE, False), (AlarmState.ACKNOWLEDGED, True)):
                if state.value in wanted:
                    matches |= shelved & (col(AlarmRow.acknowledged_at).is_not(None) == acknowledged)
            statement = statement.where(matches)
        if after is not None:
            statement = statement.where(col(AlarmRow.id) < after)
        return list(await self.session.exec(statement))

    async def case(self, case_id: UUID) -> CaseRow | None:
        statement = select(CaseRow).where(CaseRow.id == case_id).with_for_update()
        return (await self.session.exec(statement)).one_or_none()

    async def cases(
        self, *conditions: ColumnElement[bool], first: int | None = None, after: UUID | None = None
    ) -> list[tuple[CaseRow, Gathered]]:
        """Cases with what they gathered, newest first (ids are in the order of opening), below the id `after`."""
        if after is not None:
            conditions += (col(CaseRow.id) < after,)
        statement = select(CaseRow).where(*conditions).order_by(col(CaseRow.id).desc()).limit(first)
        rows = list(await self.session.exec(statement))
        gathered = await self._gathered([row.id for row in rows])
        return [(row, gathered.get(row.id, _NOTHING)) for row in rows]

    async def matters(self, asset_ids: Collection[UUID]) -> list[Matter]:
        return [Matter(*row) for row in await self.session.execute(_MATTERS, {"assets": list(asset_ids)})]

    async def _gathered(self, case_ids: Sequence[UUID]) -> dict[UUID, Gathered]:
        alarm, cleared_at = col(AlarmRow.case_id), col(AlarmRow.cleared_at)
        statement = (
            select(alarm, func.count(), func.count(cleared_at), func.max(cleared_at))
            .where(alarm.in_(case_ids))
            .group_by(alarm)
        )
        found = await self.session.exec(statement)
        return {id_: Gathered(alarms, alarms - cleared, last) for id_, alarms, cleared, last in found}

    async def open_alarms_of(self, case_id: UUID) -> int:
        statement = select(func.count(col(AlarmRow.id))).where(
            AlarmRow.case_id == case_id, col(AlarmRow.cleared_at).is_(None)
        )
        return (await self.session.exec(statement)).one()
