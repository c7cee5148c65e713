"""A real kernel, in which cells run one after the other as in Jupyter."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

_LIMIT_S = 60


@dataclass
class Kernel:
    """What was shown is kept by display id, the last of each; what has none in order."""

    manager: KernelManager
    client: BlockingKernelClient
    displays: dict[str, dict[str, Any]] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)

    def run(self, code: str) -> list[dict[str, Any]]:
        """Runs a cell and returns all that it showed, updates too: MIME bundles; errors as `error` and `message`."""
        asked = self.client.execute(code)
        shown: list[dict[str, Any]] = []
        while True:
            message = self.client.get_iopub_msg(timeout=_LIMIT_S)
            kind, content = message["msg_type"], message["content"]
            mine = message["parent_header"].get("msg_id") == asked
            if kind in {"display_data", "update_display_data", "execute_result"}:
                self._keep(content)
                if mine:
                    shown.append(content["data"])
            elif mine and kind == "stream":
                shown.append({"text/plain": content["text"]})
            elif mine and kind == "error":
                shown.append({"error": content["ename"], "message": content["evalue"]})
            elif mine and kind == "status" and content["execution_state"] == "idle":
                return shown

    def until(self, text: str) -> dict[str, Any]:
        """Waits until something that says `text` is shown, whoever shows it."""
        ends = time.monotonic() + _LIMIT_S
        while time.monotonic() < ends:
            message = self.client.get_iopub_msg(timeout=_LIMIT_S)
            if message["msg_type"] in {"display_data", "update_display_data"}:
                self._keep(message["content"])
                if text in json.dumps(message["content"]["data"], ensure_ascii=False):
                    return message["content"]["data"]
        raise AssertionError(f"Nobody said {text!r}.")

    def interrupt(self) -> None:
        """As the button of that name does."""
        self.manager.interrupt_kernel()

    def ended(self, asked: str) -> str:
        """Waits for the end of what was asked, and returns the name of the error it ended with."""
        name = ""
        while True:
            message = self.client.get_iopub_msg(timeout=_LIMIT_S)
            if message["parent_header"].get("msg_id") != asked:
                continue
            name = message["content"].get("ename", name)
            if message["content"].get("execution_state") == "idle":
                return name

    def _keep(self, content: dict[str, Any]) -> None:
        name = content.get("transient", {}).get("display_id")
        self.history.append(content["data"])
        if name:
            self.displays[name] = content["data"]


@contextmanager
def kernel(folder: Path, **said: str) -> Iterator[Kernel]:
    """A kernel that works in the folder, with these in its environment."""
    manager, client = start_new_kernel(cwd=str(folder), env=os.environ | said)
    try:
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
