"""Standing wishes to retrain, and each occasion on which one came up."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.relay import Page, parse_id
from gateway.schema.kit import Connection, Info, Keyed, Node, connect, loaded, mutation, read_id
from gateway.schema.training import RunType
from services.kernel.rights import Permission as Right
from services.retraining import api as retraining
from services.retraining import contracts
from services.retraining.contracts import OccasionState, Promotion, Trigger, When
from services.training.contracts import StartFrom

if TYPE_CHECKING:
    from gateway.schema.assets import AssetType

AssetRef = Annotated["AssetType", strawberry.lazy("gateway.schema.assets")]
PlanRef = Annotated["RetrainingPlanType", strawberry.lazy("gateway.schema.retraining")]
strawberry.enum(Trigger, name="RetrainingTrigger", description="What a retraining plan waits for.")
strawberry.enum(Promotion, name="RetrainingPromotion", description="Who promotes what passed every gate.")
strawberry.enum(
    OccasionState,
    name="RetrainingState",
    description="What became of an occasion; after `WILL_NOT_HELP` the plan waits for a person.",
)


@strawberry.type(name="RetrainingOccasion", description="One time that a plan came up, for one asset.")
class RetrainingOccasionType:
    moment: datetime = strawberry.field(
        description="When it was due, the regime began, the newest of the alarms was raised, or the drift was found."
    )
    noticed_at: datetime
    start: datetime = strawberry.field(description="Of the range: of the run, or that was judged.")
    end: datetime
    state: OccasionState
    message: str = strawberry.field(description="What it waits for, or what became of it.")
    ended_at: datetime | None

    asset = loaded(AssetRef, "assets", "asset_id")
    plan = loaded(PlanRef, "retraining_plans", "plan_id")
    run = loaded(RunType | None, "runs", "run_id", description="Null: none was started.")


@strawberry.type(description="What a plan waits for; what is of another trigger is null.")
class RetrainingWhen:
    trigger: Trigger
    every_days: int | None
    hour: int | None = strawberry.field(description="0 to 23, local.")
    zone: str | None = strawberry.field(description="A name of the IANA time zone database.")
    delay_hours: int | None = strawberry.field(description="From the start of the regime.")
    alarms: int | None
    within_days: int | None
    looks: int | None = strawberry.field(description="Looks at drift in a row, each about an hour after the last.")


@strawberry.type(name="RetrainingPlan", description="A standing wish to retrain.")
class RetrainingPlanType(Node):
    represents = contracts.Plan
    name: str
    when: RetrainingWhen
    lookback_days: int = strawberry.field(description="A run learns from so many days, at most.")
    labels: str | None = strawberry.field(description="A label query; an empty one means every asset.")
    blueprint: str | None = strawberry.field(description="Null: that of each asset's champion.")
    promotion: Promotion
    start_from: StartFrom
    paused: bool
    next_due: datetime | None = strawberry.field(description="Null: it is paused, or waits for something to happen.")
    since: datetime = strawberry.field(description="What happened before is not looked at.")
    created_by: str
    created_at: datetime

    asset = loaded(AssetRef | None, "assets", "asset_id", description="Null: it goes by labels.")

    @strawberry.field(graphql_type=Connection[RetrainingOccasionType], description="Newest first.")
    @staticmethod
    async def occasions(
        parent: strawberry.Parent[contracts.Plan],
        info: Info,
        first: int = 50,
        after: str | None = None,
        state: OccasionState | None = None,
    ) -> Page[contracts.Occasion]:
        async def ask(size: int, start: object) -> list[contracts.Occasion]:
            return await info.context.read(retraining.list_occasions, parent.id, size, start, state)

        listing = f"retraining_occasions/{parent.id}/{state}"
        return await connect(info, listing, first, after, ask, lambda each: (each.id,), read_id)


@strawberry.type
class RetrainingQuery:
    @strawberry.field(graphql_type=RetrainingPlanType | None)
    async def retraining_plan(self, info: Info, id: strawberry.ID) -> object | None:
        return await info.context.node(id, "RetrainingPlan")

    @strawberry.field(graphql_type=Connection[RetrainingPlanType], description="Newest first.")
    async def retraining_plans(self, info: Info, first: int = 50, after: str | None = None) -> Page[contracts.Plan]:
        async def ask(size: int, start: object) -> list[contracts.Plan]:
            return await info.context.read(retraining.list_plans, size, start)

        return await connect(info, "retraining_plans", first, after, ask, lambda each: (each.id,), read_id)


@strawberry.input
class RetrainingWhenInput:
    trigger: Trigger
    every_days: int | None = strawberry.field(default=None, description="Of `INTERVAL`.")
    hour: int | None = strawberry.field(default=None, description="Of `INTERVAL`: 0 to 23, local.")
    zone: str | None = strawberry.field(default=None, description="Of `INTERVAL`: such as Europe/Vienna.")
    delay_hours: int | None = strawberry.field(
        default=None, description="Of `REGIME_CHANGE`: from the start of the regime, so that it has rows."
    )
    alarms: int | None = strawberry.field(default=None, description="Of `ALARM_FLOOD`: so many of an asset,")
    within_days: int | None = strawberry.field(default=None, description="of `ALARM_FLOOD`: within so many days.")
    looks: int | None = strawberry.field(
        default=None, description="Of `DRIFT`: so many looks in a row, each about an hour after the last."
    )

    def read(self) -> When:
        return When(
            self.trigger,
            self.every_days,
            self.hour,
            self.zone,
            self.delay_hours,
            self.alarms,
            self.within_days,
            self.looks,
        )


@strawberry.input
class CreateRetrainingPlanInput(Keyed):
    name: str
    when: RetrainingWhenInput
    lookback_days: int = strawberry.field(description="A run learns from so many days, at most.")
    labels: str | None = strawberry.field(
        default=None, description="A label query, as in `assets`; an empty one means all. Either this or `assetId`."
    )
    asset_id: strawberry.ID | None = None
    blueprint: str | None = strawberry.field(
        default=None, description="Key of the blueprint; null: that of each asset's champion."
    )
    promotion: Promotion = Promotion.BY_HAND
    start_from: StartFrom = strawberry.field(
        default=StartFrom.NOTHING,
        description="`CHAMPION` updates, as in `startRun`; an asset whose champion cannot be gone on from is trained "
        "anew, and its occasion says why.",
    )

    def read(self) -> contracts.NewPlan:
        return contracts.NewPlan(
            name=self.name,
            when=self.when.read(),
            lookback_days=self.lookback_days,
            labels=self.labels,
            asset_id=None if self.asset_id is None else parse_id(self.asset_id, "Asset", "assetId"),
            blueprint=self.blueprint,
            promotion=self.promotion,
            start_from=self.start_from,
        )


@strawberry.input
class ChangeRetrainingPlanInput(CreateRetrainingPlanInput):
    plan_id: strawberry.ID = strawberry.field(description="All of it is said anew.")


@strawberry.input
class RetrainingPlanInput(Keyed):
    plan_id: strawberry.ID

    def read(self) -> object:
        return parse_id(self.plan_id, "RetrainingPlan", "planId")


@strawberry.type
class RetrainingMutation:
    @mutation(
        Right.EDIT_BLUEPRINTS,
        "CreateRetrainingPlanResult",
        RetrainingPlanType,
        "From now on its assets are retrained whenever it comes up.",
    )
    async def create_retraining_plan(self, info: Info, input: CreateRetrainingPlanInput) -> contracts.Plan:
        return await info.context.change(retraining.create_plan, input.read())

    @mutation(
        Right.EDIT_BLUEPRINTS,
        "ChangeRetrainingPlanResult",
        RetrainingPlanType,
        "Says the plan anew; it begins afresh, also for assets for which it waited for a person.",
    )
    async def change_retraining_plan(self, info: Info, input: ChangeRetrainingPlanInput) -> contracts.Plan:
        plan_id = parse_id(input.plan_id, "RetrainingPlan", "planId")
        return await info.context.change(retraining.change_plan, plan_id, input.read())

    @mutation(
        Right.TRAIN,
        "PauseRetrainingPlanResult",
        RetrainingPlanType,
        "Nothing is started any more; runs that go on are followed to their end.",
    )
    async def pause_retraining_plan(self, info: Info, input: RetrainingPlanInput) -> contracts.Plan:
        return await info.context.change(retraining.pause_plan, input.read())

    @mutation(
        Right.TRAIN,
        "ResumeRetrainingPlanResult",
        RetrainingPlanType,
        "It goes on from now, also for assets for which it waited for a person.",
    )
    async def resume_retraining_plan(self, info: Info, input: RetrainingPlanInput) -> contracts.Plan:
        return await info.context.change(retraining.resume_plan, input.read())

    @mutation(
        Right.EDIT_BLUEPRINTS,
        "RemoveRetrainingPlanResult",
        RetrainingPlanType,
        "Removes it with its occasions; runs go on, and nothing of them is promoted.",
    )
    async def remove_retraining_plan(self, info: Info, input: RetrainingPlanInput) -> contracts.Plan:
        return await info.context.change(retraining.remove_plan, input.read())
