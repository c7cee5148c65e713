"""The only door to what edges say of themselves.

An edge reports with the key that it sends rows with. Whoever may see the plant may see its edges.
"""

from uuid import UUID

from services.edges import model
from services.edges.contracts import PlantEdge, Report
from services.edges.errors import PlantEdgeNotFound, TooManyEdges
from services.edges.repository import PlantEdges
from services.edges.tables import PlantEdgeRow
from services.kernel.clock import utc_now
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork


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


def _edge(row: PlantEdgeRow) -> PlantEdge:
    report = model.from_json(row.name, row.report)
    return PlantEdge(row.id, report, row.seen_at, row.key, model.is_silent(row.seen_at, utc_now()))
