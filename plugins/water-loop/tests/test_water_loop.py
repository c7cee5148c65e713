import pytest
import torch
from andon_water_loop.contract import WATER_LOOP
from andon_water_loop.plugin import alarm_rules, blueprints, contracts

from andon_sdk.plugin import Importance, Inputs


def test_declarations_belong_together():
    assert contracts() == [WATER_LOOP]
    assert [blueprint.contract for blueprint in blueprints()] == ["water-loop"] * 2
    assert [rule.contract for rule in alarm_rules()] == ["water-loop"]


def test_no_signal_is_essential():
    assert len(WATER_LOOP.signals) == 8
    assert all(signal.importance is not Importance.ESSENTIAL for signal in WATER_LOOP.signals)


@pytest.mark.parametrize("blueprint", blueprints(), ids=lambda blueprint: blueprint.key)
def test_missing_signals_have_no_say(blueprint):
    torch.manual_seed(0)
    module = blueprint.module(Inputs(8, blueprint.history_rows))
    x, present = torch.randn(3, blueprint.history_rows, 8), torch.ones(3, blueprint.history_rows, 8)
    present[:, :, 7] = 0
    score = blueprint.score(module(x, present), x, present)
    assert score.shape == (3, 8)
    assert (score[:, 7] == 0).all()
    x[:, :, 7] = 100.0
    assert torch.equal(blueprint.score(module(x, present), x, present), score)
