"""Subscriptions: what happens in the tenant's stream account, as it happens."""

from collections.abc import AsyncGenerator

import strawberry

from gateway import live
from gateway.relay import parse_id
from gateway.schema.job import JobType
from gateway.schema.kit import Info
from gateway.schema.monitoring import AlarmType
from gateway.schema.rollouts import RolloutType
from gateway.schema.serving import ScoreType
from gateway.schema.training import RunType
from services.bulk.contracts import Job
from services.monitoring.contracts import Alarm
from services.rollouts.contracts import Rollout
from services.serving.contracts import Score
from services.training.contracts import Run


@strawberry.type
class Subscription:
    @strawberry.subscription(graphql_type=RunType, description="A run now, and at every change until it ended.")
    async def run_updated(self, info: Info, id: strawberry.ID) -> AsyncGenerator[Run, None]:
        async for run in live.runs(info.context, parse_id(id, "Run", "id")):
            yield run

    @strawberry.subscription(
        graphql_type=RolloutType, description="A rollout now, and at every change of it or of its run until it is over."
    )
    async def rollout_updated(self, info: Info, id: strawberry.ID) -> AsyncGenerator[Rollout, None]:
        async for rollout in live.rollouts(info.context, parse_id(id, "Rollout", "id")):
            yield rollout

    @strawberry.subscription(
        graphql_type=JobType, description="Long work of any kind now, and at every change until it ended."
    )
    async def job_updated(self, info: Info, id: strawberry.ID) -> AsyncGenerator[Job, None]:
        async for job in live.jobs(info.context, id):
            yield job

    @strawberry.subscription(
        graphql_type=list[ScoreType], description="An asset's scores as they are made; at most the last 100 of a block."
    )
    async def scores(self, info: Info, asset_id: strawberry.ID) -> AsyncGenerator[list[Score], None]:
        async for scores in live.scores(info.context, parse_id(asset_id, "Asset", "assetId")):
            yield scores

    @strawberry.subscription(graphql_type=AlarmType, description="Alarms as they change; of one asset, or of all.")
    async def alarm_changed(self, info: Info, asset_id: strawberry.ID | None = None) -> AsyncGenerator[Alarm, None]:
        asset = None if asset_id is None else parse_id(asset_id, "Asset", "assetId")
        async for alarm in live.alarms(info.context, asset):
            yield alarm
