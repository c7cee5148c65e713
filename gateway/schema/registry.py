"""Model versions and what made them."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from andon_sdk.link.differences import Difference
from gateway.relay import Page
from gateway.schema.changes import changed
from gateway.schema.kit import Connection, Info, Measure, Node, loaded, measures
from services.registry import api as registry
from services.registry import contracts
from services.registry.contracts import Alias
from services.training.contracts import Gate

if TYPE_CHECKING:
    from gateway.schema.assets import AssetType
    from gateway.schema.training import GateType, RunType

AssetRef = Annotated["AssetType", strawberry.lazy("gateway.schema.assets")]
GateRef = Annotated["GateType", strawberry.lazy("gateway.schema.training")]
RunRef = Annotated["RunType", strawberry.lazy("gateway.schema.training")]
strawberry.enum(Alias, description="What a version is to its asset.")


@strawberry.type(name="Lineage", description="All that made a version.")
class LineageType:
    snapshot_digest: str
    blueprint: str
    blueprint_version: str
    plugin: str
    plugin_digest: str
    contract_version: int
    environment: JSON
    seed: int

    borrowed_from = loaded(
        AssetRef | None,
        "assets",
        "borrowed_from",
        description="Whose model it is, adapted; null: it was trained on its own rows.",
    )
    run = loaded(RunRef | None, "runs", "run_id")


@strawberry.type(
    name="EnvironmentDifference",
    description="One thing that clusters have otherwise now than when a version was made.",
)
class EnvironmentDifferenceType:
    what: str = strawberry.field(description="A package, `python`, the files of a plugin, or what of the processor.")
    made: str = strawberry.field(description="Where the version was made; `none` where it was missing.")
    here: str
    matters: bool = strawberry.field(description="Whether numbers can change by it.")
    sentence: str
    mend: str = strawberry.field(description="A command or a sentence; empty where there is nothing to do.")


@strawberry.type(name="ModelVersion", description="One immutable member of an asset's line of models.")
class ModelVersionType(Node):
    represents = contracts.ModelVersion
    number: int = strawberry.field(description="Counts up from 1 within the asset.")
    artefact_digest: str
    lineage: LineageType
    created_at: datetime

    @strawberry.field
    @staticmethod
    def metrics(parent: strawberry.Parent[contracts.ModelVersion]) -> list[Measure]:
        return measures(parent.metrics)

    @strawberry.field
    @staticmethod
    def aliases(parent: strawberry.Parent[contracts.ModelVersion]) -> list[Alias]:
        return sorted(parent.aliases)

    @strawberry.field(graphql_type=list[GateRef], description="What it passed.")
    @staticmethod
    async def gates(parent: strawberry.Parent[contracts.ModelVersion], info: Info) -> list[Gate]:
        return await info.context.loaders.gates.load((parent.lineage.run_id, parent.asset_id)) or []

    @strawberry.field(
        graphql_type=list[EnvironmentDifferenceType],
        description="What is not as it was when it was made, that which matters first.",
    )
    @staticmethod
    async def environment_differences(
        parent: strawberry.Parent[contracts.ModelVersion], info: Info
    ) -> Sequence[Difference]:
        return await info.context.loaders.differences.load(parent.id) or ()

    asset = loaded(AssetRef, "assets", "asset_id")


@strawberry.type
class RegistryQuery:
    @strawberry.field(
        graphql_type=Connection[ModelVersionType],
        description="Versions of all assets that were written since then, the longest ago first. A version never "
        "changes; which one answers is another matter, that webhooks tell. Take the time from `pollMark`.",
    )
    async def model_versions(
        self, info: Info, updated_since: datetime, first: int = 50, after: str | None = None
    ) -> Page[contracts.ModelVersion]:
        load = info.context.loaders.versions.load_many
        return await changed(info, "versions", updated_since, first, after, registry.changed_versions, load)
