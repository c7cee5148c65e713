"""Lines, worst first: how each is, and which machines hold it.

A line is as its worst machine is. Machines with an alarm hold it first, the earliest alarm before the others; then
those that are silent, then those that are blind. What a machine is, `repository.HEALTH` says, here as everywhere.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, bindparam, column, text

from services.kernel.idset import Places
from services.kernel.uow import UnitOfWork
from services.monitoring.contracts import Health, Holder, Line
from services.monitoring.repository import HEALTH

HOLDERS = 5
"""Machines that a line names; all are counted."""
_WORST_FIRST = list(Health)
_HOLDS = _WORST_FIRST.index(Health.BLIND) + 1
_COLUMNS = ("line_id", "site", "line", "worst", "counts", "holders", "ranks", "sinces")
_COUNTS = ", ".join(f"count(*) FILTER (WHERE rank = {rank + 1})" for rank in range(len(_WORST_FIRST)))


def _first(value: str) -> str:
    """Of the machines that hold a line, in the order in which they do."""
    return f"(array_agg({value} ORDER BY rank, since, asset_id) FILTER (WHERE rank <= {_HOLDS}))[1:{HOLDERS}]"


_LINES = f"""
    SELECT line_id, site, line, min(rank) AS worst, ARRAY[{_COUNTS}] AS counts,
      {_first("asset_id")} AS holders, {_first("rank")} AS ranks, {_first("since")} AS sinces
    FROM (
      SELECT p.line_id, p.site, p.line, p.asset_id, coalesce(a.raised_at, w.last_row_at) AS since,
        array_position(:healths, coalesce(w.health, 'no_model')) AS rank
      FROM placed p
      LEFT JOIN (SELECT h.id, h.last_row_at, {HEALTH} AS health FROM asset_health h) w ON w.id = p.asset_id
      LEFT JOIN alarm a ON a.asset_id = p.asset_id AND a.cleared_at IS NULL AND w.health = 'alarm'
    ) AS machine
    GROUP BY line_id, site, line
    HAVING CAST(:rank AS integer) IS NULL
      OR (min(rank), site, line, line_id) > (:rank, CAST(:site AS text), CAST(:line AS text), CAST(:id AS uuid))
    ORDER BY min(rank), site, line, line_id LIMIT :first
"""  # noqa: S608 constant text

After = tuple[int, str, str, UUID]
"""Where a page ended: `Line.place`."""


async def page(uow: UnitOfWork, places: Places, now: datetime, first: int, after: After | None) -> list[Line]:
    """One statement, however many machines."""
    rank, site, line, id_ = after or (None, None, None, None)
    statement = (
        text(_LINES)
        .bindparams(bindparam("healths", [health.value for health in _WORST_FIRST], ARRAY(Text)))
        .bindparams(now=now, rank=rank, site=site, line=line, id=id_, first=first)
        .columns(*(column(name) for name in _COLUMNS))
        .add_cte(places.statement.cte("placed"))
    )
    return [_line(row) for row in await uow.session.execute(statement)]


def _line(row: Any) -> Line:
    line_id, site, line, worst, counts, holders, ranks, sinces = row
    held = zip(holders or (), ranks or (), sinces or (), strict=True)
    return Line(
        id=line_id,
        site=site,
        line=line,
        health=_WORST_FIRST[worst - 1],
        counts=dict(zip(_WORST_FIRST, counts, strict=True)),
        holders=tuple(Holder(asset_id, _WORST_FIRST[rank - 1], since) for asset_id, rank, since in held),
        place=(worst, site, line, line_id),
    )
