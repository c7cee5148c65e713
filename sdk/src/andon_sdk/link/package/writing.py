"""Writes the folder of a pipeline's package, and its wheel. The same content gives the same bytes."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from andon_sdk.link.contracts import Analysis, Severity
from andon_sdk.link.package.contents import Contents
from andon_sdk.link.package.refused import PackageRefused
from andon_sdk.link.standing import Proof
from andon_sdk.plugin.contract import Contract

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_VERSION = re.compile(r"\d{1,6}(\.\d{1,6}){1,3}")
_TITLE = re.compile(r"[^\W_][\w .,'()&/+:-]{0,119}")


def write(
    analysis: Analysis,
    into: Path,
    name: str,
    *,
    title: str | None = None,
    version: str | None = None,
    after: int = 0,
    contract: Contract | str | None = None,
    proof: Proof | None = None,
    lock: Mapping[str, Any] | None = None,
) -> Path:
    """Writes the folder `into`/`name`, and returns it.

    `version` is by default `1.<n>`: the one that the folder has where nothing else changes, else the next, above
    `after`. `contract` is what the recipe is to read, to be told early that it reads another. `proof` and `lock`, by
    default this environment's as far as it concerns the recipe, come into `link.json`. Raises PackageRefused.
    """
    _check(analysis, name, title, version)
    key = contract.key if isinstance(contract, Contract) else contract
    folder, package = into / name, name.replace("-", "_")
    last = _last(folder, package)
    contents = Contents.of(analysis, name, title, key, proof, lock)
    if version is None and last is not None and _held(folder) == contents.rendered(last):
        return folder
    _replace(folder, package, contents.rendered(version or f"1.{max(after, _minor(last)) + 1}"))
    return folder


def wheel(folder: Path) -> Path:
    """Builds it into the folder's `dist` and returns it. Raises PackageRefused."""
    from andon_sdk.command import Refused  # noqa: PLC0415 - only who builds needs the command
    from andon_sdk.command.build import build  # noqa: PLC0415

    try:
        return build(folder)
    except Refused as error:
        raise PackageRefused(str(error)) from error


def _check(analysis: Analysis, name: str, title: str | None, version: str | None) -> None:
    if not analysis.sound:
        errors = [finding for finding in analysis.findings if finding.severity is Severity.ERROR]
        said = "\n".join(f"  cell {each.cell}, line {each.line}: {each.what} {each.fix}" for each in errors[:5])
        raise PackageRefused(f"No pipeline can be made of {analysis.notebook.path.name}:\n{said}")
    if not _NAME.fullmatch(name) or not 2 <= len(name) <= 50:
        raise PackageRefused(
            f"{name!r} cannot be a package's name: small letters, digits and single dashes, such as drill-wear."
        )
    if title is not None and not _TITLE.fullmatch(title):
        raise PackageRefused(
            f"{title!r} cannot be a title: at most 120 letters, digits, spaces and .,'()&/+:- on one line."
        )
    if version is not None and not _VERSION.fullmatch(version):
        raise PackageRefused(f"{version!r} cannot be a version: numbers with dots, such as 1.4.")


def _last(folder: Path, package: str) -> str | None:
    """The version that the folder holds. Raises PackageRefused for a folder of something else."""
    if not folder.exists():
        return None
    try:
        return str(json.loads((folder / "src" / package / "link.json").read_text("utf-8"))["version"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise PackageRefused(f"{folder} is there and no pipeline of Link: name another folder.") from error


def _minor(version: str | None) -> int:
    found = re.fullmatch(r"1\.(\d+)", version or "")
    return int(found[1]) if found else 0


def _held(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in _files_in(folder)}


def _files_in(folder: Path) -> Iterator[Path]:
    """What was written into it: neither wheels nor what tests leave behind."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        beside = parts[0] in {"dist", "build"} or any(p == "__pycache__" or p.endswith(".egg-info") for p in parts)
        if path.is_file() and not beside and not parts[0].startswith("."):
            yield path


def _replace(folder: Path, package: str, files: Mapping[str, bytes]) -> None:
    """Takes the place of what was written before; wheels stay."""
    for old in (folder / "src" / package, folder / "tests"):
        shutil.rmtree(old, ignore_errors=True)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
