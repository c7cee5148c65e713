"""Find installed plugins by entry point, check them, and collect what they declare.

PluginError
├── PluginBroken     the plugin cannot be imported, or a hook of it failed or returned something else than declared
├── UnknownHook      an implementation of a hook that does not exist: a misspelt name
└── DoubledKey       two plugins declare the same key
"""

import difflib
import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import pluggy

from andon_sdk.plugin.blueprint import Blueprint
from andon_sdk.plugin.contract import Contract
from andon_sdk.plugin.demo import DemoPlant
from andon_sdk.plugin.hooks import ENTRY_POINTS, PROJECT, Hooks
from andon_sdk.plugin.rules import AlarmRule


class PluginError(Exception):
    """A plugin that must not be used; the message names it and says what to do."""


class PluginBroken(PluginError):
    """The plugin cannot be imported, or a hook of it failed or returned something else than declared."""


class UnknownHook(PluginError):
    """An implementation of a hook that does not exist."""


class DoubledKey(PluginError):
    """Two declarations of one kind have the same key."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """An installed plugin and all it declares."""

    name: str
    """Of the distribution, such as `andon-laser-drill`."""
    version: str
    digest: str
    """SHA-256 over the files of its package."""
    contracts: tuple[Contract, ...] = ()
    blueprints: tuple[Blueprint, ...] = ()
    alarm_rules: tuple[AlarmRule, ...] = ()
    demo_plants: tuple[DemoPlant, ...] = ()


class _Declaration(Protocol):
    @property
    def key(self) -> str: ...


_KINDS: dict[str, type[Any]] = {
    "contracts": Contract,
    "blueprints": Blueprint,
    "alarm_rules": AlarmRule,
    "demo_plants": DemoPlant,
}


def load_plugins(group: str = ENTRY_POINTS) -> tuple[Plugin, ...]:
    """All plugins of the entry point group, in order of name. Raises PluginError for the first that is wrong."""
    found: list[tuple[str, str, ModuleType]] = []
    for entry in sorted(importlib.metadata.entry_points(group=group), key=lambda entry: entry.name):
        name = entry.dist.name if entry.dist is not None else entry.name
        version = entry.dist.version if entry.dist is not None else "0"
        try:
            found.append((name, version, entry.load()))
        except Exception as error:
            raise PluginBroken(f"plugin {name}: it cannot be imported: {type(error).__name__}: {error}") from error
    return collect(found)


def collect(modules: list[tuple[str, str, ModuleType]]) -> tuple[Plugin, ...]:
    """Check modules (name, version, module) as plugins and call their hooks."""
    plugins: list[Plugin] = []
    owners: dict[tuple[str, str], str] = {}
    for name, version, module in modules:
        manager = pluggy.PluginManager(PROJECT)
        manager.add_hookspecs(Hooks)
        try:
            manager.register(module, name)
            manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise _unknown(name, manager, error) from error
        declared = {hook: _call(name, hook, manager) for hook in _KINDS}
        for hook, declarations in declared.items():
            for declaration in declarations:
                other = owners.setdefault((hook, declaration.key), name)
                if other != name or sum(d.key == declaration.key for d in declarations) > 1:
                    raise DoubledKey(f"plugin {name}: {hook} declares {declaration.key!r}, so does {other}")
        plugins.append(Plugin(name, version, digest_of(module), **declared))
    return tuple(plugins)


def _call(name: str, hook: str, manager: pluggy.PluginManager) -> tuple[Any, ...]:
    caller: Callable[[], list[Any]] = getattr(manager.hook, hook)
    try:
        answers = caller()
    except Exception as error:
        raise PluginBroken(f"plugin {name}: hook {hook} failed: {type(error).__name__}: {error}") from error
    declarations: tuple[_Declaration, ...] = tuple(item for answer in answers for item in answer)
    for declaration in declarations:
        if not isinstance(declaration, _KINDS[hook]):
            raise PluginBroken(
                f"plugin {name}: hook {hook} must return a list of {_KINDS[hook].__name__}, "
                f"it holds {type(declaration).__name__}"
            )
    return declarations


def _unknown(name: str, manager: pluggy.PluginManager, error: pluggy.PluginValidationError) -> PluginError:
    for hook in vars(manager.hook):
        caller = getattr(manager.hook, hook)
        if isinstance(caller, pluggy.HookCaller) and not caller.has_spec():
            close = difflib.get_close_matches(hook, _KINDS, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"hooks are {', '.join(_KINDS)}."
            return UnknownHook(f"plugin {name}: there is no hook {hook!r}; {hint}")
    return PluginBroken(f"plugin {name}: {error}")


def digest_of(module: ModuleType) -> str:
    """SHA-256 over names and contents of all files of the module's top package, compiled ones left out."""
    package = module.__name__.partition(".")[0]
    spec = importlib.util.find_spec(package)
    roots = list(spec.submodule_search_locations or []) if spec is not None else []
    digest = hashlib.sha256()
    files = [path for root in roots for path in Path(root).rglob("*") if path.is_file()]
    if not roots and module.__file__:
        files = [Path(module.__file__)]
    base = Path(roots[0]) if roots else Path(files[0]).parent if files else Path()
    for path in sorted(files):
        if "__pycache__" not in path.parts:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.relative_to(base).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()
