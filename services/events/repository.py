"""Every query of events and regimes, on a tenant-bound unit of work. None grows in number with assets or events."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, text, tuple_
from sqlmodel import col

from services.events.contracts import Event, EventQuery, Part, Recovery, Standing
from services.events.model import Cut
from services.events.tables import EventTable, RegimeTable, RevisionTable
from services.kernel.arrays import among
from services.kernel.idset import IdSet
from services.kernel.uow import UnitOfWork

_RECORD = text("""
    INSERT INTO event (tenant_id, id, asset_id, kind, time, "end", note, part, begins_regime, source, recorded_by,
      recorded_at, corrections)
    SELECT :tenant, u.id, u.asset_id, u.kind, u.time, u."end", u.note, u.part, u.begins_regime, u.source,
      u.recorded_by, u.recorded_at, 0
    FROM unnest(CAST(:id AS uuid[]), CAST(:asset_id AS uuid[]), CAST(:kind AS text[]), CAST(:time AS timestamptz[]),
      CAST(:end AS timestamptz[]), CAST(:note AS text[]), CAST(:part AS text[]), CAST(:begins_regime AS boolean[]),
      CAST(:source AS text[]), CAST(:recorded_by AS text[]), CAST(:recorded_at AS timestamptz[]))
      AS u (id, asset_id, kind, time, "end", note, part, begins_regime, source, recorded_by, recorded_at)
""")
_RECORDED = (
    "id", "asset_id", "kind", "time", "end", "note", "part", "begins_regime", "source", "recorded_by", "recorded_at",
)  # fmt: skip
_FORGET = text("DELETE FROM regime WHERE id = ANY(:ids)")
# A regime whose start moved keeps its recovery until who knows models has looked again.
_DERIVE = text("""
    INSERT INTO regime AS r (tenant_id, id, asset_id, start, "end", recovery, recovery_since)
    SELECT :tenant, u.id, u.asset_id, u.start, u."end", :needs, :now
    FROM unnest(CAST(:ids AS uuid[]), CAST(:assets AS uuid[]), CAST(:starts AS timestamptz[]),
      CAST(:ends AS timestamptz[])) AS u (id, asset_id, start, "end")
    ON CONFLICT (tenant_id, id) DO UPDATE SET start = excluded.start, "end" = excluded."end"
""")
_STAND = text("""
    UPDATE regime r SET recovery = u.recovery, version_id = u.version_id,
      recovery_since = CASE WHEN r.recovery = u.recovery THEN r.recovery_since ELSE :now END
    FROM unnest(CAST(:assets AS uuid[]), CAST(:recoveries AS text[]), CAST(:versions AS uuid[]))
      AS u (asset_id, recovery, version_id)
    WHERE r.asset_id = u.asset_id AND r."end" IS NULL
      AND (r.recovery, r.version_id) IS DISTINCT FROM (u.recovery, u.version_id)
    RETURNING r.asset_id
""")
_PARTS = text("""
    SELECT part, count(*), (array_agg(begins_regime ORDER BY time DESC, id DESC))[1] FROM event
    WHERE part IS NOT NULL AND retracted_at IS NULL
    GROUP BY part ORDER BY bool_or(asset_id = :asset) DESC, count(*) DESC, part LIMIT :first
""")


class Events:
    """What people said."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.session = uow.session

    async def lock(self) -> None:
        """One writer of events a tenant, until the end of the transaction: regimes are derived from all of them."""
        await self.session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:tenant, 2))"), {"tenant": str(self.uow.tenant)}
        )

    async def record(self, events: Sequence[Event]) -> None:
        """In one statement, so that the audit trail is written once."""
        columns = {name: [getattr(event, name) for event in events] for name in _RECORDED}
        await self.session.execute(_RECORD, {"tenant": self.uow.tenant, **columns})

    async def one(self, event_id: UUID) -> EventTable | None:
        return await self.session.get(EventTable, (self.uow.tenant, event_id), populate_existing=True)

    async def by_ids(self, ids: Collection[UUID]) -> list[EventTable]:
        return list(await self.session.scalars(select(EventTable).where(among(col(EventTable.id), ids))))

    async def of(self, asset_ids: Collection[UUID], *conditions: ColumnElement[bool], first: int | None = None):
        """Events of these assets, newest first."""
        statement = select(EventTable).where(among(col(EventTable.asset_id), asset_ids), *conditions)
        newest = (col(EventTable.time).desc(), col(EventTable.id).desc())
        return list(await self.session.scalars(statement.order_by(*newest).limit(first)))

    async def page(self, query: EventQuery) -> list[EventTable]:
        key = (col(EventTable.time), col(EventTable.id))
        statement = select(EventTable).order_by(*(part.desc() for part in key)).limit(query.first)
        if query.asset_id is not None:
            statement = statement.where(col(EventTable.asset_id) == query.asset_id)
        if query.kinds is not None:
            statement = statement.where(col(EventTable.kind).in_([kind.value for kind in query.kinds]))
        if not query.retracted:
            statement = statement.where(col(EventTable.retracted_at).is_(None))
        if query.after is not None:
            statement = statement.where(tuple_(*key) < tuple_(*query.after))
        return list(await self.session.scalars(statement))

    async def revisions(self, event_ids: Collection[UUID]) -> list[RevisionTable]:
        """Newest first, of each event."""
        mine = select(RevisionTable).where(among(col(RevisionTable.event_id), event_ids))
        return list(await self.session.scalars(mine.order_by(col(RevisionTable.number).desc())))

    async def parts(self, asset_id: UUID | None, first: int) -> list[Part]:
        found = await self.session.execute(_PARTS, {"asset": asset_id, "first": first})
        return [Part(*row) for row in found]


def between(start: datetime | None, end: datetime | None) -> list[ColumnElement[bool]]:
    """Events with start ≤ time < end; labels that reach into it."""
    conditions: list[ColumnElement[bool]] = []
    if start is not None:
        conditions.append(or_(col(EventTable.time) >= start, col(EventTable.end) > start))
    if end is not None:
        conditions.append(col(EventTable.time) < end)
    return conditions


class Regimes:
    """What follows from it."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.session = uow.session

    async def of(self, asset_ids: Collection[UUID], *conditions: ColumnElement[bool]) -> list[RegimeTable]:
        """Oldest first, of each asset."""
        mine = select(RegimeTable).where(among(col(RegimeTable.asset_id), asset_ids), *conditions)
        fresh = {"populate_existing": True}  # statements write them, not the session
        return list(await self.session.scalars(mine.order_by(col(RegimeTable.start)), execution_options=fresh))

    async def page(
        self, states: Collection[Recovery] | None, first: int, after: tuple[datetime, UUID] | None
    ) -> list[RegimeTable]:
        """Open ones, the newest first."""
        key = (col(RegimeTable.start), col(RegimeTable.id))
        statement = select(RegimeTable).where(col(RegimeTable.end).is_(None))
        if states is not None:
            statement = statement.where(col(RegimeTable.recovery).in_([state.value for state in states]))
        if after is not None:
            statement = statement.where(tuple_(*key) < tuple_(*after))
        return list(await self.session.scalars(statement.order_by(*(part.desc() for part in key)).limit(first)))

    async def begun(self, since: datetime, until: datetime, known: IdSet) -> list[RegimeTable]:
        """Open ones, oldest first."""
        statement = select(RegimeTable).where(
            col(RegimeTable.end).is_(None),
            col(RegimeTable.start) > since,
            col(RegimeTable.start) <= until,
            col(RegimeTable.id).not_in(known.statement),
        )
        return list(await self.session.scalars(statement.order_by(col(RegimeTable.start), col(RegimeTable.id))))

    async def counts(self) -> dict[Recovery, int]:
        """How many assets' open regimes are in each state."""
        state = col(RegimeTable.recovery)
        statement = select(state, func.count()).where(col(RegimeTable.end).is_(None)).group_by(state)
        return {Recovery(found): number for found, number in await self.session.execute(statement)}

    async def derive(self, asset_ids: Collection[UUID], cuts: Sequence[Cut], now: datetime) -> list[UUID]:
        """Makes the rows of these assets what follows from their events; answers the assets for which that is new."""
        before = {row.id: row for row in await self.of(asset_ids)}
        there = {cut.event_id for cut in cuts}
        gone = [row for id_, row in before.items() if id_ not in there]
        new = [cut for cut in cuts if not _says(before.get(cut.event_id), cut)]
        if gone:
            await self.session.execute(_FORGET, {"ids": [row.id for row in gone]})
        if new:
            columns = {
                "ids": [cut.event_id for cut in new],
                "assets": [cut.asset_id for cut in new],
                "starts": [cut.start for cut in new],
                "ends": [cut.end for cut in new],
            }
            needs = Recovery.NEEDS_MODEL.value
            await self.session.execute(_DERIVE, {"tenant": self.uow.tenant, "needs": needs, "now": now, **columns})
        return sorted({row.asset_id for row in gone} | {cut.asset_id for cut in new})

    async def stand(self, standings: Mapping[UUID, Standing], now: datetime) -> list[UUID]:
        """Writes how far open regimes are, by asset; answers the assets for which that is new."""
        columns: Mapping[str, Iterable[Any]] = {
            "assets": list(standings),
            "recoveries": [each.recovery.value for each in standings.values()],
            "versions": [each.version_id for each in standings.values()],
        }
        return sorted((await self.session.scalars(_STAND, {"now": now, **columns})).all())


def _says(row: RegimeTable | None, cut: Cut) -> bool:
    return row is not None and (row.id, row.asset_id, row.start, row.end) == tuple(
        asdict(cut)[name] for name in ("event_id", "asset_id", "start", "end")
    )
