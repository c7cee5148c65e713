"""Edges: the processes at plants that read systems and send rows, and how they are."""

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from gateway.relay import Page, parse_id
from gateway.schema.kit import Connection, Info, Keyed, Node, Shows, aware, connect, loaded, mutation, read_number
from services.edges import api as edges
from services.edges import contracts
from services.edges.contracts import DestinationState, MappedIn, SourceState
from services.kernel.rights import Permission as Right

if TYPE_CHECKING:
    from gateway.schema.assets import AssetType

AssetRef = Annotated["AssetType", strawberry.lazy("gateway.schema.assets")]
strawberry.enum(MappedIn, name="EdgeMappedIn", description="Where it is said which tags feed which signals.")
strawberry.enum(SourceState, name="EdgeSourceState", description="How a source of an edge is.")
strawberry.enum(DestinationState, name="EdgeDestinationState", description="How a destination of an edge is.")


@strawberry.type(name="EdgeTagAge", description="How old a tag's last value is.")
class TagAgeType:
    tag: str
    age_s: float | None = strawberry.field(description="Seconds; null for a tag that never gave a value.")


@strawberry.type(name="EdgeSource", description="A connection of one of an edge's connectors.")
class EdgeSourceType:
    name: str
    connector: str
    mapped_in: MappedIn = strawberry.field(description="Where it is said which of its tags feed which signals.")
    state: SourceState
    why: str = strawberry.field(description="Why it waits or was refused; empty else.")
    since: datetime
    tags: int = strawberry.field(description="Mapped to signals.")
    silent: int = strawberry.field(description="Of these, without any value so far.")
    waiting: int = strawberry.field(description="Rows on the edge's disk that Andon has not taken yet.")
    stored: int
    quarantined: int
    refused: int
    last_refusal: str
    oldest: list[TagAgeType] = strawberry.field(description="Tags that gave nothing for the longest, at most ten.")


@strawberry.type(name="EdgeDestination", description="Where an edge brings the news of alarms.")
class EdgeDestinationType:
    name: str
    destination: str
    state: DestinationState
    why: str
    since: datetime | None = strawberry.field(description="When it began to fail.")
    waiting: int = strawberry.field(description="Notices.")
    delivered: int
    put_aside: int


@strawberry.type(name="PlantEdge", description="A process at a plant, by its last report.")
class PlantEdgeType(Node):
    represents = contracts.PlantEdge
    seen_at: datetime = strawberry.field(description="When it reported last, by Andon's clock.")
    key: str = strawberry.field(description="Name of the API key that it came with.")
    silent: bool = strawberry.field(description="It has not reported for two minutes: it is down, or cut off.")

    @strawberry.field
    @staticmethod
    def name(parent: strawberry.Parent[contracts.PlantEdge]) -> str:
        return parent.report.name

    @strawberry.field(description="Of the edge's program.")
    @staticmethod
    def version(parent: strawberry.Parent[contracts.PlantEdge]) -> str:
        return parent.report.version

    @strawberry.field
    @staticmethod
    def started_at(parent: strawberry.Parent[contracts.PlantEdge]) -> datetime:
        return parent.report.started_at

    @strawberry.field(graphql_type=list[EdgeSourceType])
    @staticmethod
    def sources(parent: strawberry.Parent[contracts.PlantEdge]) -> list[contracts.SourceReport]:
        return list(parent.report.sources)

    @strawberry.field(graphql_type=list[EdgeDestinationType])
    @staticmethod
    def destinations(parent: strawberry.Parent[contracts.PlantEdge]) -> list[contracts.DestinationReport]:
        return list(parent.report.destinations)


@strawberry.type(name="EdgeTag", description="A named point of a source, as browsing found it.")
class EdgeTagType:
    address: str
    title: str
    unit: str | None = strawberry.field(description="The source's own word for it.")
    path: list[str] = strawberry.field(description="Where it hangs in the source's tree, from the root.")


@strawberry.type(name="EdgeMappedSignal", description="Which tag feeds a signal: value x scale + offset.")
class EdgeMappedSignalType:
    signal: str
    tag: str
    unit: str | None = strawberry.field(description="Where it is not the contract's.")
    scale: float
    offset: float
    dead_band: float = strawberry.field(description="A reading this near to the last one kept is left out.")
    silence_s: float = strawberry.field(description="For no longer than this, dead band or not.")
    hold_s: float = strawberry.field(description="For how long a value stands in rows without a new reading.")


@strawberry.type(name="EdgeMappedAsset")
class EdgeMappedAssetType(Shows):
    represents = contracts.MappedAsset
    asset = loaded(AssetRef, "assets", "asset_id")

    @strawberry.field(graphql_type=list[EdgeMappedSignalType])
    @staticmethod
    def signals(parent: strawberry.Parent[contracts.MappedAsset]) -> list[contracts.MappedSignal]:
        return list(parent.signals)


@strawberry.type(name="EdgeSourceMapping", description="Which tags of a source of an edge feed which signals.")
class EdgeSourceMappingType(Shows):
    represents = contracts.EdgeSource
    source: str
    version: int = strawberry.field(description="Say it when you change the mapping.")
    changed_by: str | None
    changed_at: datetime | None
    asked_at: datetime | None = strawberry.field(description="When its tags were asked for; null once they came.")
    read_at: datetime | None = strawberry.field(description="When its tags came.")
    why: str = strawberry.field(description="Why its tags could not be read the last time; empty where they could.")
    tags: int = strawberry.field(description="How many tags were found.")

    @strawberry.field(graphql_type=list[EdgeMappedAssetType])
    @staticmethod
    def assets(parent: strawberry.Parent[contracts.EdgeSource]) -> list[contracts.MappedAsset]:
        return list(parent.assets)


@strawberry.type(name="EdgeFeedingAsset", description="A mapped asset by the keys that an edge knows.")
class EdgeFeedingAssetType:
    asset: str
    contract: str
    signals: list[EdgeMappedSignalType]


@strawberry.type(name="EdgeFeedingSource")
class EdgeFeedingSourceType:
    source: str
    assets: list[EdgeFeedingAssetType]


@strawberry.type(name="EdgeWanted", description="What an edge is asked to do.")
class EdgeWantedType:
    version: int = strawberry.field(description="Grows with every change of a mapping of the edge.")
    browse: list[str] = strawberry.field(description="Sources whose tags are asked for.")
    sources: list[EdgeFeedingSourceType] = strawberry.field(description="Mapped in the portal.")


@strawberry.type
class EdgesQuery:
    @strawberry.field(graphql_type=Connection[PlantEdgeType], description="By name.")
    async def plant_edges(self, info: Info, first: int = 50, after: str | None = None) -> Page[contracts.PlantEdge]:
        async def ask(size: int, start: object) -> list[contracts.PlantEdge]:
            return await info.context.read(edges.list_edges, size, start)

        def key(each: contracts.PlantEdge) -> tuple[object, ...]:
            return (each.report.name,)

        return await connect(info, "plant_edges", first, after, ask, key, lambda place: place[0])

    @strawberry.field(graphql_type=EdgeSourceMappingType, description="Of a source that is mapped in the portal.")
    async def edge_source_mapping(self, info: Info, plant_edge_id: strawberry.ID, source: str) -> contracts.EdgeSource:
        edge = parse_id(plant_edge_id, "PlantEdge", "plantEdgeId")
        return await info.context.read(edges.get_source, edge, source)

    @strawberry.field(
        graphql_type=Connection[EdgeTagType],
        description="Tags that an edge found in a source, in its order; `search` is part of any of their texts.",
    )
    async def edge_tags(
        self,
        info: Info,
        plant_edge_id: strawberry.ID,
        source: str,
        search: str = "",
        first: int = 50,
        after: str | None = None,
    ) -> Page[contracts.Tag]:
        edge = parse_id(plant_edge_id, "PlantEdge", "plantEdgeId")

        async def ask(size: int, start: object) -> list[contracts.Tag]:
            return await info.context.read(edges.list_tags, edge, source, search, size, start)

        return await connect(info, "edge_tags", first, after, ask, lambda tag: (tag.position,), read_number)

    @strawberry.field(graphql_type=EdgeWantedType, description="What the edge of that name is asked to do.")
    async def edge_wanted(self, info: Info, name: str) -> EdgeWantedType:
        told = await info.context.read(edges.wanted, name)
        sources = [
            EdgeFeedingSourceType(source=source, assets=[_feeding(each) for each in feeding])
            for source, feeding in told.sources.items()
        ]
        return EdgeWantedType(version=told.version, browse=list(told.browse), sources=sources)


def _feeding(asset: contracts.FeedingAsset) -> EdgeFeedingAssetType:
    signals = [EdgeMappedSignalType(**asdict(signal)) for signal in asset.signals]
    return EdgeFeedingAssetType(asset=asset.asset, contract=asset.contract, signals=signals)


@strawberry.input
class EdgeTagAgeInput:
    tag: str
    age_s: float | None = None


@strawberry.input
class EdgeSourceInput:
    name: str
    connector: str
    state: SourceState
    since: datetime
    why: str = ""
    tags: int = 0
    silent: int = 0
    waiting: int = 0
    stored: int = 0
    quarantined: int = 0
    refused: int = 0
    last_refusal: str = ""
    oldest: list[EdgeTagAgeInput] = strawberry.field(default_factory=list)
    mapped_in: MappedIn = MappedIn.FILE

    def contract(self, place: str) -> contracts.SourceReport:
        facts: dict[str, Any] = vars(self) | {"since": aware(self.since, f"{place}.since")}
        facts["oldest"] = tuple(contracts.TagAge(age.tag, age.age_s) for age in self.oldest)
        return contracts.SourceReport(**facts)


@strawberry.input
class EdgeDestinationInput:
    name: str
    destination: str
    state: DestinationState
    why: str = ""
    since: datetime | None = None
    waiting: int = 0
    delivered: int = 0
    put_aside: int = 0

    def contract(self, place: str) -> contracts.DestinationReport:
        since = None if self.since is None else aware(self.since, f"{place}.since")
        facts: dict[str, Any] = vars(self) | {"since": since}
        return contracts.DestinationReport(**facts)


@strawberry.input
class ReportPlantEdgeInput(Keyed):
    name: str = strawberry.field(description="The edge's own; the same after every restart.")
    version: str
    started_at: datetime
    sources: list[EdgeSourceInput] = strawberry.field(default_factory=list)
    destinations: list[EdgeDestinationInput] = strawberry.field(default_factory=list)

    def report(self) -> contracts.Report:
        return contracts.Report(
            self.name,
            self.version,
            aware(self.started_at, "startedAt"),
            tuple(each.contract(f"sources.{place}") for place, each in enumerate(self.sources)),
            tuple(each.contract(f"destinations.{place}") for place, each in enumerate(self.destinations)),
        )


@strawberry.input
class ForgetPlantEdgeInput(Keyed):
    plant_edge_id: strawberry.ID

    def uuid(self) -> UUID:
        return parse_id(self.plant_edge_id, "PlantEdge", "plantEdgeId")


@strawberry.input
class EdgeMappedSignalInput:
    signal: str
    tag: str
    unit: str | None = None
    scale: float = 1.0
    offset: float = 0.0
    dead_band: float = 0.0
    silence_s: float = 60.0
    hold_s: float = 0.0


@strawberry.input
class EdgeMappedAssetInput:
    asset_id: strawberry.ID
    signals: list[EdgeMappedSignalInput]

    def contract(self, place: str) -> contracts.MappedAsset:
        asset = parse_id(self.asset_id, "Asset", f"{place}.assetId")
        return contracts.MappedAsset(asset, tuple(contracts.MappedSignal(**vars(each)) for each in self.signals))


@strawberry.input
class AskEdgeTagsInput(Keyed):
    plant_edge_id: strawberry.ID
    source: str


@strawberry.input
class PutEdgeMappingInput(Keyed):
    plant_edge_id: strawberry.ID
    source: str
    version: int = strawberry.field(description="Of the mapping that you saw: if it changed since, nothing is saved.")
    assets: list[EdgeMappedAssetInput]


@strawberry.input
class EdgeTagInput:
    address: str
    title: str = ""
    unit: str | None = None
    path: list[str] = strawberry.field(default_factory=list)


@strawberry.input
class ReportEdgeTagsInput(Keyed):
    name: str = strawberry.field(description="Of the edge.")
    source: str
    tags: list[EdgeTagInput] = strawberry.field(default_factory=list)
    start: int = strawberry.field(
        default=0, description="Place of the first of them, where they come in parts: later ones replace what follows."
    )
    why: str = strawberry.field(default="", description="Why they could not be read; those before stay.")


@strawberry.type(description="Tags that were kept.")
class EdgeTagsReport:
    tags: int


@strawberry.type
class EdgesMutation:
    @mutation(
        Right.EDIT_PLANT,
        "AskEdgeTagsResult",
        EdgeSourceMappingType,
        "Asks the edge for the tags of a source; it reads them within half a minute.",
    )
    async def ask_edge_tags(self, info: Info, input: AskEdgeTagsInput) -> contracts.EdgeSource:
        edge = parse_id(input.plant_edge_id, "PlantEdge", "plantEdgeId")
        return await info.context.change(edges.ask_tags, edge, input.source)

    @mutation(
        Right.EDIT_PLANT,
        "PutEdgeMappingResult",
        EdgeSourceMappingType,
        "Says which tags of a source feed which signals, in place of what was said before; the edge follows within "
        "half a minute.",
    )
    async def put_edge_mapping(self, info: Info, input: PutEdgeMappingInput) -> contracts.EdgeSource:
        edge = parse_id(input.plant_edge_id, "PlantEdge", "plantEdgeId")
        mapped = [each.contract(f"assets.{place}") for place, each in enumerate(input.assets)]
        return await info.context.change(edges.put_mapping, edge, input.source, input.version, mapped)

    @mutation(
        Right.INGEST,
        "ReportEdgeTagsResult",
        EdgeTagsReport,
        "The tags that an edge found in a source, in place of those before.",
    )
    async def report_edge_tags(self, info: Info, input: ReportEdgeTagsInput) -> EdgeTagsReport:
        tags = [contracts.Tag(each.address, each.title, each.unit, tuple(each.path)) for each in input.tags]
        return EdgeTagsReport(
            tags=await info.context.change(edges.report_tags, input.name, input.source, tags, input.start, input.why)
        )

    @mutation(
        Right.INGEST,
        "ReportPlantEdgeResult",
        PlantEdgeType,
        "What an edge says of itself, in place of what it said before. Edges do so every half minute.",
    )
    async def report_plant_edge(self, info: Info, input: ReportPlantEdgeInput) -> contracts.PlantEdge:
        return await info.context.change(edges.report_edge, input.report())

    @mutation(
        Right.EDIT_PLANT,
        "ForgetPlantEdgeResult",
        PlantEdgeType,
        "Lists an edge no more, until it reports again.",
    )
    async def forget_plant_edge(self, info: Info, input: ForgetPlantEdgeInput) -> contracts.PlantEdge:
        return await info.context.change(edges.forget_edge, input.uuid())
