"""A real serving cluster in its box, from promotion to score, through its falls."""

import asyncio
import io
import statistics
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import psutil
import pyarrow as pa
import pytest

from andon_sdk.plugin.loading import load
from infra.local.boxes import box_name
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.blueprints import api as blueprints
from services.blueprints.host import host
from services.capsules import api as capsules
from services.capsules.errors import ScoreNotFound
from services.capsules.jobs import make as make_capsule
from services.enclaves import api as enclaves
from services.enclaves.contracts import ClusterKind, ClusterState
from services.fleet.artefact import pack_of, write_pack
from services.fleet.prepare import FleetRows
from services.fleet.train import TrainSettings, train_fleet
from services.kernel import subjects, wire
from services.kernel.ids import new_id
from services.readings import historian
from services.registry import api as registry
from services.registry.contracts import Lineage, NewVersion
from services.serving import api, jobs
from services.serving.errors import RowsRefused, ServingUnavailable

pytestmark = [pytest.mark.platform, pytest.mark.cluster, pytest.mark.timeout(400)]

BLUEPRINT = "water-loop-watch"
START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
ASSETS = 4


def rows_of(contract: Any, asset: int, count: int, seed: int) -> np.ndarray:
    """float64 [count, signals] near the middle of each signal's range."""
    middle = np.array([(signal.low + signal.high) / 2 for signal in contract.signals])
    spread = np.array([(signal.high - signal.low) / 50 for signal in contract.signals])
    return middle + spread * np.random.default_rng([seed, asset]).normal(size=(count, len(middle)))


def batch_of(contract_id: UUID, contract: Any, ids: list[UUID], second: int) -> pa.RecordBatch:
    values = np.concatenate([rows_of(contract, asset, 1, second) for asset in range(len(ids))])
    columns = [pa.array([str(asset) for asset in ids]).dictionary_encode()]
    columns.append(pa.array([START + timedelta(seconds=second)] * len(ids), wire.TIME))
    columns += [pa.array(values[:, place]) for place in range(values.shape[1])]
    schema = wire.readings_schema(contract_id, 1, list(contract.keys))
    return pa.RecordBatch.from_arrays(columns, schema=schema)


async def until(right: Any, seconds: float = 120) -> Any:
    async with asyncio.timeout(seconds):
        while not (found := await right()):
            await asyncio.sleep(0.1)
    return found


async def test_promotion_serves_and_comes_back(platform: Any, tenant: Any, principal: Any) -> None:
    opened, database = platform.platform, platform.platform.database
    offered = host(load()).blueprints[BLUEPRINT]  # to train here, where in production only boxes do
    contract = next(one for one in blueprints.offered_contracts() if one.key == offered.blueprint.contract)
    async with database.unit(tenant.id) as uow:
        agreed = await assets.put_contract(uow, principal, contract)
        new = [NewAsset(f"box-{n}", f"Box {n}", "Site", "Line", contract.key) for n in range(ASSETS)]
        ids = [asset.id for asset in await assets.create_assets(uow, principal, new)]
        await uow.commit()
    essential = np.array([signal.importance == "essential" for signal in contract.signals])
    rows = FleetRows(
        tuple(str(asset) for asset in ids),
        np.arange(ASSETS + 1, dtype=np.int64) * 400,
        np.concatenate([rows_of(contract, asset, 400, 0) for asset in range(ASSETS)]),
    )
    settings = TrainSettings.of(offered.blueprint, {"epochs": 3})
    pack = pack_of(
        train_fleet(offered.blueprint, rows, essential, settings), {"plugin": {"digest": offered.plugin.digest}}
    )
    bucket = await opened.objects.bucket(tenant.id)
    for name, data in write_pack(pack).items():
        bucket.client.put_object(bucket.name, subjects.artefact_object(pack.digest, name), io.BytesIO(data), len(data))
    lineage = Lineage(new_id(), "s", BLUEPRINT, "1", "p", offered.plugin.digest, agreed.id, agreed.version, {}, 0)
    async with database.unit(tenant.id) as uow:
        fresh = [NewVersion(asset, pack.digest, place, lineage, {}) for place, asset in enumerate(ids)]
        versions = await registry.register(uow, principal, fresh)
        await api.promote_many(uow, principal, {version.asset_id: version.id for version in versions})
        await uow.commit()
    with pytest.raises(ServingUnavailable):
        await api.score(opened, principal, contract.key, batch_of(agreed.id, contract, ids, 0))

    noting = asyncio.create_task(jobs.consume_applied(opened, tenant.id))
    try:
        await enclaves.reconcile(opened, tenant.id)
        await jobs.publish_wanted(opened, tenant.id, {})
        await enclaves.reconcile(opened, tenant.id)

        async def applied() -> bool:
            async with database.unit(tenant.id) as uow:
                found = await api.deployments(uow, principal, ids)
            assert {row.refusal for row in found.values()} == {None}
            return all(row.applied_generation >= row.wanted_generation for row in found.values())

        await until(applied, 180)
        await until_ready(opened, tenant)
        await rows_are_scored_quickly(opened, tenant, agreed.id, contract, ids)
        await requests_are_answered(opened, principal, agreed.id, contract, ids)
        await a_score_opens_as_a_capsule(opened, tenant, principal, ids)
        await a_killed_scorer_comes_back(platform, tenant, agreed.id, contract, ids)
        await a_second_scorer_takes_its_share(opened, tenant, principal, agreed.id, contract, ids)
    finally:
        noting.cancel()
        await opened.clusters.release(tenant.id, ClusterKind.SERVING)
        await enclaves.reconcile(opened, tenant.id)
    began = time.perf_counter()
    with pytest.raises(ServingUnavailable):
        await api.score(opened, principal, contract.key, batch_of(agreed.id, contract, ids, 0))
    assert time.perf_counter() - began < 0.2


async def until_ready(opened: Any, tenant: Any) -> None:
    async def ready() -> bool:
        status = await opened.clusters.status(tenant.id, ClusterKind.SERVING)
        assert status.state is not ClusterState.FAILED, status.detail
        return status.state is ClusterState.READY

    await until(ready)


async def rows_are_scored_quickly(opened: Any, tenant: Any, contract_id: UUID, contract: Any, ids: list[UUID]) -> None:
    client, js = await opened.streams.connection(tenant.id), await opened.streams.jetstream(tenant.id)
    arrived: asyncio.Queue[float] = asyncio.Queue()

    async def heard(_: Any) -> None:
        arrived.put_nowait(time.perf_counter())

    listening = await client.subscribe(subjects.scores(contract_id), cb=heard)
    took = []
    for second in range(60):
        await js.publish(subjects.readings(contract_id), wire.encode(batch_of(contract_id, contract, ids, second)))
        acknowledged = time.perf_counter()
        took.append(await asyncio.wait_for(arrived.get(), 30) - acknowledged)
        await asyncio.sleep(0.02)
    await listening.unsubscribe()
    ordered = sorted(took[10:])
    print(f"acknowledged row to score: p50 {statistics.median(ordered) * 1e3:.1f} ms, p95 {ordered[47] * 1e3:.1f} ms")


async def requests_are_answered(opened: Any, principal: Any, contract_id: UUID, contract: Any, ids: list[UUID]) -> None:
    rows = batch_of(contract_id, contract, ids, 60)
    answer = await api.score(opened, principal, contract.key, rows)
    assert answer.num_rows == ASSETS
    assert answer.schema.equals(wire.SCORE_SCHEMA)
    assert set(answer.column("route").to_pylist()) == {wire.ROUTE_MAIN}
    with pytest.raises(RowsRefused):
        await api.score(opened, principal, contract.key, rows.drop_columns(["time"]))


async def a_score_opens_as_a_capsule(opened: Any, tenant: Any, principal: Any, ids: list[UUID]) -> None:
    """The cluster that gave it gives it again from its file."""
    filing = asyncio.create_task(historian.consume(opened, tenant.id))

    async def found() -> Any:
        try:
            return await capsules.find_score(opened, principal, ids[1], START + timedelta(seconds=59))
        except ScoreNotFound:
            return None

    try:
        score = await until(found)
        async with opened.database.unit(tenant.id) as uow:
            capsule = await capsules.open_capsule(uow, principal, score)
            await uow.commit()
        await make_capsule(opened, tenant.id, {"capsule_id": str(capsule.id)})
    finally:
        filing.cancel()
        await asyncio.gather(filing, return_exceptions=True)
    async with opened.database.unit(tenant.id) as uow:
        [made] = await capsules.get_capsules(uow, principal, [capsule.id])
    assert (made.reproduced, made.remark, made.problem) == (True, None, None)
    assert [(model.shadow, model.begins) for model in made.models] == [(False, "window")]


async def a_killed_scorer_comes_back(
    platform: Any, tenant: Any, contract_id: UUID, contract: Any, ids: list[UUID]
) -> None:
    opened = platform.platform
    js = await opened.streams.jetstream(tenant.id)
    part = next(p for p in platform.supervisor.list() if p["name"] == box_name(tenant.id, ClusterKind.SERVING))
    family = psutil.Process(part["pid"]).children(recursive=True)
    replica = next(process for process in family if "FleetScorer" in " ".join(process.cmdline()))
    replica.kill()
    began = time.perf_counter()
    for second in range(60, 80):
        await js.publish(subjects.readings(contract_id), wire.encode(batch_of(contract_id, contract, ids, second)))
        await asyncio.sleep(0.05)

    async def caught_up() -> bool:
        return (await js.stream_info(subjects.SCORES_STREAM)).state.messages >= 80

    await until(caught_up, 120)
    print(f"caught up {time.perf_counter() - began:.1f} s after kill -9")
    state = (await js.stream_info(subjects.SCORES_STREAM)).state
    assert state.messages == 80
    await until_ready(opened, tenant)


async def a_second_scorer_takes_its_share(
    opened: Any, tenant: Any, principal: Any, contract_id: UUID, contract: Any, ids: list[UUID]
) -> None:
    """Rows are sent all the while; each has one score."""
    js = await opened.streams.jetstream(tenant.id)
    ground = replace(opened.ground, policy=replace(opened.ground.policy, scorers=2))
    before = (await js.stream_info(subjects.SCORES_STREAM)).state.last_seq
    sent = 0

    async def send(count: int) -> None:
        nonlocal sent
        for _ in range(count):
            batch = batch_of(contract_id, contract, ids, 80 + sent)
            await js.publish(subjects.readings(contract_id), wire.encode(batch))
            sent += 1

    async def scored() -> list[tuple[str, datetime]]:
        last = (await js.stream_info(subjects.SCORES_STREAM)).state.last_seq
        found = []
        for place in range(before + 1, last + 1):
            batch = wire.decode((await js.get_msg(subjects.SCORES_STREAM, seq=place, direct=True)).data or b"")
            found += zip(batch.column("asset").to_pylist(), batch.column("time").to_pylist(), strict=True)
        return found

    async def all_scored() -> bool:
        return len(await scored()) >= ASSETS * sent

    await send(5)
    await jobs.publish_wanted(replace(opened, ground=ground), tenant.id, {})
    await send(20)
    began = time.perf_counter()
    await until(all_scored, 120)
    print(f"shared {time.perf_counter() - began:.1f} s after the change")
    await send(5)
    await until(all_scored)
    found = await scored()
    assert len(found) == len(set(found)) == ASSETS * sent
    answer = await api.score(opened, principal, contract.key, batch_of(contract_id, contract, ids, 200))
    assert sorted(answer.column("asset").to_pylist()) == sorted(map(str, ids))
