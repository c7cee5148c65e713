import pytest
import torch
from andon_any_machine.plugin import ANY_MACHINE_COMPONENTS, ANY_MACHINE_TREES, ANY_MACHINE_WATCH, blueprints

from andon_sdk.plugin import FitRows, Inputs


def test_they_read_any_contract():
    assert blueprints() == [ANY_MACHINE_WATCH, ANY_MACHINE_COMPONENTS, ANY_MACHINE_TREES]
    for recipe in blueprints():
        assert recipe.reads("pump")
        assert recipe.reads("laser-drill")


@pytest.mark.parametrize("signals", [1, 4, 23])
def test_its_module_is_as_wide_as_its_contract(signals):
    x = torch.randn(2, 5, signals)
    module = ANY_MACHINE_WATCH.module(Inputs(signals, 5))
    assert ANY_MACHINE_WATCH.score(module(x, torch.ones_like(x)), x, torch.ones_like(x)).shape == (2, signals)


@pytest.mark.parametrize("signals", [1, 4, 23])
@pytest.mark.parametrize("estimator", [ANY_MACHINE_COMPONENTS, ANY_MACHINE_TREES])
def test_its_estimators_are_as_wide_as_their_contract(estimator, signals):
    x = torch.randn(120, 5, signals)
    there = torch.ones_like(x)
    parameters = {parameter.key: torch.tensor(parameter.default) for parameter in estimator.parameters}
    model = estimator.fit(FitRows(x, there, x, there, Inputs(signals, 5)), parameters)
    assert estimator.score(model, x, there, there[:, -1]).shape == (120, signals)
