"""The scorer's parts without Ray, on a real stream and bucket, with the credentials a serving cluster has."""

import asyncio
import io
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pytest
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError
from ray_process import RayProcess

from andon_sdk.plugin.loading import load
from services.blueprints.contracts import OfferedBlueprint
from services.blueprints.host import host
from services.enclaves import api as enclaves
from services.enclaves.contracts import StreamUser
from services.enclaves.model import inbox_prefix
from services.fleet.artefact import Pack, digest_of, pack_of, write_pack
from services.fleet.make import make_fleet
from services.fleet.prepare import FleetRows
from services.kernel import subjects, wire
from services.kernel.ids import new_id
from services.serving.cluster.keeper import Keeper
from services.serving.cluster.loop import ScoreLoop
from services.serving.cluster.memory import Memory
from services.serving.cluster.messages import (
    SCORER_CONSUMER,
    SHADOW_CONSUMER,
    AppliedState,
    WantedAsset,
    WantedContract,
    WantedModel,
    WantedState,
    scorer_consumer,
)
from services.serving.cluster.packs import Packs
from services.serving.cluster.settings import ServingSettings
from services.serving.cluster.stream import connect

TRIAL = Path(__file__).parent / "trial"
SIGNALS = ("a", "b", "c", "d")
ESSENTIAL = np.array([True, False, False, False])
START = datetime(2026, 1, 1, tzinfo=UTC)
ASSETS = 3


@pytest.fixture(scope="session", autouse=True)
def _trial_plugin() -> Iterator[None]:
    """Installed for this process and the scorer's children."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(TRIAL), before]))
    sys.path.insert(0, str(TRIAL))
    yield
    sys.path.remove(str(TRIAL))
    os.environ.pop("PYTHONPATH")
    if before is not None:
        os.environ["PYTHONPATH"] = before


@pytest.fixture(scope="session")
def offered(_trial_plugin: None) -> dict[str, OfferedBlueprint]:
    return dict(host(load()).blueprints)


def rows_of(asset: int, first: int, count: int) -> np.ndarray:
    """float64 [count, signals]: what asset `asset` measures at seconds first, first + 1, ..."""
    second = np.arange(first, first + count)
    random = np.random.default_rng([asset, first + 1000])
    wave = np.stack([np.sin(second / (5 + signal + asset)) for signal in range(len(SIGNALS))], axis=1)
    return 10 * asset + wave + random.normal(0, 0.05, wave.shape)


@pytest.fixture(scope="session")
def good_pack(offered: dict[str, OfferedBlueprint]) -> Pack:
    """Three assets trained on 400 rows each."""
    return trained_pack(offered["trial"])


@pytest.fixture(scope="session")
def fitted_pack(offered: dict[str, OfferedBlueprint]) -> Pack:
    """The same, whose models were fitted and not trained."""
    return trained_pack(offered["any-machine-components"])


@pytest.fixture(scope="session")
def recent_pack(offered: dict[str, OfferedBlueprint]) -> Pack:
    """The same, whose models look at four rows at once."""
    return trained_pack(offered["trial-recent"])


def trained_pack(offered: OfferedBlueprint) -> Pack:
    names = tuple(str(number) for number in range(ASSETS))
    values = np.concatenate([rows_of(asset, -400, 400) for asset in range(ASSETS)])
    rows = FleetRows(names, np.arange(ASSETS + 1, dtype=np.int64) * 400, values)
    quick = {"epochs": 5} if "epochs" in offered.blueprint.own else {}
    trained = make_fleet(offered.blueprint, rows, ESSENTIAL, np.zeros(len(SIGNALS), bool), quick, {}, seed=0)
    return pack_of(trained, {"plugin": {"name": offered.plugin.name, "digest": offered.plugin.digest}})


MakePack = Callable[..., Pack]


@pytest.fixture(scope="session")
def make_pack(good_pack: Pack) -> MakePack:
    """The good pack as another blueprint's, or with other facts."""

    def make(blueprint: str = "trial", **facts: Any) -> Pack:
        changed = replace(good_pack, blueprint_key=blueprint, facts={**good_pack.facts, **facts})
        return replace(changed, digest=digest_of(write_pack(changed)))

    return make


@dataclass
class Scene:
    """A tenant's streams as the platform and as the scorer sees them."""

    js: JetStreamContext
    settings: ServingSettings
    offered: dict[str, OfferedBlueprint]
    put: Callable[[str, bytes], Awaitable[None]]
    upload: Callable[[Pack], Awaitable[None]]
    contract: WantedContract
    assets: list[UUID]
    generation: int = 0

    def memory(self, consumer: str = SCORER_CONSUMER) -> Memory:
        return Memory.of(self.settings, consumer)

    async def keep_consumer(self, name: str) -> None:
        """As the platform makes it when the first model is wanted."""
        config = ConsumerConfig(
            name=name,
            durable_name=name,
            deliver_policy=DeliverPolicy.NEW,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=5,
            max_ack_pending=1024,
        )
        await self.js.add_consumer(subjects.READINGS_STREAM, config)

    def model(self, pack: Pack, index: int) -> WantedModel:
        return WantedModel(new_id(), pack.digest, index, self.contract.version)

    async def want(
        self,
        champions: Sequence[WantedModel],
        shadows: Sequence[Sequence[WantedModel]] = (),
        previous: Sequence[WantedModel] = (),
    ) -> WantedState:
        """Publishes the state; `champions` are those of the assets, in order."""
        self.generation += 1
        state = WantedState(
            self.generation,
            (self.contract,),
            tuple(
                WantedAsset(
                    self.assets[i],
                    self.contract.id,
                    champion,
                    tuple(shadows[i]) if shadows else (),
                    previous[i] if previous else None,
                )
                for i, champion in enumerate(champions)
            ),
        )
        await self.js.publish(subjects.SERVE_WANTED, state.encode())
        return state

    async def send(
        self, first: int, count: int = 1, missing: Sequence[str] = (), assets: int = ASSETS, shift: float = 0.0
    ) -> int:
        """One message of `count` rows of each asset; returns its sequence."""
        values = np.concatenate([rows_of(asset, first, count) for asset in range(assets)]) + shift
        names = np.repeat([str(asset) for asset in self.assets[:assets]], count)
        seconds = np.tile(np.arange(first, first + count), assets)
        columns = [pa.array(names.tolist()).dictionary_encode()]
        columns.append(pa.array([START + timedelta(seconds=int(second)) for second in seconds], wire.TIME))
        for column, signal in enumerate(SIGNALS):
            gone = np.full(len(values), signal in missing)
            columns.append(pa.array(values[:, column], pa.float64(), mask=gone))
        schema = wire.readings_schema(self.contract.id, 1, list(SIGNALS))
        data = wire.encode(pa.RecordBatch.from_arrays(columns, schema=schema))
        return (await self.js.publish(subjects.readings(self.contract.id), data)).seq

    async def applied(self, generation: int, refused: int | None = None, patience: float = 60) -> AppliedState:
        """The applied state of that generation, with that many refusals if asked for."""
        async with asyncio.timeout(patience):
            while True:
                try:
                    raw = await self.js.get_last_msg(subjects.SERVE_APPLIED_STREAM, subjects.SERVE_APPLIED)
                    state = AppliedState.decode(raw.data or b"")
                    if state.generation >= generation and (refused is None or len(state.refused) == refused):
                        return state
                except NotFoundError:
                    pass  # nothing was applied yet
                await asyncio.sleep(0.02)

    async def scores(self) -> pa.Table:
        """Every score on the stream so far, with columns `sequence` (of the readings) and `place` (of the scores)."""
        info = await self.js.stream_info(subjects.SCORES_STREAM)
        tables = []
        for place in range(info.state.first_seq, info.state.last_seq + 1):
            raw = await self.js.get_msg(subjects.SCORES_STREAM, seq=place, direct=True)
            if raw.subject != subjects.scores(self.contract.id):
                continue
            batch = wire.decode(raw.data or b"")
            metadata = batch.schema.metadata or {}
            table = pa.Table.from_batches([batch.replace_schema_metadata(None)])
            for name in ("asset", "version"):
                table = table.set_column(table.schema.get_field_index(name), name, table[name].cast(pa.utf8()))
            table = table.append_column("sequence", pa.array([int(metadata[b"sequence"])] * batch.num_rows))
            tables.append(table.append_column("place", pa.array([place] * batch.num_rows)))
        return pa.concat_tables(tables) if tables else pa.table({"sequence": pa.array([], pa.int64())})

    async def scored(self, rows: int, role: int = wire.ROLE_CHAMPION, patience: float = 30) -> pa.Table:
        """Waits until so many rows of a role are scored."""
        async with asyncio.timeout(patience):
            while True:
                table = await self.scores()
                if table.num_rows:
                    table = table.filter(pa.array(table["role"].to_numpy() == role))
                if table.num_rows >= rows:
                    return table
                await asyncio.sleep(0.05)


@pytest.fixture
async def scene(
    platform: Any, tenant: Any, principal: Any, offered: dict[str, OfferedBlueprint], tmp_path: Path
) -> AsyncIterator[Scene]:
    opened = platform.platform
    async with opened.database.unit(tenant.id) as uow:
        login = await enclaves.stream_credential(uow, principal, opened.ground, StreamUser.SCORER)
        access = await enclaves.bucket_credential(uow, principal, opened.ground)
    js = await opened.streams.jetstream(tenant.id)
    for stream in (subjects.READINGS_STREAM, subjects.SCORES_STREAM, subjects.SERVE_WANTED_STREAM,
                   subjects.SERVE_APPLIED_STREAM):  # fmt: skip
        await js.purge_stream(stream)
    bucket = await opened.objects.bucket(tenant.id)

    async def put(name: str, data: bytes) -> None:
        await asyncio.to_thread(bucket.client.put_object, bucket.name, name, io.BytesIO(data), len(data))

    async def upload(pack: Pack) -> None:
        for name, data in write_pack(pack).items():
            await put(subjects.artefact_object(pack.digest, name), data)

    importance = ("essential", "optional", "optional", "optional")
    made = Scene(
        js,
        ServingSettings(login.url, login.user, login.password, inbox_prefix(StreamUser.SCORER), access.endpoint,
                        access.bucket, access.access_key, access.secret_key, str(tmp_path)),
        offered,
        put,
        upload,
        WantedContract(new_id(), 1, SIGNALS, importance),
        [new_id() for _ in range(ASSETS)],
    )  # fmt: skip
    for name in (SCORER_CONSUMER, SHADOW_CONSUMER):
        await made.keep_consumer(name)
    yield made
    for info in await js.consumers_info(subjects.READINGS_STREAM):
        if info.name.startswith((SCORER_CONSUMER, SHADOW_CONSUMER)):
            await js.delete_consumer(subjects.READINGS_STREAM, info.name)


@dataclass
class Running:
    """A scorer without Ray."""

    loop: ScoreLoop
    keeper: Keeper
    tasks: list[asyncio.Task[None]]

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        for ended in await asyncio.gather(*self.tasks, return_exceptions=True):
            assert isinstance(ended, asyncio.CancelledError), repr(ended)


Run = Callable[..., Awaitable[Running]]


@pytest.fixture
async def run(scene: Scene) -> AsyncIterator[Run]:
    """Starts a scorer; several may be started one after the other."""
    started: list[Running] = []
    async with AsyncExitStack() as exits:

        async def start(number: int = 0) -> Running:
            """`number` among several scorers."""
            js = await exits.enter_async_context(connect(scene.settings, "scorer"))
            settings = scene.settings
            packs = Packs(settings.objects(), settings.bucket, scene.offered, Path(settings.scratch))
            consumer, memory = scorer_consumer(number), scene.memory(scorer_consumer(number))
            loop = ScoreLoop(js, consumer, wire.ROLE_CHAMPION, ThreadPoolExecutor(1), memory, number=number)
            keeper = Keeper(settings, js, packs, loop)
            parts = (loop.run(), keeper.keep(), keeper.shadows.keep())
            running = Running(loop, keeper, [asyncio.create_task(part) for part in parts])
            started.append(running)
            return running

        yield start
        for running in started:
            await running.stop()


@pytest.fixture
def serving(scene: Scene) -> Iterator[RayProcess]:
    """Scorers in Ray Serve, on two nodes of Ray."""
    folder = Path(tempfile.mkdtemp(prefix="asc-"))
    place = {"settings": asdict(scene.settings), "cores": [1, 1], "temp": str(folder / "ray")}
    with RayProcess.of("serving_process.py", place, folder, TRIAL) as process:
        yield process
