"""What a shadow is worth: figures, examples, the test, and a proposal in words."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from gateway.relay import Page, global_id, parse_id
from gateway.schema.kit import Connection, Info, connect, loaded
from services.assets.contracts import Asset
from services.verdicts import api as verdicts
from services.verdicts import contracts, fleet
from services.verdicts.contracts import Advice, Outcome, Verdict

if TYPE_CHECKING:
    from gateway.schema.assets import AssetType
    from gateway.schema.registry import ModelVersionType

AssetRef = Annotated["AssetType", strawberry.lazy("gateway.schema.assets")]
VersionRef = Annotated["ModelVersionType", strawberry.lazy("gateway.schema.registry")]
strawberry.enum(Verdict, name="ShadowVerdict", description="What the sequential test says of a shadow.")
strawberry.enum(Advice, name="ShadowAdvice", description="What is proposed; promoting is a person's.")


@strawberry.type(name="ShadowFigures", description="Champion and shadow on the same rows; of a fleet summed.")
class FiguresType:
    rows: int
    days: float = strawberry.field(description="Days of assets with rows, gaps left out.")
    targets: int = strawberry.field(description="Failures, and periods judged abnormal, while there were rows.")
    warned_champion: int
    warned_shadow: int
    gained: int = strawberry.field(description="Targets of which the shadow alone warned.")
    lost: int = strawberry.field(description="Targets of which the champion alone warned.")
    earlier_s: float | None = strawberry.field(
        description="Median of how much earlier the shadow warned, where both did; negative: later."
    )
    false_champion: int
    false_shadow: int
    false_rate_champion: float = strawberry.field(description="False alarms per asset and 30 days.")
    false_rate_shadow: float
    waiting: int = strawberry.field(description="Alarms of either that a failure still may explain.")
    unanswered_champion: float = strawberry.field(description="Share of the rows, 0 to 1.")
    unanswered_shadow: float


@strawberry.type(name="Disagreement", description="A time in which exactly one of the two had an alarm on.")
class DisagreementType:
    asset: AssetRef | None
    start: datetime
    end: datetime
    shadow: bool = strawberry.field(description="Whether it was the shadow's alarm.")
    peak: float = strawberry.field(description="Largest score of the one whose alarm it was.")


@strawberry.type(name="ShadowJudgement", description="Where the sequential test stands.")
class JudgedType:
    verdict: Verdict
    days: int = strawberry.field(description="Days old enough to count that it has seen.")
    decided_after: int | None = strawberry.field(description="Days after which it said so first.")
    days_left: int | None = strawberry.field(description="How many more at the pace so far; null: cannot be said.")


@strawberry.type(name="ShadowReason", description="One fact for or against.")
class ReasonType:
    code: str = strawberry.field(description="`docs/reference/shadow-verdicts.md` lists them.")
    sentence: str = strawberry.field(description="For people, in English.")

    @strawberry.field(description="Parameters of the sentence, for texts in other languages.")
    @staticmethod
    def facts(parent: strawberry.Parent[contracts.Reason]) -> JSON:
        return JSON(dict(parent.facts))


@strawberry.type(name="ShadowProposal", description="What is proposed, and why.")
class ProposalType:
    advice: Advice
    reasons: list[ReasonType]
    sentence: str = strawberry.field(description="All of it, in English.")


@strawberry.type(name="ShadowLatency", description="How long rows wait for a score, measured in service.")
class ShadowLatencyType:
    shadow_s: float
    champion_s: float
    limit_s: float = strawberry.field(description="Of the shadow: three times the champion's, 0.1 s at least.")
    slow: bool = strawberry.field(description="Whether the shadow is beyond the limit.")
    sentence: str = strawberry.field(description="For people, in English.")


@strawberry.type(name="ShadowEvidence", description="What a shadow is worth beside the champion, on the same rows.")
class ShadowEvidenceType:
    start: datetime | None = strawberry.field(description="First row that counts; null while there is none.")
    end: datetime | None
    figures: FiguresType
    judged: JudgedType
    proposal: ProposalType
    latency: ShadowLatencyType | None = strawberry.field(description="Of a run the slowest; null: not told yet.")

    @strawberry.field(description="How many assets were looked at: all, or an even sample of many.")
    @staticmethod
    def looked_at(parent: strawberry.Parent[contracts.ShadowEvidence]) -> int:
        return len(parent.asset_ids)

    @strawberry.field(graphql_type=list[DisagreementType], description="Where they differ: the longest, at most 20.")
    @staticmethod
    async def examples(parent: strawberry.Parent[contracts.ShadowEvidence], info: Info) -> list[DisagreementType]:
        ids = [parent.asset_ids[one.asset] for one in parent.examples]
        found: list[Asset | None] = await info.context.loaders.assets.load_many(ids)
        return [
            DisagreementType(
                asset=asset,  # type: ignore[arg-type]
                start=one.start,
                end=one.end,
                shadow=one.shadow,
                peak=one.peak,
            )
            for asset, one in zip(found, parent.examples, strict=True)
        ]


strawberry.enum(Outcome, name="ShadowOutcome", description="How a shadow of a fleet stands, the worst first.")


@strawberry.type(name="ShadowFleet", description="Shadows of one blueprint in one version.")
class ShadowFleetType:
    shadows: int = strawberry.field(description="Assets with one.")

    @strawberry.field
    @staticmethod
    def blueprint(parent: strawberry.Parent[contracts.ShadowFleet]) -> str:
        return parent.key.blueprint

    @strawberry.field
    @staticmethod
    def blueprint_version(parent: strawberry.Parent[contracts.ShadowFleet]) -> str:
        return parent.key.blueprint_version


@strawberry.type(name="ShadowStanding", description="One shadow of a fleet beside its champion, on the same rows.")
class ShadowStandingType:
    outcome: Outcome
    judged: JudgedType
    rows: int
    gain: float = strawberry.field(description="False alarms spared and warnings won, less those added or lost.")
    gained: int = strawberry.field(description="Targets of which the shadow alone warned.")
    lost: int = strawberry.field(description="Targets of which the champion alone warned.")
    false_champion: int
    false_shadow: int
    unanswered_champion: float = strawberry.field(description="Share of the rows, 0 to 1.")
    unanswered_shadow: float
    latency: ShadowLatencyType | None
    sentence: str = strawberry.field(description="Why, in English.")

    asset = loaded(AssetRef, "assets", "asset_id")
    champion = loaded(VersionRef, "versions", "champion")
    version = loaded(VersionRef, "versions", "shadow")


@strawberry.type(description="How many shadows stand so.")
class ShadowCount:
    outcome: Outcome
    shadows: int


@strawberry.type(description="A shadow, as `promoteShadows` takes it.")
class ShadowPair:
    asset_id: strawberry.ID
    version_id: strawberry.ID


@strawberry.type(name="FleetShadows", description="What all shadows of a set are worth, each beside its own champion.")
class FleetShadowsType:
    start: datetime | None = strawberry.field(description="First row that counts; null while there is none.")
    end: datetime | None
    judged: JudgedType = strawberry.field(description="Of the fleet, on a day's sum over all assets.")
    better: float = strawberry.field(description="Evidence against “no shadow is better”: the mean of e-values.")
    worse: float = strawberry.field(description="Evidence against “no shadow is worse”.")
    advice: Advice
    sentence: str = strawberry.field(description="The proposal, in English.")

    @strawberry.field(description="The worst first; outcomes without a shadow are left out.")
    @staticmethod
    def counts(parent: strawberry.Parent[contracts.FleetEvidence]) -> list[ShadowCount]:
        counted = parent.counts()
        return [ShadowCount(outcome=one, shadows=counted[one]) for one in Outcome if counted.get(one)]

    @strawberry.field(description="Better or equal with enough evidence, and nothing is lost by promoting them.")
    @staticmethod
    def agreed(parent: strawberry.Parent[contracts.FleetEvidence]) -> list[ShadowPair]:
        return [
            ShadowPair(
                asset_id=strawberry.ID(global_id("Asset", one.asset_id)),
                version_id=strawberry.ID(global_id("ModelVersion", one.shadow)),
            )
            for one in parent.agreed()
        ]

    @strawberry.field(graphql_type=Connection[ShadowStandingType], description="The worst first.")
    @staticmethod
    async def standings(
        parent: strawberry.Parent[contracts.FleetEvidence],
        info: Info,
        first: int = 50,
        after: str | None = None,
        outcome: Outcome | None = None,
    ) -> Page[contracts.ShadowStanding]:
        async def ask(size: int, start: tuple[int, float, UUID] | None) -> list[contracts.ShadowStanding]:
            return fleet.page(parent, size, start, outcome)

        listing = f"fleet_shadows/{parent.key.blueprint}/{parent.key.blueprint_version}/{outcome}"
        return await connect(info, listing, first, after, ask, _place, _read_place)


def _place(one: contracts.ShadowStanding) -> tuple[int, str, UUID]:
    rank, gain, asset_id = one.place
    return rank, repr(gain), asset_id


def _read_place(key: list[str]) -> tuple[int, float, UUID]:
    return int(key[0]), float(key[1]), UUID(key[2])


@strawberry.type
class VerdictsQuery:
    @strawberry.field(
        graphql_type=list[ShadowFleetType], description="The sets of shadows that are judged together, largest first."
    )
    async def shadow_fleets(self, info: Info) -> list[contracts.ShadowFleet]:
        return await info.context.read(verdicts.fleets)

    @strawberry.field(
        graphql_type=FleetShadowsType,
        description="What all shadows of a set are worth. Reads half a year of scores: ask for one set, not for many.",
    )
    async def fleet_shadows(self, info: Info, blueprint: str, blueprint_version: str) -> contracts.FleetEvidence:
        return await info.context.ask(verdicts.fleet_evidence, contracts.FleetKey(blueprint, blueprint_version))

    @strawberry.field(
        graphql_type=ShadowEvidenceType,
        description="What the shadows that a run made are worth together, each beside its asset's champion.",
    )
    async def run_evidence(self, info: Info, run_id: strawberry.ID) -> contracts.ShadowEvidence:
        return await info.context.ask(verdicts.run_evidence, parse_id(run_id, "Run", "runId"))
