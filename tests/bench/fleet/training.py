"""Rows about training: trainers as a run has them against loops over single models, and against matrix products."""

from dataclasses import replace
from functools import partial

from harness import Row, compare

from fleet.limits import PRODUCTS_FLOPS, multiply
from fleet.peers.loop import one_by_one
from fleet.peers.sklearn import regressors
from fleet.plant import ESSENTIAL, blueprint_of, fleet_rows, held_out_loss, settings_of, step_flops, steps
from fleet.pool import Trainers
from services.fleet.prepare import FleetRows
from services.fleet.train import TrainedFleet, train_fleet

BLOCK = 64
BLOCKS = {"dense": 4, "any": 2}
LOOP = 8
EQUAL = 0.15
"""How far two ways' held-out losses may lie apart, as a share."""


def training_rows(pairs: int) -> list[Row]:
    with Trainers() as trainers:
        found = [row for module in ("any", "dense") for row in _against_loops(trainers, module, pairs)]
        return [*found, _against_sklearn(trainers, pairs), _share_of_gemm(trainers, pairs)]


def _against_loops(trainers: Trainers, module: str, pairs: int) -> list[Row]:
    name = "fleet_train_any_module_vs_loop" if module == "any" else "fleet_train_vs_loop"
    fleet = partial(trainers.cpu_s, block, _blocks(module))
    models = 2 * BLOCK * BLOCKS[module]
    loss, loop_loss = trainers.each(fleet_loss, [(module,)])[0], trainers.each(loop_loss_of, [()])[0]
    print(f"    held-out loss {loss:.4f}, of the loop {loop_loss:.4f}")
    assert abs(loss / loop_loss - 1) < EQUAL, "the two ways must reach the same quality"
    found = []
    for suffix, against, processes in (
        ("", "fused-Adam loop, one thread", 1),
        ("_per_core", f"fused-Adam loop in {trainers.size} processes", trainers.size),
    ):
        share = LOOP // processes
        tasks = [(first, first + share) for first in range(0, share * processes, share)]
        loop = partial(trainers.cpu_s, single, tasks)
        row = compare(name + suffix, "models/s", (fleet, models), against, (loop, 2 * share * processes), pairs)
        found.append(replace(row, facts=row.facts | {"held_out_loss": loss, "against_held_out_loss": loop_loss}))
    return found


def _against_sklearn(trainers: Trainers, pairs: int) -> Row:
    share = LOOP // trainers.size
    tasks = [(first, first + share) for first in range(0, share * trainers.size, share)]
    loss, other = trainers.each(fleet_loss, [("dense",)])[0], trainers.each(sklearn, [(0, LOOP)])[0]
    assert loss < other * (1 + EQUAL), "the fleet must not be worse"
    row = compare(
        "fleet_train_vs_sklearn",
        "models/s",
        (partial(trainers.cpu_s, block, _blocks("dense")), 2 * BLOCK * BLOCKS["dense"]),
        f"MLPRegressor in {trainers.size} processes",
        (partial(trainers.cpu_s, sklearn, tasks), share * trainers.size),
        pairs,
    )
    return replace(row, facts=row.facts | {"held_out_loss": loss, "against_held_out_loss": other})


def _share_of_gemm(trainers: Trainers, pairs: int) -> Row:
    flops = 2 * BLOCK * BLOCKS["dense"] * steps() * step_flops()
    return compare(
        "fleet_train_share_of_gemm",
        "GFLOP/s",
        (partial(trainers.cpu_s, block, _blocks("dense")), flops / 1e9),
        "large float32 products, same processes",
        (partial(trainers.cpu_s, multiply, [()] * trainers.size), trainers.size * PRODUCTS_FLOPS / 1e9),
        pairs,
    )


def _blocks(module: str) -> list[tuple[str, int]]:
    return [(module, first) for first in range(0, BLOCK * BLOCKS[module], BLOCK)]


def _rows(assets: range) -> FleetRows:
    return fleet_rows(BLOCK * max(BLOCKS.values())).take(assets)


def block(module: str, first: int) -> TrainedFleet:
    """In a trainer: one block, main and fallback models."""
    rows = _rows(range(first, first + BLOCK))
    return train_fleet(blueprint_of(module), rows, ESSENTIAL, settings_of(module))


def single(first: int, last: int) -> None:
    """In a trainer: the same models one by one."""
    rows, settings = _rows(range(first, last)), settings_of("dense")
    one_by_one(rows, settings, 0.0)
    one_by_one(rows, settings, settings.drop_share)


def sklearn(first: int, last: int) -> float:
    """In a trainer: main models by scikit-learn."""
    return regressors(_rows(range(first, last)))


def fleet_loss(module: str) -> float:
    """In a trainer: held-out loss of the first assets' main models."""
    main = block(module, 0).main
    models = [{name: value[asset] for name, value in main.items()} for asset in range(LOOP)]
    return held_out_loss(models, _rows(range(LOOP)))


def loop_loss_of() -> float:
    """In a trainer: held-out loss of the same models trained one by one."""
    rows = _rows(range(LOOP))
    return held_out_loss(
        [dict(model.named_parameters()) for model in one_by_one(rows, settings_of("dense"), 0.0)], rows
    )
