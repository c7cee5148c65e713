"""Train main and fallback models of many assets as one program.

Each asset has two models in the stack with the same start and the same rows: *main* sees all that is present,
*fallback* has signals hidden at random (whole signal per row, never an essential one) and is to reconstruct them all
the same, so that it answers under any mask. Models of a block share nothing: rows, masks and starts are drawn from
counters of the asset's own seed, Adam is element-wise, and an asset with fewer rows takes fewer steps. A diverging
model therefore ends alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from andon_sdk.plugin import Blueprint, Recipe
from services.fleet.dense import DenseProgram, is_dense
from services.fleet.draws import asset_seeds, combine, kept_signals, permutations
from services.fleet.errors import AssetFailure, TrainingStopped
from services.fleet.prepare import FleetRows, Prepared, Rows, SplitSettings, prepare
from services.fleet.programs import BlockRows, Program, VmapProgram
from services.fleet.stack import Stack, Weights

MAIN, FALLBACK = 0, 1
_CHECK_EVERY = 16
"""Steps between two looks at `should_stop`."""


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """What a run may set. `of` takes the blueprint's defaults and an engineer's overrides."""

    epochs: int
    learning_rate: float
    batch_rows: int
    drop_share: float
    block_assets: int = 64
    """Assets trained at once, two models each: weights and Adam's moments of 64-128 models stay in cache."""
    split: SplitSettings = field(default_factory=SplitSettings)

    @classmethod
    def of(
        cls, blueprint: Blueprint, overrides: Mapping[str, float] | None = None, **others: object
    ) -> "TrainSettings":
        """Raises ValueError for an override the blueprint does not know or that lies outside its range."""
        values = {parameter.key: parameter.default for parameter in blueprint.parameters}
        limits = {parameter.key: parameter for parameter in blueprint.parameters}
        for key, value in (overrides or {}).items():
            if key not in limits:
                raise ValueError(f"{blueprint.key} has no parameter {key!r}; it has {', '.join(limits)}")
            if not limits[key].low <= value <= limits[key].high:
                raise ValueError(f"{key} must lie between {limits[key].low} and {limits[key].high}, not {value}")
            values[key] = value
        return cls(
            int(values["epochs"]),
            values["learning_rate"],
            int(values["batch_rows"]),
            values["drop_share"],
            **others,  # type: ignore[arg-type]
        )


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
    """float64 [n, 2]: mean loss of the last epoch of main and fallback."""
    failures: tuple[AssetFailure, ...]
    settings: TrainSettings | None
    """None for models that were not trained but fitted."""
    seed: int


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
) -> TrainedFleet:
    """Train every asset that is fit; the others, and those that diverge, are in `failures`.

    `essential` and `exogenous` (by default none) are bool [signals]. `on_progress` gets the share done (0 to 1) and a
    sentence. `own`: epochs, learning rate and drop share of assets that differ from `settings` in them. Raises
    TrainingStopped when `should_stop` answers yes, BlueprintUnfit when the blueprint cannot be stacked, ValueError when
    `own` differs in anything else.
    """
    settings = settings or TrainSettings.of(blueprint)
    own = own or {}
    _check_own(settings, own)
    exogenous = np.zeros(rows.signals, bool) if exogenous is None else exogenous
    stack = Stack.of(blueprint, rows.signals, exogenous)
    smooth = blueprint.threshold.smooth_rows
    prepared = prepare(rows, essential, settings.split, blueprint.history_rows, smooth, exogenous)
    n = len(prepared.assets)
    on_progress(0.0, f"{n} of {len(rows.assets)} assets are fit for training")
    order = np.argsort(-prepared.train.counts, kind="stable")  # alike lengths share a block, so few wait for others
    blocks = [order[i : i + settings.block_assets] for i in range(0, n, settings.block_assets)]
    results = [
        _Block(stack, prepared, block, essential, settings, own, seed).train(
            lambda share, number=number: on_progress(
                (number + share) / len(blocks), f"{int((number + share) / len(blocks) * n)} of {n} assets trained"
            ),
            should_stop,
        )
        for number, block in enumerate(blocks)
    ]
    return _joined(blueprint, prepared, order, results, essential, exogenous, settings, seed)


def _check_own(settings: TrainSettings, own: Mapping[str, TrainSettings]) -> None:
    for asset, its in own.items():
        shared = replace(settings, epochs=its.epochs, learning_rate=its.learning_rate, drop_share=its.drop_share)
        if its != shared:
            raise ValueError(
                f"{asset} may have epochs, a learning rate and a drop share of its own; "
                "batch, block and split are the whole run's"
            )


def _joined(
    blueprint: Blueprint,
    prepared: Prepared,
    order: np.ndarray,
    results: "list[tuple[Weights, np.ndarray]]",
    essential: np.ndarray,
    exogenous: np.ndarray,
    settings: TrainSettings,
    seed: int,
) -> TrainedFleet:
    """Blocks put together in the order of the assets, without those that diverged."""
    back = np.argsort(order, kind="stable")
    loss = np.concatenate([loss for _, loss in results])[back] if results else np.zeros((0, 2))
    good = np.flatnonzero(np.isfinite(loss).all(axis=1))
    places = torch.from_numpy(back[good])
    halves: list[Weights] = []
    for half in (MAIN, FALLBACK):
        names = results[0][0] if results else {}
        halves.append({k: torch.cat([weights[k][half] for weights, _ in results])[places] for k in names})
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
    )


class _Block:
    """One block's training: 2 × assets models, main first."""

    def __init__(
        self,
        stack: Stack,
        prepared: Prepared,
        index: np.ndarray,
        essential: np.ndarray,
        settings: TrainSettings,
        own: Mapping[str, TrainSettings],
        seed: int,
    ) -> None:
        self.settings = settings
        each = [own.get(prepared.assets[i], settings) for i in index]
        self.drop_share = np.array([its.drop_share for its in each])[:, None]
        self.n = len(index)
        rows = prepared.train.take(index)
        self.counts = rows.counts
        self.width, self.signals = int(rows.counts.max()), rows.x.shape[2]
        self.seeds = asset_seeds(seed, [prepared.assets[i] for i in index])
        self.mask_seeds = combine(self.seeds, 0x6D61736B)
        self.essential = essential
        self.steps_an_epoch = -(-self.counts // settings.batch_rows)
        self.steps = self.steps_an_epoch * np.array([its.epochs for its in each])
        kind = DenseProgram if is_dense(stack) else VmapProgram
        rates = np.array([its.learning_rate for its in each], np.float32) / np.float32(settings.learning_rate)
        self.program: Program = kind(
            stack,
            BlockRows.of(rows, stack.history),
            stack.initial(seed, self.seeds),
            settings.learning_rate,
            torch.from_numpy(rates) if (rates != 1).any() else None,
        )
        self.loss = np.full((2, self.n), np.inf)
        self._epoch: np.ndarray | None = None

    def train(
        self, on_progress: Callable[[float], None], should_stop: Callable[[], bool]
    ) -> tuple[Weights, np.ndarray]:
        """Weights [2, assets, ...] and last epoch's losses [assets, 2]; not finite where a model diverged."""
        total = int(self.steps.max())
        done = {name: value.detach().clone() for name, value in self.program.weights.items()}
        sums = torch.zeros(2 * self.n)
        for step in range(total):
            if step % _CHECK_EVERY == 0 and should_stop():
                raise TrainingStopped("The run was asked to stop.")
            sums += self.program.step(*self._drawn(step))
            self._end_epoch(step, sums, done)
            if step % _CHECK_EVERY == 0:
                on_progress((step + 1) / total)
        on_progress(1.0)
        for value in done.values():  # the very last step may have broken what the losses still show as sound
            if value.is_floating_point():
                self.loss[~torch.isfinite(value).flatten(1).all(dim=1).numpy().reshape(2, -1)] = np.nan
        return {name: value.unflatten(0, (2, self.n)) for name, value in done.items()}, self.loss.T

    def _end_epoch(self, step: int, sums: Tensor, done: Weights) -> None:
        """Note losses of assets whose epoch ended, keep the weights of those whose last step this was, and take the
        gradient's hold off diverged models by resetting them, so that they cost no denormal arithmetic."""
        ended = np.flatnonzero((step + 1) % self.steps_an_epoch == 0)
        if not len(ended):
            return
        both = torch.from_numpy(np.concatenate([ended, ended + self.n]))
        mean = (sums[both] / torch.from_numpy(np.tile(self.steps_an_epoch[ended], 2))).numpy().reshape(2, -1)
        running = self.steps[ended] > step
        alive = ~np.isnan(self.loss[:, ended])
        self.loss[:, ended] = np.where(running & alive, np.where(np.isfinite(mean), mean, np.nan), self.loss[:, ended])
        sums[both] = 0.0
        last = np.flatnonzero(self.steps == step + 1)
        with torch.no_grad():
            if len(last):
                places = torch.from_numpy(np.concatenate([last, last + self.n]))
                for name, value in self.program.weights.items():
                    done[name][places] = value[places]
            dead = torch.from_numpy(np.flatnonzero(np.isnan(self.loss).ravel()))
            if len(dead):
                for value in self.program.weights.values():
                    value[dead] = 0

    def _drawn(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """This step's rows int64 [assets, batch], and which signals the fallback sees of them float32
        [assets, signals, batch]."""
        epoch = step // self.steps_an_epoch
        if self._epoch is None or (epoch != self._epoch).any():
            self._epoch = epoch
            self._order = permutations(self.seeds, epoch, self.counts, self.width)
            self._mask_keys = combine(self.mask_seeds, epoch)
        # The last batch of an epoch wraps round to its first rows: every batch is full and needs no weights.
        first = (step % self.steps_an_epoch) * self.settings.batch_rows
        place = (first[:, None] + np.arange(self.settings.batch_rows)) % self.counts[:, None]
        rows = np.take_along_axis(self._order, place, axis=1)
        kept = kept_signals(combine(self._mask_keys[:, None], rows), self.signals, self.drop_share)
        kept[:, self.essential] = 1.0
        return rows, kept
