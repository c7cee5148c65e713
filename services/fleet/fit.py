"""Fit main and fallback models of many assets with an estimator.

Assets are prepared as for training. A block of them is fitted in one program, or asset after asset where the estimator
says so; a block whose program fails is fitted asset by asset, so that only those are lost that cannot be fitted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from andon_sdk.plugin import Estimator, FitRows
from services.fleet.draws import asset_seeds, combine, kept_signals
from services.fleet.errors import AssetFailure, BlueprintUnfit, TrainingStopped
from services.fleet.estimators import FittedStack
from services.fleet.prepare import FleetRows, Prepared, Rows, SplitSettings, prepare
from services.fleet.stack import Weights, select
from services.fleet.train import TrainedFleet

_LOSS_ROWS = 64
"""Training rows a model is asked about, spread evenly, to say how well it fits."""


@dataclass(frozen=True, slots=True)
class FitSettings:
    """What a run may set."""

    parameters: Mapping[str, float]
    """Of all assets, by key."""
    own: Mapping[str, Mapping[str, float]] = field(default_factory=dict[str, Mapping[str, float]])
    """What single assets have instead."""
    block_assets: int = 16
    """Assets fitted at once: bounds the memory of their windows."""
    split: SplitSettings = field(default_factory=SplitSettings)

    def of_assets(self, assets: Sequence[str]) -> dict[str, np.ndarray]:
        """float32 [assets] by key."""
        return {
            key: np.array([self.own.get(asset, {}).get(key, value) for asset in assets], np.float32)
            for key, value in self.parameters.items()
        }


def fit_fleet(
    estimator: Estimator,
    rows: FleetRows,
    essential: np.ndarray,
    settings: FitSettings | None = None,
    seed: int = 0,
    on_progress: Callable[[float, str], None] = lambda share, detail: None,
    should_stop: Callable[[], bool] = lambda: False,
    exogenous: np.ndarray | None = None,
) -> TrainedFleet:
    """Fit every asset that is fit for it; the others, and those whose fit fails, are in `failures`.

    Arguments are those of `services.fleet.train.train_fleet`. Raises TrainingStopped when `should_stop` answers yes,
    BlueprintUnfit when the models cannot be stacked.
    """
    settings = settings or FitSettings({parameter.key: parameter.default for parameter in estimator.parameters})
    exogenous = np.zeros(rows.signals, bool) if exogenous is None else exogenous
    stack = FittedStack.of(estimator, rows.signals, exogenous)
    smooth = estimator.threshold.smooth_rows
    prepared = prepare(rows, essential, settings.split, estimator.history_rows, smooth, exogenous)
    n = len(prepared.assets)
    on_progress(0.0, f"{n} of {len(rows.assets)} assets are fit for training")
    found, done = _Found(stack, prepared), 0
    for index in prepared.blocks(settings.block_assets):
        _Block.of(stack, prepared, index, essential, settings, seed).fit(found, should_stop)
        done += len(index)
        on_progress(done / n, f"{done} of {n} assets fitted")
    return found.joined(essential, exogenous, seed)


class _Found:
    """Models as they come, by position of their asset among the prepared ones."""

    def __init__(self, stack: FittedStack, prepared: Prepared) -> None:
        self._stack, self._prepared = stack, prepared
        self._models: list[tuple[np.ndarray, list[Weights]]] = []
        self._loss = np.full((len(prepared.assets), 2), np.nan)
        self._failures: list[AssetFailure] = []

    def check(self, halves: list[Weights]) -> None:
        """Raises BlueprintUnfit for main and fallback models that cannot be stacked with those before."""
        shapes = [{name: value.shape[1:] for name, value in half.items()} for half in halves]
        if self._models:
            shapes.append({name: value.shape[1:] for name, value in self._models[0][1][0].items()})
        else:
            self._stack.try_out(halves[0])
        if any(each != shapes[0] for each in shapes):
            raise BlueprintUnfit(
                f"{self._stack.estimator.key}: fit must return the same arrays in the same shapes for every asset"
            )

    def add(self, index: np.ndarray, halves: list[Weights], loss: np.ndarray) -> None:
        """Main and fallback models of the assets `index`, and their losses [assets, 2]."""
        self._models.append((index, halves))
        self._loss[index] = loss

    def lose(self, place: int, reason: str, sentence: str) -> None:
        self._failures.append(AssetFailure(self._prepared.assets[place], reason, sentence))

    def joined(self, essential: np.ndarray, exogenous: np.ndarray, seed: int) -> TrainedFleet:
        """Models in the order of the assets, without those that hold a value that is not finite."""
        prepared, estimator = self._prepared, self._stack.estimator
        index = np.concatenate([index for index, _ in self._models]) if self._models else np.zeros(0, np.int64)
        names = list(self._models[0][1][0]) if self._models else []
        halves = [{k: torch.cat([halves[half][k] for _, halves in self._models]) for k in names} for half in (0, 1)]
        finite = np.isfinite(self._loss[index]).all(axis=1)
        for half in halves:
            for value in half.values():
                if value.is_floating_point():
                    finite &= torch.isfinite(value).reshape(len(value), -1).all(dim=1).numpy()
        for place in index[~finite]:
            self.lose(place, "diverged", "The fitted model holds a value that is not finite, or answers with one.")
        places = np.flatnonzero(finite)[np.argsort(index[finite], kind="stable")]
        good = index[places]
        main, fallback = (select(half, torch.from_numpy(places)) for half in halves)
        return TrainedFleet(
            blueprint=estimator,
            assets=tuple(prepared.assets[i] for i in good),
            main=main,
            fallback=fallback,
            center=prepared.center[good],
            scale=prepared.scale[good],
            known=prepared.known[good],
            calibration=prepared.calibration.take(good),
            held_out=prepared.held_out.take(good),
            essential=essential,
            exogenous=exogenous,
            train_loss=self._loss[good],
            failures=(*prepared.failures, *self._failures),
            settings=None,
            seed=seed,
            train=prepared.train.take(good),
            labelled=None if estimator.learns_labels or not prepared.labelled else prepared.labelled.take(good),
        )


@dataclass(frozen=True, slots=True)
class _Block:
    """Rows of some assets, padded to the longest; tensors [assets, rows, (history,) signals]."""

    stack: FittedStack
    index: np.ndarray
    counts: np.ndarray
    x: Tensor
    present: Tensor
    kept: Tensor | None
    """0 and 1: what the fallback may see of what is present; None where the main model is the fallback."""
    parameters: Weights
    """[assets]"""
    abnormal: tuple[Tensor, ...] = ()
    """Rows of labelled events, and what they have, where the estimator learns from them; with nothing present in
    rows that are no event's."""

    @classmethod
    def of(
        cls,
        stack: FittedStack,
        prepared: Prepared,
        index: np.ndarray,
        essential: np.ndarray,
        settings: FitSettings,
        seed: int,
    ) -> "_Block":
        assets = [prepared.assets[i] for i in index]
        rows = prepared.train.take(index)
        x, present = (part[:, : rows.counts.max()] for part in rows.windows(stack.history))
        parameters = settings.of_assets(assets)
        kept = None
        if (drop := stack.estimator.drop_share) is not None:
            keys = combine(asset_seeds(seed, assets)[:, None], np.arange(x.shape[1], dtype=np.uint32))
            kept = kept_signals(keys, x.shape[-1], parameters[drop.key][:, None]).transpose(0, 2, 1)
            kept[..., essential] = 1.0
            kept = torch.from_numpy(np.ascontiguousarray(kept if stack.history == 1 else kept[:, :, None]))
        return cls(
            stack,
            index,
            rows.counts,
            torch.from_numpy(np.ascontiguousarray(x)),
            torch.from_numpy(present.astype(np.float32)),
            kept,
            {key: torch.from_numpy(values) for key, values in parameters.items()},
            _abnormal(prepared.labelled, index, x) if stack.estimator.learns_labels else (),
        )

    def fit(self, found: _Found, should_stop: Callable[[], bool]) -> None:
        """Into `found`."""
        if should_stop():
            raise TrainingStopped("The run was asked to stop.")
        if self.stack.estimator.stacked or len(self.index) == 1:
            try:
                halves = self._halves()
            except Exception as error:  # noqa: BLE001 whatever an estimator raises, other assets may be fitted yet
                if len(self.index) == 1:
                    return found.lose(self.index[0], "unfitted", f"The fit failed: {type(error).__name__}: {error}")
            else:
                found.check(halves)
                return found.add(self.index, halves, self._loss(halves))
        for place in range(len(self.index)):
            self._alone(place).fit(found, should_stop)
        return None

    def _halves(self) -> list[Weights]:
        """Main and fallback models."""
        main = self._fitted(self.present)
        return [main, main if self.kept is None else self._fitted(self.present * self.kept)]

    @torch.no_grad()
    def _fitted(self, seen: Tensor) -> Weights:
        if self.stack.estimator.stacked:
            rows = self.x * seen, seen, self.x, self.present
            return self.stack.fitted(rows, self.parameters, self.abnormal)
        real = slice(0, int(self.counts[0]))
        x, present, seen = self.x[0, real], self.present[0, real], seen[0, real]
        abnormal = [part[0, self.abnormal[1][0].flatten(1).any(dim=1)] for part in self.abnormal]
        rows = FitRows(x * seen, seen, x, present, self.stack.inputs, *abnormal)
        model = self.stack.estimator.fit(rows, {key: value[0] for key, value in self.parameters.items()})
        return {name: value[None] for name, value in model.items()}

    def _loss(self, halves: Sequence[Weights]) -> np.ndarray:
        """float64 [assets, 2]: mean raw score of training rows by main and fallback models."""
        spread = np.arange(_LOSS_ROWS) * self.counts[:, None] // _LOSS_ROWS
        at = np.arange(len(self.index))[:, None], spread
        x, seen = self.x[at], self.present[at]
        shown = [seen] if self.kept is None else [seen, (self.present * self.kept)[at]]
        raw = [self.stack.scores(m, x * s, s).sum(2).mean(1) for m, s in zip(halves, shown, strict=False)]
        return torch.stack(raw if len(raw) == 2 else raw * 2, 1).double().numpy()

    def _alone(self, place: int) -> "_Block":
        one = slice(place, place + 1)
        kept = None if self.kept is None else self.kept[one]
        parameters = {key: value[one] for key, value in self.parameters.items()}
        abnormal = tuple(part[one] for part in self.abnormal)
        return _Block(
            self.stack, self.index[one], self.counts[one], self.x[one], self.present[one], kept, parameters, abnormal
        )


def _abnormal(labelled: Rows | None, index: np.ndarray, like: np.ndarray) -> tuple[Tensor, Tensor]:
    """Values and presence [assets, rows, (history,) signals] of the labelled events of assets `index`; no row where
    no asset of the run has any. `like` has the shape of training rows."""
    if labelled is None:
        nothing = torch.zeros(len(index), 0, *like.shape[2:])
        return nothing, nothing
    rows = labelled.take(index)
    x, present = rows.windows(1 if like.ndim == 3 else like.shape[2])
    present = present & ~rows.lead.reshape(*rows.lead.shape, *[1] * (like.ndim - 2))
    there = torch.from_numpy(present.astype(np.float32))
    return torch.from_numpy(np.ascontiguousarray(x)) * there, there
