"""Every query of rollouts, on a tenant-bound unit of work."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, func, text, update
from sqlmodel import col, select

from services.kernel.ids import new_id
from services.kernel.uow import UnitOfWork
from services.rollouts.contracts import RolloutAssetState, RolloutState
from services.rollouts.tables import RolloutAssetRow, RolloutRow

_ADD = text("""
    INSERT INTO rollout_asset (tenant_id, id, rollout_id, asset_id, position, cohort, state, parameters)
    SELECT :tenant, u.id, :rollout, u.asset, u.position - 1, u.cohort, :state, u.parameters
    FROM unnest(CAST(:ids AS uuid[]), CAST(:assets AS uuid[]), CAST(:cohorts AS integer[]),
      CAST(:parameters AS jsonb[]))
      WITH ORDINALITY AS u (id, asset, cohort, parameters, position)
""")
_NOTE = text("""
    UPDATE rollout_asset SET state = :state, reason = n.reason, version_id = coalesce(n.version, version_id)
    FROM unnest(CAST(:assets AS uuid[]), CAST(:reasons AS text[]), CAST(:versions AS uuid[]))
      AS n (asset, reason, version)
    WHERE rollout_id = :rollout AND asset_id = n.asset
""")


class Rollouts:
    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.session = uow.session

    async def add(
        self,
        rollout: RolloutRow,
        asset_ids: Sequence[UUID],
        ends: Sequence[int],
        overrides: Mapping[UUID, Mapping[str, float]],
    ) -> None:
        """Writes the rollout with its assets in their order; cohort k ends before the position `ends[k - 1]`."""
        self.session.add(rollout)
        await self.session.flush()
        cohorts = [number for number, (a, b) in enumerate(zip((0, *ends), ends, strict=False), 1) for _ in range(a, b)]
        known = {"tenant": self.uow.tenant, "rollout": rollout.id, "state": RolloutAssetState.WAITING.value}
        own = [json.dumps(dict(overrides[id_])) if overrides.get(id_) else None for id_ in asset_ids]
        known |= {"ids": [new_id() for _ in asset_ids], "assets": list(asset_ids)}
        await self.session.execute(_ADD, known | {"cohorts": cohorts, "parameters": own})

    async def get(self, rollout_id: UUID, *, lock: bool = False) -> RolloutRow | None:
        """`lock` keeps others from taking the rollout on until the transaction ends."""
        statement = select(RolloutRow).where(RolloutRow.id == rollout_id)
        if lock:
            statement = statement.with_for_update().execution_options(populate_existing=True)
        return (await self.session.exec(statement)).first()

    async def waiting_for(self, run_id: UUID) -> UUID | None:
        """The rollout that waits for the end of the run."""
        return (await self.session.exec(select(RolloutRow.id).where(RolloutRow.run_id == run_id))).first()

    async def page(
        self, first: int, after: UUID | None, states: Collection[RolloutState] | None = None
    ) -> list[RolloutRow]:
        """Newest first: ids are ordered in time."""
        statement = select(RolloutRow)
        if states is not None:
            statement = statement.where(col(RolloutRow.state).in_([state.value for state in states]))
        if after is not None:
            statement = statement.where(RolloutRow.id < after)
        return list(await self.session.exec(statement.order_by(col(RolloutRow.id).desc()).limit(first)))

    async def counts(self, rollout_ids: Sequence[UUID]) -> list[tuple[UUID, int, RolloutAssetState, int]]:
        """(rollout, cohort, state, assets), in the order of cohorts."""
        keys = col(RolloutAssetRow.rollout_id), col(RolloutAssetRow.cohort), col(RolloutAssetRow.state)
        statement = select(*keys, func.count()).where(keys[0].in_(rollout_ids)).group_by(*keys).order_by(*keys)
        found = await self.session.exec(statement)
        return [(id_, cohort, RolloutAssetState(state), count) for id_, cohort, state, count in found]

    async def assets_page(
        self, rollout_id: UUID, first: int, after: int | None, state: RolloutAssetState | None
    ) -> list[RolloutAssetRow]:
        """In the order of the rollout, behind the position `after`."""
        statement = select(RolloutAssetRow).where(RolloutAssetRow.rollout_id == rollout_id)
        if after is not None:
            statement = statement.where(RolloutAssetRow.position > after)
        if state is not None:
            statement = statement.where(RolloutAssetRow.state == state.value)
        statement = statement.order_by(col(RolloutAssetRow.position)).limit(first)
        return list(await self.session.exec(statement.execution_options(populate_existing=True)))

    async def waiting(self, rollout: RolloutRow) -> tuple[UUID, ...]:
        """Waiting assets of the present cohort, in their order."""
        return tuple(await self._present(rollout, RolloutAssetState.WAITING))

    async def passed(self, rollout: RolloutRow) -> dict[UUID, UUID]:
        """Assets of the present cohort that passed, in their order, with the run that trained them."""
        found = await self._present(rollout, RolloutAssetState.PASSED)
        return {asset_id: run for asset_id, run in found.items() if run is not None}

    async def _present(self, rollout: RolloutRow, state: RolloutAssetState) -> dict[UUID, UUID | None]:
        statement = select(RolloutAssetRow.asset_id, RolloutAssetRow.run_id).where(
            RolloutAssetRow.rollout_id == rollout.id,
            RolloutAssetRow.cohort == rollout.cohort,
            RolloutAssetRow.state == state.value,
        )
        return dict((await self.session.exec(statement.order_by(col(RolloutAssetRow.position)))).all())

    async def overrides_in(self, rollout: RolloutRow) -> dict[UUID, dict[str, float]]:
        """What waiting assets of the present cohort have of their own; the others are left out."""
        statement = select(RolloutAssetRow.asset_id, RolloutAssetRow.parameters).where(
            RolloutAssetRow.rollout_id == rollout.id,
            RolloutAssetRow.cohort == rollout.cohort,
            RolloutAssetRow.state == RolloutAssetState.WAITING.value,
            col(RolloutAssetRow.parameters).is_not(None),
        )
        return {asset_id: dict(own) for asset_id, own in await self.session.exec(statement) if own is not None}

    async def promoted(self, rollout_id: UUID) -> dict[UUID, UUID]:
        """Promoted versions, by asset."""
        statement = select(RolloutAssetRow.asset_id, RolloutAssetRow.version_id).where(
            RolloutAssetRow.rollout_id == rollout_id, RolloutAssetRow.state == RolloutAssetState.PROMOTED.value
        )
        return {asset_id: version for asset_id, version in await self.session.exec(statement) if version is not None}

    async def move(self, rollout_id: UUID, before: Sequence[RolloutAssetState], after: RolloutAssetState) -> int:
        """Takes all assets in the states `before` to `after`, and answers how many."""
        statement = update(RolloutAssetRow).where(
            col(RolloutAssetRow.rollout_id) == rollout_id,
            col(RolloutAssetRow.state).in_([each.value for each in before]),
        )
        done = await self.session.execute(statement.values(state=after.value))
        return cast("CursorResult[Any]", done).rowcount

    async def begin(self, rollout: RolloutRow, run_id: UUID) -> None:
        """The waiting assets of the present cohort are trained by the run."""
        statement = update(RolloutAssetRow).where(
            col(RolloutAssetRow.rollout_id) == rollout.id,
            col(RolloutAssetRow.cohort) == rollout.cohort,
            col(RolloutAssetRow.state) == RolloutAssetState.WAITING.value,
        )
        await self.session.execute(statement.values(state=RolloutAssetState.TRAINING.value, run_id=run_id))

    async def note(
        self,
        rollout_id: UUID,
        state: RolloutAssetState,
        reasons: Mapping[UUID, str | None],
        versions: Mapping[UUID, UUID] | None = None,
    ) -> None:
        """Writes what the rollout came to for the assets of `reasons`, in one statement."""
        if reasons:
            known = {"rollout": rollout_id, "state": state.value, "assets": list(reasons)}
            given = [(versions or {}).get(asset_id) for asset_id in reasons]
            await self.session.execute(_NOTE, known | {"reasons": list(reasons.values()), "versions": given})
