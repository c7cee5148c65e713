"""Boxes of this machine: a folder each, run by the supervisor."""

import asyncio
import fcntl
import json
import os
import shutil
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psutil

from infra.local import box, control
from infra.local.state import State
from infra.settings import REPOSITORY
from services.enclaves.box.bounds import Bounds
from services.enclaves.box.host import REASON
from services.enclaves.contracts import ClusterKind, ClusterState
from services.enclaves.errors import ProvisioningFailed
from services.enclaves.provisioner import BoxSpec, BoxStatus

_MOST_STATUS_BYTES = 16 * 1024


def box_name(tenant: UUID, kind: ClusterKind) -> str:
    return f"box-{tenant.hex}-{kind.value}"


def prefix(tenant: UUID) -> str:
    """What names of folders of the tenant's boxes begin with. Short: the path of a socket in one has to fit into 107
    bytes. The random end of the id tells tenants apart."""
    return f"b{tenant.hex[-12:]}"


class LocalBoxes:
    """`services.enclaves.provisioner.Boxes` through the supervisor's control socket."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def want(self, spec: BoxSpec) -> None:
        """Raises `ProvisioningFailed`."""
        folder = self._folder(spec.tenant, spec.kind)
        name = box_name(spec.tenant, spec.kind)
        enclave = json.dumps(_enclave(spec))
        known = text_of(folder / "in" / "enclave.json")
        if known == enclave and is_alive(folder):
            return
        if known != enclave:
            if known is not None:
                await self.release(spec.tenant, spec.kind)
            self._write(folder, enclave)
        self._plan(folder, spec)
        process = {
            "name": name,
            "argv": [sys.executable, "-S", "-m", "services.enclaves.box.host", str(folder)],
            "cwd": str(REPOSITORY),
            "stop_seconds": 5,
        }
        await ask(self._state, "start", process=process)

    async def release(self, tenant: UUID, kind: ClusterKind) -> None:
        folder = self._folder(tenant, kind)
        if folder.exists():
            await ask(self._state, "stop", name=box_name(tenant, kind))
            shutil.rmtree(folder, onerror=unless_gone)

    async def processes(self, tenant: UUID) -> int:
        return await asyncio.to_thread(self._processes, f"/{prefix(tenant)}")

    async def status(self, tenant: UUID, kind: ClusterKind) -> BoxStatus:
        return await asyncio.to_thread(self.seen, tenant, kind)

    def seen(self, tenant: UUID, kind: ClusterKind) -> BoxStatus:
        folder = self._folder(tenant, kind)
        if not folder.exists():
            return BoxStatus(ClusterState.STOPPED, "")
        said = said_in(folder / "work")
        state, detail = ClusterState(said["state"]), said["detail"]
        if not is_alive(folder):
            again = text_of(folder / REASON) or (detail if state is ClusterState.FAILED else "")
            return BoxStatus(ClusterState.FAILED if again else ClusterState.STARTING, again or "starting the box")
        idle = datetime.fromtimestamp(said["idle_since"], UTC) if said["idle_since"] else None
        score = str(folder / "score.sock") if kind is ClusterKind.SERVING else None
        return BoxStatus(state, detail, idle, score)

    def _processes(self, mark: str) -> int:
        """Those that name a box's folder in their command, or have it mounted, as who is within: workbenches too."""
        found = 0
        for process in psutil.process_iter():
            try:
                said = Path(f"/proc/{process.pid}/mountinfo").read_text() + " ".join(process.cmdline())
            except (psutil.Error, OSError):
                continue  # it has ended
            found += mark in said
        return found

    def _folder(self, tenant: UUID, kind: ClusterKind) -> Path:
        return self._state.run / f"{prefix(tenant)}{kind.value[0]}"

    def _write(self, folder: Path, enclave: str) -> None:
        """The credentials come last: a folder without them is made anew by whoever comes next."""
        for part in ("in", "work", "etc"):
            (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, content in box.accounts().items():
            self._state.write_private(folder / "etc" / name, content)
        self._state.write_private(folder / "in" / "enclave.json", enclave)

    def _plan(self, folder: Path, spec: BoxSpec) -> None:
        """For this start of the box: what the installation says of it now."""
        forward = {"stream.sock": _target(spec.stream.url), "objects.sock": _target(spec.bucket.endpoint)}
        limits = spec.limits
        bounds = Bounds(limits.memory_bytes, limits.disk_bytes, limits.processes)
        paths = [path for each in spec.plugins.mounted for path in each.paths]
        own = {each.name: each.environment for each in spec.plugins.mounted if each.environment is not None}
        plan = {
            "command": box.command(folder, limits, paths, spec.plugins.left_out, own),
            "forward": forward,
            "bounds": asdict(bounds),
        }
        self._state.write_private(folder / "host.json", json.dumps(plan))


async def ask(state: State, do: str, **arguments: Any) -> None:
    """Asks the supervisor about a box. Raises `ProvisioningFailed`."""
    try:
        await control.ask(state.run, do, **arguments)
    except (control.NotRunning, RuntimeError) as error:
        raise ProvisioningFailed(f"The supervisor did not {do} a box: {error}") from error


def _target(url: str) -> str:
    place = urlsplit(url)
    return f"{place.hostname}:{place.port}"


def is_alive(folder: Path) -> bool:
    """Whether the box's host end runs: it holds the lock until it dies, however it dies."""
    try:
        with (folder / "alive").open("r") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _enclave(spec: BoxSpec) -> dict[str, Any]:
    """The fields of `services.enclaves.box.config.BoxConfig` that are not the same in every box."""
    return {
        "tenant": str(spec.tenant),
        "kind": spec.kind.value,
        "driver": spec.driver,
        "stream_user": spec.stream.user,
        "stream_password": spec.stream.password,
        "inbox_prefix": spec.inbox_prefix,
        "bucket": spec.bucket.bucket,
        "access_key": spec.bucket.access_key,
        "secret_key": spec.bucket.secret_key,
        "cpus": spec.limits.cpus,
        "object_store_bytes": spec.limits.object_store_bytes,
        "memory_bytes": spec.limits.memory_bytes,
        "plugins": [
            {
                "name": each.name,
                "digest": each.digest,
                "settings": dict(each.settings),
                "environment": each.environment,
            }
            for each in spec.plugins.mounted
        ],
        "left_out": list(spec.plugins.left_out),
    }


def said_in(work: Path) -> dict[str, Any]:
    """What the box says of itself. A tenant's code writes there: links are not followed, and nothing is believed but
    the three fields in their types."""
    silent = {"state": ClusterState.STARTING.value, "detail": "starting the box", "idle_since": None}
    try:
        handle = os.open(work / "status.json", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return silent
    with os.fdopen(handle, "rb") as file:
        data = file.read(_MOST_STATUS_BYTES)
    try:
        content = json.loads(data)
        idle = content["idle_since"]
        return {
            "state": ClusterState(content["state"]).value,
            "detail": str(content["detail"])[:_MOST_STATUS_BYTES],
            "idle_since": min(float(idle), datetime.now(UTC).timestamp()) if idle is not None else None,
        }
    except (ValueError, KeyError, TypeError, RecursionError):
        return {**silent, "state": ClusterState.FAILED.value, "detail": "the box says nothing that can be understood"}


def unless_gone(_: Any, __: str, error: tuple[type[BaseException], BaseException, Any]) -> None:
    """What dies in a box removes files of its own while we do."""
    if not isinstance(error[1], FileNotFoundError):
        raise error[1]


def text_of(path: Path) -> str | None:
    try:
        return path.read_text()
    except FileNotFoundError:
        return None
