"""Imports flow downhill: the contracts in `pyproject.toml`, judged by import-linter."""

import subprocess
import sys
from pathlib import Path


def test_import_contracts_are_kept() -> None:
    """In a process of its own: it sets logging up anew, which silences all loggers that are there."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports; exit(lint_imports(no_cache=True))"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
