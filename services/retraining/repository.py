"""Every query of retraining, on a tenant-bound unit of work."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select

from services.kernel.arrays import among
from services.kernel.ids import new_id
from services.kernel.idset import IdSet
from services.kernel.uow import UnitOfWork
from services.retraining.contracts import OccasionState, Trigger
from services.retraining.tables import OccasionRow, PlanRow

MOST_WAITING = 20_000
MOST_SHADOWED = 2_000
"""Shadows that one look judges; the others come with the next one."""
_ADD = text("""
    INSERT INTO retraining_occasion (tenant_id, id, plan_id, asset_id, cause, subject_id, moment, noticed_at, start,
      "end", state, message, held_out_failed)
    SELECT :tenant, u.id, :plan, u.asset, u.cause, u.subject, u.moment, :now, u.start, u.stop, :state, :message, false
    FROM unnest(CAST(:ids AS uuid[]), CAST(:assets AS uuid[]), CAST(:causes AS text[]), CAST(:subjects AS uuid[]),
      CAST(:moments AS timestamptz[]), CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]))
      AS u (id, asset, cause, subject, moment, start, stop)
    ORDER BY u.asset ON CONFLICT (tenant_id, plan_id, asset_id, cause) DO NOTHING
""")
_NOTE = text("""
    UPDATE retraining_occasion o SET state = n.state, message = n.message, run_id = n.run, champion_id = n.champion,
      start = n.start, "end" = n.stop, held_out_failed = n.held_out, ended_at = n.ended, version_id = n.version,
      looked_at = n.looked
    FROM unnest(CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:messages AS text[]), CAST(:runs AS uuid[]),
      CAST(:champions AS uuid[]), CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]),
      CAST(:held_out AS boolean[]), CAST(:ended AS timestamptz[]), CAST(:versions AS uuid[]),
      CAST(:looked AS timestamptz[]))
      AS n (id, state, message, run, champion, start, stop, held_out, ended, version, looked)
    WHERE o.id = n.id
""")


@dataclass(frozen=True, slots=True)
class Noticed:
    """An occasion on its way in."""

    asset_id: UUID
    cause: str
    subject_id: UUID | None
    moment: datetime
    start: datetime
    end: datetime


@dataclass(slots=True)
class Change:
    """An occasion's row on its way from what was read to what is written."""

    id: UUID
    plan_id: UUID
    asset_id: UUID
    start: datetime
    end: datetime
    state: OccasionState
    message: str
    run_id: UUID | None
    champion_id: UUID | None
    held_out_failed: bool
    ended_at: datetime | None
    noticed_at: datetime
    version_id: UUID | None
    looked_at: datetime | None

    @classmethod
    def of(cls, row: OccasionRow) -> "Change":
        return cls(
            row.id,
            row.plan_id,
            row.asset_id,
            row.start,
            row.end,
            OccasionState(row.state),
            row.message,
            row.run_id,
            row.champion_id,
            row.held_out_failed,
            row.ended_at,
            row.noticed_at,
            row.version_id,
            row.looked_at,
        )

    def close(self, state: OccasionState, message: str, now: datetime) -> None:
        self.state, self.message, self.ended_at = state, message, now


class Plans:
    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.session = uow.session

    async def plans(self, ids: Collection[UUID]) -> list[PlanRow]:
        return list(await self.session.exec(select(PlanRow).where(among(col(PlanRow.id), ids))))

    async def named(self, name: str) -> PlanRow | None:
        return (await self.session.exec(select(PlanRow).where(PlanRow.name == name))).first()

    async def locked(self, plan_id: UUID) -> PlanRow | None:
        return (await self.session.exec(select(PlanRow).where(PlanRow.id == plan_id).with_for_update())).first()

    async def plans_page(self, first: int, after: UUID | None) -> list[PlanRow]:
        """Newest first."""
        statement = select(PlanRow)
        if after is not None:
            statement = statement.where(PlanRow.id < after)
        return list(await self.session.exec(statement.order_by(col(PlanRow.id).desc()).limit(first)))

    async def remove(self, plan_id: UUID) -> None:
        await self.session.execute(delete(OccasionRow).where(col(OccasionRow.plan_id) == plan_id))
        await self.session.execute(delete(PlanRow).where(col(PlanRow.id) == plan_id))

    async def due(self, now: datetime) -> list[PlanRow]:
        """Plans that are to be looked at and that nobody else is at, locked."""
        by_interval = col(PlanRow.trigger) == Trigger.INTERVAL.value
        statement = select(PlanRow).where(col(PlanRow.paused).is_(False), ~by_interval | (col(PlanRow.next_due) <= now))
        return list(await self.session.exec(statement.order_by(col(PlanRow.id)).with_for_update(skip_locked=True)))

    def subjects(self, plan_id: UUID) -> IdSet:
        """Events and alarms of which the plan took notice."""
        mine = (OccasionRow.plan_id == plan_id, col(OccasionRow.subject_id).is_not(None))
        return IdSet(select(col(OccasionRow.subject_id)).where(*mine))  # pyright: ignore[reportArgumentType]

    async def told(self, plan_id: UUID, since: datetime) -> dict[UUID, datetime]:
        """Up to when the plan took notice of alarms, by asset."""
        asset, newest = col(OccasionRow.asset_id), func.max(OccasionRow.moment)
        statement = select(asset, newest).where(OccasionRow.plan_id == plan_id, OccasionRow.moment > since)
        return {row[0]: row[1] for row in await self.session.execute(statement.group_by(asset))}

    async def add(self, plan_id: UUID, noticed: Sequence[Noticed], message: str, now: datetime) -> None:
        """Those that are told already are left as they are."""
        columns = {
            "ids": sorted(new_id() for _ in noticed),
            "assets": [one.asset_id for one in noticed],
            "causes": [one.cause for one in noticed],
            "subjects": [one.subject_id for one in noticed],
            "moments": [one.moment for one in noticed],
            "starts": [one.start for one in noticed],
            "ends": [one.end for one in noticed],
        }
        common = {"tenant": self.uow.tenant, "plan": plan_id, "now": now, "message": message}
        await self.session.execute(_ADD, columns | common | {"state": OccasionState.WAITING.value})

    async def waiting(self, ids: Collection[UUID] | None = None) -> list[OccasionRow]:
        """Those that wait, of plans that are not paused, and that nobody else is at: locked, oldest first."""
        going = select(PlanRow.id).where(col(PlanRow.paused).is_(False))
        statement = select(OccasionRow).where(
            OccasionRow.state == OccasionState.WAITING.value, col(OccasionRow.plan_id).in_(going)
        )
        if ids is not None:
            statement = statement.where(among(col(OccasionRow.id), ids))
        statement = statement.order_by(col(OccasionRow.id)).limit(MOST_WAITING)
        return list(await self.session.exec(statement.with_for_update(skip_locked=True)))

    async def of_run(self, run_id: UUID) -> list[OccasionRow]:
        """Those that wait for the run's end, locked."""
        going = (OccasionRow.run_id == run_id, OccasionRow.state == OccasionState.RUNNING.value)
        return list(await self.session.exec(select(OccasionRow).where(*going).with_for_update()))

    async def shadowed(
        self, before: datetime | None = None, most: int = MOST_SHADOWED, ids: Collection[UUID] | None = None
    ) -> list[OccasionRow]:
        """Those whose shadow was not looked at since `before`, or of `ids`, of plans that are not paused, and that
        nobody else is at: locked, the one looked at longest ago first."""
        going = select(PlanRow.id).where(col(PlanRow.paused).is_(False))
        statement = select(OccasionRow).where(
            OccasionRow.state == OccasionState.SHADOWED.value, col(OccasionRow.plan_id).in_(going)
        )
        if before is not None:
            statement = statement.where(col(OccasionRow.looked_at) <= before)
        if ids is not None:
            statement = statement.where(among(col(OccasionRow.id), ids))
        statement = statement.order_by(col(OccasionRow.looked_at), col(OccasionRow.id)).limit(most)
        return list(await self.session.exec(statement.with_for_update(skip_locked=True)))

    async def watching(self, plan_ids: Collection[UUID], asset_ids: Collection[UUID]) -> set[tuple[UUID, UUID]]:
        """(plan, asset) of which a version is watched as a shadow."""
        statement = select(OccasionRow.plan_id, OccasionRow.asset_id).where(
            OccasionRow.state == OccasionState.SHADOWED.value,
            among(col(OccasionRow.plan_id), plan_ids),
            among(col(OccasionRow.asset_id), asset_ids),
        )
        return {(plan_id, asset_id) for plan_id, asset_id in await self.session.exec(statement)}

    async def newest(
        self, plan_id: UUID | None, asset_ids: Collection[UUID], *, of_runs: bool = False
    ) -> dict[UUID, OccasionRow]:
        """The newest occasion of each asset, of a plan or of all; with `of_runs` only those whose run ended."""
        statement = select(OccasionRow).where(among(col(OccasionRow.asset_id), asset_ids))
        if plan_id is not None:
            statement = statement.where(OccasionRow.plan_id == plan_id)
        if of_runs:
            statement = statement.where(col(OccasionRow.run_id).is_not(None), col(OccasionRow.ended_at).is_not(None))
        order = (col(OccasionRow.asset_id), col(OccasionRow.id).desc())
        found = await self.session.exec(statement.ext(distinct_on(col(OccasionRow.asset_id))).order_by(*order))
        return {row.asset_id: row for row in found}

    async def occasions_page(
        self, plan_id: UUID, first: int, after: UUID | None, state: OccasionState | None
    ) -> list[OccasionRow]:
        """Newest first."""
        statement = select(OccasionRow).where(OccasionRow.plan_id == plan_id)
        if after is not None:
            statement = statement.where(OccasionRow.id < after)
        if state is not None:
            statement = statement.where(OccasionRow.state == state.value)
        return list(await self.session.exec(statement.order_by(col(OccasionRow.id).desc()).limit(first)))

    async def write(self, changes: Sequence[Change]) -> None:
        """All of them in one statement."""
        columns = {
            "ids": [one.id for one in changes],
            "states": [one.state.value for one in changes],
            "messages": [one.message for one in changes],
            "runs": [one.run_id for one in changes],
            "champions": [one.champion_id for one in changes],
            "starts": [one.start for one in changes],
            "ends": [one.end for one in changes],
            "held_out": [one.held_out_failed for one in changes],
            "ended": [one.ended_at for one in changes],
            "versions": [one.version_id for one in changes],
            "looked": [one.looked_at for one in changes],
        }
        await self.session.execute(_NOTE, columns)
