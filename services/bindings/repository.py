"""Every query of bindings, on a tenant-bound unit of work."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, text
from sqlmodel import col, select

from services.bindings.contracts import BindingState
from services.bindings.tables import BindingRow, RuleRow
from services.kernel.arrays import among
from services.kernel.ids import new_id
from services.kernel.uow import UnitOfWork

MOST_DUE = 20_000
_ADD = text("""
    INSERT INTO binding (tenant_id, id, rule_id, asset_id, state, message, rows, train_at, may_borrow, look_at)
    SELECT :tenant, u.id, :rule, u.asset, :state, :message, 0, :train_at, true, :look_at
    FROM unnest(CAST(:ids AS uuid[]), CAST(:assets AS uuid[])) AS u (id, asset) ORDER BY u.asset
    ON CONFLICT (tenant_id, asset_id) DO NOTHING
""")
_NOTE = text("""
    UPDATE binding SET state = n.state, message = n.message, rows = n.rows, train_at = n.train_at,
      may_borrow = n.may_borrow, run_id = n.run, version_id = n.version, look_at = n.look
    FROM unnest(CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:messages AS text[]), CAST(:rows AS integer[]),
      CAST(:train_at AS integer[]), CAST(:may_borrow AS boolean[]), CAST(:runs AS uuid[]), CAST(:versions AS uuid[]),
      CAST(:looks AS timestamptz[])) AS n (id, state, message, rows, train_at, may_borrow, run, version, look)
    WHERE binding.id = n.id
""")


@dataclass(slots=True)
class Change:
    """A binding's row on its way from what was read to what is written."""

    id: UUID
    asset_id: UUID
    state: BindingState
    message: str
    rows: int
    train_at: int | None
    may_borrow: bool
    run_id: UUID | None
    version_id: UUID | None
    look_at: datetime | None

    @classmethod
    def of(cls, row: BindingRow) -> "Change":
        return cls(
            row.id,
            row.asset_id,
            BindingState(row.state),
            row.message,
            row.rows,
            row.train_at,
            row.may_borrow,
            row.run_id,
            row.version_id,
            row.look_at,
        )


class Bindings:
    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.session = uow.session

    async def same_rule(self, blueprint: str, labels: str) -> RuleRow | None:
        statement = select(RuleRow).where(RuleRow.blueprint == blueprint, RuleRow.labels == labels)
        return (await self.session.exec(statement)).first()

    async def rules(self, ids: Sequence[UUID] | None = None) -> list[RuleRow]:
        """Those of `ids`, or all, in the order they were made: the first that matches an asset has it."""
        statement = select(RuleRow).order_by(col(RuleRow.id))
        if ids is not None:
            statement = statement.where(among(col(RuleRow.id), ids))
        return list(await self.session.exec(statement))

    async def rules_page(self, first: int, after: UUID | None) -> list[RuleRow]:
        """Newest first."""
        statement = select(RuleRow)
        if after is not None:
            statement = statement.where(RuleRow.id < after)
        return list(await self.session.exec(statement.order_by(col(RuleRow.id).desc()).limit(first)))

    async def remove_rule(self, rule_id: UUID) -> None:
        await self.session.execute(delete(BindingRow).where(col(BindingRow.rule_id) == rule_id))
        await self.session.execute(delete(RuleRow).where(col(RuleRow.id) == rule_id))

    async def counts(self, rule_ids: Sequence[UUID]) -> dict[UUID, dict[BindingState, int]]:
        keys = col(BindingRow.rule_id), col(BindingRow.state)
        statement = select(*keys, func.count()).where(among(keys[0], rule_ids)).group_by(*keys)
        found: dict[UUID, dict[BindingState, int]] = {}
        for rule_id, state, count in await self.session.exec(statement):
            found.setdefault(rule_id, {})[BindingState(state)] = count
        return found

    async def page(self, rule_id: UUID, first: int, after: UUID | None, state: BindingState | None) -> list[BindingRow]:
        statement = select(BindingRow).where(BindingRow.rule_id == rule_id)
        if after is not None:
            statement = statement.where(BindingRow.id > after)
        if state is not None:
            statement = statement.where(BindingRow.state == state.value)
        return list(await self.session.exec(statement.order_by(col(BindingRow.id)).limit(first)))

    async def of_assets(self, asset_ids: Collection[UUID]) -> list[BindingRow]:
        return list(await self.session.exec(select(BindingRow).where(among(col(BindingRow.asset_id), asset_ids))))

    async def add(
        self, rule_id: UUID, asset_ids: Sequence[UUID], message: str, train_at: int | None, look_at: datetime | None
    ) -> None:
        """Binds those that no rule has. Without `train_at` the champion that is there is left to people."""
        state = BindingState.OWN if train_at is None else BindingState.WAITING
        known = {"tenant": self.uow.tenant, "rule": rule_id, "ids": [new_id() for _ in asset_ids]}
        known |= {"assets": list(asset_ids), "state": state.value, "message": message}
        await self.session.execute(_ADD, known | {"train_at": train_at, "look_at": look_at})

    async def release(self, binding_ids: Collection[UUID]) -> None:
        await self.session.execute(delete(BindingRow).where(among(col(BindingRow.id), binding_ids)))

    async def due(self, now: datetime) -> list[UUID]:
        """Assets whose rows are to be counted."""
        statement = select(BindingRow.asset_id).where(col(BindingRow.run_id).is_(None), col(BindingRow.look_at) <= now)
        return list(await self.session.exec(statement.order_by(col(BindingRow.look_at)).limit(MOST_DUE)))

    async def locked(self, asset_ids: Collection[UUID], now: datetime) -> list[BindingRow]:
        """Those of `asset_ids` that are due still and that nobody else is at."""
        statement = select(BindingRow).where(
            among(col(BindingRow.asset_id), asset_ids), col(BindingRow.run_id).is_(None), col(BindingRow.look_at) <= now
        )
        statement = statement.order_by(col(BindingRow.rule_id), col(BindingRow.id))
        return list(await self.session.exec(statement.with_for_update(skip_locked=True)))

    async def waiting_for(self, run_id: UUID) -> list[BindingRow]:
        """Locked."""
        return list(await self.session.exec(select(BindingRow).where(BindingRow.run_id == run_id).with_for_update()))

    async def write(self, changes: Sequence[Change]) -> None:
        """All of them in one statement."""
        known = {
            "ids": [one.id for one in changes],
            "states": [one.state.value for one in changes],
            "messages": [one.message for one in changes],
            "rows": [one.rows for one in changes],
            "train_at": [one.train_at for one in changes],
            "may_borrow": [one.may_borrow for one in changes],
            "runs": [one.run_id for one in changes],
            "versions": [one.version_id for one in changes],
            "looks": [one.look_at for one in changes],
        }
        await self.session.execute(_NOTE, known)
