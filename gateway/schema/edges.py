"""Edges: the processes at plants that read systems and send rows, and how they are."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from gateway.relay import Page, parse_id
from gateway.schema.kit import Connection, Info, Keyed, Node, aware, connect, mutation
from services.edges import api as edges
from services.edges import contracts
from services.edges.contracts import DestinationState, SourceState
from services.kernel.rights import Permission as Right

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


@strawberry.type
class EdgesQuery:
    @strawberry.field(graphql_type=Connection[PlantEdgeType], description="By name.")
    async def plant_edges(self, info: Info, first: int = 50, after: str | None = None) -> Page[contracts.PlantEdge]:
        async def ask(size: int, start: object) -> list[contracts.PlantEdge]:
            return await info.context.read(edges.list_edges, size, start)

        def key(each: contracts.PlantEdge) -> tuple[object, ...]:
            return (each.report.name,)

        return await connect(info, "plant_edges", first, after, ask, key, lambda place: place[0])


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


@strawberry.type
class EdgesMutation:
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
