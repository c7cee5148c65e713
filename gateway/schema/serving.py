"""What serves an asset: champion, shadows, and how the two compare."""

from datetime import datetime
from typing import Annotated

import strawberry

from gateway.relay import parse_id
from gateway.schema.kit import Contribution, Info, Shows, contributions, mutation
from gateway.schema.registry import ModelVersionType
from services.assets.contracts import Asset
from services.kernel.rights import Permission as Right
from services.registry.contracts import ModelVersion
from services.serving import api as serving
from services.serving import contracts

AssetRef = Annotated["AssetType", strawberry.lazy("gateway.schema.assets")]


@strawberry.type(name="ShadowComparison", description="Champion and shadow over the rows that both answered.")
class ShadowComparisonType:
    rows: int
    abnormal_champion: int
    abnormal_shadow: int
    agree: int
    since: datetime | None


@strawberry.type(description="A version that scores live rows and answers nobody.")
class Shadow:
    asset_id: strawberry.Private[object]
    version_id: strawberry.Private[object]

    @strawberry.field(graphql_type=ModelVersionType | None)
    async def version(self, info: Info) -> ModelVersion | None:
        return await info.context.loaders.versions.load(self.version_id)

    @strawberry.field(graphql_type=ShadowComparisonType | None)
    async def comparison(self, info: Info) -> contracts.ShadowComparison:
        return await info.context.ask(serving.compare_shadow, self.asset_id, self.version_id)


@strawberry.type(name="Deployment", description="What serves an asset.")
class DeploymentType(Shows):
    represents = contracts.Deployment
    promoted_at: datetime | None
    wanted_generation: int
    applied_generation: int

    @strawberry.field(description="Whether the cluster serves what is wanted.")
    def settled(self: strawberry.Parent[contracts.Deployment]) -> bool:
        return self.applied_generation >= self.wanted_generation

    @strawberry.field(graphql_type=AssetRef)
    async def asset(self: strawberry.Parent[contracts.Deployment], info: Info) -> Asset | None:
        return await info.context.loaders.assets.load(self.asset_id)

    @strawberry.field(graphql_type=ModelVersionType | None)
    async def champion(self: strawberry.Parent[contracts.Deployment], info: Info) -> ModelVersion | None:
        return self.champion and await info.context.loaders.versions.load(self.champion)

    @strawberry.field(graphql_type=ModelVersionType | None, description="What `undoPromotion` brings back.")
    async def previous(self: strawberry.Parent[contracts.Deployment], info: Info) -> ModelVersion | None:
        return self.previous and await info.context.loaders.versions.load(self.previous)

    @strawberry.field
    def shadows(self: strawberry.Parent[contracts.Deployment]) -> list[Shadow]:
        return [Shadow(asset_id=self.asset_id, version_id=version) for version in self.shadows]


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

    @strawberry.field(graphql_type=ModelVersionType | None)
    async def version(self: strawberry.Parent[contracts.Score], info: Info) -> ModelVersion | None:
        return await info.context.loaders.versions.load(self.version)

    @strawberry.field(description="The signals that contribute most.")
    def top(self: strawberry.Parent[contracts.Score]) -> list[Contribution]:
        return contributions(self.top)


@strawberry.input
class AssetVersionInput:
    asset_id: strawberry.ID
    version_id: strawberry.ID

    def ids(self) -> tuple[object, object]:
        return parse_id(self.asset_id, "Asset", "assetId"), parse_id(self.version_id, "ModelVersion", "versionId")


@strawberry.input
class StartShadowInput(AssetVersionInput): ...


@strawberry.input
class StopShadowInput(AssetVersionInput): ...


@strawberry.input
class PromoteInput(AssetVersionInput): ...


@strawberry.input
class UndoPromotionInput:
    asset_id: strawberry.ID


@strawberry.type
class ServingMutation:
    @mutation(Right.PROMOTE, "StartShadowResult", DeploymentType, "Lets a version score the live rows beside the champion.")
    async def start_shadow(self, info: Info, input: StartShadowInput) -> contracts.Deployment:
        return await info.context.change(serving.start_shadow, *input.ids())

    @mutation(Right.PROMOTE, "StopShadowResult", DeploymentType, "Ends a shadow.")
    async def stop_shadow(self, info: Info, input: StopShadowInput) -> contracts.Deployment:
        return await info.context.change(serving.stop_shadow, *input.ids())

    @mutation(Right.PROMOTE, "PromoteResult", DeploymentType, "Makes a version the champion; `undoPromotion` takes it back.")
    async def promote(self, info: Info, input: PromoteInput) -> contracts.Deployment:
        return await info.context.change(serving.promote, *input.ids())

    @mutation(Right.PROMOTE, "UndoPromotionResult", DeploymentType, "Brings the champion before back.")
    async def undo_promotion(self, info: Info, input: UndoPromotionInput) -> contracts.Deployment:
        return await info.context.change(serving.undo_promotion, parse_id(input.asset_id, "Asset", "assetId"))
