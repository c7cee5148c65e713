"""Health, alarms and cases."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from gateway.relay import Page, parse_id
from gateway.schema.events import EventType
from gateway.schema.kit import (
    Connection,
    Contribution,
    Info,
    Keyed,
    Node,
    aware,
    connect,
    contributions,
    mutation,
    read_id,
)
from gateway.schema.registry import ModelVersionType
from services.assets.contracts import Asset
from services.events.contracts import Event
from services.kernel.rights import Permission as Right
from services.monitoring import api as monitoring
from services.monitoring import contracts
from services.monitoring.contracts import AlarmState, CaseState, Health
from services.registry.contracts import ModelVersion

if TYPE_CHECKING:
    from gateway.schema.assets import AssetType

AssetRef = Annotated["AssetType", strawberry.lazy("gateway.schema.assets")]
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

    @strawberry.field(graphql_type=ModelVersionType | None)
    @staticmethod
    async def version(parent: strawberry.Parent[contracts.AssetHealth], info: Info) -> ModelVersion | None:
        return parent.version and await info.context.loaders.versions.load(parent.version)


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

    @strawberry.field(
        graphql_type=EventType | None,
        description="The event because of which it was shelved at once: the model that raised it is of before.",
    )
    @staticmethod
    async def muted_by(parent: strawberry.Parent[contracts.Alarm], info: Info) -> Event | None:
        return parent.muted_by and await info.context.loaders.events.load(parent.muted_by)

    @strawberry.field(graphql_type=EventType | None, description="The event that cleared it, if `regime_changed`.")
    @staticmethod
    async def cleared_by(parent: strawberry.Parent[contracts.Alarm], info: Info) -> Event | None:
        return parent.cleared_by and await info.context.loaders.events.load(parent.cleared_by)

    @strawberry.field(description="The signals that contribute most.")
    @staticmethod
    def top(parent: strawberry.Parent[contracts.Alarm]) -> list[Contribution]:
        return contributions(parent.top)

    @strawberry.field(graphql_type=AssetRef)
    @staticmethod
    async def asset(parent: strawberry.Parent[contracts.Alarm], info: Info) -> Asset | None:
        return await info.context.loaders.assets.load(parent.asset_id)


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

    @strawberry.field(graphql_type=EventType | None, description="The event after which a new model was wanted.")
    @staticmethod
    async def retrain_for(parent: strawberry.Parent[contracts.Case], info: Info) -> Event | None:
        return parent.retrain_for and await info.context.loaders.events.load(parent.retrain_for)

    @strawberry.field(graphql_type=AssetRef)
    @staticmethod
    async def asset(parent: strawberry.Parent[contracts.Case], info: Info) -> Asset | None:
        return await info.context.loaders.assets.load(parent.asset_id)


@strawberry.type
class HealthCount:
    health: Health
    assets: int


async def alarms_page(
    info: Info, asset: UUID | None, states: list[AlarmState] | None, first: int, after: str | None
) -> Page[contracts.Alarm]:
    async def ask(size: int, start: object) -> list[contracts.Alarm]:
        return await info.context.read(monitoring.list_alarms, asset_id=asset, states=states, first=size, after=start)

    return await connect(info, f"alarms/{asset}", first, after, ask, lambda alarm: (alarm.id,), read_id)


@strawberry.type
class MonitoringQuery:
    @strawberry.field(graphql_type=Connection[AlarmType], description="Newest first.")
    async def alarms(
        self, info: Info, states: list[AlarmState] | None = None, first: int = 50, after: str | None = None
    ) -> Page[contracts.Alarm]:
        return await alarms_page(info, None, states, first, after)

    @strawberry.field(graphql_type=Connection[CaseType], description="Newest first, in these states or in any.")
    async def cases(
        self, info: Info, states: list[CaseState] | None = None, first: int = 50, after: str | None = None
    ) -> Page[contracts.Case]:
        async def ask(size: int, start: object) -> list[contracts.Case]:
            return await info.context.read(monitoring.list_cases, states, first=size, after=start)

        return await connect(info, "cases", first, after, ask, lambda case: (case.id,), read_id)

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


@strawberry.type
class MonitoringMutation:
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
