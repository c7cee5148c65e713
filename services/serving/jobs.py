"""Background work of serving: thin entry points."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from services.assets import api as assets
from services.enclaves.contracts import MOST_SCORERS, ClusterKind
from services.enclaves.jobs import Consumer, JobHandler
from services.enclaves.platform import Platform
from services.kernel import subjects
from services.kernel.ids import TenantId
from services.kernel.pull import Puller
from services.kernel.rights import Principal, system_principal
from services.kernel.uow import UnitOfWork
from services.registry import api as registry
from services.registry.contracts import ModelVersion
from services.serving import api
from services.serving.cluster.layout import Change
from services.serving.cluster.messages import (
    SHADOW_CONSUMER,
    AppliedState,
    WantedAsset,
    WantedContract,
    WantedModel,
    WantedState,
    scorer_consumer,
)
from services.serving.repository import Deployments

log = structlog.get_logger(__name__)

_ACK_WAIT_S = 30.0


async def publish_wanted(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    """Sends the tenant's present wanted state to its serving cluster and asks for the cluster.

    Whatever generation caused the job, the newest is sent; the row lock keeps two senders in order.
    """
    del payload
    principal = system_principal(tenant)
    await platform.clusters.want(tenant, ClusterKind.SERVING)
    async with platform.database.unit(tenant) as uow:
        state = await wanted_state(uow, principal)
        js = await platform.streams.jetstream(tenant)
        state = await share(js, state, platform.ground.policy.scorers if platform.ground else 1)
        await keep_consumer(js, SHADOW_CONSUMER, wanted=any(asset.shadows for asset in state.assets))
        await js.publish(subjects.SERVE_WANTED, state.encode())
    log.info("wanted state published", tenant=str(tenant), generation=state.generation, assets=len(state.assets))


async def wanted_state(uow: UnitOfWork, principal: Principal) -> WantedState:
    """All that should be served, in a constant number of statements; locks the tenant's generation."""
    store = Deployments(uow)
    generation = await store.locked_generation()
    rows = await store.deployments()
    shadows: dict[UUID, list[UUID]] = {}
    for shadow in await store.shadows():
        shadows.setdefault(shadow.asset_id, []).append(shadow.version_id)
    ids = [row.champion for row in rows] + [row.previous for row in rows if row.previous]
    ids += [version for versions in shadows.values() for version in versions]
    versions = {version.id: version for version in await registry.get_versions(uow, principal, ids)}
    lineages = {(version.lineage.contract_id, version.lineage.contract_version) for version in versions.values()}
    return WantedState(
        generation=generation,
        contracts=tuple([await _contract(uow, principal, *key) for key in sorted(lineages)]),
        assets=tuple(
            WantedAsset(
                asset=row.id,
                contract=versions[row.champion].lineage.contract_id,
                champion=_model(versions[row.champion]),
                shadows=tuple(_model(versions[version]) for version in shadows.get(row.id, ())),
                previous=_model(versions[row.previous]) if row.previous else None,
            )
            for row in rows
        ),
    )


async def _contract(uow: UnitOfWork, principal: Principal, contract_id: UUID, version: int) -> WantedContract:
    found = (await assets.get_contract(uow, principal, contract_id, version)).contract
    importance = tuple(signal.importance.value for signal in found.signals)
    return WantedContract(contract_id, version, found.keys, importance)


def _model(version: ModelVersion) -> WantedModel:
    return WantedModel(version.id, version.artefact_digest, version.index, version.lineage.contract_version)


async def keep_consumer(js: JetStreamContext, name: str, *, wanted: bool) -> None:
    """Rows wait for the scorer from the moment its first model is wanted, not from when its cluster is up; those of
    shadows wait only while there is one, so that the next shadow begins with new rows.

    The cluster has no right to make a consumer, only to pull from these.
    """
    known = {info.name for info in await js.consumers_info(subjects.READINGS_STREAM)}
    if wanted and name not in known:
        config = ConsumerConfig(
            durable_name=name,
            name=name,
            deliver_policy=DeliverPolicy.NEW,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=_ACK_WAIT_S,
            max_ack_pending=1024,
        )
        await js.add_consumer(subjects.READINGS_STREAM, config)
    if not wanted and name in known:
        await js.delete_consumer(subjects.READINGS_STREAM, name)


async def share(js: JetStreamContext, state: WantedState, scorers: int) -> WantedState:
    """The state with so many scorers. Gives each a consumer, and says on the readings stream where the number changes.

    The consumers come first, so that a new scorer meets that message. A scorer that is to go keeps its consumer until
    it has met it. The change carries an id, so that a job that is done again does not change twice.
    """
    for number in range(scorers):
        await keep_consumer(js, scorer_consumer(number), wanted=True)
    before = await _scorers(js)
    if before != scorers:
        headers = {"Nats-Msg-Id": f"layout-{state.generation}-{before}-{scorers}"}
        await js.publish(subjects.READINGS_LAYOUT, Change(before, scorers).encode(), headers=headers)
    running = scorers
    for number in range(scorers, MOST_SCORERS):
        if await _is_behind(js, scorer_consumer(number)):
            running = number + 1
        else:
            await keep_consumer(js, scorer_consumer(number), wanted=False)
    return replace(state, scorers=scorers, running=running)


async def _scorers(js: JetStreamContext) -> int:
    """How many share the assets by the state that was published last."""
    try:
        raw = await js.get_last_msg(subjects.SERVE_WANTED_STREAM, subjects.SERVE_WANTED)
    except NotFoundError:
        return 1
    return WantedState.decode(raw.data or b"").scorers


async def _is_behind(js: JetStreamContext, consumer: str) -> bool:
    """Whether there is a consumer of that name that has not come to the last change of the layout."""
    try:
        change = await js.get_last_msg(subjects.READINGS_STREAM, subjects.READINGS_LAYOUT)
        info = await js.consumer_info(subjects.READINGS_STREAM, consumer)
    except NotFoundError:
        return False
    return (info.ack_floor.stream_seq if info.ack_floor else 0) < (change.seq or 0)


async def shadow_challengers(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    """A new challenger becomes a shadow where the asset has a champion."""
    async with platform.database.unit(tenant) as uow:
        version_ids = [UUID(text) for text in payload["version_ids"]]
        await api.shadow_challengers(uow, system_principal(tenant), version_ids)
        await uow.commit()


async def consume_applied(platform: Platform, tenant: TenantId) -> None:
    """Writes down what the serving cluster made of each wanted state, until cancelled."""
    async with platform.database.unit(tenant) as uow:
        deployed = await Deployments(uow).locked_generation() > 0
    if deployed:
        await publish_wanted(platform, tenant, {})
    js = await platform.streams.jetstream(tenant)
    config = ConsumerConfig(
        durable_name="serving-applied", ack_policy=AckPolicy.EXPLICIT, deliver_policy=DeliverPolicy.ALL
    )
    async with Puller.of(js, subjects.SERVE_APPLIED_STREAM, config) as puller:
        while True:
            for message in await puller.next():
                await note_applied(platform, tenant, AppliedState.decode(message.data))
                await message.ack()


async def note_applied(platform: Platform, tenant: TenantId, state: AppliedState) -> None:
    async with platform.database.unit(tenant) as uow:
        await Deployments(uow).note_applied(state.generation, state.refused, state.took)
        uow.announce("serving.applied", generation=state.generation)
        await uow.commit()
    for version, reason in state.refused.items():
        log.warning("version refused by the serving cluster", version=str(version), reason=reason)


JOBS: dict[str, JobHandler] = {
    "serving.publish_wanted": publish_wanted,
    "serving.shadow_challengers": shadow_challengers,
}
SUBSCRIPTIONS: dict[str, list[str]] = {"registry.challenger_set": ["serving.shadow_challengers"]}
CONSUMERS: dict[str, Consumer] = {"serving.applied": consume_applied}
