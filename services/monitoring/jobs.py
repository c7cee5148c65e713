"""Background work of monitoring: the watch over scores, and what news of other services mean here."""

import json
import time
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import structlog
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from services.assets import api as assets
from services.assets.contracts import ContractVersion
from services.blueprints import api as blueprints
from services.enclaves.jobs import Consumer, JobHandler
from services.enclaves.platform import Platform
from services.kernel import subjects, wire
from services.kernel.ids import TenantId
from services.kernel.pull import Puller
from services.kernel.rights import system_principal
from services.kernel.uow import UnitOfWork
from services.monitoring import api
from services.monitoring.intake import Change, Watching, champions, take_in
from services.monitoring.repository import Watch
from services.training import api as training

log = structlog.get_logger(__name__)

LOOK_S = 5.0
"""How often it is looked for what ended by time alone: shelves, and cases that were quiet."""
SILENT_PERIODS, SILENT_AT_LEAST_S = 10, 60.0
"""An asset is silent when no row came for ten of its contract's periods, and a minute at least."""
MOST_TOLD = 500
"""Alarms of one piece of news: a flood of them is to cost few jobs."""
TELL_S = 5.0
"""How often the position is told, while scores come."""
_INACTIVE_S = 300.0


def silent_after(contract: ContractVersion) -> float:
    """Seconds without a row after which an asset of the contract is silent."""
    return max(SILENT_PERIODS * contract.contract.period_s, SILENT_AT_LEAST_S)


async def _watch_on(platform: Platform, tenant: TenantId) -> None:
    """Reads from the cursor in the database on, not from a position kept by the stream: only what is committed counts.
    Ends when a message did not arrive, as over a connection that broke."""
    js = await platform.streams.jetstream(tenant)
    async with platform.database.unit(tenant) as uow:
        cursor = await Watch(uow).lock_cursor()
        await uow.commit()
    start = await _start(js, cursor)
    delivered, told_at = 0, await _tell(js, start - 1)
    due = time.monotonic()
    async with Puller.of(js, subjects.SCORES_STREAM, _after(start), batch=256) as puller:
        while True:
            messages = await puller.next(patience=LOOK_S)
            for message in messages:
                delivered += 1
                if message.metadata.sequence.consumer != delivered:
                    log.warning("scores were lost on the way; read again from the cursor", expected=delivered)
                    return
            if messages:
                await take(platform, tenant, messages)
                if time.monotonic() - told_at > TELL_S:
                    told_at = await _tell(js, messages[-1].metadata.sequence.stream)
            if time.monotonic() >= due:
                await end_shelves(platform, tenant)
                await close_quiet_cases(platform, tenant)
                due = time.monotonic() + LOOK_S


async def watch_scores(platform: Platform, tenant: TenantId) -> None:
    """Takes the tenant's scores in, block by block, until cancelled."""
    while True:
        await _watch_on(platform, tenant)


async def _start(js: JetStreamContext, cursor: int) -> int:
    """What follows the cursor; everything, when the stream was made anew and has not come as far."""
    info = await js.stream_info(subjects.SCORES_STREAM)
    return cursor + 1 if cursor <= info.state.last_seq else 1


async def _tell(js: JetStreamContext, done: int) -> float:
    """Says on the stream how far scores were taken in, so that later ones stay there; returns when that was."""
    await js.publish(subjects.position(subjects.SCORES_STREAM, "alarms"), str(done).encode())
    return time.monotonic()


def _after(start: int) -> ConsumerConfig:
    return ConsumerConfig(
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=start,
        ack_policy=AckPolicy.NONE,
        inactive_threshold=_INACTIVE_S,
    )


async def take(platform: Platform, tenant: TenantId, messages: Sequence[Msg]) -> None:
    """Messages of the scores stream, in order; those the cursor is past are passed over."""
    changes = list[Change]()
    async with platform.database.unit(tenant) as uow:
        store = Watch(uow)
        cursor = await store.lock_cursor()
        if cursor > messages[-1].metadata.sequence.stream:  # another worker was faster, or the stream was made anew
            cursor = await _start(await platform.streams.jetstream(tenant), cursor) - 1
        fresh = [message for message in messages if message.metadata.sequence.stream > cursor]
        for contract_id, some in _by_contract(fresh).items():
            watching = await watching_of(uow, contract_id)
            table = champions([wire.decode(message.data) for message in some])
            changes += await take_in(uow, watching, table, some[-1].metadata.timestamp)
        if fresh:
            await store.move_cursor(fresh[-1].metadata.sequence.stream)
        for state, news in (("active", "monitoring.alarms_raised"), ("cleared", "monitoring.alarms_cleared")):
            told = [change for change in changes if change.state == state]
            for start in range(0, len(told), MOST_TOLD):
                _announce(uow, news, state, told[start : start + MOST_TOLD])
        await uow.commit()
    await publish(platform, tenant, changes)


def _announce(uow: UnitOfWork, news: str, state: str, changes: Sequence[Change]) -> None:
    alarm_ids, asset_ids = [str(each.alarm_id) for each in changes], [str(each.asset_id) for each in changes]
    uow.announce(news, alarm_ids=alarm_ids, asset_ids=asset_ids, state=state)


def _by_contract(messages: Iterable[Msg]) -> dict[UUID, list[Msg]]:
    found: dict[UUID, list[Msg]] = {}
    for message in messages:
        found.setdefault(UUID(message.subject.rsplit(".", 1)[1]), []).append(message)
    return found


async def watching_of(uow: Any, contract_id: UUID) -> Watching:
    contract = await assets.get_contract(uow, system_principal(uow.tenant), contract_id)
    rule = await blueprints.alarm_rule_for(uow, contract.contract.key)
    return Watching(contract_id, contract.contract.keys, rule, silent_after(contract))


async def publish(platform: Platform, tenant: TenantId, changes: Iterable[Change]) -> None:
    """Tells whoever listens now; who does not reads the rows."""
    connection = await platform.streams.connection(tenant)
    for change in changes:
        body = {"alarm_id": str(change.alarm_id), "asset_id": str(change.asset_id), "state": change.state}
        await connection.publish(subjects.ALARMS_CHANGED, json.dumps(body).encode())


async def end_shelves(platform: Platform, tenant: TenantId) -> None:
    """Brings alarms back whose shelf has ended, and says so."""
    async with platform.database.unit(tenant) as uow:
        due = await Watch(uow).unshelve_due(platform.clock())
        changes = [Change(row.id, row.asset_id, row.state) for row in due]
        if changes:
            await uow.commit()
    await publish(platform, tenant, changes)


async def close_quiet_cases(platform: Platform, tenant: TenantId) -> None:
    """Closes cases whose alarms were cleared long enough ago."""
    async with platform.database.unit(tenant) as uow:
        if closed := await Watch(uow).close_quiet(platform.clock()):
            uow.announce("monitoring.cases_closed", case_ids=[str(case_id) for case_id in closed])
            await uow.commit()


async def publish_change(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    """A person changed an alarm, or a new regime did."""
    pairs = zip(payload["alarm_ids"], payload["asset_ids"], strict=True)
    changes = [Change(UUID(alarm), UUID(asset), payload["state"]) for alarm, asset in pairs]
    await publish(platform, tenant, changes)


async def know_assets(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    """Assets were added: they are watched, and have no model yet."""
    principal = system_principal(tenant)
    async with platform.database.unit(tenant) as uow:
        found = await assets.get_assets(uow, principal, [UUID(text) for text in payload["asset_ids"]])
        contracts = {asset.contract_id for asset in found}
        silence = {id_: silent_after(await assets.get_contract(uow, principal, id_)) for id_ in contracts}
        await Watch(uow).know({asset.id: (asset.contract_id, silence[asset.contract_id]) for asset in found})
        await uow.commit()


async def note_deployed(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    """Models serve these assets from now on: no row is silence."""
    await know_assets(platform, tenant, payload)
    async with platform.database.unit(tenant) as uow:
        await Watch(uow).deployed([UUID(text) for text in payload["asset_ids"]], platform.clock())
        await uow.commit()
    await follow_regimes(platform, tenant, payload)


async def note_contract(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    """The contract may have another period: silence begins sooner or later."""
    contract_id = UUID(payload["contract_id"])
    async with platform.database.unit(tenant) as uow:
        contract = await assets.get_contract(uow, system_principal(tenant), contract_id)
        await Watch(uow).set_silence(contract_id, silent_after(contract))
        await uow.commit()


async def follow_regimes(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    """Assets have other regimes, or other models."""
    async with platform.database.unit(tenant) as uow:
        await api.follow_regimes(uow, system_principal(tenant), [UUID(text) for text in payload["asset_ids"]])
        await uow.commit()


async def follow_run(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    """A run began or ended."""
    principal = system_principal(tenant)
    async with platform.database.unit(tenant) as uow:
        asset_ids = await training.assets_of_run(uow, principal, UUID(payload["run_id"]))
        await api.follow_regimes(uow, principal, asset_ids)
        await uow.commit()


JOBS: dict[str, JobHandler] = {
    "monitoring.publish_change": publish_change,
    "monitoring.know_assets": know_assets,
    "monitoring.note_deployed": note_deployed,
    "monitoring.note_contract": note_contract,
    "monitoring.follow_regimes": follow_regimes,
    "monitoring.follow_run": follow_run,
}
SUBSCRIPTIONS: dict[str, list[str]] = {
    "assets.created": ["monitoring.know_assets"],
    "assets.contract_changed": ["monitoring.note_contract"],
    "events.regimes_changed": ["monitoring.follow_regimes"],
    "registry.challenger_set": ["monitoring.follow_regimes"],
    "serving.promoted": ["monitoring.note_deployed"],
    "serving.promotion_undone": ["monitoring.follow_regimes"],
    "training.run_started": ["monitoring.follow_run"],
    "training.run_ended": ["monitoring.follow_run"],
    "monitoring.alarm_changed": ["monitoring.publish_change"],
}
CONSUMERS: dict[str, Consumer] = {"monitoring.alarms": watch_scores}
