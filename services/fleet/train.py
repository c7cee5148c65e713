"""Train main and fallback models of many assets as one program.

Each asset has two models in the stack with the same start and the same rows: *main* sees all that is present,
*fallback* has signals hidden at random (whole signal per row, never an essential one) and is to reconstruct them all
the same, so that it answers under any mask. Models of a block share nothing: rows, masks and starts are drawn from
counters of the asset's own seed, Adam is element-wise, and an asset with fewer rows takes fewer steps. A diverging
model therefore ends alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from andon_sdk.plugin import Blueprint, Recipe
from services.fleet.block import Block, BlockModels
from services.fleet.dense_stack import trained_stack
from services.fleet.errors import AssetFailure
from services.fleet.pack import Pack
from services.fleet.prepare import FleetRows, Prepared, Rows, prepare
from services.fleet.settings import TrainSettings
from services.fleet.slots import Slots
from services.fleet.stack import Stack, Weights

MAIN, FALLBACK = 0, 1


@dataclass(frozen=True, slots=True)
class TrainedFleet:
    """Models of n assets, and the rows that judge them."""

    blueprint: Recipe
    assets: tuple[str, ...]
    main: Weights
    fallback: Weights
    center: np.ndarray
    scale: np.ndarray
    known: np.ndarray
    calibration: Rows
    held_out: Rows
    essential: np.ndarray
    exogenous: np.ndarray
    train_loss: np.ndarray
    """float64 [n, 2]: mean loss of main and fallback in the last epoch, or in that whose weights are kept."""
    failures: tuple[AssetFailure, ...]
    settings: TrainSettings | None
    """None for models that were not trained but fitted."""
    seed: int
    epochs: np.ndarray | None = None
    """int64 [n, 2]: epochs behind the weights of main and fallback; None as `settings`."""
    train: Rows | None = None
    """The rows that made them; None for models that other assets' rows made."""
    labelled: Rows | None = None
    """As `Prepared` has them, as `old`."""
    old: Rows | None = None


def train_fleet(
    blueprint: Blueprint,
    rows: FleetRows,
    essential: np.ndarray,
    settings: TrainSettings | None = None,
    seed: int = 0,
    on_progress: Callable[[float, str], None] = lambda share, detail: None,
    should_stop: Callable[[], bool] = lambda: False,
    exogenous: np.ndarray | None = None,
    own: Mapping[str, TrainSettings] | None = None,
    start: Mapping[str, tuple[Pack, int]] | None = None,
) -> TrainedFleet:
    """Train every asset that is fit; the others, and those that diverge, are in `failures`.

    `essential` and `exogenous` (by default none) are bool [signals]. `on_progress` gets the share done (0 to 1) and a
    sentence. `own`: settings of assets that differ in epochs, learning rate, drop share or patience. `start`: the model
    (pack, which) that each asset starts from, main and fallback; None where the blueprint initialises them. Raises
    TrainingStopped when `should_stop` answers yes, BlueprintUnfit when the blueprint cannot be stacked or `start` has
    another architecture, ValueError when `own` differs in anything else.
    """
    settings = settings or TrainSettings.of(blueprint)
    own = own or {}
    _check_own(settings, own)
    exogenous = np.zeros(rows.signals, bool) if exogenous is None else exogenous
    stack = trained_stack(blueprint, rows.signals, exogenous)
    smooth = blueprint.threshold.smooth_rows
    prepared = prepare(rows, essential, settings.split, blueprint.history_rows, smooth, exogenous)
    n = len(prepared.assets)
    on_progress(0.0, f"{n} of {len(rows.assets)} assets are fit for training")
    blocks = prepared.blocks(settings.block_assets)
    results = [
        _block(stack, prepared, block, essential, settings, own, seed, start).train(
            lambda share, number=number: on_progress(
                (number + share) / len(blocks), f"{int((number + share) / len(blocks) * n)} of {n} assets trained"
            ),
            should_stop,
        )
        for number, block in enumerate(blocks)
    ]
    return _joined(blueprint, prepared, blocks, results, essential, exogenous, settings, seed)


def _check_own(settings: TrainSettings, own: Mapping[str, TrainSettings]) -> None:
    for asset, its in own.items():
        shared = replace(
            settings,
            epochs=its.epochs,
            learning_rate=its.learning_rate,
            drop_share=its.drop_share,
            patience=its.patience,
        )
        if its != shared:
            raise ValueError(
                f"{asset} may have epochs, a learning rate, a drop share and a patience of its own; "
                "batch, block and split are the whole run's"
            )


def _block(
    stack: Stack,
    prepared: Prepared,
    index: np.ndarray,
    essential: np.ndarray,
    settings: TrainSettings,
    own: Mapping[str, TrainSettings],
    seed: int,
    start: Mapping[str, tuple[Pack, int]] | None,
) -> Block:
    assets = [prepared.assets[i] for i in index]
    each = [own.get(asset, settings) for asset in assets]
    first = None if start is None else _start(stack, [start[asset] for asset in assets])
    return Block(stack, prepared.train.take(index), assets, essential, settings, each, seed, first)


def _start(stack: Stack, members: Sequence[tuple[Pack, int]]) -> Weights:
    """Weights [2 × models, ...] of these, main ones first. Raises BlueprintUnfit for another architecture."""
    for pack in {id(pack): pack for pack, _ in members}.values():
        stack.check_start(pack.main)
    slots = Slots(members)
    return {name: slots.weights(name) for name in members[0][0].main}


def _joined(
    blueprint: Blueprint,
    prepared: Prepared,
    blocks: list[np.ndarray],
    results: Sequence[BlockModels],
    essential: np.ndarray,
    exogenous: np.ndarray,
    settings: TrainSettings,
    seed: int,
) -> TrainedFleet:
    """Blocks put together in the order of the assets, without those that diverged."""
    back = np.argsort(np.concatenate(blocks), kind="stable") if blocks else np.zeros(0, np.int64)
    loss = np.concatenate([np.zeros((0, 2)), *(block.loss for block in results)])[back]
    epochs = np.concatenate([np.zeros((0, 2), np.int64), *(block.epochs for block in results)])[back]
    good = np.flatnonzero(np.isfinite(loss).all(axis=1))
    places = torch.from_numpy(back[good])
    halves: list[Weights] = []
    for half in (MAIN, FALLBACK):
        names = results[0].weights if results else {}
        halves.append({k: torch.cat([block.weights[k][half] for block in results])[places] for k in names})
    diverged = tuple(
        AssetFailure(
            prepared.assets[i], "diverged", "Training diverged: the loss is not finite. Lower the learning rate."
        )
        for i in np.flatnonzero(~np.isfinite(loss).all(axis=1))
    )
    return TrainedFleet(
        blueprint=blueprint,
        assets=tuple(prepared.assets[i] for i in good),
        main=halves[MAIN],
        fallback=halves[FALLBACK],
        center=prepared.center[good],
        scale=prepared.scale[good],
        known=prepared.known[good],
        calibration=prepared.calibration.take(good),
        held_out=prepared.held_out.take(good),
        essential=essential,
        exogenous=exogenous,
        train_loss=loss[good],
        failures=prepared.failures + diverged,
        settings=settings,
        seed=seed,
        epochs=epochs[good],
        train=prepared.train.take(good) if len(good) < len(prepared.assets) else prepared.train,
        labelled=prepared.labelled.take(good) if prepared.labelled else None,
        old=prepared.old.take(good) if prepared.old else None,
    )
