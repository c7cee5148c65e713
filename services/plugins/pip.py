"""pip, asked in a process of its own: what is missing, its wheels, and a folder made of them."""

import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from packaging.requirements import Requirement

_PATIENCE_S = 600
_PLAIN = ("--disable-pip-version-check", "--no-input", "--no-color", "--progress-bar", "off")
_WHY = " depends on "
"""In what pip tells of a conflict, beside what it calls an error."""
_WHEELS_ONLY = ("--only-binary", ":all:")


class PipFailed(Exception):
    """What pip said, in sentences for people."""


class Wanted(NamedTuple):
    """A wheel that pip would install."""

    name: str
    version: str
    sha256: str


def wanted(requirements: Sequence[Requirement], held: Mapping[str, str]) -> list[Wanted]:
    """What would have to be installed over this environment, in which versions in `held` stay as they are. Raises
    `PipFailed`."""
    with tempfile.TemporaryDirectory() as scratch:
        fixed, report = Path(scratch) / "fixed.txt", Path(scratch) / "report.json"
        fixed.write_text("".join(f"{name}=={version}\n" for name, version in held.items()))
        over = ("--dry-run", *_WHEELS_ONLY, "--report", report, "--constraint", fixed)
        _pip("install", *over, *map(str, requirements))
        told = json.loads(report.read_text())["install"]
    return [
        Wanted(each["metadata"]["name"], each["metadata"]["version"], _hash(each["download_info"]))
        for each in sorted(told, key=lambda each: each["metadata"]["name"])
    ]


def fetch(wheels: Sequence[Wanted], folder: Path) -> dict[str, str]:
    """SHA-256 by file name of these, which lie in `folder` then; those that it holds already are not asked for again.
    Raises `PipFailed`, also where a wheel is not the one that its index told."""
    missing = [each for each in wheels if each.sha256 not in _held(folder, wheels).values()]
    if missing:
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            exact = [f"{each.name}=={each.version}" for each in missing]
            _pip("download", "--no-deps", *_WHEELS_ONLY, "--dest", scratch, *exact)
            for path in Path(scratch).iterdir():
                path.replace(folder / path.name)
    held = _held(folder, wheels)
    for each in wheels:
        if each.sha256 not in held.values():
            raise PipFailed(f"{each.name} {each.version} is not the wheel that its index told.")
    return held


def _held(folder: Path, wheels: Sequence[Wanted]) -> dict[str, str]:
    """SHA-256 by file name of those of these wheels that lie in the folder."""
    asked = {each.sha256 for each in wheels}
    found = {path.name: _sha256(path) for path in sorted(folder.glob("*.whl"))}
    return {name: digest for name, digest in found.items() if digest in asked}


def put(wheels: Mapping[str, str], source: Path, folder: Path) -> None:
    """Unpacks wheels of `source` into a new folder, if they have these digests. Raises `PipFailed`."""
    with tempfile.TemporaryDirectory() as scratch:
        exact = Path(scratch) / "exact.txt"
        exact.write_text("".join(f"{source / name} --hash=sha256:{digest}\n" for name, digest in wheels.items()))
        arguments = ("--no-index", "--no-deps", "--no-compile", "--require-hashes", "--requirement", exact)
        _pip("install", *arguments, "--target", folder)


def _pip(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "pip", str(arguments[0]), *_PLAIN, *map(str, arguments[1:])]
    try:
        done = subprocess.run(  # noqa: S603  names are requirements that were parsed
            command, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise PipFailed(f"pip did not answer within {_PATIENCE_S} s.") from error
    if done.returncode:
        lines = [*done.stderr.splitlines(), *(line for line in done.stdout.splitlines() if _WHY in line)]
        said = [line.strip().removeprefix("ERROR: ") for line in lines if line.strip()]
        raise PipFailed("; ".join(dict.fromkeys(said))[:1000] or f"pip ended with {done.returncode}.")


def _hash(told: Mapping[str, Any]) -> str:
    """Raises `PipFailed` for what is no wheel of an index."""
    try:
        return told["archive_info"]["hashes"]["sha256"]
    except KeyError as error:
        raise PipFailed(f"{told.get('url')} has no SHA-256 that could be checked.") from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
