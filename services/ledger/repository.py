"""Every query of the ledger, on a tenant-bound unit of work. None grows in number with assets or loops."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import literal_column, select, text, tuple_
from sqlmodel import col

from services.kernel.arrays import among
from services.kernel.ids import new_id
from services.kernel.uow import UnitOfWork
from services.ledger.contracts import Begin, Loop, LoopEnd, LoopStage, LoopState, Spell, Stay, StepBack
from services.ledger.model import Fact, FactKind, dwell
from services.ledger.tables import FactRow, LoopRow

_NOTE = text("""
    INSERT INTO loop_fact (tenant_id, id, sequence, asset_id, version_id, kind, at)
    SELECT :tenant, u.id, :sequence, u.asset, u.version, :kind, :at
    FROM unnest(CAST(:ids AS uuid[]), CAST(:assets AS uuid[]), CAST(:versions AS uuid[])) AS u (id, asset, version)
    ON CONFLICT (tenant_id, sequence, asset_id) DO NOTHING
""")
_ADD_HANDS_ON = text("""
    INSERT INTO hands_on (tenant_id, id, asset_id, at, seconds)
    SELECT :tenant, u.* FROM unnest(CAST(:ids AS uuid[]), CAST(:assets AS uuid[]), CAST(:times AS timestamptz[]),
      CAST(:seconds AS int[])) AS u
""")
_WITHIN = """hands_on.asset_id = loop.asset_id AND hands_on.at >= loop.noticed_at
      AND hands_on.at < coalesce(loop.ended_at, 'infinity')"""
_FORGET = text("""
    DELETE FROM loop WHERE asset_id = ANY(CAST(:assets AS uuid[])) AND id <> ALL(CAST(:ids AS uuid[]))
""")
_KEEP = text("""
    INSERT INTO loop (tenant_id, id, asset_id, begun_by, changed_at, noticed_at, state, stage, ended_at, "end", live_at,
      version_id, blueprint, stays, steps_back, observe_s, orient_s, decide_s, act_s)
    SELECT :tenant, u.* FROM unnest(CAST(:id AS uuid[]), CAST(:asset_id AS uuid[]), CAST(:begun_by AS text[]),
      CAST(:changed_at AS timestamptz[]), CAST(:noticed_at AS timestamptz[]), CAST(:state AS text[]),
      CAST(:stage AS text[]), CAST(:ended_at AS timestamptz[]), CAST(:end AS text[]), CAST(:live_at AS timestamptz[]),
      CAST(:version_id AS uuid[]), CAST(:blueprint AS text[]), CAST(:stays AS jsonb[]), CAST(:steps_back AS int[]),
      CAST(:observe_s AS float8[]), CAST(:orient_s AS float8[]), CAST(:decide_s AS float8[]), CAST(:act_s AS float8[])
    ) AS u
    ON CONFLICT (tenant_id, id) DO UPDATE SET asset_id = excluded.asset_id, begun_by = excluded.begun_by,
      changed_at = excluded.changed_at, noticed_at = excluded.noticed_at, state = excluded.state,
      stage = excluded.stage, ended_at = excluded.ended_at, "end" = excluded."end", live_at = excluded.live_at,
      version_id = excluded.version_id, blueprint = excluded.blueprint, stays = excluded.stays,
      steps_back = excluded.steps_back, observe_s = excluded.observe_s, orient_s = excluded.orient_s,
      decide_s = excluded.decide_s, act_s = excluded.act_s
""")
_OF = """(CAST(:asset AS uuid) IS NULL OR asset_id = :asset)
      AND (CAST(:blueprint AS text) IS NULL OR blueprint = :blueprint)"""
_SPREAD = """percentile_cont(CAST(ARRAY[0.5, 0.9] AS float8[])) WITHIN GROUP (ORDER BY {0})"""
_STAGES = ("observe_s", "orient_s", "decide_s", "act_s")
_MEASURES = ", ".join(
    [_SPREAD.format(" + ".join(_STAGES))] + [_SPREAD.format(one) for one in _STAGES] + [f"sum({s})" for s in _STAGES]
)
_CLOSED = text(f"""
    SELECT month, count(*), coalesce(sum(steps_back), 0), {_MEASURES},
      count(*) FILTER (WHERE {" + ".join(_STAGES)} <= :first_stated),
      count(*) FILTER (WHERE {" + ".join(_STAGES)} <= :second_stated)
    FROM (SELECT *, date_trunc('month', ended_at, 'UTC') AS month FROM loop
      WHERE state = 'closed' AND ended_at >= :since AND {_OF}) closed
    GROUP BY GROUPING SETS ((), (month)) ORDER BY month NULLS FIRST
""")  # noqa: S608 constant text
_OTHERS = text(f"""
    SELECT state, stage, count(*) FROM loop
    WHERE (state = 'open' OR (state = 'abandoned' AND ended_at >= :since)) AND {_OF} GROUP BY state, stage
""")  # noqa: S608 constant text
_HANDS_ON = text(f"""
    SELECT count(*), percentile_cont(CAST(ARRAY[0.5, 0.9] AS float8[])) WITHIN GROUP (ORDER BY seconds)
    FROM (SELECT (SELECT sum(seconds) FROM hands_on WHERE {_WITHIN}) AS seconds FROM loop
      WHERE state = 'closed' AND ended_at >= :since AND {_OF}) worked
    WHERE seconds IS NOT NULL
""")  # noqa: S608 constant text
_LIVE = text(f"""
    SELECT asset_id, live_at FROM loop WHERE live_at >= :since AND live_at <= :until AND {_OF}
""")  # noqa: S608 constant text
_worked = literal_column(f"(SELECT sum(seconds) FROM hands_on WHERE {_WITHIN})")  # noqa: S608 constant text


@dataclass(frozen=True, slots=True)
class Closed:
    """Closed loops of a month, or of all months where that is None; spreads are (median, p90)."""

    month: datetime | None
    loops: int
    steps_back: int
    total: tuple[float, float] | None
    spreads: tuple[tuple[float, float] | None, ...]
    sums: tuple[float | None, ...]
    within: tuple[int, int]


class Ledger:
    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.session = uow.session

    async def lock(self) -> None:
        """One who derives loops at a time, until the end of the transaction: what is read then is all there is."""
        await self.session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:tenant, 3))"), {"tenant": str(self.uow.tenant)}
        )

    async def note(
        self, sequence: int, at: datetime, kind: FactKind, assets: Sequence[UUID], versions: Sequence[UUID]
    ) -> None:
        """Keeps what a piece of news told; once, however often it comes."""
        known = {"ids": [new_id() for _ in assets], "assets": list(assets), "versions": list(versions)}
        told = {"tenant": self.uow.tenant, "sequence": sequence, "kind": kind.value, "at": at}
        await self.session.execute(_NOTE, told | known)

    async def facts(self, asset_ids: Collection[UUID]) -> dict[UUID, list[Fact]]:
        columns = (FactRow.asset_id, FactRow.sequence, FactRow.at, FactRow.kind, FactRow.version_id)
        found: dict[UUID, list[Fact]] = {}
        for asset_id, sequence, at, kind, version_id in await self.session.execute(
            select(*(col(each) for each in columns)).where(among(col(FactRow.asset_id), asset_ids))
        ):
            found.setdefault(asset_id, []).append(Fact(sequence, at, FactKind(kind), version_id))
        return found

    async def keep(self, asset_ids: Collection[UUID], loops: Sequence[Loop]) -> None:
        """Makes the rows of these assets what was derived."""
        await self.session.execute(_FORGET, {"assets": list(asset_ids), "ids": [loop.id for loop in loops]})
        if not loops:
            return
        names = ("id", "asset_id", "changed_at", "noticed_at", "ended_at", "live_at", "version_id", "blueprint")
        columns: dict[str, list[Any]] = {name: [getattr(loop, name) for loop in loops] for name in names}
        for name in ("begun_by", "state", "stage", "end"):
            columns[name] = [value and value.value for value in (getattr(loop, name) for loop in loops)]
        columns["steps_back"] = [loop.steps_back for loop in loops]
        columns["stays"] = [json.dumps([_stored(stay) for stay in loop.stays]) for loop in loops]
        for stage, name in zip(LoopStage, _STAGES, strict=True):
            columns[name] = [dwell(loop, stage) for loop in loops]
        await self.session.execute(_KEEP, {"tenant": self.uow.tenant, **columns})

    async def of_assets(self, asset_ids: Collection[UUID]) -> list[Loop]:
        """All of these assets, the newest change first."""
        statement = select(LoopRow, _worked).where(among(col(LoopRow.asset_id), asset_ids))
        statement = statement.order_by(col(LoopRow.changed_at).desc(), col(LoopRow.id).desc())
        fresh = {"populate_existing": True}  # statements write them, not the session
        return [_loop(*row) for row in await self.session.execute(statement, execution_options=fresh)]

    async def page(
        self, asset_id: UUID | None, open: bool | None, first: int, after: tuple[datetime, UUID] | None
    ) -> list[Loop]:
        """Newest change first."""
        key = (col(LoopRow.changed_at), col(LoopRow.id))
        statement = select(LoopRow, _worked).order_by(*(part.desc() for part in key)).limit(first)
        if asset_id is not None:
            statement = statement.where(col(LoopRow.asset_id) == asset_id)
        if open is not None:
            is_open = col(LoopRow.state) == LoopState.OPEN.value
            statement = statement.where(is_open if open else ~is_open)
        if after is not None:
            statement = statement.where(tuple_(*key) < tuple_(*after))
        fresh = {"populate_existing": True}  # statements write them, not the session
        return [_loop(*row) for row in await self.session.execute(statement, execution_options=fresh)]

    async def closed(
        self, since: datetime, asset_id: UUID | None, blueprint: str | None, stated: Sequence[float]
    ) -> list[Closed]:
        """All months together first, then each in which a loop closed, oldest first."""
        known = {"since": since, "asset": asset_id, "blueprint": blueprint}
        limits = {"first_stated": stated[0], "second_stated": stated[1]}
        return [
            Closed(row[0], row[1], row[2], row[3], tuple(row[4:8]), tuple(row[8:12]), (row[12], row[13]))
            for row in await self.session.execute(_CLOSED, known | limits)
        ]

    async def others(
        self, since: datetime, asset_id: UUID | None, blueprint: str | None
    ) -> Iterable[tuple[LoopState, LoopStage | None, int]]:
        """How many loops are open in each stage, and were abandoned since then."""
        found = await self.session.execute(_OTHERS, {"since": since, "asset": asset_id, "blueprint": blueprint})
        return [(LoopState(state), stage and LoopStage(stage), number) for state, stage, number in found]

    async def add_hands_on(self, spells: Sequence[Spell]) -> None:
        columns = {
            "ids": [new_id() for _ in spells],
            "assets": [spell.asset_id for spell in spells],
            "times": [spell.at for spell in spells],
            "seconds": [spell.seconds for spell in spells],
        }
        await self.session.execute(_ADD_HANDS_ON, {"tenant": self.uow.tenant, **columns})

    async def hands_on(
        self, since: datetime, asset_id: UUID | None, blueprint: str | None
    ) -> tuple[int, tuple[float, float] | None]:
        """Of how many loops that closed since then work was counted, and (median, p90) of its seconds."""
        known = {"since": since, "asset": asset_id, "blueprint": blueprint}
        [(counted, spread)] = await self.session.execute(_HANDS_ON, known)
        return counted, spread

    async def live(
        self, since: datetime, until: datetime, asset_id: UUID | None, blueprint: str | None
    ) -> list[tuple[UUID, datetime]]:
        """Assets of loops whose champion first went live then, with that time."""
        known = {"since": since, "until": until, "asset": asset_id, "blueprint": blueprint}
        return [(asset, at) for asset, at in await self.session.execute(_LIVE, known)]


def _stored(stay: Stay) -> list[str | None]:
    left = stay.left_at and stay.left_at.isoformat()
    return [stay.stage.value, stay.entered_at.isoformat(), left, stay.back and stay.back.value]


def _stay(stage: str, entered: str, left: str | None, back: str | None) -> Stay:
    left_at = None if left is None else datetime.fromisoformat(left)
    return Stay(LoopStage(stage), datetime.fromisoformat(entered), left_at, None if back is None else StepBack(back))


def _loop(row: LoopRow, hands_on_s: int | None) -> Loop:
    return Loop(
        id=row.id,
        asset_id=row.asset_id,
        begun_by=Begin(row.begun_by),
        changed_at=row.changed_at,
        noticed_at=row.noticed_at,
        state=LoopState(row.state),
        stage=None if row.stage is None else LoopStage(row.stage),
        ended_at=row.ended_at,
        end=None if row.end is None else LoopEnd(row.end),
        live_at=row.live_at,
        version_id=row.version_id,
        blueprint=row.blueprint,
        stays=tuple(_stay(*stay) for stay in row.stays),
        steps_back=row.steps_back,
        hands_on_s=hands_on_s,
    )
