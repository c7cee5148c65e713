"""What the installed plugins offer."""

import strawberry

from gateway.schema.kit import Info
from services.blueprints import api as blueprints
from services.blueprints import contracts
from services.kernel.rights import Permission as Right


@strawberry.type(name="Parameter", description="A number an engineer may override, and where it is known to work.")
class ParameterType:
    key: str
    title: str
    default: float
    low: float
    high: float
    whole: bool


@strawberry.type(name="Threshold", description="How raw scores become alarms.")
class ThresholdType:
    quantile: float
    factor: float
    smooth_rows: int


@strawberry.type(name="Plugin")
class PluginType:
    name: str
    version: str
    digest: str


@strawberry.type(name="Blueprint", description="A recipe for the model of one asset; a plugin offers it.")
class BlueprintType:
    plugin: PluginType

    @strawberry.field
    @staticmethod
    def key(parent: strawberry.Parent[contracts.OfferedBlueprint]) -> str:
        return parent.blueprint.key

    @strawberry.field
    @staticmethod
    def title(parent: strawberry.Parent[contracts.OfferedBlueprint]) -> str:
        return parent.blueprint.title

    @strawberry.field
    @staticmethod
    def version(parent: strawberry.Parent[contracts.OfferedBlueprint]) -> str:
        return parent.blueprint.version

    @strawberry.field(description="Key of the contract it reads; null for one that fits any contract.")
    @staticmethod
    def contract(parent: strawberry.Parent[contracts.OfferedBlueprint]) -> str | None:
        return parent.blueprint.contract

    @strawberry.field(graphql_type=list[ParameterType])
    @staticmethod
    def parameters(parent: strawberry.Parent[contracts.OfferedBlueprint]) -> object:
        return parent.blueprint.parameters

    @strawberry.field(graphql_type=ThresholdType)
    @staticmethod
    def threshold(parent: strawberry.Parent[contracts.OfferedBlueprint]) -> object:
        return parent.blueprint.threshold


@strawberry.type
class BlueprintsQuery:
    @strawberry.field(
        graphql_type=list[BlueprintType], description="Those that can read `contract`; made for it first, then for any."
    )
    def blueprints(self, info: Info, contract: str | None = None) -> list[contracts.OfferedBlueprint]:
        info.context.principal.require(Right.VIEW)
        offered = sorted(blueprints.list_blueprints(), key=lambda one: one.blueprint.contract is None)
        return [one for one in offered if contract is None or one.blueprint.reads(contract)]
