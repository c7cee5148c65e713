"""What a shadow is worth: figures, examples, the test, and a proposal in words."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from gateway.relay import parse_id
from gateway.schema.kit import Info
from services.assets.contracts import Asset
from services.verdicts import api as verdicts
from services.verdicts import contracts
from services.verdicts.contracts import Advice, Verdict

if TYPE_CHECKING:
    from gateway.schema.assets import AssetType

AssetRef = Annotated["AssetType", strawberry.lazy("gateway.schema.assets")]
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


@strawberry.type(name="ShadowEvidence", description="What a shadow is worth beside the champion, on the same rows.")
class ShadowEvidenceType:
    start: datetime | None = strawberry.field(description="First row that counts; null while there is none.")
    end: datetime | None
    figures: FiguresType
    judged: JudgedType
    proposal: ProposalType

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


@strawberry.type
class VerdictsQuery:
    @strawberry.field(
        graphql_type=ShadowEvidenceType,
        description="What the shadows that a run made are worth together, each beside its asset's champion.",
    )
    async def run_evidence(self, info: Info, run_id: strawberry.ID) -> contracts.ShadowEvidence:
        return await info.context.ask(verdicts.run_evidence, parse_id(run_id, "Run", "runId"))
