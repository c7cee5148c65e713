"""Drift: how far the newest rows and scores lie from what champions were trained on."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from gateway.relay import Page
from gateway.schema.kit import Connection, Info, Shows, connect, loaded
from gateway.schema.registry import ModelVersionType
from services.drift import api as drift
from services.drift import contracts
from services.drift.contracts import DriftOrder, DriftState, Finding

if TYPE_CHECKING:
    from gateway.schema.assets import AssetType

AssetRef = Annotated["AssetType", strawberry.lazy("gateway.schema.assets")]
strawberry.enum(DriftState, description="Whether a signal drifts; `SILENT` cannot be compared.")
strawberry.enum(Finding, name="DriftFinding", description="What a look found in a signal.")
strawberry.enum(DriftOrder, description="The furthest beyond its limit, or the newest drift first.")


@strawberry.type(name="DriftMiddle", description="Where nine tenths of the values lie, and their median.")
class MiddleType:
    low: float = strawberry.field(description="5 % are below.")
    median: float
    high: float = strawberry.field(description="5 % are above.")


@strawberry.type(name="SignalDrift", description="What the last look found in a signal.")
class SignalDriftType(Shows):
    represents = contracts.SignalDrift
    signal: str = strawberry.field(description="Its key; `score` for the champion's scores.")
    state: DriftState
    finding: Finding
    figure: float | None = strawberry.field(
        description="Distance of the newest rows from the reference, in spreads of the reference; null where silent."
    )
    limit: float | None = strawberry.field(description="What such rows reach once in a thousand looks by themselves.")
    since: datetime | None = strawberry.field(description="When it was found to drift; null unless it does.")
    rows: int = strawberry.field(description="Of the newest rows, those with a value.")
    before: MiddleType | None = strawberry.field(description="Of the reference.")
    now: MiddleType | None = strawberry.field(description="Of the newest rows.")
    unit: str | None = strawberry.field(description="A conversion that it looks like, such as `°C→°F`.")
    sentence: str = strawberry.field(description="In English; `finding` and the numbers say the same.")


@strawberry.type(name="AssetDrift", description="What the last look at an asset with a champion found.")
class AssetDriftType(Shows):
    represents = contracts.AssetDrift
    looked_at: datetime
    start: datetime = strawberry.field(description="Of the newest rows that were compared.")
    end: datetime
    reference_start: datetime = strawberry.field(description="Of what the champion was trained on.")
    reference_end: datetime
    rows: int = strawberry.field(description="Of the newest rows, those that were looked at; evenly, of many.")
    drifting: int = strawberry.field(description="Signals that drift, scores not counted.")
    score_drifts: bool
    worst: float = strawberry.field(description="The largest figure of what drifts, in limits; 0 where nothing does.")
    since: datetime | None = strawberry.field(description="Since when anything drifts; null where nothing does.")
    looks: int = strawberry.field(description="How many looks in a row found signals drifting.")
    score: SignalDriftType | None

    @strawberry.field(
        graphql_type=list[SignalDriftType], description="Those that drift first, the furthest beyond its limit first."
    )
    @staticmethod
    def signals(parent: strawberry.Parent[contracts.AssetDrift]) -> list[contracts.SignalDrift]:
        return list(parent.signals)

    asset = loaded(AssetRef, "assets", "asset_id")
    version = loaded(ModelVersionType | None, "versions", "version_id", description="The champion it is about.")


@strawberry.type(name="DriftMark", description="That anything of an asset drifts, for lists of many.")
class DriftMarkType(Shows):
    represents = contracts.DriftMark
    drifting: int = strawberry.field(description="Signals that drift, scores not counted.")
    score_drifts: bool
    since: datetime


@strawberry.type
class DriftQuery:
    @strawberry.field(
        graphql_type=Connection[AssetDriftType],
        description="Assets of which anything drifts; with `signal` (or `score`), those of which that does.",
    )
    async def drifting(
        self,
        info: Info,
        order: DriftOrder = DriftOrder.FIGURE,
        signal: str | None = None,
        first: int = 50,
        after: str | None = None,
    ) -> Page[contracts.AssetDrift]:
        async def ask(size: int, start: object) -> list[contracts.AssetDrift]:
            return await info.context.read(drift.list_drifting, order, signal, size, start)

        def key(one: contracts.AssetDrift) -> tuple[object, UUID]:
            return (one.worst if order is DriftOrder.FIGURE else one.since, one.asset_id)

        def read(key: list[str]) -> tuple[float | datetime, UUID]:
            place = float(key[0]) if order is DriftOrder.FIGURE else datetime.fromisoformat(key[0])
            return place, UUID(key[1])

        return await connect(info, f"drifting/{order}/{signal}", first, after, ask, key, read)
