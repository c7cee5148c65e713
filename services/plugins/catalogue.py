"""The packages that the platform's operator added, in a folder: one list, and the files of each by the wheel's digest.

Tells a package's state from its files as they lie there now, so that one that was changed on disk is given to nobody.
"""

import fcntl
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from functools import cache
from importlib.metadata import distributions
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from andon_sdk.boundary.wire import KINDS
from services.plugins.contracts import Installation, Package, PackageState
from services.plugins.digest import digest_of, tree_digest
from services.plugins.environments import Environments
from services.plugins.files import write

_LISTED = "catalogue.json"


class Catalogue:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def packages(self) -> list[Package]:
        """By name, the newest version first."""
        try:
            changed = (self.folder / _LISTED).stat().st_mtime_ns
        except FileNotFoundError:
            return []
        return list(_listed(self.folder / _LISTED, changed))

    def put(self, package: Package) -> None:
        """Takes its files, which lie in `files_of` already, into the list."""
        with self.changing() as packages:
            packages.append(package)

    def drop(self, package: Package) -> None:
        """Takes it out of the list, and its files away."""
        with self.changing() as packages:
            packages.remove(package)
        self.clear(package)

    def clear(self, package: Package) -> None:
        """Takes away the files of what is not in the list, and its environment where no other package has the same."""
        shutil.rmtree(self.files_of(package), ignore_errors=True)
        used = {each.environment for each in self.packages()}
        if package.environment is not None and package.environment not in used:
            Environments(self.folder).drop(package.environment)

    @contextmanager
    def changing(self) -> Iterator[list[Package]]:
        """The list, for one process at a time; what it is in the end is kept."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            packages = self.packages()
            yield packages
            write(self.folder / _LISTED, [_plain(each) for each in packages])

    def files_of(self, package: Package) -> Path:
        return self.folder / "packages" / package.wheel

    def state_of(self, package: Package) -> tuple[PackageState, tuple[str, ...]]:
        """As its files are now, with sentences for people."""
        folder = self.files_of(package)
        if not folder.is_dir() or tree_digest(folder) != package.files:
            reason = "Its files on this machine are not those that were added. Remove it and add the wheel again."
            return PackageState.MODIFIED, (reason,)
        have = installed_version("andon-sdk")
        if not SpecifierSet(package.sdk).contains(have, prereleases=True):
            reason = f"It asks for andon-sdk {package.sdk}; here is {have}. Ask its maker for a version that fits."
            return PackageState.INCOMPATIBLE, (reason,)
        if package.environment is not None and not Environments(self.folder).is_intact(package.environment):
            reason = "The packages that it needs are not those that were added. Remove it and add the wheel again."
            return PackageState.MODIFIED, (reason,)
        return package.state, package.reasons

    def installation(self, package: Package) -> Installation:
        """How it is run."""
        folder = str(self.files_of(package))
        [found] = distributions(path=[folder])
        hooks = tuple(hook for hook in KINDS if hook in package.capabilities)
        own = None if package.environment is None else Environments(self.folder).path(package.environment)
        reads = (folder,) if own is None else (folder, own)
        return Installation(package.name, package.version, digest_of(found), (folder,), reads, hooks, environment=own)


@cache
def _listed(path: Path, changed: int) -> tuple[Package, ...]:
    del changed
    found = [_package(each) for each in json.loads(path.read_text())]
    return tuple(newest_first(found))


def newest_first(packages: Sequence[Package]) -> list[Package]:
    """By name, and by version within it."""
    by_version = sorted(packages, key=lambda each: Version(each.version), reverse=True)
    return sorted(by_version, key=lambda each: each.name)


def _plain(package: Package) -> dict[str, Any]:
    return asdict(package) | {"state": package.state.value, "added_at": package.added_at.isoformat()}


def _package(said: dict[str, Any]) -> Package:
    lists = {key: tuple(said[key]) for key in ("reasons", "capabilities", "hosts")}
    known = {"state": PackageState(said["state"]), "added_at": datetime.fromisoformat(said["added_at"])}
    return Package(**{**said, **lists, **known})
