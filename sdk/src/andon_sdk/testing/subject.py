"""A plugin under test: installed, or a project on disk that nobody has installed."""

import sys
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from os import PathLike
from pathlib import Path
from types import ModuleType
from typing import Any

from andon_sdk.plugin import Contract
from andon_sdk.plugin.hooks import ENTRY_POINTS, PROJECT, Hooks
from andon_sdk.plugin.loading import PluginError, ask, find, load
from andon_sdk.testing.watching import watched

HOOKS = tuple(sorted(name for name in vars(Hooks) if not name.startswith("_")))


class NoPlugin(Exception):
    """There is no plugin where one was said to be. The message says what is missing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A hook's answer and what it took to get it."""

    declarations: tuple[Any, ...]
    seconds: float
    done: tuple[str, ...]
    """What it did beside answering."""


class Subject:
    """A plugin whose module is imported once; what it declares is asked when first needed."""

    def __init__(self, found: Distribution, project: Path | None = None) -> None:
        """Raises `PluginError` when it cannot be imported, and `NoPlugin` when it has no entry point."""
        self.name, self.version, self.project = found.name, found.version, project
        entries = [each for each in found.entry_points if each.group == ENTRY_POINTS]
        if len(entries) != 1:
            raise NoPlugin(
                f"{found.name} has {len(entries)} entry points in the group {ENTRY_POINTS} and must have one."
            )
        [self.loaded] = load([(found, entries[0])])

    @classmethod
    def named(cls, name: str) -> "Subject":
        """The project of that name in the current folder, or else the installed one. Raises as they do."""
        here = Path.cwd()
        if (here / "pyproject.toml").is_file() and _Source(here).name == name:
            return cls.of_project(here)
        return cls.installed(name)

    @classmethod
    def installed(cls, name: str) -> "Subject":
        """Raises `NoPlugin`, `PluginError`."""
        try:
            return cls(distribution(name))
        except PackageNotFoundError as error:
            raise NoPlugin(f"{name} is not installed: pip install -e its folder.") from error

    @classmethod
    def of_project(cls, project: Path) -> "Subject":
        """Puts the project's `src` on the path. Raises `NoPlugin`, `PluginError`."""
        found = _Source(project.resolve())
        sys.path.insert(0, str(found.root))
        return cls(found, project.resolve())

    @property
    def module(self) -> ModuleType:
        return self.loaded.module

    @property
    def folder(self) -> Path:
        """Of its import package."""
        package = self.module.__name__.split(".")[0]
        return Path(str(sys.modules[package].__file__)).parent

    @cached_property
    def implemented(self) -> tuple[str, ...]:
        """Hooks it implements."""
        return tuple(name for name in HOOKS if hasattr(getattr(self.module, name, None), f"{PROJECT}_impl"))

    @cached_property
    def asked(self) -> Mapping[str, Asked]:
        """Answers of the hooks it implements. Raises `PluginError`."""
        return {hook: self.ask(hook) for hook in self.implemented}

    def ask(self, hook: str) -> Asked:
        """Asks anew. Raises `PluginError` for a hook that raises or returns no list."""
        with watched() as done:
            began = time.perf_counter()
            try:
                answer = tuple(ask(self.loaded, hook))
            except TypeError as error:
                raise PluginError(f"hook {hook} did not return a list: {error}", plugin=self.name, hook=hook) from error
            return Asked(answer, time.perf_counter() - began, tuple(done))

    def declared(self, hook: str) -> tuple[Any, ...]:
        """Its declarations; none for a hook that it does not implement."""
        return self.asked[hook].declarations if hook in self.asked else ()

    def contract(self, key: str | None) -> Contract | None:
        """Its own contract of that key, or else another installed plugin's."""
        own = {each.key: each for each in self.declared("contracts") if isinstance(each, Contract)}
        return own.get(key or "") or (self._others.get(key) if key is not None else None)

    @cached_property
    def _others(self) -> Mapping[str, Contract]:
        others = load([entry for entry in find() if entry[0].name != self.name])
        return {contract.key: contract for other in others for contract in ask(other, "contracts")}


class _Source(Distribution):
    """A project that is not installed, as the packaging system would see it."""

    def __init__(self, project: Path) -> None:
        path = project / "pyproject.toml"
        if not path.is_file():
            raise NoPlugin(f"{project} has no pyproject.toml: name the folder of a plugin; andon-sdk new makes one.")
        try:
            self._told = tomllib.loads(path.read_text("utf-8"))["project"]
            self._about = f"Name: {self._told['name']}\nVersion: {self._told['version']}\n"
        except (tomllib.TOMLDecodeError, KeyError, UnicodeDecodeError) as error:
            raise NoPlugin(f"{path} has no [project] with name and version: {error}") from error
        self.root = project / "src" if (project / "src").is_dir() else project

    def read_text(self, filename: str) -> str | None:
        if filename == "METADATA":
            return self._about
        if filename == "entry_points.txt":
            groups = self._told.get("entry-points", {})
            lines = [
                [f"[{group}]", *(f"{key} = {value}" for key, value in each.items())] for group, each in groups.items()
            ]
            return "\n".join(line for each in lines for line in each)
        return None

    def locate_file(self, path: str | PathLike[str]) -> Path:
        return self.root / path
