"""Capsules: a score with all that reproduces it."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from gateway.relay import Page, global_id, parse_id
from gateway.schema.kit import Connection, Info, Keyed, Node, aware, connect, loaded, mutation, read_id
from gateway.schema.registry import ModelVersionType
from services.capsules import api as capsules
from services.capsules import contracts
from services.capsules.contracts import CapsuleState
from services.kernel.errors import Invalid
from services.kernel.rights import Permission as Right
from services.registry.contracts import ModelVersion

if TYPE_CHECKING:
    from gateway.schema.assets import AssetType

AssetRef = Annotated["AssetType", strawberry.lazy("gateway.schema.assets")]
strawberry.enum(CapsuleState, description="How far a capsule is.")


@strawberry.type(name="CapsuleProblem", description="Why there is no capsule.")
class CapsuleProblemType:
    code: str = strawberry.field(description="Stable; `docs/reference/errors.md` lists all of them.")
    message: str


@strawberry.type(name="CapsuleText", description="A named text.")
class CapsuleTextType:
    key: str
    value: str


@strawberry.type(name="CapsuleDifference", description="A column of an answer that came out otherwise.")
class CapsuleDifferenceType:
    version_id: strawberry.Private[UUID]
    column: str
    recorded: str
    here: str = strawberry.field(description="What the tenant's serving cluster answered.")

    @strawberry.field(graphql_type=ModelVersionType | None)
    @staticmethod
    async def version(parent: strawberry.Parent[contracts.Difference], info: Info) -> ModelVersion | None:
        return await info.context.loaders.versions.load(parent.version_id)


@strawberry.type(name="CapsuleModel", description="A version that answered the row: the judged one, or one beside it.")
class CapsuleModelType:
    number: int
    shadow: bool
    blueprint: str
    blueprint_version: str
    plugin: str
    plugin_digest: str
    begins: str = strawberry.field(
        description="`window`: its rows go back until all that scoring remembers is exact; `served`: to its first row."
    )
    rows: int = strawberry.field(description="That are scored again for it.")

    @strawberry.field(graphql_type=ModelVersionType | None)
    @staticmethod
    async def version(parent: strawberry.Parent[contracts.CapsuleModel], info: Info) -> ModelVersion | None:
        return await info.context.loaders.versions.load(parent.version_id)

    @strawberry.field(description="What it was trained with, by distribution.")
    @staticmethod
    def environment(parent: strawberry.Parent[contracts.CapsuleModel]) -> list[CapsuleTextType]:
        return _texts(parent.environment.items())

    @strawberry.field(description="What it answered to the row, by column of the history.")
    @staticmethod
    def answer(parent: strawberry.Parent[contracts.CapsuleModel]) -> list[CapsuleTextType]:
        return _texts(parent.answer.items())


@strawberry.type(name="Capsule", description="All that reproduces one score: rows, answers, models, environment.")
class CapsuleType(Node):
    represents = contracts.Capsule
    time: datetime = strawberry.field(description="Source time of the row.")
    shadow: bool
    state: CapsuleState
    problem: CapsuleProblemType | None
    reproduced: bool | None = strawberry.field(
        description="Whether the serving cluster answered the same again, bit for bit; null while it was not asked."
    )
    remark: str | None = strawberry.field(description="Why it was not asked, or what differs there, in English.")
    differences: list[CapsuleDifferenceType]
    models: list[CapsuleModelType] = strawberry.field(description="The champion first.")
    rows: int = strawberry.field(description="Of the asset, the judged one last.")
    sha256: str | None = strawberry.field(description="Of the file, in hexadecimal.")
    kept_as: str | None = strawberry.field(description="The name it is kept under; kept ones have no end.")
    created_by: str
    created_at: datetime
    expires_at: datetime | None

    asset = loaded(AssetRef, "assets", "asset_id")
    version = loaded(ModelVersionType | None, "versions", "version_id", description="Whose score it is.")

    @strawberry.field(description="Of the file, a whole number; null until it is there.")
    @staticmethod
    def bytes(parent: strawberry.Parent[contracts.Capsule]) -> float | None:
        return parent.bytes

    @strawberry.field(description="Path of the file; takes `Range`.")
    @staticmethod
    def file_url(parent: strawberry.Parent[contracts.Capsule], info: Info) -> str | None:
        return info.context.tickets.capsule(global_id("Capsule", parent.id)) if parent.bytes else None


def _texts(pairs: object) -> list[CapsuleTextType]:
    return [CapsuleTextType(key=key, value=value) for key, value in pairs]  # pyright: ignore


@strawberry.type
class CapsulesQuery:
    @strawberry.field(
        graphql_type=Connection[CapsuleType],
        description="Newest first; of one asset, or kept ones only. Needs `OPEN_CAPSULES`.",
    )
    async def capsules(
        self,
        info: Info,
        asset_id: strawberry.ID | None = None,
        kept: bool = False,
        first: int = 50,
        after: str | None = None,
    ) -> Page[contracts.Capsule]:
        asset = None if asset_id is None else parse_id(asset_id, "Asset", "assetId")

        async def ask(size: int, start: UUID | None) -> list[contracts.Capsule]:
            return await info.context.read(capsules.list_capsules, size, start, asset, kept)

        return await connect(info, f"capsules/{asset}/{kept}", first, after, ask, lambda each: (each.id,), read_id)


@strawberry.input
class OpenCapsuleInput(Keyed):
    asset_id: strawberry.ID | None = strawberry.field(default=None, description="With `time`.")
    time: datetime | None = strawberry.field(default=None, description="The row's source time, exactly.")
    version_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose score is meant; without it the champion's of then."
    )
    alarm_id: strawberry.ID | None = strawberry.field(
        default=None, description="Instead of the others: the row that raised the alarm."
    )


@strawberry.input
class KeepCapsuleInput(Keyed):
    capsule_id: strawberry.ID
    name: str


@strawberry.input
class RemoveCapsuleInput(Keyed):
    capsule_id: strawberry.ID


@strawberry.type(description="A capsule that is gone.")
class RemovedCapsule:
    capsule_id: strawberry.ID


@strawberry.type
class CapsulesMutation:
    @mutation(
        Right.OPEN_CAPSULES,
        "OpenCapsuleResult",
        CapsuleType,
        "The capsule of a score: the one there is, or a new one that is made in the background.",
    )
    async def open_capsule(self, info: Info, input: OpenCapsuleInput) -> contracts.Capsule:
        score = await _score(info, input)
        return await info.context.change(capsules.open_capsule, score)

    @mutation(Right.OPEN_CAPSULES, "KeepCapsuleResult", CapsuleType, "Keeps a capsule under a name, without an end.")
    async def keep_capsule(self, info: Info, input: KeepCapsuleInput) -> contracts.Capsule:
        id = parse_id(input.capsule_id, "Capsule", "capsuleId")
        return await info.context.change(capsules.keep_capsule, id, input.name)

    @mutation(Right.OPEN_CAPSULES, "RemoveCapsuleResult", RemovedCapsule, "Removes a capsule, also a kept one.")
    async def remove_capsule(self, info: Info, input: RemoveCapsuleInput) -> RemovedCapsule:
        id = parse_id(input.capsule_id, "Capsule", "capsuleId")
        removed = await info.context.change(capsules.remove_capsule, id)
        return RemovedCapsule(capsule_id=strawberry.ID(global_id("Capsule", removed)))


async def _score(info: Info, input: OpenCapsuleInput) -> contracts.ScoreRef:
    if input.alarm_id is not None:
        return await info.context.ask(capsules.find_alarm_score, parse_id(input.alarm_id, "Alarm", "alarmId"))
    if input.asset_id is None or input.time is None:
        raise Invalid("Name the score by `assetId` and `time`, or by `alarmId`.", field="assetId")
    asset = parse_id(input.asset_id, "Asset", "assetId")
    version = None if input.version_id is None else parse_id(input.version_id, "ModelVersion", "versionId")
    return await info.context.ask(capsules.find_score, asset, aware(input.time, "time"), version)
