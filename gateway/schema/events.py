"""What happened to machines, and the regimes that follow from it."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.relay import Page, page_size, parse_id
from gateway.schema.kit import Connection, Info, Keyed, Node, Shows, aware, connect, loaded, mutation, read_time_and_id
from gateway.schema.registry import ModelVersionType
from services.events import api as events
from services.events import contracts
from services.events.contracts import EventKind, EventLabel, Recovery, Source
from services.kernel.rights import Permission as Right

if TYPE_CHECKING:
    from gateway.schema.assets import AssetType

AssetRef = Annotated["AssetType", strawberry.lazy("gateway.schema.assets")]
strawberry.enum(EventKind, description="What happened; `ABNORMAL` and `NORMAL` label a range of time.")
strawberry.enum(EventLabel, description="How a range of time was.")
strawberry.enum(Source, name="EventSource", description="Where an event was entered.")
strawberry.enum(Recovery, description="How far a regime is on its way to a champion that was trained on its rows.")


@strawberry.type(name="EventRevision", description="What an event said until it was corrected.")
class RevisionType:
    number: int = strawberry.field(description="From 1, in the order of corrections.")
    kind: EventKind
    time: datetime
    end: datetime | None
    part: str | None
    note: str
    begins_regime: bool
    corrected_by: str
    corrected_at: datetime


@strawberry.type(name="Event", description="A fact about an asset.")
class EventType(Node):
    represents = contracts.Event
    kind: EventKind
    time: datetime = strawberry.field(description="Of a label the start.")
    end: datetime | None = strawberry.field(description="Of a label.")
    note: str
    part: str | None
    begins_regime: bool = strawberry.field(description="Whether the old normal is gone.")
    source: Source
    recorded_by: str
    recorded_at: datetime
    retracted_at: datetime | None
    retracted_by: str | None
    corrections: int

    @strawberry.field(graphql_type=list[RevisionType], description="What it said before, newest first.")
    @staticmethod
    async def revisions(parent: strawberry.Parent[contracts.Event], info: Info) -> list[contracts.Revision]:
        if not parent.corrections:
            return []
        return (await info.context.loaders.revisions.load(parent.id)) or []

    asset = loaded(AssetRef, "assets", "asset_id")


@strawberry.type(name="Part", description="A part that somebody named before.")
class PartType:
    name: str
    times: int = strawberry.field(description="How often it was replaced.")
    core: bool = strawberry.field(description="Whether it began a regime when it was last replaced.")


@strawberry.type(name="Regime", description="The time between two events that change an asset's normal.")
class RegimeType(Shows):
    represents = contracts.Regime
    start: datetime | None = strawberry.field(description="Null: since ever.")
    end: datetime | None = strawberry.field(description="Null: until now.")
    recovery: Recovery | None = strawberry.field(description="Null for the first regime, which nothing began.")
    recovery_since: datetime | None

    opened_by = loaded(EventType | None, "events", "opened_by", description="The event that began it.")

    version = loaded(
        ModelVersionType | None,
        "versions",
        "version_id",
        description="The version that waits to be promoted, or that it recovered by.",
    )
    asset = loaded(AssetRef, "assets", "asset_id")


@strawberry.type
class RecoveryCount:
    recovery: Recovery
    assets: int


@strawberry.type
class EventsQuery:
    @strawberry.field(
        graphql_type=Connection[EventType],
        description="What happened to all assets, or to one; newest first, without what was retracted.",
    )
    async def events(
        self,
        info: Info,
        asset_id: strawberry.ID | None = None,
        kinds: list[EventKind] | None = None,
        retracted: bool = False,
        first: int = 50,
        after: str | None = None,
    ) -> Page[contracts.Event]:
        asset = None if asset_id is None else parse_id(asset_id, "Asset", "assetId")

        async def ask(size: int, start: object) -> list[contracts.Event]:
            query = contracts.EventQuery(asset, kinds, retracted, size, start)  # pyright: ignore[reportArgumentType]
            return await info.context.read(events.query_events, query)

        return await connect(info, "events", first, after, ask, lambda one: (one.time, one.id), read_time_and_id)

    @strawberry.field(
        graphql_type=Connection[RegimeType],
        description="Present regimes that an event began, newest first: which machines still wait for a model.",
    )
    async def recoveries(
        self, info: Info, states: list[Recovery] | None = None, first: int = 50, after: str | None = None
    ) -> Page[contracts.Regime]:
        async def ask(size: int, start: object) -> list[contracts.Regime]:
            return await info.context.read(events.list_recoveries, states, first=size, after=start)

        key = lambda one: (one.start, one.opened_by)  # noqa: E731  as the other listings have it
        return await connect(info, "recoveries", first, after, ask, key, read_time_and_id)

    @strawberry.field(description="How many assets' present regimes are in each state of recovery.")
    async def recovery_counts(self, info: Info) -> list[RecoveryCount]:
        counts = await info.context.read(events.recovery_counts)
        return [RecoveryCount(recovery=recovery, assets=counts[recovery]) for recovery in Recovery]

    @strawberry.field(
        graphql_type=list[PartType], description="Parts named before, to choose from: the most frequent first."
    )
    async def parts(self, info: Info, first: int = 50) -> list[contracts.Part]:
        return await info.context.read(events.parts, None, page_size(first))


BEGINS = "Whether the old normal is gone. Null: yes for a replaced part and a recipe change, else no."


@strawberry.input
class RecordEventInput(Keyed):
    asset_id: strawberry.ID
    kind: EventKind
    time: datetime
    note: str = ""
    part: str | None = None
    begins_regime: bool | None = strawberry.field(default=None, description=BEGINS)


@strawberry.input
class NewEventInput:
    asset_id: strawberry.ID
    kind: EventKind
    time: datetime = strawberry.field(description="Source time, in the past; of a label the start.")
    end: datetime | None = strawberry.field(default=None, description="Of a label.")
    note: str = ""
    part: str | None = None
    begins_regime: bool | None = strawberry.field(default=None, description=BEGINS)

    def event(self) -> contracts.NewEvent:
        between = {"time": aware(self.time, "time"), "end": aware(self.end, "end")}
        said = {"note": self.note, "part": self.part or None, "begins_regime": self.begins_regime}
        return contracts.NewEvent(parse_id(self.asset_id, "Asset", "assetId"), self.kind, **between, **said)


@strawberry.input
class RecordEventsInput(Keyed):
    events: list[NewEventInput] = strawberry.field(description="At most 1,000, of any assets.")


@strawberry.input
class CorrectEventInput(Keyed):
    event_id: strawberry.ID
    kind: EventKind
    time: datetime
    end: datetime | None = None
    note: str = ""
    part: str | None = None
    begins_regime: bool | None = strawberry.field(default=None, description=BEGINS)

    def said(self) -> contracts.Correction:
        between = {"time": aware(self.time, "time"), "end": aware(self.end, "end")}
        return contracts.Correction(
            self.kind, note=self.note, part=self.part or None, begins_regime=self.begins_regime, **between
        )


@strawberry.input
class RetractEventInput(Keyed):
    event_id: strawberry.ID


@strawberry.input
class LabelRangeInput(Keyed):
    asset_ids: list[strawberry.ID] = strawberry.field(description="At most 1,000.")
    label: EventLabel
    start: datetime
    end: datetime
    note: str = ""


@strawberry.type
class RecordedEvents:
    events: list[EventType] = strawberry.field(description="In the order in which they were sent.")


@strawberry.type
class EventsMutation:
    @mutation(Right.RECORD_EVENT, "RecordEventResult", EventType, "Records a fact; `retractEvent` takes it back.")
    async def record_event(self, info: Info, input: RecordEventInput) -> contracts.Event:
        asset = parse_id(input.asset_id, "Asset", "assetId")
        said = {"note": input.note, "part": input.part or None, "begins_regime": input.begins_regime}
        event = contracts.NewEvent(asset, input.kind, aware(input.time, "time"), **said)
        return await info.context.change(events.record_event, event)

    @mutation(Right.RECORD_EVENT, "RecordEventsResult", RecordedEvents, "Records facts about assets, all or none.")
    async def record_events(self, info: Info, input: RecordEventsInput) -> RecordedEvents:
        new = [event.event() for event in input.events]
        return RecordedEvents(events=await info.context.change(events.record_events, new))  # pyright: ignore

    @mutation(Right.RECORD_EVENT, "CorrectEventResult", EventType, "Says anew what happened; all fields are given.")
    async def correct_event(self, info: Info, input: CorrectEventInput) -> contracts.Event:
        event = parse_id(input.event_id, "Event", "eventId")
        return await info.context.change(events.correct_event, event, input.said())

    @mutation(Right.RECORD_EVENT, "RetractEventResult", EventType, "Takes a recorded fact back.")
    async def retract_event(self, info: Info, input: RetractEventInput) -> contracts.Event:
        return await info.context.change(events.retract_event, parse_id(input.event_id, "Event", "eventId"))

    @mutation(Right.RECORD_EVENT, "LabelRangeResult", RecordedEvents, "Says of a range of time how it was.")
    async def label_range(self, info: Info, input: LabelRangeInput) -> RecordedEvents:
        ids = [parse_id(each, "Asset", "assetIds") for each in input.asset_ids]
        start, end = aware(input.start, "start"), aware(input.end, "end")
        made = await info.context.change(events.label_range, ids, input.label, start, end, input.note)
        return RecordedEvents(events=made)  # pyright: ignore
