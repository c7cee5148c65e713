"""Assets whose scores are watched, a block at a time."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pyarrow as pa

from andon_sdk.plugin import AlarmRule
from services.kernel import wire
from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.kernel.rights import Principal
from services.kernel.uow import UnitOfWork
from services.monitoring import api
from services.monitoring.contracts import Alarm, Case, Health
from services.monitoring.intake import Change, Watching, champions, take_in

START = datetime(2026, 1, 1, tzinfo=UTC)
RULE = AlarmRule("hot", "Runs hot", "c", raise_rows=2, of_rows=3, clear_below=0.8, clear_rows=2)
VERSION = new_id()


def scores(rows: list[tuple[UUID, int, float | None]], role: int = wire.ROLE_CHAMPION) -> pa.RecordBatch:
    """Rows of (asset, seconds after START, value); None for a row no model can answer."""
    ids = [str(asset) for asset, _, _ in rows]
    values = [value for _, _, value in rows]
    none = [value is None for value in values]
    n = len(rows)
    columns = [
        pa.array(ids).dictionary_encode(),
        pa.array([START + timedelta(seconds=second) for _, second, _ in rows], wire.TIME),
        pa.array([str(VERSION)] * n).dictionary_encode(),
        pa.array([role] * n, pa.int8()),
        pa.array([wire.ROUTE_NONE if gone else wire.ROUTE_MAIN for gone in none], pa.int8()),
        pa.array(values, pa.float32()),
        pa.array(values, pa.float32()),
        pa.array(values, pa.float32()),
        pa.array([0.5 if gone else 1.0 for gone in none], pa.float32()),
        pa.array([0.0] * n, pa.float32()),
        pa.array([[1, 2] if gone else [] for gone in none], pa.list_(pa.int16())),
        pa.array([[2, 0, None]] * n, pa.list_(pa.int16(), wire.TOP_SIGNALS)),
        pa.array([[0.75, 0.25, 0.0]] * n, pa.list_(pa.float32(), wire.TOP_SIGNALS)),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=wire.SCORE_SCHEMA)


@dataclass
class Scene:
    uow: UnitOfWork
    principal: Principal
    assets: list[UUID]
    watching: Watching

    async def take(self, rows: list[tuple[int, int, float | None]], seen: datetime | None = None) -> list[Change]:
        """Rows of (asset number, second, value)."""
        batch = scores([(self.assets[number], second, value) for number, second, value in rows])
        return await take_in(self.uow, self.watching, champions([batch]), seen or utc_now())

    async def alarms(self, number: int = 0) -> list[Alarm]:
        await self.uow.session.flush()
        self.uow.session.expire_all()
        return await api.list_alarms(self.uow, self.principal, self.assets[number])

    async def cases(self, number: int = 0) -> list[Case]:
        """Newest first."""
        await self.uow.session.flush()
        self.uow.session.expire_all()
        return await api.list_cases(self.uow, self.principal, None, asset_id=self.assets[number])

    async def episode(self, second: int) -> None:
        """An alarm of asset 0 that begins then and is cleared two seconds later."""
        await self.take([(0, second - 1, 2.0), (0, second, 2.0), (0, second + 1, 0.1), (0, second + 2, 0.1)])

    async def health(self) -> list[Health]:
        await self.uow.session.flush()
        self.uow.session.expire_all()
        found = await api.health_of(self.uow, self.principal, self.assets)
        return [found[asset].health for asset in self.assets]


MakeScene = Callable[..., Awaitable[Scene]]
