"""Health, alarms and cases."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from gateway.relay import Page, global_id, parse_id
from gateway.schema.changes import SINCE, changed
from gateway.schema.events import EventType
from gateway.schema.kit import (
    Connection,
    Contribution,
    Info,
    Keyed,
    Node,
    Shows,
    aware,
    connect,
    contributions,
    loaded,
    mutation,
    read_id,
)
from gateway.schema.ledger import LoopType
from gateway.schema.registry import ModelVersionType
from gateway.schema.training import RunType
from services.events import api as events
from services.events import contracts as happened
from services.kernel.rights import Permission as Right
from services.monitoring import api as monitoring
from services.monitoring import contracts
from services.monitoring.contracts import AlarmState, CaseState, Health
from services.training import api as training
from services.training.contracts import Run

if TYPE_CHECKING:
    from gateway.schema.assets import AssetType

AssetRef = Annotated["AssetType", strawberry.lazy("gateway.schema.assets")]
EVENTS_BEFORE = timedelta(days=1)
"""What happened just before is often why a case was opened."""
strawberry.enum(Health, description="State of an asset, worst first.")
strawberry.enum(CaseState, description="Whether a case wants a person, closes by itself, or is closed.")
strawberry.enum(AlarmState, description="What has been done about an alarm.")


@strawberry.type(name="AssetHealth", description="How an asset is, at its last row.")
class AssetHealthType:
    health: Health
    last_row_at: datetime | None
    value: float | None = strawberry.field(description="The champion's score: above 1 is abnormal.")
    coverage: float | None
    missing: list[str]

    version = loaded(ModelVersionType | None, "versions", "version")


@strawberry.type(name="Alarm", description="A condition that wants a person.")
class AlarmType(Node):
    represents = contracts.Alarm
    rule: str
    state: AlarmState
    raised_at: datetime = strawberry.field(description="Source time of the row that raised it.")
    cleared_at: datetime | None
    cleared_because: str | None = strawberry.field(description="`recovered` or `regime_changed`.")
    shelved_until: datetime | None
    peak: float
    acknowledged_by: str | None
    acknowledged_at: datetime | None

    muted_by = loaded(
        EventType | None,
        "events",
        "muted_by",
        description="The event because of which it was shelved at once: the model that raised it is of before.",
    )
    cleared_by = loaded(
        EventType | None, "events", "cleared_by", description="The event that cleared it, if `regime_changed`."
    )

    @strawberry.field(description="The signals that contribute most.")
    @staticmethod
    def top(parent: strawberry.Parent[contracts.Alarm]) -> list[Contribution]:
        return contributions(parent.top)

    @strawberry.field(description="Of the case that gathered it; `case` shows it.")
    @staticmethod
    def case_id(parent: strawberry.Parent[contracts.Alarm]) -> strawberry.ID:
        return strawberry.ID(global_id("Case", parent.case_id))

    asset = loaded(AssetRef, "assets", "asset_id")


@strawberry.type(name="Case", description="The one open matter of an asset that gathers its alarms.")
class CaseType(Node):
    represents = contracts.Case
    title: str
    state: CaseState
    opened_at: datetime
    closes_at: datetime | None = strawberry.field(
        description="When it closes by itself, unless an alarm returns; null unless it is cleared."
    )
    closed_at: datetime | None
    closed_by: str | None = strawberry.field(description="Null when it closed by itself.")
    alarms: int = strawberry.field(description="How many it gathered.")
    closed_because: str | None = strawberry.field(
        description="`recovered` or `event_retracted`, where it waited for a model; else null."
    )
    next_step: str | None = strawberry.field(description="What a person does next, while it waits for a model.")

    retrain_for = loaded(
        EventType | None, "events", "retrain_for", description="The event after which a new model was wanted."
    )

    asset = loaded(AssetRef, "assets", "asset_id")
    loop = loaded(LoopType | None, "case_loops", "id", description="Of the ledger; null: it is of none.")

    @strawberry.field(graphql_type=Connection[AlarmType], description="The alarms it gathered, newest first.")
    @staticmethod
    async def gathered(
        parent: strawberry.Parent[contracts.Case], info: Info, first: int = 20, after: str | None = None
    ) -> Page[contracts.Alarm]:
        async def ask(size: int, start: object) -> list[contracts.Alarm]:
            return await info.context.read(monitoring.list_alarms, case_id=parent.id, first=size, after=start)

        return await connect(info, f"case_alarms/{parent.id}", first, after, ask, lambda alarm: (alarm.id,), read_id)

    @strawberry.field(
        graphql_type=list[EventType],
        description="Of the asset, from a day before the case was opened until it closed; newest first, at most 100.",
    )
    @staticmethod
    async def events(parent: strawberry.Parent[contracts.Case], info: Info) -> list[happened.Event]:
        between = {"start": parent.opened_at - EVENTS_BEFORE, "end": parent.closed_at, "first": 100}
        return await info.context.read(events.list_events, parent.asset_id, **between)

    @strawberry.field(
        graphql_type=Connection[RunType],
        description="Of the asset, started while the case was not closed; newest first.",
    )
    @staticmethod
    async def runs(
        parent: strawberry.Parent[contracts.Case], info: Info, first: int = 20, after: str | None = None
    ) -> Page[Run]:
        span = {"asset_id": parent.asset_id, "since": parent.opened_at, "until": parent.closed_at}

        async def ask(size: int, start: object) -> list[Run]:
            return await info.context.read(training.list_runs, first=size, after=start, **span)

        return await connect(info, f"case_runs/{parent.id}", first, after, ask, lambda run: (run.id,), read_id)


@strawberry.type
class HealthCount:
    health: Health
    assets: int


@strawberry.type(name="AlarmOffender", description="An asset and a rule that raise many of the alarms.")
class AlarmOffenderType:
    rule: str
    alarms: int
    share: float = strawberry.field(description="Of all alarms, 0 to 1.")

    asset = loaded(AssetRef, "assets", "asset_id")


@strawberry.type(
    name="AlarmBudget", description="How many alarms reached people in the last hours, and what they can handle."
)
class AlarmBudgetType(Shows):
    represents = contracts.AlarmBudget
    hours: int
    alarms: int = strawberry.field(description="Raised; those that the platform muted at once are left out.")
    rate: float = strawberry.field(description="Alarms for each hour and operator.")
    within: bool = strawberry.field(description="Whether the rate is not above the budget.")
    offenders: list[AlarmOffenderType] = strawberry.field(description="The worst three, most alarms first.")

    @strawberry.field(description="The budget: alarms that one operator can handle in an hour.")
    @staticmethod
    def per_hour(parent: strawberry.Parent[contracts.AlarmBudget]) -> float:
        return parent.limits.per_hour

    @strawberry.field(description="Who handle alarms at a time.")
    @staticmethod
    def operators(parent: strawberry.Parent[contracts.AlarmBudget]) -> int:
        return parent.limits.operators


@strawberry.type(name="LineHolder", description="A machine that holds a line.")
class LineHolderType:
    health: Health
    since: datetime | None = strawberry.field(description="When its alarm was raised, or else its newest row.")

    asset = loaded(AssetRef, "assets", "asset_id")
    case = loaded(CaseType | None, "open_cases", "asset_id", description="Its open case.")


@strawberry.type(name="Line", description="A production line, as its worst machine is.")
class LineType:
    site: str
    line: str
    health: Health
    holders: list[LineHolderType] = strawberry.field(
        description="The first five machines that hold it: alarms, earliest first, then silent, then blind ones."
    )

    @strawberry.field(description="Opaque.")
    @staticmethod
    def id(parent: strawberry.Parent[contracts.Line]) -> strawberry.ID:
        return strawberry.ID(global_id("Line", parent.id))

    @strawberry.field(description="How many of its assets are in each state, worst first.")
    @staticmethod
    def counts(parent: strawberry.Parent[contracts.Line]) -> list[HealthCount]:
        return [HealthCount(health=health, assets=assets) for health, assets in parent.counts.items()]


def read_place(key: list[str]) -> tuple[int, str, str, UUID]:
    return int(key[0]), key[1], key[2], UUID(key[3])


async def alarms_page(
    info: Info, asset: UUID | None, states: list[AlarmState] | None, first: int, after: str | None
) -> Page[contracts.Alarm]:
    async def ask(size: int, start: object) -> list[contracts.Alarm]:
        return await info.context.read(monitoring.list_alarms, asset_id=asset, states=states, first=size, after=start)

    return await connect(info, f"alarms/{asset}", first, after, ask, lambda alarm: (alarm.id,), read_id)


@strawberry.type
class MonitoringQuery:
    @strawberry.field(graphql_type=Connection[AlarmType], description=f"Newest first. {SINCE}")
    async def alarms(
        self,
        info: Info,
        states: list[AlarmState] | None = None,
        first: int = 50,
        after: str | None = None,
        updated_since: datetime | None = None,
    ) -> Page[contracts.Alarm]:
        if updated_since is not None:
            use, load = monitoring.changed_alarms, info.context.loaders.alarms.load_many
            return await changed(info, "alarms", updated_since, first, after, use, load, states=states)
        return await alarms_page(info, None, states, first, after)

    @strawberry.field(graphql_type=CaseType | None)
    async def case(self, info: Info, id: strawberry.ID) -> object | None:
        return await info.context.node(id, "Case")

    @strawberry.field(graphql_type=Connection[CaseType], description="Newest first, in these states or in any.")
    async def cases(
        self, info: Info, states: list[CaseState] | None = None, first: int = 50, after: str | None = None
    ) -> Page[contracts.Case]:
        async def ask(size: int, start: object) -> list[contracts.Case]:
            return await info.context.read(monitoring.list_cases, states, first=size, after=start)

        return await connect(info, "cases", first, after, ask, lambda case: (case.id,), read_id)

    @strawberry.field(graphql_type=Connection[LineType], description="Worst first.")
    async def lines(self, info: Info, first: int = 50, after: str | None = None) -> Page[contracts.Line]:
        async def ask(size: int, start: object) -> list[contracts.Line]:
            return await info.context.read(monitoring.list_lines, size, start)

        return await connect(info, "lines", first, after, ask, lambda line: line.place, read_place)

    @strawberry.field(
        graphql_type=AlarmBudgetType, description="Of the last 1 to 744 hours, by when the platform raised the alarms."
    )
    async def alarm_budget(self, info: Info, hours: int = 24) -> contracts.AlarmBudget:
        return await info.context.read(monitoring.alarm_budget, hours)

    @strawberry.field(description="How many assets are in each state, worst first.")
    async def health_counts(self, info: Info) -> list[HealthCount]:
        counts = await info.context.read(monitoring.health_counts)
        return [HealthCount(health=health, assets=counts.get(health, 0)) for health in Health]


@strawberry.input
class AcknowledgeAlarmInput(Keyed):
    alarm_id: strawberry.ID


@strawberry.input
class ShelveAlarmInput(Keyed):
    alarm_id: strawberry.ID
    until: datetime


@strawberry.input
class UnshelveAlarmInput(Keyed):
    alarm_id: strawberry.ID


@strawberry.input
class CloseCaseInput(Keyed):
    case_id: strawberry.ID


@strawberry.input
class SetAlarmBudgetInput(Keyed):
    per_hour: float = strawberry.field(default=10.0, description="Alarms that one operator can handle in an hour.")
    operators: int = strawberry.field(default=1, description="Who handle alarms at a time.")


@strawberry.type
class MonitoringMutation:
    @mutation(
        Right.EDIT_PLANT,
        "SetAlarmBudgetResult",
        AlarmBudgetType,
        "Says what people can handle; answers the figure of the last day.",
    )
    async def set_alarm_budget(self, info: Info, input: SetAlarmBudgetInput) -> contracts.AlarmBudget:
        limits = contracts.BudgetLimits(input.per_hour, input.operators)
        return await info.context.change(monitoring.set_alarm_budget, limits)

    @mutation(Right.HANDLE_ALARM, "AcknowledgeAlarmResult", AlarmType, "Says that a person has seen it.")
    async def acknowledge_alarm(self, info: Info, input: AcknowledgeAlarmInput) -> contracts.Alarm:
        return await info.context.change(monitoring.acknowledge, parse_id(input.alarm_id, "Alarm", "alarmId"))

    @mutation(Right.HANDLE_ALARM, "ShelveAlarmResult", AlarmType, "Silences it until a time.")
    async def shelve_alarm(self, info: Info, input: ShelveAlarmInput) -> contracts.Alarm:
        alarm = parse_id(input.alarm_id, "Alarm", "alarmId")
        return await info.context.change(monitoring.shelve, alarm, aware(input.until, "until"))

    @mutation(Right.HANDLE_ALARM, "UnshelveAlarmResult", AlarmType, "Ends the silence.")
    async def unshelve_alarm(self, info: Info, input: UnshelveAlarmInput) -> contracts.Alarm:
        return await info.context.change(monitoring.unshelve, parse_id(input.alarm_id, "Alarm", "alarmId"))

    @mutation(Right.HANDLE_ALARM, "CloseCaseResult", CaseType, "Closes the matter now.")
    async def close_case(self, info: Info, input: CloseCaseInput) -> contracts.Case:
        return await info.context.change(monitoring.close_case, parse_id(input.case_id, "Case", "caseId"))
