"""Runs of training and the gates their versions had to pass."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from gateway.relay import Page, page_size, parse_id
from gateway.schema.kit import Connection, Info, Measure, Node, aware, connect, measures, mutation, read_id
from services.assets.contracts import Asset
from services.datasets import api as datasets
from services.datasets.contracts import Snapshot
from services.kernel.rights import Permission as Right
from services.training import api as training
from services.training import contracts

AssetRef = Annotated["AssetType", strawberry.lazy("gateway.schema.assets")]
RunState = strawberry.enum(contracts.RunState, description="How far a run is.")


@strawberry.type(name="Snapshot", description="Frozen rows, addressed by the digest of their content.")
class SnapshotType:
    digest: str
    contract_version: int
    start: datetime
    end: datetime
    rows: int
    assets: int
    created_at: datetime


@strawberry.type(name="Gate", description="A check that one asset's new version had to pass.")
class GateType:
    key: str
    passed: bool
    value: float | None
    limit: float | None
    sentence: str

    @strawberry.field(graphql_type=AssetRef)
    async def asset(self: strawberry.Parent[contracts.Gate], info: Info) -> Asset | None:
        return await info.context.loaders.assets.load(self.asset_id)


@strawberry.type(name="Run", description="One execution of training for one or many assets.")
class RunType(Node):
    represents = contracts.Run
    blueprint: str
    blueprint_version: str
    start: datetime
    end: datetime
    seed: int
    state: RunState
    progress: float = strawberry.field(description="0 to 1, of the whole run.")
    message: str = strawberry.field(description="What is happening or what went wrong.")
    snapshot_digest: str | None
    created_by: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @strawberry.field
    def parameters(self: strawberry.Parent[contracts.Run]) -> list[Measure]:
        return measures(self.parameters)

    @strawberry.field(description="Seconds spent in each state so far.")
    def stages(self: strawberry.Parent[contracts.Run]) -> list[Measure]:
        return measures(self.stages)

    @strawberry.field(graphql_type=list[AssetRef])
    async def assets(self: strawberry.Parent[contracts.Run], info: Info, first: int = 100) -> list[Asset | None]:
        return await info.context.loaders.assets.load_many(self.asset_ids[: page_size(first)])

    @strawberry.field
    def asset_count(self: strawberry.Parent[contracts.Run]) -> int:
        return len(self.asset_ids)

    @strawberry.field(graphql_type=list[GateType])
    async def gates(self: strawberry.Parent[contracts.Run], info: Info) -> list[contracts.Gate]:
        return await info.context.read(training.gates_of, self.id)

    @strawberry.field(graphql_type=SnapshotType | None)
    async def snapshot(self: strawberry.Parent[contracts.Run], info: Info) -> Snapshot | None:
        return self.snapshot_digest and await info.context.read(datasets.get_snapshot, self.snapshot_digest)


async def runs_page(info: Info, asset: UUID | None, first: int, after: str | None) -> Page[contracts.Run]:
    async def ask(size: int, start: object) -> list[contracts.Run]:
        return await info.context.read(training.list_runs, asset_id=asset, first=size, after=start)

    return await connect(info, f"runs/{asset}", first, after, ask, lambda run: (run.id,), read_id)


@strawberry.type
class TrainingQuery:
    @strawberry.field(graphql_type=RunType | None)
    async def run(self, info: Info, id: strawberry.ID) -> contracts.Run | None:
        return await info.context.find("Run", id)

    @strawberry.field(graphql_type=Connection[RunType], description="Newest first.")
    async def runs(self, info: Info, first: int = 50, after: str | None = None) -> Page[contracts.Run]:
        return await runs_page(info, None, first, after)


@strawberry.input
class ParameterInput:
    key: str
    value: float


@strawberry.input
class StartRunInput:
    blueprint: str = strawberry.field(description="Key of the blueprint.")
    asset_ids: list[strawberry.ID]
    start: datetime
    end: datetime
    parameters: list[ParameterInput] = strawberry.field(default_factory=list)
    seed: int = 0


@strawberry.input
class CancelRunInput:
    run_id: strawberry.ID


@strawberry.type
class TrainingMutation:
    @mutation(Right.TRAIN, "StartRunResult", RunType, "Trains new versions for the assets on the rows of a range.")
    async def start_run(self, info: Info, input: StartRunInput) -> contracts.Run:
        command = contracts.StartRun(
            blueprint=input.blueprint,
            asset_ids=tuple(parse_id(id, "Asset", "assetIds") for id in input.asset_ids),
            start=aware(input.start, "start"),
            end=aware(input.end, "end"),
            parameters={each.key: each.value for each in input.parameters},
            seed=input.seed,
        )
        return await info.context.change(training.start_run, command)

    @mutation(Right.TRAIN, "CancelRunResult", RunType, "Stops a run. What it trained so far is thrown away.")
    async def cancel_run(self, info: Info, input: CancelRunInput) -> contracts.Run:
        return await info.context.change(training.cancel_run, parse_id(input.run_id, "Run", "runId"))
