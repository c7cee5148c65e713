"""What is known of this machine: change it first."""

import torch
from andon_template.contract import TEMPLATE
from andon_template.plugin import TEMPLATE_WATCH

from andon_sdk.plugin import Importance, Inputs


def test_nothing_can_be_said_without_speed():
    essential = [signal.key for signal in TEMPLATE.signals if signal.importance is Importance.ESSENTIAL]
    assert essential == ["speed"]


def test_a_hot_bearing_is_named():
    torch.manual_seed(0)
    module = TEMPLATE_WATCH.module(Inputs(4, 5)).eval()
    x, present = torch.zeros(1, 5, 4), torch.ones(1, 5, 4)
    x[:, :, TEMPLATE.keys.index("temperature")] = 8.0
    shares = TEMPLATE_WATCH.score(module(x, present), x, present)[0]
    assert TEMPLATE.keys[int(shares.argmax())] == "temperature"
