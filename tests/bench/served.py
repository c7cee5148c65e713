"""A tenant's serving cluster in its box, and a fleet for it whose models come from one small pack.

What a slot costs does not depend on its weights, so a pack of a few models stands for ten thousand.
"""

import asyncio
import io
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import pyarrow as pa

from infra.bootstrap import open_platform, ways
from infra.local import control, nats, postgres, s3
from infra.local.state import State
from infra.local.supervisor import Supervisor
from infra.migrations import apply
from infra.settings import Settings
from services.blueprints import api as blueprints
from services.enclaves import api as enclaves
from services.enclaves.contracts import ClusterKind
from services.enclaves.platform import Platform
from services.fleet.artefact import Pack, pack_of, write_pack
from services.fleet.prepare import FleetRows
from services.fleet.train import TrainSettings, train_fleet
from services.kernel import subjects, wire
from services.kernel.ids import TenantId, new_id
from services.serving.cluster.messages import (
    SCORER_CONSUMER,
    SHADOW_CONSUMER,
    AppliedState,
    WantedAsset,
    WantedContract,
    WantedModel,
    WantedState,
)
from services.serving.jobs import keep_consumer
from services.tenancy import api as tenancy

BLUEPRINT = "water-loop-watch"
FLEET = 10_000
PACK = 8
START = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Site:
    platform: Platform
    tenant: TenantId


@asynccontextmanager
async def site() -> AsyncIterator[Site]:
    """Postgres, stream, objects and a tenant, in a folder of their own that is gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="andon-bench-"))
    settings = Settings(home=home, demo=False)
    state = State(home)
    supervisor = Supervisor(state)
    try:
        await asyncio.gather(
            *(supervisor.start(part) for part in (postgres.part(state), nats.part(state), s3.part(state)))
        )
        ear = await control.serve(supervisor, state.run, lambda: None)
        places = ways(settings, state)
        await asyncio.to_thread(apply, postgres.sqlalchemy(places.owner_url), places.relay_url)
        async with open_platform(settings, state) as platform:
            tenant = await tenancy.create_tenant(platform.database, "bench", "Bench")
            await enclaves.ensure_enclave(platform, tenant.id)
            yield Site(platform, tenant.id)
        ear.close()
    finally:
        await supervisor.stop_all()
        shutil.rmtree(home)


class Rows:
    """Readings of the blueprint's contract for assets of the benchmark."""

    def __init__(self, contract_id: UUID | None = None) -> None:
        """`contract_id`: of the contract in the tenant's assets, where it is to be found there."""
        offered = blueprints.everything().blueprints[BLUEPRINT]
        self.blueprint, self.plugin = offered.blueprint, offered.plugin
        self.contract = next(c for c in blueprints.offered_contracts() if c.key == self.blueprint.contract)
        self.contract_id = contract_id or new_id()
        self.assets = np.array([str(new_id()) for _ in range(FLEET)])
        self.random = np.random.default_rng(0)
        signals = self.contract.signals
        self.middle = np.array([(signal.low + signal.high) / 2 for signal in signals])
        self.spread = np.array([(signal.high - signal.low) / 50 for signal in signals])
        self.optional = next(i for i, signal in enumerate(signals) if signal.importance != "essential")

    def values(self, rows: int) -> np.ndarray:
        return self.middle + self.spread * self.random.normal(size=(rows, len(self.middle)))

    def block(self, assets: np.ndarray, second: int, failing: float = 0.0) -> bytes:
        """A row of each asset; of a share `failing` of them one signal is missing, the same ones every time."""
        values = self.values(len(assets))
        values[: int(failing * len(assets)), self.optional] = np.nan
        return self.block_of(assets, values, second)

    def block_of(self, assets: np.ndarray, values: np.ndarray, second: int) -> bytes:
        """These values, a row of each asset."""
        columns: list[pa.Array] = [pa.array(assets.tolist()).dictionary_encode()]
        columns.append(pa.array([START + timedelta(seconds=second)] * len(assets), wire.TIME))
        columns += [pa.array(values[:, i], mask=np.isnan(values[:, i])) for i in range(values.shape[1])]
        schema = wire.readings_schema(self.contract_id, 1, list(self.contract.keys))
        return wire.encode(pa.RecordBatch.from_arrays(columns, schema=schema))

    def pack(self) -> Pack:
        names = tuple(str(number) for number in range(PACK))
        rows = FleetRows(names, np.arange(PACK + 1, dtype=np.int64) * 400, self.values(400 * PACK))
        essential = np.array([signal.importance == "essential" for signal in self.contract.signals])
        settings = TrainSettings.of(self.blueprint, {"epochs": 2})
        trained = train_fleet(self.blueprint, rows, essential, settings)
        return pack_of(trained, {"plugin": {"digest": self.plugin.digest}})


async def store(place: Site, pack: Pack) -> None:
    """Puts the pack where the serving cluster fetches it."""
    bucket = await place.platform.objects.bucket(place.tenant)
    for name, data in write_pack(pack).items():
        target = subjects.artefact_object(pack.digest, name)
        await asyncio.to_thread(bucket.client.put_object, bucket.name, target, io.BytesIO(data), len(data))


async def serve(place: Site, rows: Rows, digest: str, assets: int, shadows: int, generation: int) -> None:
    """Wants that many assets served, and waits until they are."""
    js = await place.platform.streams.jetstream(place.tenant)
    await keep_consumer(js, SCORER_CONSUMER, wanted=True)
    await keep_consumer(js, SHADOW_CONSUMER, wanted=shadows > 0)

    def model(index: int) -> WantedModel:
        return WantedModel(new_id(), digest, index % PACK, 1)

    wanted = tuple(
        WantedAsset(UUID(asset), rows.contract_id, model(i), tuple(model(i) for _ in range(shadows)))
        for i, asset in enumerate(rows.assets[:assets])
    )
    importance = tuple(str(signal.importance) for signal in rows.contract.signals)
    contract = WantedContract(rows.contract_id, 1, rows.contract.keys, importance)
    await js.publish(subjects.SERVE_WANTED, WantedState(generation, (contract,), wanted).encode())
    await place.platform.clusters.want(place.tenant, ClusterKind.SERVING)
    began = time.perf_counter()
    while True:
        await enclaves.reconcile(place.platform, place.tenant)
        messages = (await js.stream_info(subjects.SERVE_APPLIED_STREAM)).state.messages
        if messages:
            last = await js.get_last_msg(subjects.SERVE_APPLIED_STREAM, subjects.SERVE_APPLIED)
            state = AppliedState.decode(last.data or b"")
            if state.generation == generation:
                assert not state.refused, next(iter(state.refused.values()))
                print(f"{assets} assets served after {time.perf_counter() - began:.1f} s", flush=True)
                return
        assert time.perf_counter() - began < 300, await place.platform.clusters.status(
            place.tenant, ClusterKind.SERVING
        )
        await asyncio.sleep(0.2)
