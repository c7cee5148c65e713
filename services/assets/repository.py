"""Every query of the plant model."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, TypeVarTuple
from uuid import UUID

from sqlalchemy import Row, Select, func, or_, select, text, tuple_
from sqlmodel import col

from services.assets.contracts import AssetQuery
from services.assets.tables import AssetTable, ContractTable, ContractVersionTable, EventTable, LineTable, SiteTable
from services.kernel.uow import UnitOfWork

Ts = TypeVarTuple("Ts")
AssetRow = Row[AssetTable, str, str]
"""An asset with the names of its line and site."""


def _assets() -> Select[AssetTable, str, str]:
    return (
        select(AssetTable, col(LineTable.name), col(SiteTable.name))
        .join(LineTable, (col(LineTable.tenant_id) == AssetTable.tenant_id) & (col(LineTable.id) == AssetTable.line_id))
        .join(SiteTable, (col(SiteTable.tenant_id) == LineTable.tenant_id) & (col(SiteTable.id) == LineTable.site_id))
    )


def _matching(statement: Select[*Ts], search: str | None) -> Select[*Ts]:
    if not search:
        return statement
    columns = (col(AssetTable.key), col(AssetTable.title), col(LineTable.name), col(SiteTable.name))
    return statement.where(or_(*(column.icontains(search, autoescape=True) for column in columns)))


async def assets_page(uow: UnitOfWork, query: AssetQuery) -> list[AssetRow]:
    statement = _matching(_assets(), query.search)
    if query.ids is not None:
        statement = statement.where(col(AssetTable.id).in_(query.ids))
    if query.after is not None:
        statement = statement.where(tuple_(col(AssetTable.key), col(AssetTable.id)) > tuple_(*query.after))
    statement = statement.order_by(col(AssetTable.key), col(AssetTable.id)).limit(query.first)
    return list((await uow.session.execute(statement)).all())


async def count_assets(uow: UnitOfWork, search: str | None, ids: Collection[UUID] | None = None) -> int:
    statement = _matching(_assets(), search).with_only_columns(func.count(), maintain_column_froms=True)
    if ids is not None:
        statement = statement.where(col(AssetTable.id).in_(ids))
    return (await uow.session.execute(statement)).scalar_one()


async def assets_by(uow: UnitOfWork, column: Any, values: Collection[Any]) -> list[AssetRow]:
    statement = _assets().where(column.in_(values)).order_by(col(AssetTable.key))
    return list((await uow.session.execute(statement)).all())


async def sites_named(uow: UnitOfWork, names: Iterable[str]) -> dict[str, SiteTable]:
    """The sites of those names, made where they are missing."""
    wanted = sorted(set(names))
    found = {
        row.name: row for row in await uow.session.scalars(select(SiteTable).where(col(SiteTable.name).in_(wanted)))
    }
    for name in wanted:
        if name not in found:
            found[name] = SiteTable(tenant_id=uow.tenant, name=name)
            uow.session.add(found[name])
    await uow.session.flush()
    return found


async def lines_named(uow: UnitOfWork, names: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], LineTable]:
    """The lines of those (site, name), made where they are missing."""
    wanted = sorted(set(names))
    pair = tuple_(col(LineTable.site_id), col(LineTable.name))
    rows = await uow.session.scalars(select(LineTable).where(pair.in_(wanted)))
    found = {(row.site_id, row.name): row for row in rows}
    for site_id, name in wanted:
        if (site_id, name) not in found:
            found[site_id, name] = LineTable(tenant_id=uow.tenant, site_id=site_id, name=name)
            uow.session.add(found[site_id, name])
    await uow.session.flush()
    return found


async def lock_plant(uow: UnitOfWork) -> None:
    """One writer of sites, lines and contracts a tenant, until the end of the transaction."""
    await uow.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:tenant, 1))"), {"tenant": str(uow.tenant)}
    )


async def contract(uow: UnitOfWork, key: str) -> ContractTable | None:
    return await uow.session.scalar(select(ContractTable).where(col(ContractTable.key) == key))


async def contract_version(
    uow: UnitOfWork, contract_id: UUID, version: int | None = None
) -> ContractVersionTable | None:
    """That version, or the newest."""
    statement = select(ContractVersionTable).where(col(ContractVersionTable.contract_id) == contract_id)
    if version is not None:
        statement = statement.where(col(ContractVersionTable.version) == version)
    return await uow.session.scalar(statement.order_by(col(ContractVersionTable.version).desc()).limit(1))


async def newest_contracts(uow: UnitOfWork) -> list[ContractVersionTable]:
    statement = (
        select(ContractVersionTable)
        .distinct(col(ContractVersionTable.contract_id))
        .order_by(col(ContractVersionTable.contract_id), col(ContractVersionTable.version).desc())
    )
    return list(await uow.session.scalars(statement))


async def event(uow: UnitOfWork, event_id: UUID) -> EventTable | None:
    return await uow.session.get(EventTable, (uow.tenant, event_id))


async def events(
    uow: UnitOfWork, asset_ids: Collection[UUID], start: datetime | None, end: datetime | None, first: int | None
) -> list[EventTable]:
    """Newest first."""
    statement = select(EventTable).where(col(EventTable.asset_id).in_(asset_ids))
    if start is not None:
        statement = statement.where(col(EventTable.time) >= start)
    if end is not None:
        statement = statement.where(col(EventTable.time) < end)
    statement = statement.order_by(col(EventTable.time).desc(), col(EventTable.id).desc()).limit(first)
    return list(await uow.session.scalars(statement))
