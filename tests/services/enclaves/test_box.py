"""A real cluster in its box: what it reaches, what the host sees of it, how it falls and comes back, what is left."""

import json
import os
import signal
import subprocess
from datetime import timedelta
from pathlib import Path

import httpx
import psutil
import pytest

from services.enclaves.contracts import ClusterKind, ClusterState
from services.kernel.clock import utc_now

pytestmark = [pytest.mark.platform, pytest.mark.cluster, pytest.mark.timeout(240)]


def family(platform, box) -> list[psutil.Process]:
    """The processes of a box, from its host end down."""
    part = next(part for part in platform.supervisor.list() if part["name"] == box.name)
    root = psutil.Process(part["pid"])
    return [root, *root.children(recursive=True)]


def named(processes: list[psutil.Process], word: str) -> psutil.Process:
    return next(process for process in processes if word in " ".join(process.cmdline()[:3]))


async def ask(socket: str, path: str, body: bytes) -> bytes:
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=socket), timeout=60) as client:
        response = await client.post(f"http://box{path}", content=body)
        response.raise_for_status()
        return response.content


async def test_walls(platform, tenant, make_box) -> None:
    before = set(_listening())
    box = await make_box(tenant, "probe")
    status = await box.until(ClusterState.READY, ClusterState.FAILED, seconds=120)
    assert (status.state, status.detail) == (ClusterState.READY, "probing")

    ports = json.loads((platform.state.home / "ports.json").read_text())
    doors = {name: ("127.0.0.1", port) for name, port in ports.items()}
    doors |= {"own stream": ("127.0.0.1", 4222), "own objects": ("127.0.0.1", 8333), "elsewhere": ("192.0.2.1", 80)}
    found = json.loads(await ask(status.score_socket, "/reach", json.dumps(doors).encode()))
    assert found.pop("own stream") == "open"
    assert found.pop("own objects") == "open"
    assert found.pop("elsewhere") == "OSError"
    assert found == dict.fromkeys(ports, "ConnectionRefusedError")

    ours = {process.pid for process in family(platform, box)}
    assert not [line for line in set(_listening()) - before if any(f"pid={pid}," in line for pid in ours)]

    large = os.urandom(3_000_000)
    assert await ask(status.score_socket, "/echo", large) == large

    seen = json.loads(await ask(status.score_socket, "/see", str(platform.state.home).encode()))
    assert set(seen["root"]) == {"bin", "dev", "etc", "lib", "lib64", "proc", "run", "sbin", "sys", "tmp", "usr"} | {
        Path(folder).parts[1] for folder in seen["bound"]
    }
    assert seen["state_folder"] is False
    assert seen["repository"] == sorted(seen["repository"])
    assert set(seen["repository"]) <= {".venv", "plugins", "sdk", "services"}
    assert set(seen["etc"]) <= {
        "group", "hosts", "ld.so.cache", "localtime", "mime.types", "nsswitch.conf", "passwd",
    }  # fmt: skip
    assert not [
        name for name in seen["environment"] if "DATABASE" in name or "POSTGRES" in name or "ANDON_HOME" in name
    ]
    assert max(seen["processes"]) < 1000
    assert seen["writable"] == []

    held = family(platform, box)
    await box.boxes.release(tenant.id, ClusterKind.SERVING)
    _, left = psutil.wait_procs(held, timeout=3)
    assert left == []
    assert not box.folder.exists()
    assert not _mentioning(str(box.folder))
    assert box.status().state is ClusterState.STOPPED


async def test_driver_falls_and_comes_back(tenant, make_box) -> None:
    box = await make_box(tenant, "falling", ClusterKind.TRAINING)
    status = await box.until(ClusterState.FAILED, seconds=120)
    assert "The driver ended with 1" in status.detail
    assert status.detail.endswith("Its last words: the tensors are of another shape")
    (box.work / "live").touch()
    status = await box.when(lambda status: status.idle_since is not None)
    assert (status.state, status.detail) == (ClusterState.READY, "waiting for work")
    assert utc_now() - status.idle_since < timedelta(seconds=30)


async def test_head_falls_and_the_box_is_made_anew(platform, tenant, make_box) -> None:
    box = await make_box(tenant, "probe")
    await box.until(ClusterState.READY, seconds=120)
    old = family(platform, box)
    named(old, "gcs_server").send_signal(signal.SIGKILL)
    await box.when(lambda status: status.state is not ClusterState.READY, seconds=30)
    status = await box.until(ClusterState.READY, seconds=120)
    assert await ask(status.score_socket, "/echo", b"again") == b"again"
    assert psutil.wait_procs(old, timeout=3)[1] == []


async def test_host_end_is_killed(platform, tenant, make_box) -> None:
    box = await make_box(tenant, "probe")
    await box.until(ClusterState.READY, seconds=120)
    old = family(platform, box)
    old[0].kill()
    assert psutil.wait_procs(old, timeout=5)[1] == []
    await box.until(ClusterState.READY, seconds=120)


async def test_serve_works_in_a_box(platform, tenant, make_box) -> None:
    box = await make_box(tenant, "serving_probe")
    status = await box.until(ClusterState.READY, ClusterState.FAILED, seconds=200)
    assert status.detail == "serving"
    assert await ask(status.score_socket, "/", b"abc") == b"cba"
    assert {process.nice() for process in family(platform, box)} == {psutil.Process().nice()}  # nobody waits for others


def _listening() -> list[str]:
    return subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=True).stdout.splitlines()


def _mentioning(word: str) -> list[int]:
    """Processes whose command line names it, this one aside."""
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if any(word in part for part in process.info["cmdline"] or []) and process.pid != os.getpid()
    ]
