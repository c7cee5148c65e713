"""A plugin for tests of serving: two blueprints that work, and some that break in every way a partner's may."""

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch._C._functorch import get_unwrapped

from andon_sdk.plugin import Blueprint, Inputs, Threshold, hook

CALLS_IN_REHEARSAL = 12
"""More than a rehearsal makes; a model that breaks later does so in service."""


class Trial(nn.Module):
    def __init__(self, inputs: Inputs, trouble: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.layer = nn.Linear(2 * inputs.signals, inputs.signals)
        self.trouble = trouble

    def forward(self, x: Tensor, present: Tensor) -> Tensor:
        return self.trouble(self.layer(torch.cat([x * present, present], dim=-1)))


class Marked(Trial):
    """In service dies when one of the models it answers for is marked 1, and raises when one is marked 2."""

    def __init__(self, inputs: Inputs) -> None:
        super().__init__(inputs, Later(self.breaks_of_a_mark))
        self.register_buffer("mark", torch.zeros(()))

    def breaks_of_a_mark(self, output: Tensor) -> Tensor:
        marks = get_unwrapped(self.mark)
        if (marks == 1).any():
            dies(output)
        return raises(output) if (marks == 2).any() else output


class Recent(nn.Module):
    """Says of a row what the mean of its last rows says."""

    def __init__(self, inputs: Inputs) -> None:
        super().__init__()
        self.layer = nn.Linear(2 * inputs.signals, inputs.signals)

    def forward(self, x: Tensor, present: Tensor) -> Tensor:
        return self.layer(torch.cat([x * present, present], dim=-1).mean(dim=-2))


def newest_loss(output: Tensor, x: Tensor, present: Tensor) -> Tensor:
    return loss(output, x[..., -1, :], present[..., -1, :])


def newest_score(output: Tensor, x: Tensor, present: Tensor) -> Tensor:
    return score(output, x[..., -1, :], present[..., -1, :])


def loss(output: Tensor, x: Tensor, present: Tensor) -> Tensor:
    return (((output - x) * present) ** 2).sum() / present.sum().clamp(min=1)


def score(output: Tensor, x: Tensor, present: Tensor) -> Tensor:
    return ((output - x) * present) ** 2


def fine(output: Tensor) -> Tensor:
    return output


def raises(output: Tensor) -> Tensor:
    raise RuntimeError("the partner's module is broken")


def narrow(output: Tensor) -> Tensor:
    return output[..., :1].expand(*output.shape[:-1], 2)


def no_number(output: Tensor) -> Tensor:
    return output * float("nan")


def hangs(output: Tensor) -> Tensor:
    time.sleep(3600)
    return output


class Later:
    """Works as long as a rehearsal takes, then does what it is told."""

    def __init__(self, what: Callable[[Tensor], Tensor]) -> None:
        self.calls = 0
        self.what = what

    def __call__(self, output: Tensor) -> Tensor:
        self.calls += 1
        return self.what(output) if self.calls > CALLS_IN_REHEARSAL else output


def dies(output: Tensor) -> Tensor:
    os.kill(os.getpid(), signal.SIGKILL)
    return output


TROUBLES = {
    "trial": fine,
    "trial-raises": raises,
    "trial-narrow": narrow,
    "trial-nan": no_number,
    "trial-hangs": hangs,
    "trial-hangs-later": Later(hangs),
    "trial-dies-later": Later(dies),
}


def blueprint(key: str, module: Callable[[Inputs], nn.Module], **others: Any) -> Blueprint:
    parts: dict[str, Any] = {"loss": loss, "score": score} | others
    threshold = Threshold(quantile=0.99, factor=1.5, smooth_rows=5)
    return Blueprint(key=key, title=key, version="1", contract="trial", module=module, threshold=threshold, **parts)


@hook
def blueprints() -> list[Blueprint]:
    return [
        *(blueprint(key, lambda inputs, trouble=trouble: Trial(inputs, trouble)) for key, trouble in TROUBLES.items()),
        blueprint("trial-marked", Marked),
        blueprint("trial-recent", Recent, loss=newest_loss, score=newest_score, history_rows=4),
    ]
