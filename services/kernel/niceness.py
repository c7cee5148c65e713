"""Whose turn it is when there are fewer cores than work."""

import os
from contextlib import suppress
from pathlib import Path

AUTOGROUP = Path("/proc/self/autogroup")


def go_after_others(nice: int) -> None:
    """Makes this process, and those it starts, wait for whatever is less nice on the machine.

    Linux may share cores between sessions first and look at niceness only within one (`sched_autogroup`, man 7 sched):
    a session in which everything is nice then gets as much as any other. So the session is made nice too, which should
    be this process's own.
    """
    reached = os.nice(nice)
    with suppress(OSError):  # the kernel has none, or who runs here may not change it: then niceness is all there is
        AUTOGROUP.write_text(str(reached))
