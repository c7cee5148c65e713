"""Every query of drift, on a tenant-bound unit of work. Sets of assets; none grows in number with them.

When a signal drifts is decided in the database, where its last look is: so a look is one statement for all signals of
all assets, and one that another worker wrote meanwhile is left as it is.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, text, tuple_
from sqlmodel import col, select

from services.drift.contracts import SCORE, DriftOrder, DriftState, HeldDrift
from services.drift.look import Looked, Referred
from services.drift.tables import LookRow, ReferenceRow, SignalRow
from services.kernel.arrays import among, array_text
from services.kernel.idset import IdSet
from services.kernel.uow import UnitOfWork

LOOKS = 2
"""In a row over the limit, and it is drift: one may be a bad hour."""
BELOW = 0.8
"""Share of its limit under which a signal's drift ends, so that one at the limit does not come and go."""

_REFER = text("""
    INSERT INTO drift_reference (tenant_id, id, version_id, contract_version, length_s, start, "end", signals, score)
    SELECT :tenant, u.* FROM unnest(CAST(:assets AS uuid[]), CAST(:versions AS uuid[]), CAST(:contracts AS int[]),
      CAST(:lengths AS int[]), CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]),
      CAST(:signals AS bytea[]), CAST(:scores AS bytea[])) AS u
    ORDER BY 2
    ON CONFLICT (tenant_id, id) DO UPDATE SET version_id = excluded.version_id,
      contract_version = excluded.contract_version, length_s = excluded.length_s, start = excluded.start,
      "end" = excluded."end", signals = excluded.signals, score = excluded.score
""")
_SIGNALS = text("""
    INSERT INTO drift_signal AS d (tenant_id, asset_id, signal, version_id, looked_at, state, finding, figure, "limit",
      over, since, rows, before_low, before_median, before_high, now_low, now_median, now_high, unit)
    SELECT :tenant, u.asset, u.signal, u.version, :now, CASE WHEN u.figure IS NULL THEN 'silent' ELSE 'sound' END,
      u.finding, u.figure, u.most, CASE WHEN u.figure > u.most THEN 1 ELSE 0 END, NULL, u.rows, u.b1, u.b2, u.b3,
      u.n1, u.n2, u.n3, u.unit
    FROM unnest(CAST(:assets AS uuid[]), CAST(:signals AS text[]), CAST(:versions AS uuid[]),
      CAST(:findings AS text[]), CAST(:figures AS float8[]), CAST(:limits AS float8[]), CAST(:rows AS int[]),
      CAST(:b1 AS float8[]), CAST(:b2 AS float8[]), CAST(:b3 AS float8[]), CAST(:n1 AS float8[]),
      CAST(:n2 AS float8[]), CAST(:n3 AS float8[]), CAST(:units AS text[]))
      AS u (asset, signal, version, finding, figure, most, rows, b1, b2, b3, n1, n2, n3, unit)
    ORDER BY u.asset, u.signal
    ON CONFLICT (tenant_id, asset_id, signal) DO UPDATE SET
      (version_id, looked_at, finding, figure, "limit", rows, before_low, before_median, before_high, now_low,
        now_median, now_high, unit, over, state, since) = (
        SELECT excluded.version_id, excluded.looked_at, excluded.finding, excluded.figure, excluded."limit",
          excluded.rows, excluded.before_low, excluded.before_median, excluded.before_high, excluded.now_low,
          excluded.now_median, excluded.now_high, excluded.unit, o.over,
          CASE WHEN drifts THEN 'drift' ELSE excluded.state END,
          CASE WHEN drifts THEN coalesce(CASE WHEN h.held THEN d.since END, excluded.looked_at) END
        FROM (SELECT d.version_id = excluded.version_id AND d.state = 'drift' AS held) h,
          LATERAL (SELECT CASE WHEN excluded.over = 0 THEN 0 WHEN d.version_id = excluded.version_id THEN d.over + 1
            ELSE 1 END AS over) o,
          LATERAL (SELECT coalesce(o.over >= :looks OR h.held AND excluded.figure > :below * excluded."limit", false)
            AS drifts) s)
    WHERE d.looked_at <= :due
""")
_LOOKS = text("""
    INSERT INTO drift_look AS l (tenant_id, id, version_id, looked_at, start, "end", reference_start, reference_end,
      rows, drifting, score_drifts, worst, since, signals_since, looks)
    SELECT :tenant, u.asset, u.version, :now, u.start, :stop, u.reference_start, u.reference_end, u.rows,
      coalesce(s.drifting, 0), coalesce(s.score, false), coalesce(s.worst, 0),
      CASE WHEN s.worst IS NOT NULL THEN CAST(:now AS timestamptz) END,
      CASE WHEN s.drifting > 0 THEN CAST(:now AS timestamptz) END, CASE WHEN s.drifting > 0 THEN 1 ELSE 0 END
    FROM unnest(CAST(:assets AS uuid[]), CAST(:versions AS uuid[]), CAST(:starts AS timestamptz[]),
      CAST(:reference_starts AS timestamptz[]), CAST(:reference_ends AS timestamptz[]), CAST(:rows AS int[]))
      AS u (asset, version, start, reference_start, reference_end, rows)
    LEFT JOIN (
      SELECT asset_id, count(*) FILTER (WHERE signal <> :score) AS drifting, bool_or(signal = :score) AS score,
        max(figure / "limit") AS worst
      FROM drift_signal WHERE asset_id = ANY(CAST(:assets AS uuid[])) AND state = 'drift' GROUP BY asset_id
    ) s ON s.asset_id = u.asset
    ORDER BY u.asset
    ON CONFLICT (tenant_id, id) DO UPDATE SET version_id = excluded.version_id, looked_at = excluded.looked_at,
      start = excluded.start, "end" = excluded."end", reference_start = excluded.reference_start,
      reference_end = excluded.reference_end, rows = excluded.rows, drifting = excluded.drifting,
      score_drifts = excluded.score_drifts, worst = excluded.worst,
      since = CASE WHEN excluded.since IS NULL OR l.version_id <> excluded.version_id THEN excluded.since
        ELSE coalesce(l.since, excluded.since) END,
      signals_since = CASE WHEN excluded.signals_since IS NULL OR l.version_id <> excluded.version_id
        THEN excluded.signals_since ELSE coalesce(l.signals_since, excluded.signals_since) END,
      looks = CASE WHEN excluded.looks = 0 THEN 0 WHEN l.version_id = excluded.version_id THEN l.looks + 1 ELSE 1 END
    WHERE l.looked_at <= :due
    RETURNING l.id, l.since IS NOT NULL
""")


class Drifts:
    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.session = uow.session

    async def due(self, championed: IdSet, due: datetime, most: int) -> list[UUID]:
        """Assets of the set that were not looked at since `due`: those that never were first, then the longest ago."""
        of = championed.statement.subquery()
        asset = next(iter(of.c))
        statement = select(asset).outerjoin(LookRow, col(LookRow.id) == asset)
        late = or_(col(LookRow.looked_at).is_(None), col(LookRow.looked_at) <= due)
        order = col(LookRow.looked_at).asc().nulls_first()
        return list((await self.session.execute(statement.where(late).order_by(order, asset).limit(most))).scalars())

    async def forget(self, championed: IdSet) -> None:
        """Removes what is known of assets that have no champion any more."""
        of = championed.statement
        await self.session.execute(delete(SignalRow).where(col(SignalRow.asset_id).not_in(of)))
        for table in (LookRow, ReferenceRow):
            await self.session.execute(delete(table).where(col(table.id).not_in(of)))

    async def references(self, asset_ids: Collection[UUID]) -> dict[UUID, ReferenceRow]:
        found = await self.session.exec(select(ReferenceRow).where(among(col(ReferenceRow.id), asset_ids)))
        return {row.id: row for row in found}

    async def refer(self, made: Sequence[Referred]) -> None:
        columns = {
            "assets": [one.asset_id for one in made],
            "versions": [one.version_id for one in made],
            "contracts": [one.contract_version for one in made],
            "lengths": [one.length for one in made],
            "starts": [one.start for one in made],
            "ends": [one.end for one in made],
            "signals": [one.signals for one in made],
            "scores": [one.score for one in made],
        }
        await self.session.execute(_REFER, columns | {"tenant": self.uow.tenant})

    async def write(self, looked: Looked, now: datetime, due: datetime) -> tuple[list[UUID], list[UUID]]:
        """(assets that drift since this look, assets that do no more). What another worker looked at meanwhile is left
        as it is."""
        ids = [one.asset_id for one in looked.subjects]
        mine = among(col(LookRow.id), ids)
        locked = select(LookRow.id, LookRow.since).where(mine).order_by(col(LookRow.id)).with_for_update()
        before = {row[0] for row in await self.session.execute(locked) if row[1] is not None}
        common = {"tenant": self.uow.tenant, "now": now, "due": due}
        found: dict[str, Any] = {name: array_text(values) for name, values in looked.columns().items()}
        await self.session.execute(_SIGNALS, found | common | {"looks": LOOKS, "below": BELOW})
        gone = delete(SignalRow).where(among(col(SignalRow.asset_id), ids), col(SignalRow.looked_at) <= due)
        await self.session.execute(gone)
        columns = {
            "assets": ids,
            "versions": [one.version_id for one in looked.subjects],
            "starts": looked.starts,
            "reference_starts": [one.start for one in looked.subjects],
            "reference_ends": [one.end for one in looked.subjects],
            "rows": looked.rows.tolist(),
        }
        written = await self.session.execute(_LOOKS, columns | common | {"stop": looked.end, "score": SCORE})
        after = {row[0]: row[1] for row in written}
        return (
            sorted(id_ for id_, drifts in after.items() if drifts and id_ not in before),
            sorted(id_ for id_, drifts in after.items() if not drifts and id_ in before),
        )

    async def looks(self, asset_ids: Collection[UUID]) -> list[LookRow]:
        return list(await self.session.exec(select(LookRow).where(among(col(LookRow.id), asset_ids))))

    async def signals(self, asset_ids: Collection[UUID]) -> list[SignalRow]:
        """Those that drift first, the furthest beyond its limit first; then those that are sound, then the silent."""
        drifts = col(SignalRow.state) == DriftState.DRIFT.value
        beyond = (col(SignalRow.figure) / col(SignalRow.limit)).desc().nulls_last()
        statement = select(SignalRow).where(among(col(SignalRow.asset_id), asset_ids))
        return list(await self.session.exec(statement.order_by(drifts.desc(), beyond, col(SignalRow.signal))))

    async def page(
        self, order: DriftOrder, signal: str | None, first: int, after: tuple[Any, UUID] | None
    ) -> list[LookRow]:
        key = col(LookRow.worst) if order is DriftOrder.FIGURE else col(LookRow.since)
        statement = select(LookRow).where(col(LookRow.since).is_not(None))
        if signal is not None:
            of = select(SignalRow.asset_id).where(SignalRow.signal == signal, SignalRow.state == DriftState.DRIFT.value)
            statement = statement.where(col(LookRow.id).in_(of))
        if after is not None:
            statement = statement.where(tuple_(key, col(LookRow.id)) < after)
        return list(await self.session.exec(statement.order_by(key.desc(), col(LookRow.id).desc()).limit(first)))

    def drifting(self) -> IdSet:
        return IdSet(select(col(LookRow.id)).where(col(LookRow.since).is_not(None)))  # pyright: ignore[reportArgumentType]

    async def held(self, looks: int, since: datetime) -> list[HeldDrift]:
        """Signals drift for at least so many looks, of which the last was after `since`."""
        statement = select(LookRow).where(
            LookRow.looks >= looks, LookRow.looked_at > since, col(LookRow.signals_since).is_not(None)
        )
        return [
            HeldDrift(row.id, row.version_id, row.signals_since, row.looks)
            for row in await self.session.exec(statement.order_by(col(LookRow.id)))
            if row.signals_since is not None
        ]
