"""The blueprint: a recipe for the model of ONE asset. The fleet stacks it, so a partner never writes a loop."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number an engineer may override, with the range in which the blueprint is known to work."""

    key: str
    title: str
    default: float
    low: float
    high: float
    whole: bool = False
    help: str = ""
    """What it does to a model, in a sentence for who may change it."""


PATIENCE = Parameter("patience", "Epochs without improvement before an asset ends", 10, 0, 1000, whole=True)
"""For `Blueprint.patience`; with 0 an asset trains all its epochs."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """How raw scores become alarms: the running median over `smooth_rows` rows (causal), divided by
    `quantile` of the calibration rows' smoothed scores times `factor`. The threshold belongs to the mask."""

    quantile: float = 0.99
    factor: float = 1.5
    smooth_rows: int = 15


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a module of one asset is given: it is built for the signals of the contract it is bound to."""

    signals: int
    """Columns of a row, in the contract's order."""
    history_rows: int = 1
    """Rows of a window, the row itself among them; as the blueprint says."""
    exogenous: tuple[int, ...] = ()
    """Positions of the signals that drive the asset and are not judged."""

    @property
    def judged(self) -> tuple[int, ...]:
        """Positions of the signals that loss and score look at."""
        return tuple(place for place in range(self.signals) if place not in self.exogenous)


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A recipe.

    `module(inputs)` returns an ordinary `torch.nn.Module` for one asset, whose `forward(x, present)` takes scaled
    rows `x` [rows, signals], zero where absent, and `present` [rows, signals] of 0 and 1, and returns what `loss` and
    `score` understand (for an autoencoder: the reconstruction [rows, signals]). With `history_rows` H above 1 the
    module sees the last H rows of the asset: `x` and `present` are [rows, H, signals], the row itself last, with
    nothing present where history is short; loss and score get the same.

    `loss(output, x, present)` is a scalar; in training of the fallback model `x` and `present` are the whole row, of
    which the module saw a part, so that it learns to answer for what is hidden. `score(output, x, present)` is [rows,
    signals]: the share each signal has in the row's abnormality; its sum over signals is the raw score. The module sees
    exogenous signals like any other; to loss and score they look absent. Both must be made
    of torch operations that `torch.func.vmap` can batch; recurrent modules (GRU, LSTM) cannot be.
    """

    key: str
    title: str
    version: str
    contract: str | None
    """Key of the contract it reads; None for a recipe that fits any list of signals."""
    module: "Callable[[Inputs], nn.Module]"
    loss: "Callable[[Tensor, Tensor, Tensor], Tensor]"
    score: "Callable[[Tensor, Tensor, Tensor], Tensor]"
    epochs: Parameter = Parameter("epochs", "Epochs", 60, 1, 1000, whole=True)
    learning_rate: Parameter = Parameter("learning_rate", "Learning rate", 1e-3, 1e-5, 1e-1)
    batch_rows: Parameter = Parameter("batch_rows", "Rows a batch", 64, 8, 4096, whole=True)
    drop_share: Parameter = Parameter("drop_share", "Signals hidden in training of the fallback", 0.25, 0.0, 0.9)
    threshold: Threshold = field(default_factory=Threshold)
    history_rows: int = 1
    """Rows the module sees to answer for the last of them."""
    patience: Parameter | None = None
    """Such as `PATIENCE`: an asset ends early when it stops improving. None: every asset trains all its epochs."""

    def reads(self, contract: str) -> bool:
        """Whether it can be bound to assets that keep to this contract."""
        return self.contract is None or self.contract == contract

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        asked = (self.patience,) if self.patience is not None else ()
        return (self.epochs, self.learning_rate, self.batch_rows, self.drop_share, *asked)

    @property
    def own(self) -> tuple[str, ...]:
        """Parameters that single assets of a run may have of their own; the others shape the program they share."""
        return tuple(parameter.key for parameter in self.parameters if parameter is not self.batch_rows)
