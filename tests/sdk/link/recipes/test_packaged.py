"""Parameters of a notebook become numbers that a run may change, as far as its recipe can take them."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge

from andon_sdk.link.contracts import LinkParameter
from andon_sdk.link.recipes import fixed, packaged, sklearn_recipe, torch_recipe
from andon_sdk.plugin import Estimator, FitRows, Inputs, Parameter

ALPHA = LinkParameter("alpha", float, 0.1, help="How much weights are held back", low=0.01, high=1e5)


def rows() -> FitRows:
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(80, 3)).astype(np.float32))
    return FitRows(x, torch.ones(80, 3), x, torch.ones(80, 3), Inputs(3))


def ridge(*, alpha: float = 0.1, positive: bool = False, degree: int = 2, solver: str = "auto"):
    seen.append((alpha, positive, degree, solver))
    return sklearn_recipe(
        key="ridge",
        title="Ridge",
        make=lambda _: Ridge(alpha, positive=positive, solver="lbfgs" if positive else solver),
    )


seen: list[tuple] = []


def test_a_fitted_recipe_is_made_again_with_the_runs_values():
    told = (
        ALPHA,
        LinkParameter("positive", bool, False),
        LinkParameter("degree", int, 2, low=1, high=5),
        LinkParameter("solver", str, "auto", choices=("auto", "svd")),
    )
    recipe = packaged(ridge, told, "1.7")
    assert isinstance(recipe, Estimator)
    assert (recipe.version, fixed(recipe, told)) == ("1.7", ("solver",))
    assert recipe.tuned == (
        Parameter("alpha", "Alpha", 0.1, 0.01, 1e5, help="How much weights are held back"),
        Parameter("positive", "Positive", 0.0, 0, 1, whole=True),
        Parameter("degree", "Degree", 2.0, 1, 5, whole=True),
    )
    seen.clear()
    values = {"alpha": 0.1, "positive": 1.0, "degree": 3.0, "drop_share": 0.25}
    recipe.fit(rows(), {key: torch.tensor(value) for key, value in values.items()})
    assert seen == [(0.1, True, 3, "auto")]
    assert type(seen[0][1]) is bool
    recipe.fit(rows(), {key: torch.tensor(value) for key, value in values.items()})
    assert len(seen) == 1


def test_what_a_run_asks_for_reaches_the_model():
    recipe = packaged(ridge, (ALPHA,), "1")
    weak, strong = (recipe.fit(rows(), {"alpha": torch.tensor(a)})["weights"].abs().sum() for a in (0.1, 1e5))
    assert weak > 100 * strong


def dense(*, epochs: int = 9, width: int = 4, patience: int = 3):
    return torch_recipe(key="d", title="D", module=None, loss=None, score=None, epochs=epochs)


def test_a_blueprint_takes_the_parameters_that_it_has():
    told = (
        LinkParameter("epochs", int, 9, help="Passes", low=1, high=20),
        LinkParameter("width", int, 4, low=1, high=8),
        LinkParameter("patience", int, 3, low=0, high=9),
    )
    recipe = packaged(dense, told, "2.1")
    assert recipe.epochs == Parameter("epochs", "Epochs", 9.0, 1, 20, whole=True, help="Passes")
    assert fixed(recipe, told) == ("width", "patience")


@pytest.mark.parametrize("without", [LinkParameter("alpha", float, 0.1), LinkParameter("alpha", float, 0.1, low=0.0)])
def test_a_number_without_a_range_stays_as_it_is(without):
    recipe = packaged(ridge, (without,), "1")
    assert fixed(recipe, (without,)) == ("alpha",)
    assert recipe.tuned == ()


def test_an_estimator_fitted_for_all_assets_at_once_keeps_its_own_parameters():
    own = Parameter("alpha", "Alpha", 1.0, 0.0, 2.0)
    recipe = Estimator("a", "A", "1", None, lambda rows, told: {}, lambda *told: None, stacked=True, tuned=(own,))
    other = LinkParameter("beta", float, 0.5, low=0, high=1)
    made = packaged(lambda **told: recipe, (ALPHA, other), "3")
    assert fixed(recipe, (ALPHA, other)) == ("beta",)
    assert made.tuned == (Parameter("alpha", "Alpha", 0.1, 0.01, 1e5, help="How much weights are held back"),)
    assert made.fit is recipe.fit
