"""Pipelines: packages that a tenant's engineers made of notebooks, their versions, and which of them is used."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from gateway.relay import Page, global_id, parse_id
from gateway.schema.kit import Connection, Info, Keyed, Measure, Node, connect, loaded, measures, mutation
from gateway.schema.plugins import PackageState
from services.kernel.rights import Permission as Right
from services.pipelines import api as pipelines
from services.pipelines import contracts
from services.pipelines.contracts import ParameterKind

strawberry.enum(ParameterKind, name="PipelineParameterKind", description="Kind of a notebook's parameter.")


PipelineRef = Annotated["PipelineType", strawberry.lazy("gateway.schema.pipelines")]


@strawberry.type(name="PipelineParameter", description="A value that the notebook reads from its cell of parameters.")
class ParameterType:
    key: str
    kind: ParameterKind
    help: str
    low: float | None
    high: float | None
    choices: list[str]
    fixed: bool = strawberry.field(description="It is as the notebook had it in every run.")

    @strawberry.field(graphql_type=JSON, description="Of its kind.")
    @staticmethod
    def default(parent: strawberry.Parent[contracts.LinkParameter]) -> bool | float | str:
        return parent.default


@strawberry.type(name="PipelineStep", description="Cells of a notebook of one name, as one function.")
class StepType:
    name: str
    cells: list[int] = strawberry.field(description="Their numbers, as people count them in the notebook.")
    takes: list[str] = strawberry.field(description="Names that earlier steps give.")
    gives: list[str]
    parameters: list[str]
    after: list[str] = strawberry.field(description="Steps whose results it takes.")
    is_recipe: bool = strawberry.field(description="What is deployed is made of it.")
    is_metrics: bool


@strawberry.type(name="PipelineFinding", description="Something doubtful that was found in the notebook.")
class FindingType:
    rule: str
    severity: str
    cell: int
    line: int
    what: str
    why: str
    fix: str


@strawberry.type(name="PipelineProof", description="What a clean process gave, against the notebook's own metrics.")
class ProofType:
    proven: bool
    tolerance: float = strawberry.field(description="Relative.")
    snapshot: str = strawberry.field(description="Digest of the rows that it was made from; empty where none is named.")

    @strawberry.field(graphql_type=list[Measure])
    @staticmethod
    def metrics(parent: strawberry.Parent[contracts.Proof]) -> list[Measure]:
        return measures(parent.metrics)


@strawberry.type(name="PipelineDetails", description="What a version says of its notebook, and how its files are now.")
class DetailsType:
    state: PackageState
    reasons: list[str] = strawberry.field(description="Why it is in this state; none where it is as it was registered.")

    @strawberry.field(description="Key of the contract it reads; null for one that fits any contract.")
    @staticmethod
    def contract(parent: strawberry.Parent[contracts.VersionDetails]) -> str | None:
        return parent.link.contract

    @strawberry.field(graphql_type=list[ParameterType])
    @staticmethod
    def parameters(parent: strawberry.Parent[contracts.VersionDetails]) -> object:
        return parent.link.parameters

    @strawberry.field(graphql_type=list[StepType], description="Each after those it takes from.")
    @staticmethod
    def steps(parent: strawberry.Parent[contracts.VersionDetails]) -> object:
        return parent.link.steps

    @strawberry.field(graphql_type=list[FindingType])
    @staticmethod
    def findings(parent: strawberry.Parent[contracts.VersionDetails]) -> object:
        return parent.link.findings

    @strawberry.field(graphql_type=JSON, description="What it was made with, as the package says it.")
    @staticmethod
    def environment(parent: strawberry.Parent[contracts.VersionDetails]) -> object:
        return parent.link.environment

    @strawberry.field(description="Where the notebook is as it was registered; null where the package has none.")
    @staticmethod
    def notebook_url(parent: strawberry.Parent[contracts.VersionDetails], info: Info) -> str | None:
        if parent.link.notebook is None:
            return None
        return info.context.tickets.notebook(global_id("PipelineVersion", parent.id))


@strawberry.type(name="PipelineVersion", description="One content of a pipeline, under a number.")
class PipelineVersionType(Node):
    represents = contracts.PipelineVersion
    version: str
    number: int = strawberry.field(description="From 1, in the order in which they were registered.")
    content: str = strawberry.field(description="SHA-256 over all its files.")
    bytes: int = strawberry.field(description="Of its wheel.")
    title: str
    summary: str
    blueprints: list[str] = strawberry.field(description="Keys of the blueprints that it offers.")
    proof: ProofType | None
    registered_by: str
    registered_at: datetime
    details: DetailsType | None = loaded(DetailsType | None, "pipeline_details")
    pipeline = loaded(PipelineRef, "pipelines", by="pipeline", description="That it is a version of.")


@strawberry.type(name="Pipeline", description="A package that the tenant's engineers made of a notebook.")
class PipelineType(Node):
    represents = contracts.Pipeline
    name: str = strawberry.field(description="Of the distribution, such as `drill-wear`.")
    enabled: bool = strawberry.field(description="False for a retired one, which is kept and used no more.")
    version: str = strawberry.field(description="That is used, or was last.")
    former_version: str | None = strawberry.field(description="That was used before: use that to go back.")
    changed_by: str
    changed_at: datetime
    versions: list[PipelineVersionType] = strawberry.field(description="Newest first.")
    champions: int | None = loaded(
        int | None, "pipeline_champions", by="name", description="Assets whose champion is its model; null for none."
    )


@strawberry.type
class PipelinesQuery:
    @strawberry.field(graphql_type=Connection[PipelineType], description="By name. Needs `REGISTER_PIPELINES`.")
    async def pipelines(self, info: Info, first: int = 50, after: str | None = None) -> Page[contracts.Pipeline]:
        async def ask(size: int, start: object) -> list[contracts.Pipeline]:
            return await info.context.read(pipelines.list_pipelines, size, start)

        return await connect(info, "pipelines", first, after, ask, lambda each: (each.name,), lambda place: place[0])


@strawberry.input
class RegisterPipelineInput(Keyed):
    upload_id: strawberry.ID = strawberry.field(description="Of the staged wheel.")
    file_name: str = strawberry.field(description="The wheel's own, such as `drill_wear-1.0-py3-none-any.whl`.")


@strawberry.input
class UsePipelineInput(Keyed):
    pipeline_version_id: strawberry.ID


@strawberry.input
class RetirePipelineInput(Keyed):
    pipeline_id: strawberry.ID


@strawberry.type
class PipelinesMutation:
    @mutation(
        Right.REGISTER_PIPELINES,
        "RegisterPipelineResult",
        PipelineVersionType,
        "Judges a staged wheel, asks it in a box of its own what it declares, and uses it from the next run on. The "
        "same content again is the version that it was.",
    )
    async def register_pipeline(self, info: Info, input: RegisterPipelineInput) -> contracts.PipelineVersion:
        upload_id = parse_id(input.upload_id, "Upload", "uploadId")
        async with pipelines.examine(
            info.context.platform, info.context.principal, upload_id, input.file_name
        ) as candidate:
            return await info.context.change(pipelines.register, info.context.platform, candidate)

    @mutation(
        Right.REGISTER_PIPELINES,
        "UsePipelineResult",
        PipelineType,
        "Uses that version from the next run on: another one, the one before, or one of a retired pipeline. Clusters "
        "that run start anew with it.",
    )
    async def use_pipeline(self, info: Info, input: UsePipelineInput) -> contracts.Pipeline:
        version_id = parse_id(input.pipeline_version_id, "PipelineVersion", "pipelineVersionId")
        return await info.context.change(pipelines.use_version, version_id)

    @mutation(
        Right.REGISTER_PIPELINES,
        "RetirePipelineResult",
        PipelineType,
        "Uses a pipeline no more; its versions are kept. Not while champions are its models.",
    )
    async def retire_pipeline(self, info: Info, input: RetirePipelineInput) -> contracts.Pipeline:
        return await info.context.change(pipelines.retire, parse_id(input.pipeline_id, "Pipeline", "pipelineId"))
