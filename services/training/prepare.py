"""From a queued run to a command the trainer can take. Every step may be repeated: a worker can die after any."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

from minio import Minio

from andon_sdk.plugin import Importance
from services.assets import api as assets
from services.blueprints import api as blueprints
from services.datasets import api as datasets
from services.datasets.contracts import SnapshotRequest
from services.enclaves.contracts import ClusterKind
from services.enclaves.platform import Platform
from services.events import api as events
from services.events.contracts import LABELS, Event, EventKind
from services.kernel import subjects
from services.kernel.errors import DomainError, Unavailable
from services.kernel.ids import TenantId
from services.kernel.rights import Principal, system_principal
from services.kernel.uow import UnitOfWork
from services.registry import api as registry
from services.registry.contracts import Alias
from services.training.champions import check_update
from services.training.cluster.messages import (
    ContractOrder,
    LabelSpan,
    ModelPlace,
    TrainAsset,
    TrainCommand,
    Update,
    assets_object,
    encode_assets,
)
from services.training.contracts import RunState, StartFrom
from services.training.ground import closed_grounds
from services.training.model import LEGAL
from services.training.repository import Runs
from services.training.tables import RunRow

BEAT_S = 5.0


async def prepare(platform: Platform, tenant: TenantId, run_id: UUID) -> None:
    """Freezes the rows, asks for the cluster and sends the command. Does nothing for a run that is past this."""
    run = await _begin(platform, tenant, run_id)
    if run is None:
        return
    await platform.clusters.want(tenant, ClusterKind.TRAINING)
    if RunState(run.state) is RunState.FREEZING:
        try:
            async with _heartbeat(platform, tenant, run_id):
                await _freeze(platform, tenant, run)
        except Unavailable:
            raise
        except DomainError as error:
            await fail(platform, tenant, run_id, error.message)
            return
    await _send(platform, tenant, run_id)


async def fail(platform: Platform, tenant: TenantId, run_id: UUID, reason: str) -> None:
    """Ends a run that can go no further; does nothing if it ended or is being cancelled."""
    async with platform.database.unit(tenant) as uow:
        store = Runs(uow)
        run = await store.get(run_id, lock=True)
        if run is None or RunState.FAILED not in LEGAL[RunState(run.state)]:
            return
        await end(uow, store, run, RunState.FAILED, platform, reason)
        await uow.commit()
    await tell(platform, tenant, run)


async def end(uow: UnitOfWork, store: Runs, run: RunRow, state: RunState, platform: Platform, message: str) -> None:
    """Moves the run to its end and announces `training.run_ended`."""
    await store.move(run, state, platform.clock(), message)
    uow.announce("training.run_ended", run_id=str(run.id), state=run.state)


async def tell(platform: Platform, tenant: TenantId, run: RunRow) -> None:
    """Says to whoever is watching that the run's rows changed; call it after the commit."""
    connection = await platform.streams.connection(tenant)
    body = json.dumps({"run_id": str(run.id), "state": run.state}).encode()
    await connection.publish(subjects.run_changed(run.id), body)


async def _begin(platform: Platform, tenant: TenantId, run_id: UUID) -> RunRow | None:
    async with platform.database.unit(tenant) as uow:
        store = Runs(uow)
        run = await store.get(run_id, lock=True)
        if run is None:
            return None
        if RunState(run.state) is RunState.QUEUED:
            run.started_at = platform.clock()
            await store.move(run, RunState.FREEZING, run.started_at, "Freezing the readings of the range.")
            await uow.commit()
            await tell(platform, tenant, run)
            return run
        waits = RunState(run.state) is RunState.STARTING and run.command_sequence is None
        return run if waits or RunState(run.state) is RunState.FREEZING else None


async def _freeze(platform: Platform, tenant: TenantId, run: RunRow) -> None:
    """Snapshot, list of assets with their champions, then the next state."""
    principal = system_principal(tenant)
    async with platform.database.unit(tenant) as uow:
        asset_ids = (await Runs(uow).assets_of([run.id]))[run.id]
        overrides = await Runs(uow).overrides_of(run.id)
        champions = await registry.aliased(uow, principal, asset_ids, Alias.CHAMPION)
        closed = await closed_grounds(uow, principal, champions, run.end)
        labels, since = await _told(uow, principal, run, asset_ids)
    request = SnapshotRequest(run.contract_id, asset_ids, run.start, run.end)
    snapshot = await datasets.freeze(platform, principal, request)
    places = {asset_id: ModelPlace(found.artefact_digest, found.index) for asset_id, found in champions.items()}
    listed = encode_assets(
        [
            TrainAsset(
                each,
                places.get(each),
                overrides.get(each, {}),
                closed.get(each),
                labels.get(each, ()),
                since.get(each, 0),
            )
            for each in asset_ids
        ]
    )
    bucket = await platform.objects.bucket(tenant)
    await asyncio.to_thread(put, bucket.client, bucket.name, assets_object(run.id), listed)
    async with platform.database.unit(tenant) as uow:
        store = Runs(uow)
        fresh = await store.get(run.id, lock=True)
        if fresh is None or RunState(fresh.state) is not RunState.FREEZING:
            return
        fresh.snapshot_digest, fresh.contract_version = snapshot.digest, snapshot.contract_version
        fresh.progress = 0.05
        message = f"{snapshot.rows} rows are frozen. The training cluster is being started."
        await store.move(fresh, RunState.STARTING, platform.clock(), message)
        await uow.commit()
    await tell(platform, tenant, fresh)


async def _told(
    uow: UnitOfWork, principal: Principal, run: RunRow, asset_ids: Sequence[UUID]
) -> tuple[dict[UUID, tuple[LabelSpan, ...]], dict[UUID, int]]:
    """Labels by asset, and when its present regime began where the run updates a champion: then rows of before count as
    well. Raises `CannotUpdate` where champions changed since the run was asked for."""
    if run.start_from != StartFrom.CHAMPION:
        return spans_of(await events.events(uow, principal, asset_ids, run.start, run.end)), {}
    contract = await assets.get_contract(uow, principal, run.contract_id)
    offered = await blueprints.get_blueprint(uow, run.blueprint)
    await check_update(uow, principal, asset_ids, offered, contract)
    regimes = await events.present_regimes(uow, principal, asset_ids)
    since = {asset_id: _microseconds(one.start) for asset_id, one in regimes.items() if one.start is not None}
    return spans_of(await events.events(uow, principal, asset_ids, None, run.end)), since


def spans_of(told: Iterable[Event]) -> dict[UUID, tuple[LabelSpan, ...]]:
    """Labels by asset, in the order recorded."""
    found: dict[UUID, list[LabelSpan]] = {}
    for each in sorted(told, key=lambda event: (event.recorded_at, event.id)):
        if each.kind in LABELS and each.end is not None:
            span = LabelSpan(_microseconds(each.time), _microseconds(each.end), each.kind is EventKind.ABNORMAL)
            found.setdefault(each.asset_id, []).append(span)
    return {asset: tuple(spans) for asset, spans in found.items()}


def _update(run: RunRow) -> Update | None:
    if run.start_from != StartFrom.CHAMPION:
        return None
    return Update(_microseconds(run.start), _microseconds(run.end))


def _microseconds(time: datetime) -> int:
    return (time - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)


def put(client: Minio, bucket: str, name: str, data: bytes) -> None:
    """Writes an object; blocks, so call it in a thread."""
    client.put_object(bucket, name, io.BytesIO(data), len(data))


async def _send(platform: Platform, tenant: TenantId, run_id: UUID) -> None:
    """Puts the command into the stream while the run's row is locked, so that a cancel comes before or after it."""
    principal = system_principal(tenant)
    js = await platform.streams.jetstream(tenant)
    async with platform.database.unit(tenant) as uow:
        run = await Runs(uow).get(run_id, lock=True)
        if run is None or RunState(run.state) is not RunState.STARTING or run.command_sequence is not None:
            return
        version = await assets.get_contract(uow, principal, run.contract_id, run.contract_version)
        asset_ids = (await Runs(uow).assets_of([run_id]))[run_id]
        offered = await blueprints.get_blueprint(uow, run.blueprint)
        lent = await registry.get_versions(uow, principal, [UUID(text) for text in run.lenders or ()])
        signals = version.contract.signals
        command = TrainCommand(
            run=run.id,
            snapshot=run.snapshot_digest or "",
            blueprint=run.blueprint,
            blueprint_version=run.blueprint_version,
            plugin=offered.plugin.name,
            plugin_digest=offered.plugin.digest,
            parameters=run.parameters,
            seed=run.seed,
            contract=ContractOrder(
                version.id,
                version.version,
                tuple(signal.key for signal in signals),
                tuple(signal.importance is Importance.ESSENTIAL for signal in signals),
                tuple(signal.exogenous for signal in signals),
                version.contract.key,
            ),
            assets=len(asset_ids),
            lenders=tuple(ModelPlace(one.artefact_digest, one.index) for one in lent),
            update=_update(run),
            traceparent=run.traceparent,
        )
        headers = {"Nats-Msg-Id": f"{run.id}-0"}
        acknowledged = await js.publish(subjects.TRAIN_COMMANDS, command.encode(), headers=headers)
        run.command_sequence, run.heartbeat_at = acknowledged.seq, platform.clock()
        uow.session.add(run)
        await uow.commit()


@asynccontextmanager
async def _heartbeat(platform: Platform, tenant: TenantId, run_id: UUID) -> AsyncIterator[None]:
    """Says every few seconds that the run is in good hands."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            async with platform.database.unit(tenant) as uow:
                await Runs(uow).touch(run_id, platform.clock())
                await uow.commit()

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
