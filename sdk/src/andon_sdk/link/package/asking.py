"""What a written recipe is: asked in a process of its own, which sees the package and not the notebook's folder."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from andon_sdk.link.package.refused import PackageRefused

_ASKED_S = 120.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What the notebook's recipe says of itself."""

    key: str
    title: str
    contract: str | None
    """Key of the contract that it reads."""
    defines: str | None
    """Key of the contract that the notebook defines."""
    fixed: tuple[str, ...]
    """Parameters that a run cannot change."""


def asked(source: Path, package: str, parameters: list[Mapping[str, Any]]) -> Asked:
    """Imports the recipe's module. Raises PackageRefused with what it said when it failed."""
    with TemporaryDirectory() as scratch:
        try:
            done = subprocess.run(  # noqa: S603 - our own arguments
                [sys.executable, "-m", "andon_sdk.link.package.answering", package],
                cwd=scratch,
                env=_alone() | {"PYTHONPATH": str(source.resolve()), "PYTHONDONTWRITEBYTECODE": "1"},
                input=json.dumps(parameters),
                capture_output=True,
                text=True,
                timeout=_ASKED_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise PackageRefused(
                f"The recipe was not made within {_ASKED_S:.0f} s: its steps are to declare, not to train."
            ) from error
    if done.returncode:
        said = done.stderr.strip()[-1500:] or f"its process ended with {done.returncode}"
        raise PackageRefused(f"The recipe cannot be made without the rest of the notebook:\n{said}")
    told = json.loads(done.stdout.splitlines()[-1])
    if "refused" in told:
        raise PackageRefused(told["refused"])
    return Asked(**{**told, "fixed": tuple(told["fixed"])})


def _alone() -> dict[str, str]:
    """Without the key and address of a tenant: where the package is asked there is neither."""
    return {key: value for key, value in os.environ.items() if not key.startswith("ANDON_")}
