"""Waiting for what a running platform is about to do."""

from collections.abc import Callable
from time import monotonic, sleep
from typing import Any

_PATIENCE_S = 600.0


def wait(what: str, probe: Callable[[], Any], patience_s: float = _PATIENCE_S) -> Any:
    """The first truthy answer of `probe`. Raises `TimeoutError` naming what never came."""
    until = monotonic() + patience_s
    while monotonic() < until:
        if answer := probe():
            return answer
        sleep(0.3)
    raise TimeoutError(f"{what} did not come within {patience_s:.0f} s; `andon doctor` tells which part is at fault.")
