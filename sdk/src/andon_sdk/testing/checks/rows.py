"""Small blocks of rows as the fleet feeds them to models: scaled, zero where absent, with gaps and the like."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from andon_sdk.plugin import Inputs, Recipe
from andon_sdk.testing.subject import Subject

if TYPE_CHECKING:
    from torch import Tensor

ANY_WIDTH = (1, 5)
"""Signals of the contracts that a recipe for any contract is tried with."""
MODELS, ROWS = 3, 64


def inputs_of(recipe: Recipe, subject: Subject) -> list[Inputs]:
    """What the recipe may be built for: its contract's signals, or for any contract some widths."""
    if recipe.contract is None:
        return [Inputs(width, recipe.history_rows) for width in ANY_WIDTH]
    contract = subject.contract(recipe.contract)
    if contract is None:
        return []
    exogenous = tuple(place for place, signal in enumerate(contract.signals) if signal.exogenous)
    return [Inputs(len(contract.signals), recipe.history_rows, exogenous)]


def shape(inputs: Inputs, rows: int = ROWS) -> tuple[int, ...]:
    """Of the rows of one asset."""
    return (rows, inputs.signals) if inputs.history_rows == 1 else (rows, inputs.history_rows, inputs.signals)


def blocks(inputs: Inputs, rows: int = ROWS) -> "Iterator[tuple[str, Tensor, Tensor]]":
    """Name, x and present of one asset's rows: whole ones, and those that plants send on bad days."""
    import torch  # noqa: PLC0415 - plugins without models do without

    drawn = torch.Generator().manual_seed(7)
    x, whole = torch.randn(shape(inputs, rows), generator=drawn), torch.ones(shape(inputs, rows))
    some = (torch.rand(shape(inputs, rows), generator=drawn) > 0.4).float()
    dead = whole.clone()
    dead[..., 0] = 0
    yield "whole rows", x, whole
    yield "rows with gaps", x * some, some
    yield "rows without their first signal", x * dead, dead
    yield "rows with nothing in them", torch.zeros_like(x), torch.zeros_like(x)
    yield "rows that never change", torch.ones_like(x), whole
    yield "rows far outside of training", x * 1e4, whole


def now(present: "Tensor", inputs: Inputs) -> "Tensor":
    """What the answered rows themselves have [rows, signals]."""
    return present if inputs.history_rows == 1 else present[:, -1]
