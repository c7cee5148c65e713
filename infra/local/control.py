"""The supervisor's ear: a unix socket that takes one JSON object a line and answers with one.

    {"do": "list"}                              → {"ok": true, "parts": [{name, pid, state, restarts, pss, …}]}
    {"do": "start", "process": {name, argv, env?, cwd?, restart?, stop_seconds?, ready_path?}}   → {"ok": true}
    {"do": "stop", "name": "box-…"}             → {"ok": true}
    {"do": "reload", "name": "nats"}            → {"ok": true}      SIGHUP: read the configuration again
    {"do": "shutdown"}                          → {"ok": true}      everything stops, this process too
    anything else, or a failure                 → {"ok": false, "error": "what, why, next step"}

Whoever may open the socket may run any program as this user, which is why it is 0600 in a folder that is 0700 and no
box ever sees either. `start` answers when the process is ready; one of that name that runs already is left alone.
"""

import asyncio
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra.local.part import Part
from infra.local.supervisor import Supervisor

LONGEST_LINE = 1_000_000
_OWN = frozenset({"postgres", "nats", "s3", "gateway", "worker", "historian"})


class NotRunning(Exception):
    """No supervisor answers on the control socket."""


def socket_path(run: Path) -> Path:
    return run / "control.sock"


async def serve(supervisor: Supervisor, run: Path, shutdown: Callable[[], None]) -> asyncio.Server:
    """Listens until the returned server is closed. `shutdown` is called when somebody asks for the end."""
    path = socket_path(run)
    path.unlink(missing_ok=True)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                answer = await _answer(supervisor, line, shutdown)
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):
            pass  # the caller went away, or sent a line without an end: there is nobody to tell
        finally:
            writer.close()

    before = os.umask(0o177)
    try:
        return await asyncio.start_unix_server(talk, path, limit=LONGEST_LINE)
    finally:
        os.umask(before)


async def ask(run: Path, do: str, **arguments: Any) -> dict[str, Any]:
    """Asks the running supervisor. Raises `NotRunning`; `RuntimeError` with its reason when it refuses."""
    try:
        reader, writer = await asyncio.open_unix_connection(socket_path(run), limit=LONGEST_LINE)
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise NotRunning(f"Andon is not running here ({run.parent}). Start it with `andon up`.") from error
    try:
        writer.write(json.dumps({"do": do, **arguments}).encode() + b"\n")
        await writer.drain()
        line = await reader.readline()
    finally:
        writer.close()
    if not line:
        raise NotRunning("Andon stopped while it was asked.")
    answer = json.loads(line)
    if not answer.get("ok"):
        raise RuntimeError(answer.get("error", "refused without a reason"))
    return answer


async def _answer(supervisor: Supervisor, line: bytes, shutdown: Callable[[], None]) -> dict[str, Any]:
    try:
        request = json.loads(line)
        match request.get("do"):
            case "list":
                return {"ok": True, "pid": os.getpid(), "parts": await asyncio.to_thread(supervisor.list)}
            case "start":
                await supervisor.start(_part(request["process"]))
            case "stop":
                await supervisor.stop(request["name"])
            case "reload":
                supervisor.signal(request["name"], signal.SIGHUP)
            case "shutdown":
                shutdown()
            case other:
                return {"ok": False, "error": f"Unknown request {other!r}. Known: list, start, stop, reload, shutdown."}
    except Exception as error:  # noqa: BLE001  one bad request must not end the supervisor, and its sender is told
        return {"ok": False, "error": f"{type(error).__name__}: {error}"}
    return {"ok": True}


def _part(spec: dict[str, Any]) -> Part:
    """Raises `ValueError` or `KeyError` on a process that cannot be meant."""
    name, argv = str(spec["name"]), tuple(str(word) for word in spec["argv"])
    if name in _OWN or "/" in name or not name or not argv:
        raise ValueError(f"a process may not be called {name!r}, and needs a command")
    appears = Path(spec["ready_path"]) if spec.get("ready_path") else None

    async def ready() -> None:
        if appears is not None and not appears.exists():
            raise FileNotFoundError(f"{appears} is not there yet")

    return Part(
        name=name,
        argv=argv,
        layer=2,
        env={str(key): str(value) for key, value in spec.get("env", {}).items()},
        cwd=Path(spec["cwd"]) if spec.get("cwd") else None,
        restart=bool(spec.get("restart", True)),
        stop_seconds=float(spec.get("stop_seconds", 10.0)),
        ready=ready,
        ready_seconds=float(spec.get("ready_seconds", 60.0)),
    )
