import pytest
import torch
from andon_any_machine.plugin import ANY_MACHINE_WATCH, blueprints

from andon_sdk.plugin import Inputs


def test_it_reads_any_contract():
    assert blueprints() == [ANY_MACHINE_WATCH]
    assert ANY_MACHINE_WATCH.reads("pump")
    assert ANY_MACHINE_WATCH.reads("laser-drill")


@pytest.mark.parametrize("signals", [1, 4, 23])
def test_its_module_is_as_wide_as_its_contract(signals):
    x = torch.randn(2, 5, signals)
    module = ANY_MACHINE_WATCH.module(Inputs(signals, 5))
    assert ANY_MACHINE_WATCH.score(module(x, torch.ones_like(x)), x, torch.ones_like(x)).shape == (2, signals)
