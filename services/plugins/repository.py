"""Every query of plugins, on a tenant-bound unit of work."""

from sqlmodel import col, select

from services.kernel.uow import UnitOfWork
from services.plugins.tables import EnablingRow


class Enablings:
    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.session = uow.session

    async def all(self) -> dict[str, EnablingRow]:
        """By plugin; there are few."""
        rows = await self.session.exec(select(EnablingRow).order_by(col(EnablingRow.plugin)))
        return {row.plugin: row for row in rows}

    async def locked(self, plugin: str) -> EnablingRow | None:
        """Nobody else changes it until the transaction ends."""
        statement = select(EnablingRow).where(EnablingRow.plugin == plugin).with_for_update()
        return (await self.session.exec(statement.execution_options(populate_existing=True))).first()
