"""What serves an asset: champion, shadows, and how the two compare."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from gateway.relay import parse_id
from gateway.schema.kit import Contribution, Info, Keyed, Shows, contributions, loaded, mutation
from gateway.schema.registry import ModelVersionType
from gateway.schema.verdicts import ShadowEvidenceType, ShadowLatencyType
from services.kernel.errors import Invalid
from services.kernel.rights import Permission as Right
from services.registry.contracts import ModelVersion
from services.serving import api as serving
from services.serving import contracts
from services.verdicts.contracts import ShadowEvidence

if TYPE_CHECKING:
    from gateway.schema.assets import AssetType

MOST_PROMOTED = 10_000
AssetRef = Annotated["AssetType", strawberry.lazy("gateway.schema.assets")]


@strawberry.type(name="PromotedShadows", description="Shadows of many assets that became champions in one go.")
class PromotedShadowsType(Shows):
    represents = contracts.PromotedShadows
    wanted_generation: int = strawberry.field(description="They answer once `serving.appliedGeneration` is as high.")

    @strawberry.field(description="How many assets.")
    @staticmethod
    def promoted(parent: strawberry.Parent[contracts.PromotedShadows]) -> int:
        return len(parent.promoted)


@strawberry.type(name="UndonePromotions", description="What became of promotions that were to be taken back.")
class UndonePromotionsType(Shows):
    represents = contracts.UndonePromotions
    wanted_generation: int = strawberry.field(description="They answer once `serving.appliedGeneration` is as high.")

    @strawberry.field(description="How many assets have their champion before again.")
    @staticmethod
    def undone(parent: strawberry.Parent[contracts.UndonePromotions]) -> int:
        return len(parent.undone)

    @strawberry.field(description="How many were left alone, since another version is champion by now.")
    @staticmethod
    def changed_since(parent: strawberry.Parent[contracts.UndonePromotions]) -> int:
        return len(parent.changed_since)

    @strawberry.field(description="How many were left alone, since there was no champion before.")
    @staticmethod
    def first_champions(parent: strawberry.Parent[contracts.UndonePromotions]) -> int:
        return len(parent.first_champions)


@strawberry.type(name="ShadowComparison", description="Champion and shadow over the rows that both answered.")
class ShadowComparisonType:
    rows: int
    abnormal_champion: int
    abnormal_shadow: int
    agree: int
    since: datetime | None = strawberry.field(description="When the shadow began.")
    start: datetime | None = strawberry.field(description="The first row that counts; null while there is none.")
    all_rows: bool = strawberry.field(
        description="False: older rows were left out. At most the newest 30 days with rows and 4 million scores count."
    )
    latency: ShadowLatencyType | None = strawberry.field(description="Null until the cluster has told.")


@strawberry.type(description="A version that scores live rows and answers nobody.")
class Shadow:
    asset_id: strawberry.Private[UUID]
    version_id: strawberry.Private[UUID]
    refusal: str | None = strawberry.field(description="Why the cluster stopped or did not take it.")

    @strawberry.field(graphql_type=ModelVersionType | None)
    async def version(self, info: Info) -> ModelVersion | None:
        return await info.context.loaders.versions.load(self.version_id)

    @strawberry.field(graphql_type=ShadowComparisonType | None)
    async def comparison(self, info: Info) -> contracts.ShadowComparison:
        return await info.context.ask(serving.compare_shadow, self.asset_id, self.version_id)

    @strawberry.field(
        graphql_type=ShadowEvidenceType | None,
        description="What it is worth beside the champion. Reads half a year of scores: ask for one, not for pages.",
    )
    async def evidence(self, info: Info) -> ShadowEvidence | None:
        return await info.context.loaders.evidence.load((self.asset_id, self.version_id))


@strawberry.type(name="Deployment", description="What serves an asset.")
class DeploymentType(Shows):
    represents = contracts.Deployment
    promoted_at: datetime | None
    wanted_generation: int
    applied_generation: int
    refusal: str | None = strawberry.field(description="Why the cluster did not take the champion.")

    @strawberry.field(description="Whether the cluster serves what is wanted.")
    @staticmethod
    def settled(parent: strawberry.Parent[contracts.Deployment]) -> bool:
        return parent.applied_generation >= parent.wanted_generation

    asset = loaded(AssetRef, "assets", "asset_id")
    champion = loaded(ModelVersionType | None, "versions", "champion")
    previous = loaded(ModelVersionType | None, "versions", "previous", description="What `undoPromotion` brings back.")

    @strawberry.field
    @staticmethod
    def shadows(parent: strawberry.Parent[contracts.Deployment]) -> list[Shadow]:
        why = dict(parent.shadow_refusals)
        return [Shadow(asset_id=parent.asset_id, version_id=id, refusal=why.get(id)) for id in parent.shadows]


@strawberry.type(name="PromotedRun", description="Assets of a run that got a new champion in one go.")
class PromotedRunType(Shows):
    represents = contracts.PromotedRun
    wanted_generation: int = strawberry.field(description="They answer once `serving.appliedGeneration` is as high.")

    @strawberry.field(description="How many assets.")
    @staticmethod
    def promoted(parent: strawberry.Parent[contracts.PromotedRun]) -> int:
        return len(parent.asset_ids)


@strawberry.type(name="UndoneRun", description="Assets whose champion before a run answers again.")
class UndoneRunType(Shows):
    represents = contracts.UndonePromotions
    wanted_generation: int = strawberry.field(description="They answer once `serving.appliedGeneration` is as high.")

    @strawberry.field(description="How many assets.")
    @staticmethod
    def undone(parent: strawberry.Parent[contracts.UndonePromotions]) -> int:
        return len(parent.undone)

    @strawberry.field(description="How many keep the run's version, since it is their first champion.")
    @staticmethod
    def first_champions(parent: strawberry.Parent[contracts.UndonePromotions]) -> int:
        return len(parent.first_champions)


@strawberry.type(name="ServingState", description="How far the serving cluster is with what is wanted of it.")
class ServingStateType:
    wanted_generation: int
    applied_generation: int

    @strawberry.field(description="Whether it serves all that is wanted.")
    @staticmethod
    def settled(parent: strawberry.Parent[contracts.ServingState]) -> bool:
        return parent.applied_generation >= parent.wanted_generation


@strawberry.type(name="Score", description="A model's answer for a row.")
class ScoreType:
    time: datetime
    shadow: bool
    route: str = strawberry.field(description="`main`, `fallback`, or `none` where an essential signal is missing.")
    value: float | None = strawberry.field(description="In units of the threshold: above 1 is abnormal.")
    raw: float | None
    threshold: float | None
    coverage: float = strawberry.field(description="Share of the contract's signals used.")
    expected_loss: float = strawberry.field(description="Quality expected to be lost by what is missing, 0 to 1.")
    missing: list[str]

    version = loaded(ModelVersionType | None, "versions", "version")

    @strawberry.field(description="The signals that contribute most; empty for a normal row.")
    @staticmethod
    def top(parent: strawberry.Parent[contracts.Score]) -> list[Contribution]:
        return contributions(parent.top)


@strawberry.input
class AssetVersionInput(Keyed):
    asset_id: strawberry.ID
    version_id: strawberry.ID

    def ids(self) -> tuple[UUID, UUID]:
        return parse_id(self.asset_id, "Asset", "assetId"), parse_id(self.version_id, "ModelVersion", "versionId")


@strawberry.input
class StartShadowInput(AssetVersionInput): ...


@strawberry.input
class StopShadowInput(AssetVersionInput): ...


@strawberry.input
class PromoteInput(AssetVersionInput): ...


@strawberry.input(description="A version, and the asset that it is of.")
class VersionOfAsset:
    asset_id: strawberry.ID
    version_id: strawberry.ID


def _versions(pairs: list[VersionOfAsset], field: str) -> dict[UUID, UUID]:
    """Version by asset. Raises `Invalid` where an asset is named twice, or there are too many."""
    if len(pairs) > MOST_PROMOTED:
        raise Invalid(f"At most {MOST_PROMOTED} assets go in one mutation.", field=field, most=MOST_PROMOTED)
    found = {parse_id(one.asset_id, "Asset", field): parse_id(one.version_id, "ModelVersion", field) for one in pairs}
    if len(found) < len(pairs):
        raise Invalid("An asset is named twice, and only one version can answer for it.", field=field)
    return found


@strawberry.input
class PromoteShadowsInput(Keyed):
    shadows: list[VersionOfAsset] = strawberry.field(description="Such as `fleetShadows { agreed }`.")


@strawberry.input
class UndoPromotionsInput(Keyed):
    promoted: list[VersionOfAsset] = strawberry.field(description="What was promoted.")


@strawberry.input
class PromoteRunInput(Keyed):
    run_id: strawberry.ID


@strawberry.input
class UndoRunInput(Keyed):
    run_id: strawberry.ID


@strawberry.input
class UndoPromotionInput(Keyed):
    asset_id: strawberry.ID


@strawberry.type
class ServingQuery:
    @strawberry.field(graphql_type=ServingStateType)
    async def serving(self, info: Info) -> contracts.ServingState:
        return await info.context.read(serving.serving_state)


@strawberry.type
class ServingMutation:
    @mutation(Right.PROMOTE, "StartShadowResult", DeploymentType, "Lets a version score live rows and answer nobody.")
    async def start_shadow(self, info: Info, input: StartShadowInput) -> contracts.Deployment:
        return await info.context.change(serving.start_shadow, *input.ids())

    @mutation(Right.PROMOTE, "StopShadowResult", DeploymentType, "Ends a shadow.")
    async def stop_shadow(self, info: Info, input: StopShadowInput) -> contracts.Deployment:
        return await info.context.change(serving.stop_shadow, *input.ids())

    @mutation(Right.PROMOTE, "PromoteResult", DeploymentType, "Makes a version champion; `undoPromotion` reverts.")
    async def promote(self, info: Info, input: PromoteInput) -> contracts.Deployment:
        return await info.context.change(serving.promote, *input.ids())

    @mutation(
        Right.PROMOTE,
        "PromoteRunResult",
        PromotedRunType,
        "Makes every version of a run that passed its gates champion.",
    )
    async def promote_run(self, info: Info, input: PromoteRunInput) -> contracts.PromotedRun:
        return await info.context.change(serving.promote_run, parse_id(input.run_id, "Run", "runId"))

    @mutation(
        Right.PROMOTE,
        "PromoteShadowsResult",
        PromotedShadowsType,
        "Makes shadows of many assets champions at once, all or none; `undoPromotions` reverts.",
    )
    async def promote_shadows(self, info: Info, input: PromoteShadowsInput) -> contracts.PromotedShadows:
        return await info.context.change(serving.promote_shadows, _versions(input.shadows, "shadows"))

    @mutation(
        Right.PROMOTE,
        "UndoPromotionsResult",
        UndonePromotionsType,
        "Brings the champions before back at once, wherever the promoted versions are in place still.",
    )
    async def undo_promotions(self, info: Info, input: UndoPromotionsInput) -> contracts.UndonePromotions:
        return await info.context.change(serving.undo_many, _versions(input.promoted, "promoted"))

    @mutation(Right.PROMOTE, "UndoPromotionResult", DeploymentType, "Brings the champion before back.")
    async def undo_promotion(self, info: Info, input: UndoPromotionInput) -> contracts.Deployment:
        return await info.context.change(serving.undo_promotion, parse_id(input.asset_id, "Asset", "assetId"))

    @mutation(
        Right.PROMOTE,
        "UndoRunResult",
        UndoneRunType,
        "Brings back the champions before, wherever a run's are in place.",
    )
    async def undo_run(self, info: Info, input: UndoRunInput) -> contracts.UndonePromotions:
        return await info.context.change(serving.undo_run, parse_id(input.run_id, "Run", "runId"))
