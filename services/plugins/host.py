"""What plugins declare, asked once for each version and remembered by the digest of its files.

A process of the platform says once, at its start, where that is kept (`use`); without it nothing is remembered beyond
the process. Who can write to the folder decides what is believed, so it is the platform's own.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from andon_sdk.boundary.wire import NotADeclaration, heard
from services.plugins.contracts import Declared, Fault, FaultKind, Installation
from services.plugins.digest import digest_of
from services.plugins.errors import PluginFaulty
from services.plugins.faults import Faults
from services.plugins.files import write
from services.plugins.process import PluginProcess

_AT_ONCE = 2


class Host:
    """Asks plugins what they declare, each in a box of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults = Faults(folder / "faults")
        self._known: dict[str, Declared] = {}
        self._failed: set[str] = set()

    def declared(self, plugins: Sequence[Installation]) -> list[Declared]:
        """What those declare that can be used, in the order given. One that does what it must not is left out, and
        what it did is noted: nothing of it takes the others down."""
        if missing := [each for each in plugins if each.digest not in self._known and self._may_ask(each)]:
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                list(pool.map(self._try, missing))
        return [self._as_it_lies(each) for each in plugins if each.digest in self._known]

    def check(self, plugin: Installation) -> Declared:
        """What it declares. Raises `PluginFaulty`, which is noted."""
        if plugin.digest not in self._known:
            self._known[plugin.digest] = self._ask(plugin)
        return self._as_it_lies(plugin)

    def _as_it_lies(self, plugin: Installation) -> Declared:
        """What files with that digest declared, with the folders that they and their packages are in now: a wheel that
        was removed and added again may have others."""
        if self._known[plugin.digest].plugin != plugin:
            self._known[plugin.digest] = replace(self._known[plugin.digest], plugin=plugin)
        return self._known[plugin.digest]

    def _may_ask(self, plugin: Installation) -> bool:
        """Not again in this process, unless another one did with success, and not at all once it is disabled."""
        failed = plugin.digest in self._failed or self.faults.is_disabled(plugin)
        return self._path(plugin).exists() or not failed

    def _path(self, plugin: Installation) -> Path:
        return self.folder / "declared" / f"{plugin.digest}-{_sdk()[:16]}.json"

    def problem(self, plugin: Installation) -> Fault | None:
        """The last thing that it did wrong, where that keeps it from being used."""
        if plugin.digest in self._known:
            return None
        return next(iter(reversed(self.faults.of(plugin))), None)

    def _try(self, plugin: Installation) -> None:
        try:
            self.check(plugin)
        except PluginFaulty:
            self._failed.add(plugin.digest)  # what it did is noted

    def _ask(self, plugin: Installation) -> Declared:
        path = self._path(plugin)
        try:
            if path.exists():
                return believed(plugin, json.loads(path.read_text()))
            with PluginProcess(plugin) as process:
                said = process.declarations()
            declared = believed(plugin, said)
        except PluginFaulty as error:
            self.faults.note(plugin, error.fault)
            raise
        write(path, said)
        return declared


def believed(plugin: Installation, said: Mapping[str, list[Any]]) -> Declared:
    """What a plugin's process said it declares. Raises `PluginFaulty` for what is no declaration."""
    hooks: dict[str, tuple[Any, ...]] = {}
    for hook in plugin.hooks:
        try:
            hooks[hook] = tuple(heard(hook, each) for each in said.get(hook, []))
        except NotADeclaration as error:
            kind = FaultKind.WRONG_ANSWER
            raise PluginFaulty.of(plugin.name, plugin.version, hook, kind, f"It cannot be used: {error}.") from error
    return Declared(plugin, hooks)


@cache
def _sdk() -> str:
    """Digest of the SDK that tells and reads declarations: another one may do so otherwise."""
    return digest_of(distribution("andon-sdk"))


_HOSTS: list[Host] = []


def use(folder: Path) -> None:
    """Keeps there from now on what plugins declare and what they did, for this process."""
    _HOSTS[:] = [Host(folder)]


def hosting() -> Host:
    """The one of this process."""
    if not _HOSTS:
        _HOSTS.append(Host(Path(tempfile.mkdtemp(prefix="andon-plugins-"))))
    return _HOSTS[0]
