"""Runs of training and the gates their versions had to pass."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from gateway.relay import Page, parse_id
from gateway.schema.blueprints import BlueprintVersionType
from gateway.schema.changes import SINCE, changed
from gateway.schema.job import JobType
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
    read_place,
)
from gateway.schema.suitability import MOST_SHOWN, Fitness
from services.datasets import api as datasets
from services.datasets.contracts import Snapshot
from services.kernel.errors import Invalid
from services.kernel.rights import Permission as Right
from services.registry import api as registry
from services.registry.contracts import Alias
from services.suitability import api as suitability
from services.suitability.contracts import Range
from services.training import api as training
from services.training import contracts
from services.training.contracts import InVain, RunState, StartFrom

if TYPE_CHECKING:
    from gateway.schema.assets import AssetType

AssetRef = Annotated["AssetType", strawberry.lazy("gateway.schema.assets")]
strawberry.enum(RunState, description="How far a run is.")
strawberry.enum(InVain, name="InVain", description="Why retraining will not help.")
strawberry.enum(StartFrom, description="Which weights a run starts from.")


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

    @strawberry.field(description="In words.")
    @staticmethod
    def title(parent: strawberry.Parent[contracts.Gate]) -> str:
        return training.gate_title(parent.key)

    passed: bool
    value: float | None
    limit: float | None
    sentence: str

    asset = loaded(AssetRef, "assets", "asset_id")


@strawberry.type(name="Finding", description="What a run found about an asset beside its gates; it stops nothing.")
class FindingType:
    key: str
    value: float | None
    before: float | None = strawberry.field(description="The same without what the run did for it.")
    limit: float | None
    sentence: str


@strawberry.type(name="RunAsset", description="What a run came to for one of its assets.")
class RunAssetType:
    stopped: bool = strawberry.field(description="Whether a gate stopped it, or it got no version.")
    problem: str | None = strawberry.field(description="Why it got no version although the run went on.")
    findings: list[FindingType] = strawberry.field(description="None before the run was checked.")

    @strawberry.field(description="Those of its own, in which it differs from the run.")
    @staticmethod
    def parameters(parent: strawberry.Parent[contracts.RunAsset]) -> list[Measure]:
        return measures(parent.parameters)

    asset = loaded(AssetRef, "assets", "asset_id")

    @strawberry.field(
        graphql_type=list[GateType], description="In the order of the checks; none before they were made."
    )
    @staticmethod
    async def gates(parent: strawberry.Parent[contracts.RunAsset], info: Info) -> list[contracts.Gate]:
        return await info.context.loaders.gates.load((parent.run_id, parent.asset_id)) or []


@strawberry.type(name="JudgedFactor", description="A factor as it was when the run was started.")
class JudgedFactorType:
    code: str
    verdict: Fitness
    value: float
    care: float
    refuse: float | None
    sentence: str


@strawberry.type(name="RangeVerdict", description="The verdict on a run's range, as it was at the start.")
class RangeVerdictType:
    verdict: Fitness
    rows: int
    factors: list[JudgedFactorType]


@strawberry.type(name="Run", description="One execution of training for one or many assets.")
class RunType(JobType):
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
    asset_count: int
    suitability: RangeVerdictType | None = strawberry.field(
        description="What was judged of its range at the start; null where nobody did, as for runs that lend models."
    )
    override_reason: str | None = strawberry.field(description="Why a range was taken although it did not fit.")
    borrows: bool = strawberry.field(description="Whether it adapts models of other assets and trains none.")
    start_from: StartFrom

    @strawberry.field
    @staticmethod
    def parameters(parent: strawberry.Parent[contracts.Run]) -> list[Measure]:
        return measures(parent.parameters)

    declared = loaded(
        BlueprintVersionType | None,
        "declared",
        "declared_id",
        description="The blueprint version with all that it declared; null for runs from before that was recorded.",
    )

    @strawberry.field(description="How many of its versions wait to be promoted; `promoteRun` promotes them all.")
    @staticmethod
    async def challengers(parent: strawberry.Parent[contracts.Run], info: Info) -> int:
        return (await info.context.read(registry.alias_counts, parent.id)).get(Alias.CHALLENGER, 0)

    @strawberry.field(description="How many of its versions answer; `undoRun` brings back the champions before.")
    @staticmethod
    async def champions(parent: strawberry.Parent[contracts.Run], info: Info) -> int:
        return (await info.context.read(registry.alias_counts, parent.id)).get(Alias.CHAMPION, 0)

    @strawberry.field(description="Seconds spent in each state so far.")
    @staticmethod
    def stages(parent: strawberry.Parent[contracts.Run]) -> list[Measure]:
        return measures(parent.stages)

    @strawberry.field(
        graphql_type=Connection[RunAssetType],
        description="Those that a gate stopped or that got no version first, else in the order of the run. `stopped`: "
        "only those; `overridden`: only those with parameters of their own.",
    )
    @staticmethod
    async def assets(
        parent: strawberry.Parent[contracts.Run],
        info: Info,
        first: int = 50,
        after: str | None = None,
        stopped: bool = False,
        overridden: bool = False,
    ) -> Page[contracts.RunAsset]:
        async def ask(size: int, start: object) -> list[contracts.RunAsset]:
            return await info.context.read(training.list_run_assets, parent.id, size, start, stopped, overridden)

        listing = f"run_assets/{parent.id}/{stopped}/{overridden}"
        return await connect(
            info, listing, first, after, ask, lambda each: (int(each.stopped), each.position), read_place
        )

    @strawberry.field(
        graphql_type=Connection[GateType],
        description="Every verdict on every asset, or those on the asset of that key; asset by asset, in the order of "
        "the checks. `failed`: only those that were not passed.",
    )
    @staticmethod
    async def gates(
        parent: strawberry.Parent[contracts.Run],
        info: Info,
        first: int = 50,
        after: str | None = None,
        asset_key: str | None = None,
        failed: bool = False,
    ) -> Page[contracts.Gate]:
        async def ask(size: int, start: int | None) -> list[contracts.Gate]:
            if asset_key is None:
                return await info.context.read(training.list_gates, parent.id, size, start, failed)
            asset = await info.context.loaders.assets_by_key.load(asset_key)
            its = (await info.context.loaders.gates.load((parent.id, asset.id)) or []) if asset else []
            behind = -1 if start is None else start
            return [one for one in its if one.number > behind and not (failed and one.passed)][:size]

        listing = f"gates/{parent.id}/{asset_key}/{failed}"
        return await connect(info, listing, first, after, ask, lambda each: (each.number,), read_number)

    @strawberry.field(graphql_type=SnapshotType | None)
    @staticmethod
    async def snapshot(parent: strawberry.Parent[contracts.Run], info: Info) -> Snapshot | None:
        if parent.snapshot_digest is None:
            return None
        return await info.context.read_or_none(datasets.get_snapshot, parent.snapshot_digest)


@strawberry.type(name="Fared", description="How models fared that were trained on ranges of one verdict.")
class FaredType:
    verdict: Fitness
    runs: int
    assets: int
    passed: int = strawberry.field(description="Assets whose version passed every gate.")
    held_out: float | None = strawberry.field(
        description="Mean share of held-out rows found abnormal; null where no version was judged."
    )


@strawberry.type(name="SuitabilityCalibration", description="Verdicts on ranges, held against what runs achieved.")
class CalibrationType:
    assets: int
    agreement: float | None = strawberry.field(
        description="Share of assets of which verdict and gates said the same; null before any run ended."
    )
    verdicts: list[FaredType] = strawberry.field(description="The best first; those without a run are left out.")


@strawberry.type(name="WillNotHelp", description="That retraining an asset will not help, and what will.")
class WillNotHelpType:
    reason: InVain
    sentence: str

    asset = loaded(AssetRef, "assets", "asset_id")


@strawberry.type(name="RetrainOutlook", description="What is known of a run before it is started.")
class OutlookType:
    update_obstacle: str | None = strawberry.field(
        description="Why the assets' champions cannot be updated; null where they can."
    )

    @strawberry.field(
        graphql_type=list[WillNotHelpType],
        description="The first 20 assets that retraining will not help, of 200 that are looked at.",
    )
    @staticmethod
    def will_not_help(parent: strawberry.Parent[contracts.Outlook]) -> list[contracts.WillNotHelp]:
        return list(parent.will_not_help[:MOST_SHOWN])


async def runs_page(
    info: Info, asset: UUID | None, first: int, after: str | None, blueprint: str | None = None
) -> Page[contracts.Run]:
    async def ask(size: int, start: object) -> list[contracts.Run]:
        found = {"asset_id": asset, "first": size, "after": start, "blueprint": blueprint}
        return await info.context.read(training.list_runs, **found)

    listing = f"runs/{asset}" if blueprint is None else f"runs/{blueprint}"
    return await connect(info, listing, first, after, ask, lambda run: (run.id,), read_id)


@strawberry.type
class TrainingQuery:
    @strawberry.field(graphql_type=RunType | None)
    async def run(self, info: Info, id: strawberry.ID) -> object | None:
        return await info.context.node(id, "Run")

    @strawberry.field(
        graphql_type=CalibrationType, description="Over the newest thousand runs that ended with a verdict."
    )
    async def suitability_calibration(self, info: Info) -> contracts.Calibration:
        return await info.context.read(training.calibration)

    @strawberry.field(
        graphql_type=OutlookType, description="What is known of a run of these assets on this range before it starts."
    )
    async def retrain_outlook(
        self, info: Info, blueprint: str, asset_ids: list[strawberry.ID], start: datetime, end: datetime
    ) -> contracts.Outlook:
        ids = [parse_id(id, "Asset", "assetIds") for id in asset_ids]
        return await info.context.read(training.outlook, blueprint, ids, aware(start, "start"), aware(end, "end"))

    @strawberry.field(
        graphql_type=Connection[RunType], description=f"Newest first, of the blueprint of that key if any. {SINCE}"
    )
    async def runs(
        self,
        info: Info,
        first: int = 50,
        after: str | None = None,
        updated_since: datetime | None = None,
        blueprint: str | None = None,
    ) -> Page[contracts.Run]:
        if updated_since is not None and blueprint is not None:
            raise Invalid("Ask for runs of a blueprint or for those that changed since, not both.", field="blueprint")
        if updated_since is not None:
            use, load = training.changed_runs, info.context.loaders.runs.load_many
            return await changed(info, "runs", updated_since, first, after, use, load)
        return await runs_page(info, None, first, after)


@strawberry.input
class ParameterInput:
    key: str
    value: float


@strawberry.input
class OverrideInput:
    asset_id: strawberry.ID
    parameters: list[ParameterInput]


@strawberry.input
class StartRunInput(Keyed):
    blueprint: str = strawberry.field(description="Key of the blueprint.")
    asset_ids: list[strawberry.ID]
    start: datetime
    end: datetime
    parameters: list[ParameterInput] = strawberry.field(default_factory=list)
    overrides: list[OverrideInput] = strawberry.field(
        default_factory=list,
        description="Epochs, learning rate and drop share that single assets of the run have instead.",
    )
    seed: int = 0
    start_from: StartFrom = strawberry.field(
        default=StartFrom.NOTHING,
        description="`CHAMPION` updates: each asset's model starts from its champion, and rows the champion learned "
        "from are mixed in. It must be of the same blueprint version and contract version.",
    )
    override_reason: str | None = strawberry.field(
        default=None,
        description="Takes a range that does not fit, for this reason, which is kept and audited. Needs "
        "`EDIT_BLUEPRINTS`.",
    )


@strawberry.input
class CancelRunInput(Keyed):
    run_id: strawberry.ID


def overrides_by_asset(given: list[OverrideInput]) -> dict[UUID, dict[str, float]]:
    """By asset; what is said of one asset in several places is put together."""
    found: dict[UUID, dict[str, float]] = {}
    for each in given:
        own = found.setdefault(parse_id(each.asset_id, "Asset", "overrides"), {})
        own.update({parameter.key: parameter.value for parameter in each.parameters})
    return found


@strawberry.type
class TrainingMutation:
    @mutation(
        Right.TRAIN, "StartRunResult", RunType, "Trains new versions for the assets on the rows of a range that suits."
    )
    async def start_run(self, info: Info, input: StartRunInput) -> contracts.Run:
        command = contracts.StartRun(
            blueprint=input.blueprint,
            asset_ids=tuple(parse_id(id, "Asset", "assetIds") for id in input.asset_ids),
            start=aware(input.start, "start"),
            end=aware(input.end, "end"),
            parameters={each.key: each.value for each in input.parameters},
            overrides=overrides_by_asset(input.overrides),
            seed=input.seed,
            start_from=input.start_from,
            override_reason=input.override_reason,
        )
        await info.context.read(training.check_run, command)
        span = [Range(command.start, command.end)]
        judged = await info.context.ask(suitability.assess, command.asset_ids, span, fresh=True)
        return await info.context.change(training.start_run, command, judged)

    @mutation(Right.TRAIN, "CancelRunResult", RunType, "Stops a run. What it trained so far is thrown away.")
    async def cancel_run(self, info: Info, input: CancelRunInput) -> contracts.Run:
        return await info.context.change(training.cancel_run, parse_id(input.run_id, "Run", "runId"))
