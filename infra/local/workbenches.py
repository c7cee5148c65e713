"""Members' workbenches on this machine: a box each, run by the supervisor, and a folder each that outlives it."""

import asyncio
import ipaddress
import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from infra.local import box
from infra.local.boxes import ask, is_alive, prefix, said_in, text_of, unless_gone
from infra.local.state import State
from infra.settings import REPOSITORY
from services.enclaves.box.bounds import Bounds, Exceeded, disk_bytes
from services.enclaves.box.host import MEMORY, REASON
from services.enclaves.box.walls import NoBubblewrap
from services.enclaves.contracts import ClusterState
from services.enclaves.errors import ProvisioningFailed
from services.enclaves.model import WORKBENCH_LIMITS, BoxLimits
from services.enclaves.provisioner import WorkbenchBox, WorkbenchSpec
from services.workbench.box.config import CONFIG, GATEWAY_PORT, MEMBER_HOME

_FOLDER = "workbench"
_ROOM_BYTES = 256 * 1024 * 1024
"""What a folder that is over its bound may still grow by at a start: room to tidy up in."""
_NO_END = 1 << 62
_OURS = 0o700
_ENDED = "The workbench was ended from outside, or Andon was restarted."


class LocalWorkbenches:
    """`services.enclaves.provisioner.WorkbenchBoxes` through the supervisor's control socket."""

    def __init__(self, state: State, gateway: Callable[[], int], public_url: str) -> None:
        """`gateway` tells the port of the gateway on this machine, and `public_url` by which name it is called."""
        self._state = state
        self._gateway = gateway
        self._portal = public_url
        self._public = urlsplit(public_url)

    async def want(self, spec: WorkbenchSpec) -> None:
        """Raises `ProvisioningFailed`."""
        folder = self._folder(spec.tenant, spec.member)
        known = _start_of(folder)
        if known == spec.start and (folder / "alive").exists():
            return
        if known != spec.start:
            await self.release(spec.tenant, spec.member)
            await asyncio.to_thread(self._write, folder, spec)
        process = {
            "name": _name(spec.tenant, spec.member),
            "argv": [sys.executable, "-S", "-m", "services.enclaves.box.host", str(folder)],
            "cwd": str(REPOSITORY),
            "stop_seconds": 5,
            "restart": False,
            "ready_path": str(folder / "alive"),
            "ready_seconds": 10,
        }
        await ask(self._state, "start", process=process)

    async def release(self, tenant: UUID, member: UUID) -> None:
        folder = self._folder(tenant, member)
        if folder.exists():
            await ask(self._state, "stop", name=_name(tenant, member))
            await asyncio.to_thread(shutil.rmtree, folder, onerror=unless_gone)

    async def remove(self, tenant: UUID) -> None:
        for home in await asyncio.to_thread(self._homes, tenant):
            await self.release(tenant, UUID(home.name))
            await asyncio.to_thread(_open_up, home)
            await asyncio.to_thread(shutil.rmtree, home, onerror=unless_gone)

    async def status(self, tenant: UUID, member: UUID) -> WorkbenchBox:
        return await asyncio.to_thread(self._seen, self._folder(tenant, member))

    async def stored_bytes(self, tenant: UUID) -> int:
        return await asyncio.to_thread(lambda: sum(map(_size, self._homes(tenant))))

    def _seen(self, folder: Path) -> WorkbenchBox:
        if (start := _start_of(folder)) is None:
            return WorkbenchBox(ClusterState.STOPPED, "")
        said = said_in(folder / "work")
        state, detail = ClusterState(said["state"]), said["detail"]
        if not is_alive(folder):
            why = text_of(folder / REASON) or (detail if state is ClusterState.FAILED else _ENDED)
            began = (folder / "alive").exists()
            state, detail = (ClusterState.FAILED, why) if began else (ClusterState.STARTING, "asked for")
            return WorkbenchBox(state, detail, start)
        idle = datetime.fromtimestamp(said["idle_since"], UTC) if said["idle_since"] else None
        memory = text_of(folder / MEMORY)
        return WorkbenchBox(state, detail, start, idle, str(folder / "score.sock"), int(memory) if memory else None)

    def _write(self, folder: Path, spec: WorkbenchSpec) -> None:
        """The credentials come last: a folder without them is made anew by whoever comes next."""
        for part in ("in", "work", "etc"):
            (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        host = self._host()
        home = self._home(spec.tenant, spec.member)
        for name, content in box.accounts(MEMBER_HOME, "/bin/bash", f"localhost box {host}").items():
            self._state.write_private(folder / "etc" / name, content)
        limits = spec.limits
        _open_up(home)
        disk = max(limits.disk_bytes, disk_bytes(home, _NO_END) + _ROOM_BYTES)
        plan = {
            "command": self._command(folder, home, limits),
            "forward": {"gateway.sock": f"127.0.0.1:{self._port()}"},
            "bounds": asdict(Bounds(limits.memory_bytes, disk, limits.processes)),
            "home": str(home),
        }
        self._state.write_private(folder / "host.json", json.dumps(plan))
        given = {
            "url": f"http://{host}:{GATEWAY_PORT}{self._public.path.rstrip('/')}",
            "portal": self._portal,
            "key": spec.key,
            "token": spec.token,
            "member": spec.name,
            "start": spec.start,
        }
        self._state.write_private(folder / "in" / CONFIG.name, json.dumps(given))

    def _command(self, folder: Path, home: Path, limits: BoxLimits) -> list[str]:
        try:
            return box.command(folder, limits, entry=box.WORKBENCH, home=box.Home(home, MEMBER_HOME))
        except NoBubblewrap as error:
            raise ProvisioningFailed(f"Workbenches run in boxes only. {error}") from error

    def _host(self) -> str:
        """By which name the gateway is called within: by the one that it answers to, where it has one."""
        name = self._public.hostname or "localhost"
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name
        return "localhost"

    def _port(self) -> int:
        try:
            return self._gateway()
        except KeyError as error:
            raise ProvisioningFailed("No gateway was started on this machine, so a workbench leads nowhere.") from error

    def _folder(self, tenant: UUID, member: UUID) -> Path:
        return self._state.run / f"{prefix(tenant)}w{member.hex[-8:]}"

    def _home(self, tenant: UUID, member: UUID) -> Path:
        return self._state.folder(f"{_FOLDER}/{tenant.hex}/{member.hex}")

    def _homes(self, tenant: UUID) -> list[Path]:
        whole = self._state.home / _FOLDER / tenant.hex
        return list(whole.iterdir()) if whole.exists() else []


def _open_up(home: Path) -> None:
    """So that all of it can be measured and removed: who works in it may have closed a folder to us. Only while no box
    runs over it, which could put a link in a folder's place meanwhile."""
    left = [str(home)]
    while left:
        with os.scandir(left.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.stat(follow_symlinks=False).st_mode & _OURS != _OURS:
                        os.chmod(entry.path, _OURS)
                    left.append(entry.path)


def _size(home: Path) -> int:
    """One that a running box closed to us counts as full."""
    try:
        return disk_bytes(home, _NO_END)
    except Exceeded:
        return WORKBENCH_LIMITS.disk_bytes


def _name(tenant: UUID, member: UUID) -> str:
    return f"workbench-{tenant.hex}-{member.hex[-8:]}"


def _start_of(folder: Path) -> int | None:
    """Which start the folder was made for, if it was made whole."""
    given = text_of(folder / "in" / CONFIG.name)
    if given is None:
        return None
    content: dict[str, Any] = json.loads(given)
    return content["start"]
