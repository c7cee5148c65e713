"""What a plant should give, from the sun's place, the weather and what it gave before. Needs torch.

Light that falls on a tilted module is a sum of products: of irradiance with each part of the sun's direction; and what
the module makes of it is that times temperature and wind. So power is fitted as a ridge regression (Hoerl and Kennard
1970) on products of what drives the plant, in closed form and of many plants in one program. Whatever scale the values
come in, the products of scaled values span those of the values.

The answer is kept between the least and the most the plant gave in training: a polynomial runs away where it saw
nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import cast

import torch
from torch import Tensor

from andon_sdk.plugin import FitRows, Parameter
from andon_sdk.plugin.estimator import Model
from andon_solar.contract import DAY, POWER, SOLAR_PLANT

DRIVERS = tuple(place for place, signal in enumerate(SOLAR_PLANT.signals) if signal.exogenous)
EVERYTHING = tuple(range(len(SOLAR_PLANT.signals)))
RIDGE = Parameter("ridge", "Ridge, as a share of the products' mean square", 1e-5, 1e-8, 1.0)
_FAR = 4.0
"""Spreads at which a driver is held: a cube of twenty would drown the rest."""
_LEAST = 1e-9
_DARK = 0.2
"""Share of the plant's most power that is added to what a day should give: on a dark one small errors are no shares."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a window [rows, history, signals] for its last hour: columns of hours before it, and the degree
    of the products that are made of them."""

    hours: tuple[tuple[int, Sequence[int]], ...]
    """(how many hours before, columns)."""
    degree: int

    def products(self, x: Tensor, seen: Tensor) -> Tensor:
        """[rows, products], the first of them 1; and beside them what was seen at all."""
        told = [(x[:, -1 - hour, columns], seen[:, -1 - hour, columns]) for hour, columns in self.hours]
        values = torch.cat([part[0] for part in told], dim=-1).clamp(-_FAR, _FAR)
        return torch.cat([products(values, self.degree), *(part[1] for part in told)], dim=-1)


def products(values: Tensor, degree: int) -> Tensor:
    """All products of up to `degree` of the values [rows, n], the empty one first: [rows, products]."""
    found = [torch.ones_like(values[:, :1])]
    picks: list[tuple[int, ...]] = [()]
    last = found[0]
    for order in range(1, degree + 1):
        chosen = list(combinations_with_replacement(range(values.shape[1]), order))
        place = {pick: number for number, pick in enumerate(picks)}
        last = last[:, [place[pick[:-1]] for pick in chosen]] * values[:, [pick[-1] for pick in chosen]]
        found.append(last)
        picks = chosen
    return torch.cat(found, dim=-1)


def fit(told: Told, rows: FitRows, parameters: Mapping[str, Tensor]) -> Model:
    """Weights [products], and the least and the most of the power."""
    power, there = rows.target[:, -1, POWER], rows.present[:, -1, POWER]
    features = told.products(rows.x, rows.seen) * there[:, None]
    gram = (features.T @ features).double()
    size = len(gram)
    held = (parameters["ridge"].double() * gram.diagonal().mean()).clamp(min=_LEAST)  # nothing seen: weights of 0
    gram = gram + held * torch.eye(size, dtype=torch.float64)
    weights = cast(Tensor, torch.linalg.solve(gram, (features.T @ (power * there)).double()))  # pyright: ignore[reportUnknownMemberType]
    return {"weights": weights.float(), "least": (power * there).amin(), "most": (power * there).amax()}


def answer(told: Told, model: Model, x: Tensor, seen: Tensor) -> Tensor:
    """Power [rows] of the windows' last hours, scaled."""
    return (told.products(x, seen) @ model["weights"]).clamp(model["least"], model["most"])


WATCH = Told(((0, DRIVERS),), degree=3)
DAY_AHEAD = Told(((0, DRIVERS), (1, DRIVERS), (DAY, EVERYTHING)), degree=2)
HOUR_AHEAD = Told(((0, DRIVERS), (1, EVERYTHING), (2, EVERYTHING), (DAY, EVERYTHING)), degree=2)


def residual_score(told: Told, model: Model, x: Tensor, seen: Tensor, judged: Tensor) -> Tensor:
    """Squared error of the last hour [rows, signals]."""
    error = x[:, -1, POWER] - answer(told, model, x, seen)
    return _of_power(error.square(), judged)


def day_score(model: Model, x: Tensor, seen: Tensor, judged: Tensor) -> Tensor:
    """Square of the share by which the energy of the window's hours differs from what their drivers explain
    [rows, signals]: an inverter that stops takes its share away in every season, and clouds that came and went within
    an hour are gone from the sum of a day."""
    rows, hours, signals = x.shape
    each = answer(WATCH, model, x.reshape(-1, 1, signals), seen.reshape(-1, 1, signals)).reshape(rows, hours)
    there = seen[..., POWER]
    count, full = there.sum(-1).clamp(min=1), (model["most"] - model["least"]).clamp(min=1e-3)
    error = ((x[..., POWER] - each) * there).sum(-1) / count
    due = ((each - model["least"]) * there).sum(-1) / count
    return _of_power((error / (due + _DARK * full)).square(), judged)


def _of_power(parts: Tensor, judged: Tensor) -> Tensor:
    return torch.nn.functional.one_hot(torch.tensor(POWER), judged.shape[-1]) * parts[:, None] * judged
