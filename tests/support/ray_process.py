"""A process that raises nodes of Ray (`ray_nodes.py`) and stays. Without Ray, for tests that start it."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import psutil

from services.enclaves.box.entry import QUIET


class RayProcess:
    """Can be killed and started again, as can its nodes."""

    def __init__(self, script: str, place: dict[str, Any], folder: Path, plugin: Path) -> None:
        """`script` of this folder is given the place, and whatever is in `plugin` can be imported there."""
        self.script, self.place, self.folder, self.plugin = script, place, folder, plugin
        self.process: subprocess.Popen[bytes] | None = None
        self.changes: dict[str, Any] = {}

    def ensure(self, **changes: Any) -> None:
        """Runs with these changes to its place; goes on if it does already."""
        if self.process is None or self.process.poll() is not None or self.changes != changes:
            self.stop()
            self.start(**changes)

    def start(self, **changes: Any) -> None:
        self.changes = changes
        name = self.folder / "place.json"
        name.write_text(json.dumps(self.place | changes))
        with (self.folder / "process.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name(self.script)), str(name)],
                stderr=log,
                stdout=log,
                env=self._environment(),
            )

    def kill(self) -> None:
        """kill -9; Ray's own processes share the fate of the one that started them."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def kill_node(self, number: int) -> None:
        """kill -9 of its raylet; its workers share its fate."""
        os.kill(self._raylets()[number], signal.SIGKILL)

    def on_node(self, number: int) -> list[str]:
        """What its workers are, in Ray's words."""
        return [" ".join(worker.cmdline()).strip() for worker in psutil.Process(self._raylets()[number]).children()]

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
            self.kill()

    @classmethod
    @contextmanager
    def of(cls, script: str, place: dict[str, Any], folder: Path, plugin: Path) -> Iterator[Self]:
        """Runs until the end, and deletes the folder then; its log goes to our standard error."""
        process = cls(script, place, folder, plugin)
        process.start()
        try:
            yield process
        finally:
            process.stop()
            sys.stderr.write(process.log)
            shutil.rmtree(folder)

    @property
    def log(self) -> str:
        return (self.folder / "process.log").read_text()

    def _raylets(self) -> list[int]:
        return json.loads((self.folder / "nodes.json").read_text())

    def _environment(self) -> dict[str, str]:
        """As in a box, closed to who has no token and quiet; but quick to notice a lost node."""
        token = self.folder / "ray.token"
        token.touch(0o600)
        token.write_text(secrets.token_hex(32))
        return {
            **os.environ,
            **QUIET,
            "PYTHONPATH": str(self.plugin),
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN_PATH": str(token),
            "RAY_health_check_period_ms": "500",
            "RAY_health_check_failure_threshold": "3",
        }
