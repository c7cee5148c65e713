"""Every query of the plant model."""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Text, any_, false, func, literal, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlalchemy.orm import aliased
from sqlmodel import col

from services.assets import labelquery
from services.assets.contracts import AssetQuery
from services.assets.tables import AssetTable, ContractTable, ContractVersionTable, LineTable, SiteTable
from services.kernel.arrays import among
from services.kernel.idset import Places
from services.kernel.uow import UnitOfWork

ESCAPE = "\\"


class AssetRow(NamedTuple):
    """An asset with the names of its line and site. Columns, not an entity: a list of these is what is read most."""

    id: UUID
    key: str
    title: str
    line: str
    site: str
    contract_id: UUID
    created_at: datetime
    labels: dict[str, str]


def _assets(asset: type[AssetTable] = AssetTable) -> Select[*tuple[Any, ...]]:
    return (
        select(
            *(col(asset.id), col(asset.key), col(asset.title), col(LineTable.name), col(SiteTable.name)),
            *(col(asset.contract_id), col(asset.created_at), col(asset.labels)),
        )
        .join(LineTable, (col(LineTable.tenant_id) == asset.tenant_id) & (col(LineTable.id) == asset.line_id))
        .join(SiteTable, (col(SiteTable.tenant_id) == LineTable.tenant_id) & (col(SiteTable.id) == LineTable.site_id))
    )


def _matching(query: AssetQuery) -> list[ColumnElement[bool]]:
    """The search looks at lines first, which are few; what is left is one walk along the index `asset_page`."""
    conditions: list[ColumnElement[bool]] = []
    if query.search and "\0" in query.search:
        conditions.append(false())  # no text of ours holds one, and Postgres takes none
    elif query.search:
        pattern = func.lower(f"%{escaped(query.search)}%")
        line, site = func.lower(col(LineTable.name)), func.lower(col(SiteTable.name))
        lines = (
            select(col(LineTable.id))
            .join(
                SiteTable, (col(SiteTable.tenant_id) == LineTable.tenant_id) & (col(SiteTable.id) == LineTable.site_id)
            )
            .where(line.like(pattern, escape=ESCAPE) | site.like(pattern, escape=ESCAPE))
        )
        conditions.append(col(AssetTable.folded).like(pattern, escape=ESCAPE) | col(AssetTable.line_id).in_(lines))
    if query.labels is not None:
        conditions += [_holds(requirement) for requirement in labelquery.parse(query.labels)]
    if query.contract is not None:
        contracts = select(col(ContractTable.id)).where(col(ContractTable.key) == query.contract)
        conditions.append(col(AssetTable.contract_id).in_(contracts))
    if query.among is not None:
        conditions.append(col(AssetTable.id).in_(query.among.statement))
    return conditions


def _holds(requirement: labelquery.Requirement) -> ColumnElement[bool]:
    """A label that is missing has no value, so that a negation of values holds."""
    labels = cast("Any", AssetTable.labels)
    if requirement.values is None:
        there = labels.has_key(requirement.key)
        return ~there if requirement.negated else there
    # Postgres looks a value up among many by hashing, and compares a document with each of many.
    equal = labels[requirement.key].astext == any_(literal(list(requirement.values), ARRAY(Text)))
    return equal.is_not(True) if requirement.negated else equal


def escaped(search: str) -> str:
    """The text for a LIKE in which it stands for itself."""
    return re.sub(r"([\\%_])", r"\\\1", search)


async def assets_page(uow: UnitOfWork, query: AssetQuery) -> list[AssetRow]:
    """The page is cut before lines and sites are looked up, so that those are looked up for its rows only."""
    order = (col(AssetTable.key), col(AssetTable.id))
    page = select(AssetTable).where(*_matching(query)).order_by(*order).limit(query.first)
    if query.after is not None:
        page = page.where(tuple_(*order) > tuple_(*query.after))
    asset = aliased(AssetTable, page.subquery())
    return await _rows(uow, _assets(asset).order_by(col(asset.key), col(asset.id)))


async def count_assets(uow: UnitOfWork, query: AssetQuery) -> int:
    statement = select(func.count()).select_from(AssetTable).where(*_matching(query))
    return (await uow.session.execute(statement)).scalar_one()


def places() -> Places:
    named = col(AssetTable.id).label("asset_id"), col(LineTable.id).label("line_id")
    return Places(
        _assets().with_only_columns(*named, col(SiteTable.name).label("site"), col(LineTable.name).label("line"))
    )


async def which_match(
    uow: UnitOfWork, asset_ids: Collection[UUID], site: str | None, line: str | None, query: AssetQuery
) -> set[UUID]:
    statement = _assets().where(among(col(AssetTable.id), asset_ids), *_matching(query))
    if site is not None:
        statement = statement.where(col(SiteTable.name) == site)
    if line is not None:
        statement = statement.where(col(LineTable.name) == line)
    return set(await uow.session.scalars(statement.with_only_columns(col(AssetTable.id))))


async def assets_by(uow: UnitOfWork, column: Any, values: Collection[Any]) -> list[AssetRow]:
    return await _rows(uow, _assets().where(column.in_(values)).order_by(col(AssetTable.key)))


async def _rows(uow: UnitOfWork, statement: Select[*tuple[Any, ...]]) -> list[AssetRow]:
    return [AssetRow(*row) for row in await uow.session.execute(statement)]


async def set_labels(
    uow: UnitOfWork, asset_ids: Collection[UUID], put: Mapping[str, str], remove: Collection[str]
) -> list[AssetTable]:
    """The assets as they are afterwards, in any order; those that do not exist are left out."""
    kept = col(AssetTable.labels).op("-")(literal(list(remove), ARRAY(Text)))
    statement = (
        update(AssetTable)
        .where(col(AssetTable.id).in_(asset_ids))
        .values(labels=kept.op("||")(literal(dict(put), JSONB)))
        .returning(AssetTable)
    )
    # What the session has read before would be answered as it was.
    rows = await uow.session.scalars(statement, execution_options={"populate_existing": True})
    return list(rows)


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
        .ext(distinct_on(col(ContractVersionTable.contract_id)))
        .order_by(col(ContractVersionTable.contract_id), col(ContractVersionTable.version).desc())
    )
    return list(await uow.session.scalars(statement))
