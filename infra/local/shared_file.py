"""A server's file that any process of the installation may change: one at a time, and then the server is told.

The supervisor is asked through its control socket to send SIGHUP; a lock keeps two processes apart.
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager

from infra.local import control
from infra.local.state import State
from infra.provisioning import Step
from services.enclaves.errors import ProvisioningFailed

_LATE_S = 1.0


@contextmanager
def alone(state: State, server: str) -> Iterator[None]:
    """No other process rewrites that server's file meanwhile."""
    with (state.folder(server) / "provision.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def reload(state: State, server: str, *, changed: bool) -> Step:
    """Tells the server to read its file again, if that changed; after a second in any case, since another process may
    have changed it and died before it could tell. The step raises `ProvisioningFailed`."""
    began, told = time.monotonic(), not changed

    async def tell() -> None:
        nonlocal told
        if told and time.monotonic() - began < _LATE_S:
            return
        told = True
        try:
            await control.ask(state.run, "reload", name=server)
        except (control.NotRunning, RuntimeError) as error:
            raise ProvisioningFailed(f"{server} could not be told of the change: {error}") from error

    return tell
