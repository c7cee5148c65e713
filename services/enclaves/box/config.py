"""What a box was given, and how it says how it is. Standard library only.

A driver begins with

    config = BoxConfig.load()
    ...
    say(State.READY)

and says `idle()` whenever it has nothing to do, if its cluster may be stopped then.
"""

import json
import os
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

ENCLAVE = Path("/run/enclave")
"""Read-only: the sockets and the credentials."""
HOME = Path("/run/box")
"""The box's own folder; gone when the box is released."""
STATUS = HOME / "status.json"

STREAM_PORT, OBJECTS_PORT, SCORE_PORT, RAY_PORT = 4222, 8333, 8000, 6379
PATHS, LEFT_OUT = "ANDON_PLUGIN_PATHS", "ANDON_PLUGINS_LEFT_OUT"
"""Variables: folders of packages that the tenant enabled, and names of installed plugins that it does not use."""
ENVIRONMENTS = "ANDON_PLUGIN_ENVIRONMENTS"
"""Variable: by name of such a package the folder of what it needs beside Andon's own, as JSON."""
MOST_DETAIL = 2000
"""Characters of a reason that are kept."""


class State(StrEnum):
    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class BoxConfig:
    tenant: str
    kind: str
    """`training` or `serving`."""
    driver: str
    stream_user: str
    stream_password: str
    inbox_prefix: str
    """Give it to the stream's client: answers under another prefix are refused."""
    bucket: str
    access_key: str
    secret_key: str
    cpus: int
    object_store_bytes: int
    memory_bytes: int
    plugins: tuple[dict[str, Any], ...] = ()
    """Beside those that are installed with Andon: `name`, `digest`, `settings`, `environment`."""
    left_out: tuple[str, ...] = ()
    """Of those that are installed with Andon: what this tenant does not use."""
    stream_url: str = f"nats://127.0.0.1:{STREAM_PORT}"
    bucket_endpoint: str = f"http://127.0.0.1:{OBJECTS_PORT}"
    ray_address: str = f"127.0.0.1:{RAY_PORT}"
    score_port: int = SCORE_PORT
    """Whoever listens on 127.0.0.1 here takes the score requests."""

    @classmethod
    def load(cls, path: Path = ENCLAVE / "enclave.json") -> Self:
        """Raises `FileNotFoundError` outside a box, `TypeError` when the file is another version's."""
        return cls(**json.loads(path.read_text()))

    def delta_options(self) -> dict[str, str]:
        """`storage_options` for deltalake and polars."""
        return {
            "aws_endpoint_url": self.bucket_endpoint,
            "aws_access_key_id": self.access_key,
            "aws_secret_access_key": self.secret_key,
            "aws_region": "us-east-1",
            "aws_virtual_hosted_style_request": "false",
            "aws_allow_http": "true",
            "aws_conditional_put": "etag",
        }


def say(state: State, detail: str = "", *, idle_since: float | None = None, path: Path = STATUS) -> None:
    """Says how the box is; the platform reads it within half a second. `idle_since` is in seconds of the Unix epoch."""
    content: dict[str, Any] = {"state": state.value, "detail": detail[-MOST_DETAIL:], "idle_since": idle_since}
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(content))
    fresh.replace(path)


def idle(detail: str = "", *, path: Path = STATUS) -> None:
    """Ready, with nothing to do from now on. `say(State.READY)` when there is work again."""
    say(State.READY, detail, idle_since=time.time(), path=path)
