"""The loop that trains: the same in a warm worker, in a worker of Ray Train, and in a test without either."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from functools import lru_cache
from typing import Any
from uuid import UUID

import numpy as np
import torch

from andon_sdk.plugin import Recipe
from services.blueprints.environment import environment
from services.blueprints.host import installed
from services.fleet.artefact import LIMITS, Pack, pack_of, read_model, read_pack, write_pack
from services.fleet.borrow import borrow_fleet
from services.fleet.errors import ArtefactMalformed, AssetFailure
from services.fleet.make import make_fleet
from services.fleet.prepare import FleetRows
from services.fleet.replay import answered_otherwise, newest
from services.fleet.score import Entry
from services.fleet.train import TrainedFleet
from services.kernel.subjects import artefact_object
from services.training.cluster.added import answers
from services.training.cluster.measure import latency_ms, measure
from services.training.cluster.messages import (
    Answer,
    BlockAsset,
    BlockResult,
    Measured,
    ModelPlace,
    TrainAsset,
    TrainCommand,
    block_object,
)
from services.training.cluster.objects import BucketAccess
from services.training.cluster.replay import sources, with_old
from services.training.cluster.rows import load_rows
from services.training.cluster.told import of_before, of_labels, with_told

Report = Callable[[int, float], bool]
"""(block, share of it that is done) → whether to stop."""

_POLL_S = 0.25
_WHOLE_FROM = 8
"""Champions of one pack from which on it is read whole: three requests instead of three a model."""


@dataclass(frozen=True, slots=True)
class Work:
    """Everything a worker needs for a run; travels to it."""

    command: TrainCommand
    assets: tuple[TrainAsset, ...]
    bucket: BucketAccess
    blocks: tuple[tuple[int, ...], ...]
    """Positions of each block's assets."""


def work(job: Work, numbers: Sequence[int], report: Report) -> None:
    """Trains the blocks of these numbers, leaving out those whose checkpoint is in the bucket.

    Raises `TrainingStopped` when `report` says so, `BlueprintUnfit`, and whatever the blueprint's own code raises.
    """
    torch.set_num_threads(1)  # one worker a core; and the sums of one thread are the same on every machine size
    for number in numbers:
        name = block_object(job.command.run, number)
        if job.bucket.get(name) is None:
            assets = [job.assets[position] for position in job.blocks[number]]
            result = train_block(job, assets, _throttled(report, number))
            job.bucket.put(name, result.encode())
        report(number, 1.0)


def warm_up() -> None:
    """One step of a stacked program that is thrown away."""
    weights = torch.zeros(2, 2, 2, requires_grad=True)
    step = torch.func.vmap(lambda weight, rows: (rows @ weight).square().mean())
    step(weights, torch.ones(2, 3, 2)).sum().backward()
    torch.optim.Adam([weights], fused=True).step()


def train_block(job: Work, assets: Sequence[TrainAsset], report: Callable[[float], bool]) -> BlockResult:
    """Loads, trains, measures and writes one block; the pack is in the bucket when this returns."""
    clock = _Clock()
    command = job.command
    blueprint = installed().blueprints[command.blueprint].blueprint
    ids = [str(asset.asset) for asset in assets]
    labels = {str(asset.asset): asset.labels for asset in assets if asset.labels}
    rows = load_rows(job.bucket, command.snapshot, ids, command.contract.signals, labels)
    range_rows = dict(zip(rows.assets, np.diff(rows.offsets).tolist(), strict=True))
    held = _held(job.bucket, assets)
    snapshots = sources(assets, held) if command.update else {}
    if command.update:
        rows = with_old(rows, job.bucket, command.update, assets, snapshots, command.contract.signals)
    clock.lap("load")
    trained, lent = _made(job, blueprint, assets, rows, report, held if command.update else None)
    clock.lap("train")
    failed = {failure.asset: failure for failure in trained.failures}
    if not trained.assets:
        return BlockResult(None, tuple(_lost(asset, failed) for asset in assets), None, clock.laps)
    facts = facts_of(command, [asset for asset in assets if str(asset.asset) in trained.assets], snapshots)
    pack = pack_of(trained, facts | epochs_of(trained) | ({"lenders": lent} if lent else {}))
    entries = [Entry(asset, asset, pack, index, blueprint) for index, asset in enumerate(pack.assets)]
    place = {asset: index for index, asset in enumerate(pack.assets)}
    closed = {place[str(one.asset)] for one in assets if one.ground_closed and str(one.asset) in place}
    champions = _champions(held, pack)
    measured = measure(trained, entries, champions, closed, range_rows, command.seed)
    measured = with_told(measured, of_labels(trained, entries), of_before(trained, entries, champions))
    taken = latency_ms(entries, trained.held_out)
    said = answers(installed().gates_for(command.contract.key), entries, trained.held_out, command.contract.signals)
    clock.lap("measure")
    files = write_pack(pack)
    measured = _replayed(measured, entries, files, rows)
    for name, data in files.items():  # the manifest last: where it is, the tables are
        job.bucket.put(artefact_object(pack.digest, name), data)
    clock.lap("write")
    found = tuple(
        _gained(asset, place[str(asset.asset)], measured, said, lent)
        if str(asset.asset) in place
        else _lost(asset, failed)
        for asset in assets
    )
    return BlockResult(pack.digest, found, taken, clock.laps)


def facts_of(
    command: TrainCommand, assets: Sequence[TrainAsset], replayed: Mapping[str, Sequence[str]] | None = None
) -> dict[str, Any]:
    """What the manifest says of a pack's making. Nothing of the run itself: equal work has an equal digest."""
    own = {str(asset.asset): dict(asset.parameters) for asset in assets if asset.parameters}
    labels = {str(asset.asset): [astuple(span) for span in asset.labels] for asset in assets if asset.labels}
    return {
        "snapshot": command.snapshot,
        "plugin": {"name": command.plugin, "digest": command.plugin_digest},
        "parameters": dict(command.parameters),
        "seed": command.seed,
        "contract": {
            "id": str(command.contract.id),
            "version": command.contract.version,
            "signals": list(command.contract.signals),
        },
        "environment": dict(environment(command.plugin)),
        **({"own_parameters": own} if own else {}),
        **({"labels": labels} if labels else {}),
        **({"updated": _updated(assets), "replayed": _mixed_in(assets, replayed)} if replayed else {}),
    }


def _updated(assets: Sequence[TrainAsset]) -> dict[str, Any]:
    """The model that each started from."""
    return {str(one.asset): [one.champion.digest, one.champion.index] for one in assets if one.champion}


def _mixed_in(assets: Sequence[TrainAsset], snapshots: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The snapshots whose rows were mixed in."""
    return {str(one.asset): list(snapshots[str(one.asset)]) for one in assets}


def epochs_of(trained: TrainedFleet) -> dict[str, Any]:
    """What the manifest says of training that ended early: epochs behind main and fallback by asset."""
    if trained.epochs is None or "patience" not in {p.key for p in trained.blueprint.parameters}:
        return {}
    return {"trained_epochs": dict(zip(trained.assets, trained.epochs.tolist(), strict=True))}


def _made(
    job: Work,
    blueprint: Recipe,
    assets: Sequence[TrainAsset],
    rows: FleetRows,
    report: Callable[[float], bool],
    start: Mapping[str, tuple[Pack, int]] | None,
) -> tuple[TrainedFleet, dict[str, str]]:
    """The models, and whose model was adapted, by asset, where none was trained."""
    command, share = job.command, _Share(report)
    essential = np.array(command.contract.essential, dtype=bool)
    exogenous = np.array(command.contract.exogenous, dtype=bool)
    if command.lenders:
        pack = _pack(job.bucket, command.lenders[0].digest)
        lenders = [place.index for place in command.lenders]
        borrowed = borrow_fleet(blueprint, pack, lenders, rows, essential, exogenous, command.seed)
        whose = [pack.assets[index] for index in borrowed.lender]
        return borrowed.fleet, dict(zip(borrowed.fleet.assets, whose, strict=True))
    own = {str(asset.asset): asset.parameters for asset in assets if asset.parameters}
    parameters, seed = command.parameters, command.seed
    trained = make_fleet(blueprint, rows, essential, exogenous, parameters, own, seed, share.note, share.stop, start)
    return trained, {}


def _replayed(
    measured: Sequence[Measured], entries: Sequence[Entry], files: Mapping[str, bytes], rows: FleetRows
) -> list[Measured]:
    """With what became of recorded rows that the pack in `files` answered again."""
    recorded = newest(rows, [entry.asset for entry in entries])
    counts = (~np.isnan(recorded).all(axis=2)).sum(axis=1).tolist()
    otherwise = answered_otherwise(entries, files, recorded).tolist()
    return [
        replace(one, replayed_rows=count, replayed_otherwise=other)
        for one, count, other in zip(measured, counts, otherwise, strict=True)
    ]


def _gained(
    asset: TrainAsset,
    index: int,
    measured: Sequence[Measured],
    said: Sequence[tuple[Answer, ...]],
    lent: Mapping[str, str],
) -> BlockAsset:
    lender = lent.get(str(asset.asset))
    return BlockAsset(
        asset.asset,
        index,
        measured[index],
        lender=UUID(lender) if lender else None,
        ground_closed=asset.ground_closed,
        answers=said[index],
    )


def _lost(asset: TrainAsset, failed: Mapping[str, AssetFailure]) -> BlockAsset:
    failure = failed.get(str(asset.asset))
    if failure is None:
        return BlockAsset(asset.asset, None, None, "no_rows", "The snapshot holds no row of this asset.")
    return BlockAsset(asset.asset, None, None, failure.reason, failure.sentence)


def _held(bucket: BucketAccess, assets: Sequence[TrainAsset]) -> dict[str, tuple[Pack, int]]:
    """The champion of each asset that has one: a pack, and which of its models."""
    compared = {str(asset.asset): asset.champion for asset in assets if asset.champion is not None}
    together = Counter(where.digest for where in compared.values())
    return {
        asset: _champion(bucket, where, alone=together[where.digest] < _WHOLE_FROM) for asset, where in compared.items()
    }


def _champions(held: Mapping[str, tuple[Pack, int]], pack: Pack) -> dict[int, Entry]:
    """The champions by their challenger's place in the pack, where they read the same signals."""
    found: dict[int, Entry] = {}
    place = {asset: index for index, asset in enumerate(pack.assets)}
    for asset, (champion, index) in held.items():
        blueprint = _blueprint(champion)
        if asset in place and blueprint is not None and len(champion.essential) == len(pack.essential):
            found[place[asset]] = Entry(f"champion-{asset}", asset, champion, index, blueprint)
    return found


def _champion(bucket: BucketAccess, where: ModelPlace, alone: bool) -> tuple[Pack, int]:
    """The pack that holds the model, or of it the one model, and where the model is in that."""
    if not alone:
        return _pack(bucket, where.digest), where.index

    def read(name: str, start: int, length: int) -> bytes:
        found = bucket.get(artefact_object(where.digest, name), start, length)
        if found is None:
            raise ArtefactMalformed(f"{name} is missing")
        return found

    return read_model(read, where.digest, where.index), 0


@lru_cache(maxsize=16)
def _pack(bucket: BucketAccess, digest: str) -> Pack:
    files = {name: bucket.get(artefact_object(digest, name)) for name in LIMITS}
    return read_pack({name: data for name, data in files.items() if data is not None}, digest)


def _blueprint(pack: Pack) -> Recipe | None:
    offered = installed().blueprints.get(pack.blueprint_key)
    return offered.blueprint if offered and offered.blueprint.version == pack.blueprint_version else None


def _throttled(report: Report, number: int) -> Callable[[float], bool]:
    """Asks at most a few times a second: training looks for a stop after every few steps."""
    last, stop = -_POLL_S, False

    def ask(share: float) -> bool:
        nonlocal last, stop
        now = time.monotonic()
        if now - last >= _POLL_S:
            last, stop = now, report(number, share)
        return stop

    return ask


@dataclass(slots=True)
class _Share:
    """The engine tells its progress and asks for a stop in two calls; the board takes both in one."""

    report: Callable[[float], bool]
    done: float = 0.0

    def note(self, share: float, detail: str) -> None:
        del detail
        self.done = share

    def stop(self) -> bool:
        return self.report(0.95 * self.done)


@dataclass(slots=True)
class _Clock:
    laps: dict[str, float] = field(default_factory=dict[str, float])
    last: float = field(default_factory=time.perf_counter)

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name], self.last = now - self.last, now
