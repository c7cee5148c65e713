"""The loop ledger: how long loops took, and where the time went."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.relay import Page, parse_id
from gateway.schema.kit import Connection, Info, Keyed, Shows, aware, connect, loaded, mutation, read_time_and_id
from gateway.schema.registry import ModelVersionType
from services.kernel.rights import Permission as Right
from services.ledger import api as ledger
from services.ledger import contracts
from services.ledger.contracts import Begin, LoopEnd, LoopStage, LoopState, StepBack

if TYPE_CHECKING:
    from gateway.schema.assets import AssetType

AssetRef = Annotated["AssetType", strawberry.lazy("gateway.schema.assets")]
strawberry.enum(
    LoopStage, description="Observe: changed until noticed; orient: until data was chosen; decide: until gates were "
    "passed; act: until the champion is live."
)  # fmt: skip
strawberry.enum(LoopState, description="Where a loop is: under way, ended with a champion, or ended without.")
strawberry.enum(Begin, name="LoopBegin", description="What a loop began with.")
strawberry.enum(LoopEnd, description="Why a loop ended.")
strawberry.enum(StepBack, description="Why a loop went back to an earlier stage.")


@strawberry.type(name="LoopStay", description="A time that a loop spent in a stage.")
class StayType:
    stage: LoopStage
    entered_at: datetime
    left_at: datetime | None = strawberry.field(description="Null: it is there now.")
    back: StepBack | None = strawberry.field(description="Why it left to an earlier stage.")


@strawberry.type(name="Loop", description="From a change of an asset to a champion that knows it.")
class LoopType(Shows):
    represents = contracts.Loop
    begun_by: Begin
    changed_at: datetime = strawberry.field(description="Source time of the event, or of the row that raised an alarm.")
    noticed_at: datetime
    state: LoopState
    stage: LoopStage | None = strawberry.field(description="Where it waits now; null once it ended.")
    ended_at: datetime | None
    end: LoopEnd | None
    live_at: datetime | None = strawberry.field(description="When a version of it was first champion.")
    blueprint: str | None = strawberry.field(description="Of its newest run.")
    steps_back: int
    hands_on_s: int | None = strawberry.field(
        name="handsOnSeconds",
        description="How long people worked on the asset in the portal between the change was noticed and the loop's "
        "end, or now; null where nothing was counted.",
    )

    @strawberry.field(graphql_type=list[StayType], description="Oldest first.")
    @staticmethod
    def stays(parent: strawberry.Parent[contracts.Loop]) -> list[contracts.Stay]:
        return list(parent.stays)

    version = loaded(ModelVersionType | None, "versions", "version_id", description="The champion that closed it.")
    asset = loaded(AssetRef, "assets", "asset_id")


@strawberry.type(name="LoopSpread", description="Seconds, over loops; null where there is none.")
class SpreadType:
    median: float | None
    p90: float | None = strawberry.field(description="Nine of ten loops took no longer.")


@strawberry.type(name="LoopStageSummary")
class StageSummaryType:
    stage: LoopStage
    spread: SpreadType
    share: float | None = strawberry.field(description="Of the time of all closed loops together.")
    waiting: int = strawberry.field(description="Open loops that are in it now.")


@strawberry.type(name="LoopMonth", description="Loops that closed in a month (UTC).")
class MonthType:
    start: datetime
    loops: int
    total: SpreadType

    @strawberry.field(graphql_type=list[float | None], description="Seconds, in the order of `LoopStage`.")
    @staticmethod
    def medians(parent: strawberry.Parent[contracts.Month]) -> list[float | None]:
        return list(parent.medians)


@strawberry.type(name="LoopStated", description="A stated time that loops are held against; not measured.")
class StatedType:
    name: str
    seconds: float
    source: str
    within: float | None = strawberry.field(description="Share of closed loops that took no longer.")


@strawberry.type(name="LoopSummary", description="Closed loops of the last months, and what is open now.")
class LoopSummaryType:
    since: datetime
    closed: int
    open: int
    abandoned: int
    steps_back: int
    total: SpreadType
    hands_on: SpreadType = strawberry.field(description="Of people's work in loops of which any was counted.")
    counted: int = strawberry.field(description="Closed loops of which any work was counted.")
    bottleneck: LoopStage | None = strawberry.field(description="The stage that took the largest share.")
    judged: int = strawberry.field(description="Loops whose champion first went live more than 30 days ago.")
    healthy: int = strawberry.field(description="Those that were in production and healthy 30 days later.")
    success_rate: float | None = strawberry.field(description="`healthy` of `judged`; null where none can be judged.")

    @strawberry.field(graphql_type=list[StageSummaryType], description="In the order of `LoopStage`.")
    @staticmethod
    def stages(parent: strawberry.Parent[contracts.LoopSummary]) -> list[contracts.StageSummary]:
        return list(parent.stages)

    @strawberry.field(graphql_type=list[MonthType], description="Months in which a loop closed, oldest first.")
    @staticmethod
    def months(parent: strawberry.Parent[contracts.LoopSummary]) -> list[contracts.Month]:
        return list(parent.months)

    @strawberry.field(graphql_type=list[StatedType])
    @staticmethod
    def stated(parent: strawberry.Parent[contracts.LoopSummary]) -> list[contracts.Stated]:
        return list(parent.stated)


@strawberry.type
class LedgerQuery:
    @strawberry.field(
        graphql_type=Connection[LoopType],
        description="Loops, the newest change first; of one asset, open or ended ones only, where that is asked for.",
    )
    async def loops(
        self,
        info: Info,
        asset_id: strawberry.ID | None = None,
        open: bool | None = None,
        first: int = 50,
        after: str | None = None,
    ) -> Page[contracts.Loop]:
        asset = None if asset_id is None else parse_id(asset_id, "Asset", "assetId")

        async def ask(size: int, start: object) -> list[contracts.Loop]:
            return await info.context.read(ledger.list_loops, asset, open, size, start)

        return await connect(info, "loops", first, after, ask, lambda one: (one.changed_at, one.id), read_time_and_id)

    @strawberry.field(
        graphql_type=LoopSummaryType,
        description="Loops of the tenant, of an asset or of a fleet, over 1 to 36 months of 30 days.",
    )
    async def loop_summary(
        self,
        info: Info,
        months: int = 12,
        asset_id: strawberry.ID | None = None,
        blueprint: str | None = None,
    ) -> contracts.LoopSummary:
        asset = None if asset_id is None else parse_id(asset_id, "Asset", "assetId")
        return await info.context.read(ledger.summary, months, asset, blueprint)


@strawberry.input(description="Work of one person on one asset within a minute.")
class HandsOnSpellInput:
    asset_id: strawberry.ID
    at: datetime = strawberry.field(description="When it began.")
    seconds: int = strawberry.field(description="1 to 60.")

    def contract(self, place: str) -> contracts.Spell:
        asset = parse_id(self.asset_id, "Asset", f"{place}.assetId")
        return contracts.Spell(asset, aware(self.at, f"{place}.at"), self.seconds)


@strawberry.input
class ReportHandsOnInput(Keyed):
    spells: list[HandsOnSpellInput]


@strawberry.type(description="Work that was counted.")
class HandsOnReport:
    seconds: int


@strawberry.type
class LedgerMutation:
    @mutation(
        Right.VIEW,
        "ReportHandsOnResult",
        HandsOnReport,
        "Counts work of people on assets; the portal does so while somebody works in it. Nobody is named.",
    )
    async def report_hands_on(self, info: Info, input: ReportHandsOnInput) -> HandsOnReport:
        spells = [each.contract(f"spells.{place}") for place, each in enumerate(input.spells)]
        return HandsOnReport(seconds=await info.context.change(ledger.note_hands_on, spells))
