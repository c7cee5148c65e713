"""Environments that plugins have of their own: packages that Andon's lacks, or has in another version.

Resolved, fetched and unpacked once, when a plugin is added, and never again: boxes have no network. An environment is a
folder of packages that lies over Andon's own; its name says which wheels it was made of. Wheels only: to build a source
distribution would run its code on the host.
"""

import fcntl
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution, distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from andon_sdk.link.environment import lock, normal
from services.plugins.digest import tree_digest
from services.plugins.errors import PackageRefused
from services.plugins.files import write
from services.plugins.pip import PipFailed, fetch, put, wanted

ENGINE = (
    "andon-sdk", "torch", "ray[serve,train]", "numpy", "pyarrow", "safetensors", "minio", "nats-py", "cryptography",
    "cloudpickle", "packaging", "psutil", "orjson", "xxhash", "opentelemetry-exporter-otlp-proto-http", "uvloop",
)  # fmt: skip
"""What clusters are made of: with all that these ask for, no plugin may have another version of it."""
_FOLDER, _WHEELS = "environments", "wheels"


@dataclass(frozen=True, slots=True)
class OwnEnvironment:
    """What lies over Andon's own environment."""

    key: str
    """SHA-256 over the wheels' digests."""
    files: str
    """SHA-256 over all that was unpacked."""
    added: Mapping[str, str]
    """Versions by name of what Andon's own does not have."""
    replaced: Mapping[str, str]
    """Of what Andon's own has in another version."""
    wheels: Mapping[str, str]
    """SHA-256 by file name."""


class Environments:
    """In a folder of the platform: wheels, and what was made of them."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._wheels = folder / _FOLDER, folder / _WHEELS

    def make(self, plugin: str, requirements: Sequence[str]) -> OwnEnvironment | None:
        """What a plugin with these requirements, as its METADATA has them, needs beside Andon's; None where that has it
        all. Asks the index that pip is set up with. Raises `PackageRefused`."""
        asked = _parsed(plugin, requirements)
        if all(map(_is_met, asked)):
            return None
        _check_engine(plugin, asked)
        try:
            found = wanted(asked, engine())
            if not found:
                return None
            with self._changing():
                wheels = fetch(found, self._wheels)
                key = hashlib.sha256("\n".join(sorted(wheels.values())).encode()).hexdigest()
                if self.get(key) is None:
                    self._unpack(plugin, key, wheels)
        except PipFailed as error:
            raise PackageRefused(
                f"{plugin} needs packages that cannot be had: {error} Check `pip config list` on this machine, ask its "
                "maker for a version that fits, or put the wheels into a folder and name it in PIP_FIND_LINKS."
            ) from error
        return self.get(key)

    def get(self, key: str) -> OwnEnvironment | None:
        try:
            return OwnEnvironment(**json.loads((self._folder / f"{key}.json").read_text()))
        except FileNotFoundError:
            return None

    def path(self, key: str) -> str:
        """The folder that goes onto Python's path."""
        return str(self._folder / key)

    def is_intact(self, key: str) -> bool:
        """Whether its files are those that were unpacked. Looked at once for each state of the folder."""
        made, place = self.get(key), self._folder / key
        return made is not None and place.is_dir() and _digest(place, place.stat().st_mtime_ns) == made.files

    def drop(self, key: str) -> None:
        """Takes it away, with the wheels that no other one is made of."""
        with self._changing():
            (self._folder / f"{key}.json").unlink(missing_ok=True)
            shutil.rmtree(self._folder / key, ignore_errors=True)
            left = [self.get(path.stem) for path in self._folder.glob("*.json")]
            used = {name for each in left if each is not None for name in each.wheels}
            for wheel in self._wheels.glob("*.whl"):
                if wheel.name not in used:
                    wheel.unlink()

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One process at a time."""
        for folder in (self._folder, self._wheels):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _unpack(self, plugin: str, key: str, wheels: Mapping[str, str]) -> None:
        """All of it or nothing. Raises `PipFailed`, `PackageRefused`."""
        with tempfile.TemporaryDirectory(dir=self._folder) as scratch:
            fresh = Path(scratch) / "packages"
            put(wheels, self._wheels, fresh)
            _check_modules(plugin, fresh)
            there = {normal(each.name): each.version for each in distributions(path=[str(fresh)])}
            shutil.rmtree(self._folder / key, ignore_errors=True)
            made = OwnEnvironment(
                key,
                tree_digest(fresh),
                {name: version for name, version in sorted(there.items()) if _version(name) is None},
                {name: version for name, version in sorted(there.items()) if _version(name) is not None},
                wheels,
            )
            fresh.rename(self._folder / key)
        write(self._folder / f"{key}.json", asdict(made))


@cache
def engine() -> Mapping[str, str]:
    """Versions by name of what no plugin may have otherwise."""
    return lock(ENGINE, processor=False).packages


@cache
def _digest(place: Path, changed: int) -> str:
    del changed
    return tree_digest(place)


def _parsed(plugin: str, requirements: Sequence[str]) -> list[Requirement]:
    """Those that count on this machine. Raises `PackageRefused`."""
    found: list[Requirement] = []
    for each in requirements:
        try:
            requirement = Requirement(each)
        except InvalidRequirement as error:
            raise PackageRefused(f"{plugin} asks for “{each}”, which no requirement is: {error}.") from error
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        if requirement.url is not None:
            raise PackageRefused(
                f"{plugin} asks for {requirement.name} at an address, {requirement.url}. Packages come from the index "
                "that this installation trusts: ask its maker to name a version."
            )
        found.append(requirement)
    return found


def _is_met(requirement: Requirement) -> bool:
    """By Andon's own environment, extras included."""
    try:
        there = distribution(requirement.name)
    except PackageNotFoundError:
        return False
    if not requirement.specifier.contains(there.version, prereleases=True):
        return False
    asked = [Requirement(each) for each in (there.requires or ())] if requirement.extras else []
    by_extra = [each for each in asked if each.marker is not None and not each.marker.evaluate({"extra": ""})]
    return all(
        _is_met(each)
        for each in by_extra
        if any(each.marker is not None and each.marker.evaluate({"extra": extra}) for extra in requirement.extras)
    )


def _check_engine(plugin: str, asked: Sequence[Requirement]) -> None:
    for each in asked:
        here = engine().get(normal(each.name))
        if here is not None and not each.specifier.contains(here, prereleases=True):
            raise PackageRefused(
                f"{plugin} asks for {each.name}{each.specifier}; clusters run with {each.name} {here}, and what trains "
                "and serves needs that itself. Ask its maker for a version that fits."
            )


def _check_modules(plugin: str, folder: Path) -> None:
    """Nothing in it may stand in for a module of another package, or of Python."""
    for each in distributions(path=[str(folder)]):
        replaced = _modules(distribution(each.name)) if _version(each.name) is not None else set[str]()
        for module in sorted(_modules(each) - replaced):
            spec = find_spec(module) if module.isidentifier() else None
            if spec is not None and spec.origin is not None:  # packages without a module of their own may be shared
                raise PackageRefused(
                    f"{plugin} needs {each.name} {each.version}, which brings the module {module}: Andon's own "
                    "environment has another one of that name, and it would stand in for that."
                )


def _modules(there: Any) -> set[str]:
    """Top-level names that a distribution brings."""
    return {name for file in there.files or () if (name := _top(str(file))) is not None}


def _top(file: str) -> str | None:
    first, _, rest = file.partition("/")
    if first.endswith((".dist-info", ".data")) or first in {"..", "__pycache__"}:
        return None
    return first if rest else first.split(".")[0]


def _version(name: str) -> str | None:
    try:
        return distribution(name).version
    except PackageNotFoundError:
        return None


def clashes(environments: Mapping[str, OwnEnvironment]) -> Iterator[tuple[str, str, str]]:
    """(plugin, other plugin, package) for what two of them add in different versions: where both are loaded, as they
    are where models serve, one would have the other's."""
    first: dict[str, tuple[str, str]] = {}
    for plugin, each in sorted(environments.items()):
        for name, version in each.added.items():
            other, held = first.setdefault(name, (plugin, version))
            if held != version:
                yield plugin, other, f"{name} {version} and {held}"
