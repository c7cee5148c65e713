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
    def key(self: strawberry.Parent[contracts.OfferedBlueprint]) -> str:
        return self.blueprint.key

    @strawberry.field
    def title(self: strawberry.Parent[contracts.OfferedBlueprint]) -> str:
        return self.blueprint.title

    @strawberry.field
    def version(self: strawberry.Parent[contracts.OfferedBlueprint]) -> str:
        return self.blueprint.version

    @strawberry.field(description="Key of the contract it reads.")
    def contract(self: strawberry.Parent[contracts.OfferedBlueprint]) -> str:
        return self.blueprint.contract

    @strawberry.field(graphql_type=list[ParameterType])
    def parameters(self: strawberry.Parent[contracts.OfferedBlueprint]) -> object:
        return self.blueprint.parameters

    @strawberry.field(graphql_type=ThresholdType)
    def threshold(self: strawberry.Parent[contracts.OfferedBlueprint]) -> object:
        return self.blueprint.threshold


@strawberry.type
class BlueprintsQuery:
    @strawberry.field(graphql_type=list[BlueprintType])
    def blueprints(self, info: Info, contract: str | None = None) -> list[contracts.OfferedBlueprint]:
        info.context.principal.require(Right.VIEW)
        offered = blueprints.list_blueprints()
        return [one for one in offered if contract is None or one.blueprint.contract == contract]
