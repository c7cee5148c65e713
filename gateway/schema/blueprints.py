"""What the installed plugins offer, what earlier versions declared, and what differs between two."""

import asyncio
from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from gateway.relay import Page
from gateway.schema.kit import Connection, Info, Node, connect, read_id
from services.blueprints import api as blueprints
from services.blueprints import contracts
from services.blueprints.contracts import BlueprintVersion, ChangeKind

strawberry.enum(ChangeKind, description="How a fact differs.")


@strawberry.type(name="Parameter", description="A number an engineer may override, and where it is known to work.")
class ParameterType:
    key: str
    title: str
    default: float
    low: float
    high: float
    whole: bool
    help: str = strawberry.field(description="What it does to a model; empty where its plugin says nothing.")


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


@strawberry.type(
    name="BlueprintVersion", description="What a blueprint declared when a run first used it; it outlives the plugin."
)
class BlueprintVersionType(Node):
    represents = BlueprintVersion
    key: str
    version: str = strawberry.field(description="The number its plugin gave it.")
    plugin: PluginType
    declaration: JSON = strawberry.field(description="Contract, parameters, threshold and how models are made.")
    restated: bool = strawberry.field(
        description="Runs met other content under the same number too: the plugin changed, the number did not."
    )
    recorded_at: datetime


@strawberry.type(name="BlueprintChange", description="A fact that differs between two blueprint versions.")
class BlueprintChangeType:
    path: str = strawberry.field(description="Where, for programs, such as `parameters.epochs.default`.")
    title: str = strawberry.field(description="Where, for people.")
    kind: ChangeKind
    before: str | None = strawberry.field(description="Null for what was added.")
    after: str | None = strawberry.field(description="Null for what was removed.")


@strawberry.type(name="BlueprintDiff", description="What differs between two blueprint versions; nothing may.")
class BlueprintDiffType:
    before: BlueprintVersionType
    after: BlueprintVersionType
    changes: list[BlueprintChangeType] = strawberry.field(description="New and different first, then what is gone.")


@strawberry.type
class BlueprintsQuery:
    @strawberry.field(
        graphql_type=list[BlueprintType], description="Those that can read `contract`; made for it first, then for any."
    )
    async def blueprints(self, info: Info, contract: str | None = None) -> list[contracts.OfferedBlueprint]:
        offered = sorted(
            await info.context.read(blueprints.list_blueprints), key=lambda one: one.blueprint.contract is None
        )
        return [one for one in offered if contract is None or one.blueprint.reads(contract)]

    @strawberry.field(
        graphql_type=Connection[BlueprintVersionType],
        description="What runs used under the key, newest first; its plugin need not be installed any more.",
    )
    async def blueprint_versions(
        self, info: Info, key: str, first: int = 50, after: str | None = None
    ) -> Page[BlueprintVersion]:
        async def ask(size: int, start: object) -> list[BlueprintVersion]:
            return await info.context.read(blueprints.list_versions, key, size, start)

        return await connect(info, f"blueprint_versions/{key}", first, after, ask, lambda each: (each.id,), read_id)

    @strawberry.field(
        graphql_type=BlueprintDiffType | None,
        description="From one version to another, of the same or of another blueprint; null when one is absent or not "
        "yours.",
    )
    async def blueprint_diff(
        self,
        info: Info,
        from_: Annotated[strawberry.ID, strawberry.argument(name="from")],
        to: strawberry.ID,
    ) -> contracts.BlueprintDiff | None:
        found = await asyncio.gather(*(info.context.node(id, "BlueprintVersion") for id in (from_, to)))
        before, after = (each if isinstance(each, BlueprintVersion) else None for each in found)
        return blueprints.compare(before, after) if before and after else None
