"""The only door to what edges say of themselves.

An edge reports with the key that it sends rows with. Whoever may see the plant may see its edges.
"""

from collections.abc import Sequence
from uuid import UUID

from services.assets import api as assets
from services.edges import mapping, model
from services.edges.contracts import (
    EdgeSource,
    FeedingAsset,
    MappedAsset,
    MappedIn,
    PlantEdge,
    Report,
    SourceReport,
    Tag,
    Wanted,
)
from services.edges.errors import (
    AssetMappedElsewhere,
    EdgeMappingChanged,
    EdgeMappingInvalid,
    EdgeSourceNotFound,
    PlantEdgeNotFound,
    TooManyEdges,
)
from services.edges.repository import PlantEdges
from services.edges.tables import EdgeSourceRow, PlantEdgeRow
from services.kernel.clock import utc_now
from services.kernel.rights import Permission, Principal, system_principal
from services.kernel.uow import UnitOfWork
from services.readings import api as readings


async def report_edge(uow: UnitOfWork, principal: Principal, report: Report) -> PlantEdge:
    """Keeps what an edge says of itself, in place of what it said before; an unknown name is a new edge.

    Raises `EdgeReportInvalid`, `TooManyEdges`.
    """
    principal.require(Permission.INGEST)
    store, said = PlantEdges(uow), model.as_json(model.checked(report))
    if await store.named(report.name) is None:
        await store.lock_all()
        if await store.count() >= model.MOST_EDGES:
            message = f"A tenant has at most {model.MOST_EDGES} edges. Forget one that is no more."
            raise TooManyEdges(message, limit=model.MOST_EDGES)
    now = utc_now()
    edge_id = await store.put(report.name, said, now, principal.name)
    return PlantEdge(edge_id, report, now, principal.name, silent=False)


async def list_edges(
    uow: UnitOfWork, principal: Principal, first: int = 50, after: str | None = None
) -> list[PlantEdge]:
    """A page, by name; `after` is the name of the last one seen."""
    principal.require(Permission.VIEW)
    return [_edge(row) for row in await PlantEdges(uow).page(first, after)]


async def get_edge(uow: UnitOfWork, principal: Principal, edge_id: UUID) -> PlantEdge:
    """Raises `PlantEdgeNotFound`."""
    principal.require(Permission.VIEW)
    row = await PlantEdges(uow).get(edge_id)
    if row is None:
        raise PlantEdgeNotFound("There is no such edge.", field="plantEdgeId")
    return _edge(row)


async def forget_edge(uow: UnitOfWork, principal: Principal, edge_id: UUID) -> PlantEdge:
    """It is listed no more, until it reports again. Raises `PlantEdgeNotFound`."""
    principal.require(Permission.EDIT_PLANT)
    edge = await get_edge(uow, principal, edge_id)
    await PlantEdges(uow).delete(edge_id)
    return edge


async def get_source(uow: UnitOfWork, principal: Principal, edge_id: UUID, source: str) -> EdgeSource:
    """What people said of a source, and how the reading of its tags went. Raises `PlantEdgeNotFound`,
    `EdgeSourceNotFound`."""
    principal.require(Permission.VIEW)
    await _told_of(uow, principal, edge_id, source)
    return _source(edge_id, source, await PlantEdges(uow).source(edge_id, source))


async def list_tags(
    uow: UnitOfWork,
    principal: Principal,
    edge_id: UUID,
    source: str,
    search: str = "",
    first: int = 50,
    after: int | None = None,
) -> list[Tag]:
    """A page of the tags that were found; `after` is the position of the last one seen."""
    principal.require(Permission.VIEW)
    rows = await PlantEdges(uow).tags(edge_id, source, search.strip(), first, after)
    return [Tag(row.address, row.title, row.unit, tuple(row.path), row.position) for row in rows]


async def ask_tags(uow: UnitOfWork, principal: Principal, edge_id: UUID, source: str) -> EdgeSource:
    """Asks the edge for the tags of a source; it answers within half a minute of its next look. Raises
    `PlantEdgeNotFound`, `EdgeSourceNotFound`."""
    principal.require(Permission.EDIT_PLANT)
    await _told_of(uow, principal, edge_id, source)
    row = await PlantEdges(uow).put_source(edge_id, source)
    row.asked_at = utc_now()
    await uow.session.flush()
    return _source(edge_id, source, row)


async def put_mapping(
    uow: UnitOfWork, principal: Principal, edge_id: UUID, source: str, version: int, mapped: Sequence[MappedAsset]
) -> EdgeSource:
    """Says which tags of a source feed which signals, in place of what was said before. `version` is the one that was
    seen.

    Raises `PlantEdgeNotFound`, `EdgeSourceNotFound`, `AssetNotFound`, `EdgeMappingInvalid`, `EdgeMappingChanged`,
    `AssetMappedElsewhere`.
    """
    principal.require(Permission.EDIT_PLANT)
    said = await _told_of(uow, principal, edge_id, source)
    if said.mapped_in is not MappedIn.PORTAL:
        message = f'{source} is mapped in the edge\'s file. Say mapping = "portal" there and leave its assets out.'
        raise EdgeMappingInvalid(message, field="source")
    store = PlantEdges(uow)
    await store.lock_all()
    row = await store.put_source(edge_id, source)
    if row.version != version:
        message = f"{row.changed_by} changed the mapping of {source} meanwhile. Look at it again; nothing was saved."
        raise EdgeMappingChanged(message, version=row.version)
    ids = [asset.asset_id for asset in mapped]
    found = {asset.id: asset for asset in await assets.get_assets(uow, principal, ids)}
    agreed = {each.id: each.contract for each in await assets.list_contracts(uow, principal)}
    contracts = {id_: (asset.key, agreed[asset.contract_id]) for id_, asset in found.items()}
    mapping.check(mapped, contracts, readings.converts)
    if other := await store.mapped_elsewhere(ids, row.id):
        key = found[other[0]].key
        message = f"{key} is fed by {other[2]} of {other[1]} already: one source makes the rows of an asset."
        raise AssetMappedElsewhere(message, asset=key, edge=other[1], source=other[2])
    row.mapping, row.version = mapping.as_json(mapped), row.version + 1
    row.changed_by, row.changed_at = principal.name, utc_now()
    await uow.session.flush()
    return _source(edge_id, source, row)


async def wanted(uow: UnitOfWork, principal: Principal, name: str) -> Wanted:
    """What the edge of that name is asked to do; nothing for one that never reported. Assets that are no more are left
    out."""
    principal.require(Permission.INGEST)
    store = PlantEdges(uow)
    edge = await store.named(name)
    rows = [] if edge is None else await store.sources(edge.id)
    mapped = {row.source: mapping.from_json(row.mapping) for row in rows}
    ids = {asset.asset_id for each in mapped.values() for asset in each}
    platform = system_principal(uow.tenant)  # whoever may send an asset's rows may know its key and contract
    found = {asset.id: asset for asset in await assets.known_assets(uow, platform, ids)}
    keys = {each.id: each.contract.key for each in await assets.list_contracts(uow, platform)} if found else {}
    sources = {
        source: tuple(
            FeedingAsset(found[each.asset_id].key, keys[found[each.asset_id].contract_id], each.signals)
            for each in feeding
            if each.asset_id in found
        )
        for source, feeding in mapped.items()
    }
    asked = tuple(row.source for row in rows if row.asked_at is not None)
    return Wanted(sum(row.version for row in rows), sources, asked)


async def report_tags(
    uow: UnitOfWork,
    principal: Principal,
    name: str,
    source: str,
    tags: Sequence[Tag],
    start: int = 0,
    why: str = "",
) -> int:
    """Keeps the tags that an edge found, in place of those from `start` on; with `why`, they could not be read, and
    those before stay. Answers how many there are. Raises `EdgeReportInvalid`, `PlantEdgeNotFound`."""
    principal.require(Permission.INGEST)
    store = PlantEdges(uow)
    edge = await store.named(name)
    if edge is None:
        raise PlantEdgeNotFound(f"No edge called {name} has reported yet.", field="name")
    mapping.checked_tags(tags, start)
    row = await store.put_source(edge.id, source)
    row.asked_at, row.why = None, why[: model.LONGEST_TEXT]
    if not why:
        row.read_at, row.tags = utc_now(), start + len(tags)
        await store.put_tags(edge.id, source, tags, start)
    await uow.session.flush()
    return row.tags


async def _told_of(uow: UnitOfWork, principal: Principal, edge_id: UUID, source: str) -> SourceReport:
    """What the edge said last of its source. Raises `PlantEdgeNotFound`, `EdgeSourceNotFound`."""
    edge = await get_edge(uow, principal, edge_id)
    for each in edge.report.sources:
        if each.name == source:
            return each
    raise EdgeSourceNotFound(f"{edge.report.name} has no source “{source}”.", field="source")


def _source(edge_id: UUID, source: str, row: EdgeSourceRow | None) -> EdgeSource:
    if row is None:
        return EdgeSource(edge_id, source, 0, (), None, None, None, None, "", 0)
    return EdgeSource(
        edge_id=edge_id,
        source=source,
        version=row.version,
        assets=mapping.from_json(row.mapping),
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        asked_at=row.asked_at,
        read_at=row.read_at,
        why=row.why,
        tags=row.tags,
    )


def _edge(row: PlantEdgeRow) -> PlantEdge:
    report = model.from_json(row.name, row.report)
    return PlantEdge(row.id, report, row.seen_at, row.key, model.is_silent(row.seen_at, utc_now()))
