"""Assets whose rows were scored by the code that serves, across a swap, and lie in the history as production has it."""

import asyncio
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
from families import ESTIMATORS, FAMILIES, FREE
from small_fleet import SIGNALS, fleet_rows

from andon_sdk.plugin import Contract, Importance, Recipe, Signal
from services.assets import api as assets
from services.assets.contracts import Asset, ContractVersion, NewAsset
from services.capsules.gathering import Wanted
from services.enclaves.platform import Bucket
from services.fleet.artefact import Pack, pack_of, write_pack
from services.fleet.make import make_fleet
from services.fleet.score import Entry
from services.kernel import subjects, wire
from services.kernel.ids import new_id
from services.readings.adapters.delta import HistoryTable
from services.readings.committer import Committer, Piece
from services.readings.historian import _decoded  # pyright: ignore[reportPrivateUsage]
from services.registry import api as registry
from services.registry.contracts import Lineage, ModelVersion, NewVersion
from services.serving.cluster.book import Block, Book, Shelf
from services.serving.cluster.messages import WantedContract

ASSETS, ROWS, TRAINED = 6, 160, 240
START = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
RECIPES: Mapping[str, Recipe] = {**FAMILIES, **ESTIMATORS}
PARTS = {**{key: key for key in RECIPES}, "dense beside": "dense"}
"""What versions there are of each asset: the recipe of each."""
CONTRACT = Contract(
    "capsules",
    "Capsules",
    tuple(
        Signal(f"s{i}", f"S {i}", "K", -1e9, 1e9, Importance.ESSENTIAL if i == 0 else Importance.OPTIONAL)
        for i in range(SIGNALS)
    ),
    1.0,
)


@dataclass
class ScoredPlant:
    bucket: Bucket
    agreed: ContractVersion
    assets: list[Asset]
    versions: dict[UUID, ModelVersion] = field(default_factory=dict[UUID, ModelVersion])
    packs: dict[str, Pack] = field(default_factory=dict[str, Pack])
    parts: dict[tuple[str, int], ModelVersion] = field(default_factory=dict[tuple[str, int], ModelVersion])
    """Versions by what they are here and the place of their asset."""
    scores: list[tuple[UUID, datetime, UUID, int]] = field(default_factory=list[tuple[UUID, datetime, UUID, int]])
    """Of every score: asset, time, version and role."""

    def wanted(self, asset: UUID, time: datetime, version: UUID, role: int) -> Wanted:
        [found] = [one for one in self.assets if one.id == asset]
        mine = {id_: one for id_, one in self.versions.items() if one.asset_id == asset}
        return Wanted(found, time, version, role, mine, {1: self.agreed})


async def plant_of(platform: Any, tenant: Any, principal: Any) -> ScoredPlant:
    """A plant of the tenant; its versions are in the registry, its rows and scores in the history."""
    bucket = await platform.platform.objects.bucket(tenant.id)
    async with platform.unit(tenant) as uow:
        agreed = await assets.put_contract(uow, principal, CONTRACT)
        new = [NewAsset(f"c{i}", f"Asset {i}", "Ulsan", "Line 1", CONTRACT.key) for i in range(ASSETS)]
        plant = ScoredPlant(bucket, agreed, await assets.create_assets(uow, principal, new))
        await uow.commit()
    await asyncio.to_thread(_train, plant)
    async with platform.unit(tenant) as uow:
        for part, key in PARTS.items():
            lineage = Lineage(
                new_id(), "s", key, "1", "p", "d", agreed.id, agreed.version, {"torch": version("torch")}, 0
            )
            versions = [
                NewVersion(asset.id, plant.packs[key].digest, place, lineage, {})
                for place, asset in enumerate(plant.assets)
            ]
            for place, known in enumerate(await registry.register(uow, principal, versions)):
                plant.versions[known.id] = plant.parts[part, place] = known
        await uow.commit()
    await asyncio.to_thread(_live, plant)
    return plant


def _train(plant: ScoredPlant) -> None:
    bucket = plant.bucket
    for key, recipe in RECIPES.items():
        quick = {"epochs": 3} if "epochs" in recipe.own else {}
        trained = make_fleet(recipe, fleet_rows(ASSETS, TRAINED), np.arange(SIGNALS) == 0, FREE, quick, {}, seed=0)
        pack = pack_of(trained, {"plugin": {"name": "p", "digest": "d"}})
        plant.packs[key] = pack
        for name, data in write_pack(pack).items():
            place = subjects.artefact_object(pack.digest, name)
            bucket.client.put_object(bucket.name, place, io.BytesIO(data), len(data))


def _live(plant: ScoredPlant) -> None:
    draw = np.random.default_rng(5)
    messages = _messages(plant, draw)
    given = _served(plant, messages, draw)
    _filed(plant, subjects.history_table(plant.agreed.id), ("asset",), messages)
    _filed(plant, subjects.scores_table(plant.agreed.id), ("asset", "version"), given)


def _entry(plant: ScoredPlant, part: str, place: int) -> Entry:
    known, key = plant.parts[part, place], PARTS[part]
    return Entry(str(known.id), str(known.asset_id), plant.packs[key], place, RECIPES[key])


def _messages(plant: ScoredPlant, draw: np.random.Generator) -> list[tuple[int, pa.RecordBatch]]:
    """Messages of some rows of some assets; some come late, and in some rows signals are missing, the essential one
    too."""
    plain = fleet_rows(ASSETS, TRAINED).values.reshape(ASSETS, TRAINED, SIGNALS)
    pieces: list[tuple[int, int, int]] = []
    for asset in range(ASSETS):
        at = 0
        while at < ROWS:
            count = int(draw.integers(1, 6))
            pieces.append((asset, at, min(at + count, ROWS)))
            at += count
    order = np.argsort([first + draw.normal(0, 2) for _, first, _ in pieces], kind="stable")
    messages: list[tuple[int, pa.RecordBatch]] = []
    chosen = [pieces[place] for place in order]
    while chosen:
        count = int(draw.integers(1, 4))
        some, chosen = chosen[:count], chosen[count:]
        names: list[str] = []
        times: list[datetime] = []
        values: list[np.ndarray] = []
        for asset, first, end in some:
            for row in range(first, end):
                names.append(str(plant.assets[asset].id))
                times.append(START + timedelta(seconds=row))
                value = plain[asset, row % TRAINED] + draw.normal(0, 0.1, SIGNALS)
                lost = draw.random(SIGNALS) < (0.15 if draw.random() < 0.3 else 0.0)
                lost[0] &= draw.random() < 0.5
                values.append(np.where(lost, np.nan, value))
        schema = wire.readings_schema(plant.agreed.id, 1, list(CONTRACT.keys))
        table = np.array(values)
        columns = [pa.array(names).dictionary_encode(), pa.array(times, wire.TIME)]
        columns += [pa.array(table[:, i], pa.float64(), mask=np.isnan(table[:, i])) for i in range(SIGNALS)]
        messages.append((len(messages) + 1, pa.RecordBatch.from_arrays(columns, schema=schema)))
    return messages


def _served(
    plant: ScoredPlant, messages: Sequence[tuple[int, pa.RecordBatch]], draw: np.random.Generator
) -> list[tuple[int, pa.RecordBatch]]:
    """What champions and shadows answer. A third of the way every second champion is swapped for one of another
    family, at two thirds that one goes back, and shadows come and go."""
    first = {i: _entry(plant, "dense" if i % 2 else "temporal", i) for i in range(ASSETS)}
    second = {i: _entry(plant, "forecast" if i % 2 else "trees", i) for i in range(ASSETS)}
    shadows = {i: [_entry(plant, "components", i), _entry(plant, "dense beside", i)] for i in range(ASSETS)}
    every = range(ASSETS)
    champions = [
        {i: first[i] for i in every},
        {i: second[i] if i < 4 else first[i] for i in every},
        {i: first[i] if i < 2 else second[i] if i < 4 else first[i] for i in every},
    ]
    beside = [{i: shadows[i] for i in every}, {i: shadows[i][1:] if i % 2 else [] for i in every}, dict(shadows)]
    books = [Book(), Book()]
    given: list[tuple[int, pa.RecordBatch]] = []
    for part, some in enumerate(np.array_split(np.arange(len(messages)), 3)):
        rounds = [[found[number] for found in beside[part].values() if len(found) > number] for number in range(2)]
        fresh = [_book(plant, [list(champions[part].values())]), _book(plant, [one for one in rounds if one])]
        for role in (wire.ROLE_CHAMPION, wire.ROLE_SHADOW):
            fresh[role].go_on(books[role])
        books = fresh
        at = 0
        while at < len(some):
            call = some[at : at + int(draw.integers(1, 12))]
            at += len(call)
            blocks = [Block(messages[place][0], plant.agreed.id, messages[place][1]) for place in call]
            for role, book in enumerate(books):
                told = book.score(blocks, role)
                given += [(block.sequence, batch) for block, batch in zip(blocks, told, strict=True) if batch]
    for _, batch in given:
        for row in batch.select(["asset", "time", "version", "role"]).to_pylist():
            plant.scores.append((UUID(row["asset"]), row["time"], UUID(row["version"]), row["role"]))
    return given


def _book(plant: ScoredPlant, rounds: Sequence[Sequence[Entry]]) -> Book:
    importance = ("essential", *["optional"] * (SIGNALS - 1))
    contract = WantedContract(plant.agreed.id, 1, CONTRACT.keys, importance)
    return Book(Shelf(contract, entries, str(number)) for number, entries in enumerate(rounds))


def _filed(plant: ScoredPlant, key: str, series: tuple[str, ...], told: Sequence[tuple[int, pa.RecordBatch]]) -> None:
    """As the historian files it, in commits of a second."""
    committer = Committer(HistoryTable.of(plant.bucket, key, series), "test")
    pieces = [
        Piece(number, _decoded(SimpleNamespace(data=wire.encode(batch), subject="scores")))  # pyright: ignore
        for number, (_, batch) in enumerate(told, 1)
    ]
    for place in range(0, len(pieces), 200):
        committer.commit(pieces[place : place + 200])
