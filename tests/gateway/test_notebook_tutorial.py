"""The tutorial from a notebook to a champion goes as it is written, up to where a cluster trains."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from gateway_client import make_key

from services.bulk import worker
from services.readings import historian

pytestmark = pytest.mark.platform

PAGE = (Path(__file__).parents[2] / "docs/tutorial/notebook.md").read_text("utf-8")
BLOCKS = re.findall(r"(?:^`(\w+\.py)`:\n\n)?^```(python|bash)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


async def test_the_tutorial_runs_as_it_is_written(platform, tenant, address, monkeypatch, tmp_path):
    working = [asyncio.create_task(each(platform.platform, tenant.id)) for each in (historian.consume, worker.work)]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANDON_URL", f"http://{address}")
    monkeypatch.setenv("ANDON_KEY", await make_key(platform.platform, tenant))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert [kind for _, kind, _ in BLOCKS] == ["python", "python", "python", "bash", "bash", "python"]

    def run() -> list[str]:
        known: dict[str, object] = {}
        said: list[str] = []
        for file, kind, block in BLOCKS:
            if file:
                Path(file).write_text(block, "utf-8")
            elif kind == "python":
                exec(compile(block, "notebook.md", "exec"), known)
            else:
                command = ["bash", "-euo", "pipefail", "-c", block]
                done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
                assert done.returncode == 0, done.stdout + done.stderr
                said += done.stdout.splitlines()
        known["andon"].close()  # type: ignore[attr-defined]
        return said

    try:
        said = await asyncio.to_thread(run)
    finally:
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
    assert "✓ A pipeline of 3 steps can be made; 0 warnings." in said
    assert "judge (cells 5)" in said
    assert "drill-shape 1.1 is registered" in said
