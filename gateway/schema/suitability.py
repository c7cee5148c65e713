"""How well ranges suit for retraining."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from gateway.relay import parse_id
from gateway.schema.kit import Info, aware
from services.assets.contracts import Asset
from services.blueprints import api as blueprints
from services.suitability import api as suitability
from services.suitability import contracts
from services.suitability.contracts import Fitness, moment

if TYPE_CHECKING:
    from gateway.schema.assets import AssetType

AssetRef = Annotated["AssetType", strawberry.lazy("gateway.schema.assets")]
strawberry.enum(Fitness, description="Whether rows suit for training.")
MOST_SHOWN = 20
"""Assets of a fleet that are told one by one."""


@strawberry.input(name="RangeInput", description="From start (included) to end (not included).")
class RangeInput:
    start: datetime
    end: datetime


@strawberry.type(name="Range")
class RangeType:
    start: datetime
    end: datetime


@strawberry.type(name="Evidence", description="Where a factor is to be seen.")
class EvidenceType:
    signal: str | None = strawberry.field(description="Null: the whole row.")

    @strawberry.field
    @staticmethod
    def start(parent: strawberry.Parent[contracts.Evidence]) -> datetime:
        return moment(parent.start)

    @strawberry.field
    @staticmethod
    def end(parent: strawberry.Parent[contracts.Evidence]) -> datetime:
        return moment(parent.end)


@strawberry.type(name="SuitabilityFactor", description="One value of a range, held against its limits.")
class FactorType:
    code: str = strawberry.field(description="`docs/reference/suitability.md` lists them; else a plugin's key.")
    verdict: Fitness
    value: float
    care: float = strawberry.field(description="The limit from which the range needs care.")
    refuse: float | None = strawberry.field(description="The limit from which it does not fit; null: never by itself.")
    below: bool = strawberry.field(description="Whether values below the limits are bad, and not those above.")
    sentence: str = strawberry.field(description="For people, in English.")
    evidence: list[EvidenceType] = strawberry.field(description="The longest spans, at most 20; none for a fleet.")

    @strawberry.field(description="A plugin's words for its own; null for ours, which go by their code.")
    @staticmethod
    def title(parent: strawberry.Parent[contracts.Factor]) -> str | None:
        return blueprints.suitability_factor_title(parent.code)

    @strawberry.field(description="Parameters of the sentence, for texts in other languages.")
    @staticmethod
    def facts(parent: strawberry.Parent[contracts.Factor]) -> JSON:
        return JSON(dict(parent.facts))


@strawberry.type(name="AssetSuitability", description="The verdict on the rows of one asset.")
class AssetSuitabilityType:
    verdict: Fitness
    rows: int

    @strawberry.field(graphql_type=AssetRef)
    @staticmethod
    async def asset(parent: strawberry.Parent[contracts.AssetSuitability], info: Info) -> Asset | None:
        return await info.context.loaders.assets.load(parent.asset_id)

    @strawberry.field(graphql_type=FactorType | None, description="What is worst.")
    @staticmethod
    def worst(parent: strawberry.Parent[contracts.AssetSuitability]) -> contracts.Factor | None:
        return parent.factors[0] if parent.factors else None


@strawberry.type(name="RangeShare", description="What one of several ranges adds.")
class RangeShareType:
    start: datetime
    end: datetime
    rows: int
    share: float = strawberry.field(description="Of all rows of the ranges together, 0 to 1.")
    verdict: Fitness = strawberry.field(description="Of this range by itself.")


@strawberry.type(name="Suitability", description="How well ranges suit for retraining, as one verdict.")
class SuitabilityType:
    verdict: Fitness
    rows: int
    asked: int = strawberry.field(description="How many assets were asked about.")
    factors: list[FactorType] = strawberry.field(description="The worst first; of a fleet as the worst asset has each.")
    better: RangeType | None = strawberry.field(description="The nearest range of a better verdict; of one asset only.")
    better_verdict: Fitness | None
    ranges: list[RangeShareType] = strawberry.field(description="In the order asked; none for a single range.")

    @strawberry.field(description="How many assets were looked at: all, or an even sample of many.")
    @staticmethod
    def looked_at(parent: strawberry.Parent[contracts.Suitability]) -> int:
        return len(parent.assets)

    @strawberry.field(description="How many of those do not fit.")
    @staticmethod
    def not_fitting(parent: strawberry.Parent[contracts.Suitability]) -> int:
        return sum(one.verdict is Fitness.DOES_NOT_FIT for one in parent.assets)

    @strawberry.field(graphql_type=list[AssetSuitabilityType], description="The worst 20.")
    @staticmethod
    def assets(parent: strawberry.Parent[contracts.Suitability]) -> list[contracts.AssetSuitability]:
        return list(parent.assets[:MOST_SHOWN])


@strawberry.type
class SuitabilityQuery:
    @strawberry.field(
        graphql_type=SuitabilityType,
        description="Whether the assets should be trained on the rows of these ranges together, and why.",
    )
    async def suitability(
        self, info: Info, asset_ids: list[strawberry.ID], ranges: list[RangeInput]
    ) -> contracts.Suitability:
        ids = [parse_id(id, "Asset", "assetIds") for id in asset_ids]
        spans = [contracts.Range(aware(one.start, "ranges"), aware(one.end, "ranges")) for one in ranges]
        return await info.context.ask(suitability.assess, ids, spans)
