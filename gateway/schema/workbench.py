"""Workbenches: a JupyterLab for a member beside the tenant's data."""

from datetime import datetime

import strawberry

from gateway.relay import parse_id
from gateway.schema.kit import Info, Keyed, Node, mutation
from services.enclaves import api as enclaves
from services.enclaves.contracts import ClusterState
from services.enclaves.platform import Ground
from services.kernel.rights import Permission as Right
from services.workbench import api as workbench
from services.workbench import contracts


@strawberry.type(name="Workbench", description="A JupyterLab for one member. Their files stay when it is stopped.")
class WorkbenchType(Node):
    represents = contracts.Workbench
    member: str = strawberry.field(description="Name of who it is for.")
    state: ClusterState
    detail: str = strawberry.field(description="What it is doing, or why it ended.")
    started_at: datetime | None = strawberry.field(description="When it was asked for last.")
    ends_at: datetime | None = strawberry.field(description="When it is stopped whatever it does.")
    memory_bytes: int | None = strawberry.field(description="What it holds; null until it was measured.")


@strawberry.type(name="WorkbenchEntrance")
class WorkbenchEntranceType:
    url: str = strawberry.field(description="Good once, within a minute: opens the workbench in a browser.")


@strawberry.type
class WorkbenchQuery:
    @strawberry.field(
        graphql_type=WorkbenchType | None, description="One's own; null before the first. Needs `USE_WORKBENCH`."
    )
    async def workbench(self, info: Info) -> contracts.Workbench | None:
        return await info.context.read(workbench.my_workbench, _ground(info))

    @strawberry.field(graphql_type=list[WorkbenchType], description="Of all members. Needs `MANAGE_MEMBERS`.")
    async def workbenches(self, info: Info) -> list[contracts.Workbench]:
        return await info.context.read(workbench.list_workbenches, _ground(info))


@strawberry.input
class StartWorkbenchInput(Keyed): ...


@strawberry.input
class OpenWorkbenchInput(Keyed): ...


@strawberry.input
class StopWorkbenchInput(Keyed):
    workbench_id: strawberry.ID


@strawberry.type
class WorkbenchMutation:
    @mutation(
        Right.USE_WORKBENCH,
        "StartWorkbenchResult",
        WorkbenchType,
        "Asks for one's own workbench; it is ready within seconds.",
    )
    async def start_workbench(self, info: Info, input: StartWorkbenchInput) -> contracts.Workbench:
        del input
        return await info.context.change(workbench.start_workbench, _ground(info), info.context.platform.clock())

    @mutation(
        Right.USE_WORKBENCH,
        "OpenWorkbenchResult",
        WorkbenchEntranceType,
        "An address that opens one's own workbench in a browser.",
    )
    async def open_workbench(self, info: Info, input: OpenWorkbenchInput) -> WorkbenchEntranceType:
        del input
        context = info.context
        visit = await info.context.change(workbench.open_workbench, _ground(info), context.platform.clock())
        return WorkbenchEntranceType(url=context.workbenches.enter(context.principal.tenant, visit, context.host))

    @mutation(
        Right.USE_WORKBENCH,
        "StopWorkbenchResult",
        WorkbenchType,
        "Ends its kernels; files stay. One's own, or with `MANAGE_MEMBERS` any.",
    )
    async def stop_workbench(self, info: Info, input: StopWorkbenchInput) -> contracts.Workbench:
        workbench_id = parse_id(input.workbench_id, "Workbench", "workbenchId")
        clock = info.context.platform.clock
        return await info.context.change(workbench.stop_workbench, _ground(info), workbench_id, clock())


def _ground(info: Info) -> Ground:
    return enclaves.grounded(info.context.platform)
