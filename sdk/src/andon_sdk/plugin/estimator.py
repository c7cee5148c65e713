"""The estimator: a recipe for a model that is computed from its rows at once, and not trained step by step.

A model is a set of named arrays, whatever made it: they are kept like the weights of a module, nothing of them is ever
executed, and the library that fitted them is not needed where they score.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from andon_sdk.plugin.blueprint import Blueprint, Inputs, Parameter, Threshold

if TYPE_CHECKING:
    from torch import Tensor

Model = Mapping[str, "Tensor"]
"""Arrays by name: numbers and flags of any shape, the same shapes for every asset."""


@dataclass(frozen=True, slots=True)
class FitRows:
    """The training rows of one asset: [rows, signals], or [rows, history, signals] with a history."""

    x: "Tensor"
    """Scaled values, zero where the model does not see them."""
    seen: "Tensor"
    """0 and 1: what the model sees. For a fallback model a part of `present`, else all of it."""
    target: "Tensor"
    """Scaled values, zero where absent."""
    present: "Tensor"
    """0 and 1: what the rows have. A row with nothing present is padding."""
    inputs: Inputs
    abnormal: "Tensor | None" = None
    """Rows of events that somebody judged abnormal, scaled and shaped like `target`; none of them is among the training
    rows. No row where nobody judged any; None for an estimator that does not ask for them (`learns_labels`)."""
    abnormal_present: "Tensor | None" = None
    """0 and 1: what these have, as `present`."""


@dataclass(frozen=True, slots=True)
class Estimator:
    """A recipe.

    `fit(rows, parameters)` returns the arrays of one asset's model. `parameters` are the numbers of `tuned` by key.

    `score(model, x, seen, judged)` is [rows, signals]: the share each signal has in the row's abnormality; its sum over
    signals is the raw score. `x` and `seen` are as in `FitRows`; `judged` [rows, signals] is 0 and 1: signals the row
    itself has, without exogenous ones, which add nothing.

    `score` must be made of torch operations that `torch.func.vmap` can batch: the models of all assets answer in one
    program. With `stacked`, so must `fit`, and all assets of a block are fitted in one program too, their rows padded
    to the longest. Without it, `fit` is called for one asset after the other, without padding, and may use any library.
    """

    key: str
    title: str
    version: str
    contract: str | None
    """Key of the contract it reads; None for a recipe that fits any list of signals."""
    fit: "Callable[[FitRows, Mapping[str, Tensor]], Model]"
    score: "Callable[[Model, Tensor, Tensor, Tensor], Tensor]"
    stacked: bool
    tuned: tuple[Parameter, ...] = ()
    """Numbers given to `fit`."""
    drop_share: Parameter | None = None
    """Signals hidden while the fallback model is fitted. None for a score that answers under any mask: then one model
    is both main and fallback."""
    threshold: Threshold = field(default_factory=Threshold)
    history_rows: int = 1
    """Rows the model sees to answer for the last of them."""
    learns_labels: bool = False
    """Whether `fit` is given the rows of labelled events. Thresholds of its models then hear no label: what a model
    was taught says too much of how well it finds it."""

    def reads(self, contract: str) -> bool:
        """Whether it can be bound to assets that keep to this contract."""
        return self.contract is None or self.contract == contract

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return self.tuned if self.drop_share is None else (*self.tuned, self.drop_share)

    @property
    def own(self) -> tuple[str, ...]:
        """Parameters that single assets of a run may have of their own: all of them."""
        return tuple(parameter.key for parameter in self.parameters)


Recipe = Blueprint | Estimator
"""What a plugin may offer as a blueprint."""
