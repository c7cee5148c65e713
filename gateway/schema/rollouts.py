"""Rollouts: a blueprint to many assets by cohorts, and what it came to for each."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from gateway.relay import Page, parse_id
from gateway.schema.job import JobCountsType, JobType
from gateway.schema.kit import (
    Connection,
    Info,
    Keyed,
    Measure,
    aware,
    connect,
    loaded,
    measures,
    mutation,
    read_id,
    read_number,
)
from gateway.schema.registry import ModelVersionType
from gateway.schema.training import OverrideInput, ParameterInput, RunType, overrides_by_asset
from services.bulk import facts
from services.kernel.rights import Permission as Right
from services.rollouts import api as rollouts
from services.rollouts import contracts
from services.rollouts.contracts import MOST_FAILING, SHARES, RolloutAssetState, RolloutState

if TYPE_CHECKING:
    from gateway.schema.assets import AssetType

AssetRef = Annotated["AssetType", strawberry.lazy("gateway.schema.assets")]
strawberry.enum(RolloutState, description="How far a rollout is; `PAUSED` waits for a person.")
strawberry.enum(RolloutAssetState, description="How far an asset of a rollout is.")


@strawberry.type(description="How many assets are in a state.")
class RolloutCount:
    state: RolloutAssetState
    assets: int


@strawberry.type(name="Cohort", description="The assets that a rollout trains in one run.")
class CohortType:
    number: int = strawberry.field(description="From 1.")

    @strawberry.field(description="States without an asset are left out.")
    @staticmethod
    def counts(parent: strawberry.Parent[contracts.Cohort]) -> list[RolloutCount]:
        states = (state for state in RolloutAssetState if state in parent.counts)
        return [RolloutCount(state=state, assets=parent.counts[state]) for state in states]


@strawberry.type(name="RolloutAsset", description="What a rollout came to for one of its assets.")
class RolloutAssetType:
    cohort: int
    state: RolloutAssetState
    reason: str | None = strawberry.field(
        description="Why it is quarantined or left, or keeps its version after a rollback."
    )

    @strawberry.field(description="Those that were given for this asset alone.")
    @staticmethod
    def parameters(parent: strawberry.Parent[contracts.RolloutAsset]) -> list[Measure]:
        return measures(parent.parameters)

    asset = loaded(AssetRef, "assets", "asset_id")
    run = loaded(RunType | None, "runs", "run_id", description="The run that trained it.")
    version = loaded(ModelVersionType | None, "versions", "version_id", description="What was promoted.")


@strawberry.type(name="Rollout", description="A blueprint that is brought to many assets by cohorts.")
class RolloutType(JobType):
    represents = contracts.Rollout
    blueprint: str
    start: datetime
    end: datetime
    seed: int
    shares: list[float] = strawberry.field(description="Share of all assets that is reached with each cohort.")
    most_failing: float = strawberry.field(description="Most of a cohort that may fail before the rollout pauses.")
    by_hand: bool = strawberry.field(description="Whether it pauses before each cohort but the first.")
    asset_count: int
    state: RolloutState
    message: str = strawberry.field(description="What is happening, or why it waits.")
    cohort: int = strawberry.field(description="Which one it is at, from 1.")
    cohort_count: int
    created_by: str
    created_at: datetime
    ended_at: datetime | None

    @strawberry.field(description="It begins as it is asked for.")
    @staticmethod
    def started_at(parent: strawberry.Parent[contracts.Rollout]) -> datetime | None:
        return parent.created_at

    @strawberry.field(description="Share of its assets for which nothing more comes, 0 to 1.")
    @staticmethod
    async def progress(parent: strawberry.Parent[contracts.Rollout], info: Info) -> float:
        return facts.progress_of(parent, await info.context.loaders.cohorts.load(parent.id) or [])

    @strawberry.field(graphql_type=JobCountsType)
    @staticmethod
    async def counts(parent: strawberry.Parent[contracts.Rollout], info: Info) -> facts.Counts:
        return facts.counts_of(parent, await info.context.loaders.cohorts.load(parent.id) or [])

    @strawberry.field
    @staticmethod
    def parameters(parent: strawberry.Parent[contracts.Rollout]) -> list[Measure]:
        return measures(parent.parameters)

    run = loaded(RunType | None, "runs", "run_id", description="The run that trains the present cohort.")

    @strawberry.field(graphql_type=list[CohortType])
    @staticmethod
    async def cohorts(parent: strawberry.Parent[contracts.Rollout], info: Info) -> list[contracts.Cohort]:
        return await info.context.loaders.cohorts.load(parent.id) or []

    @strawberry.field(
        graphql_type=Connection[RolloutAssetType], description="In the order of the rollout, or those in a state."
    )
    @staticmethod
    async def assets(
        parent: strawberry.Parent[contracts.Rollout],
        info: Info,
        first: int = 50,
        after: str | None = None,
        state: RolloutAssetState | None = None,
    ) -> Page[contracts.RolloutAsset]:
        async def ask(size: int, start: object) -> list[contracts.RolloutAsset]:
            return await info.context.read(rollouts.list_rollout_assets, parent.id, size, start, state)

        listing = f"rollout_assets/{parent.id}/{state}"
        return await connect(info, listing, first, after, ask, lambda each: (each.position,), read_number)


@strawberry.type
class RolloutsQuery:
    @strawberry.field(graphql_type=RolloutType | None)
    async def rollout(self, info: Info, id: strawberry.ID) -> object | None:
        return await info.context.node(id, "Rollout")

    @strawberry.field(graphql_type=Connection[RolloutType], description="Newest first.")
    async def rollouts(self, info: Info, first: int = 50, after: str | None = None) -> Page[contracts.Rollout]:
        async def ask(size: int, start: object) -> list[contracts.Rollout]:
            return await info.context.read(rollouts.list_rollouts, size, start)

        return await connect(info, "rollouts", first, after, ask, lambda each: (each.id,), read_id)


@strawberry.input
class StartRolloutInput(Keyed):
    blueprint: str = strawberry.field(description="Key of the blueprint.")
    asset_ids: list[strawberry.ID] = strawberry.field(default_factory=list)
    labels: str | None = strawberry.field(
        default=None,
        description="A label query instead of ids: all assets that match it now and keep to the blueprint's contract; "
        "an empty one means all of those.",
    )
    start: datetime
    end: datetime
    parameters: list[ParameterInput] = strawberry.field(default_factory=list)
    overrides: list[OverrideInput] = strawberry.field(
        default_factory=list, description="What single assets have instead, as in `startRun`."
    )
    seed: int = 0
    shares: list[float] = strawberry.field(
        default_factory=lambda: list(SHARES), description="Share of all assets reached with each cohort, rising to 1."
    )
    most_failing: float = strawberry.field(
        default=MOST_FAILING, description="Most of a cohort, 0 to 1, that may fail before the rollout pauses."
    )
    by_hand: bool = strawberry.field(default=False, description="Pause before each cohort but the first.")


@strawberry.input
class RolloutInput(Keyed):
    rollout_id: strawberry.ID

    def uuid(self) -> UUID:
        return parse_id(self.rollout_id, "Rollout", "rolloutId")


@strawberry.input
class PauseRolloutInput(RolloutInput): ...


@strawberry.input
class ResumeRolloutInput(RolloutInput): ...


@strawberry.input
class CancelRolloutInput(RolloutInput): ...


@strawberry.input
class RollBackRolloutInput(RolloutInput): ...


@strawberry.type
class RolloutsMutation:
    @mutation(
        Right.PROMOTE,
        "StartRolloutResult",
        RolloutType,
        "Trains and promotes new versions cohort by cohort; the right to train is needed as well.",
    )
    async def start_rollout(self, info: Info, input: StartRolloutInput) -> contracts.Rollout:
        command = contracts.StartRollout(
            blueprint=input.blueprint,
            asset_ids=tuple(parse_id(id, "Asset", "assetIds") for id in input.asset_ids),
            start=aware(input.start, "start"),
            end=aware(input.end, "end"),
            labels=input.labels,
            parameters={each.key: each.value for each in input.parameters},
            overrides=overrides_by_asset(input.overrides),
            seed=input.seed,
            shares=tuple(input.shares),
            most_failing=input.most_failing,
            by_hand=input.by_hand,
        )
        return await info.context.change(rollouts.start_rollout, command)

    @mutation(Right.PROMOTE, "PauseRolloutResult", RolloutType, "Lets the run under way end and nothing follow it.")
    async def pause_rollout(self, info: Info, input: PauseRolloutInput) -> contracts.Rollout:
        return await info.context.change(rollouts.pause_rollout, input.uuid())

    @mutation(Right.PROMOTE, "ResumeRolloutResult", RolloutType, "Goes on: what passed is promoted.")
    async def resume_rollout(self, info: Info, input: ResumeRolloutInput) -> contracts.Rollout:
        return await info.context.change(rollouts.resume_rollout, input.uuid())

    @mutation(Right.PROMOTE, "CancelRolloutResult", RolloutType, "Ends it; what was promoted stays.")
    async def cancel_rollout(self, info: Info, input: CancelRolloutInput) -> contracts.Rollout:
        return await info.context.change(rollouts.cancel_rollout, input.uuid())

    @mutation(
        Right.PROMOTE,
        "RollBackRolloutResult",
        RolloutType,
        "Ends it, and brings the champions before back wherever its versions are in place.",
    )
    async def roll_back_rollout(self, info: Info, input: RollBackRolloutInput) -> contracts.Rollout:
        return await info.context.change(rollouts.roll_back_rollout, input.uuid())
