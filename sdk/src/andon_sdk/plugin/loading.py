"""Finding installed plugins and asking their hooks, the same way in every process."""

import tomllib
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from andon_sdk.plugin.hooks import ENTRY_POINTS, PROJECT, Hooks


class PluginError(Exception):
    """A plugin that cannot be used. `plugin` is the name of its distribution, `hook` that of the function to blame."""

    def __init__(self, message: str, *, plugin: str, hook: str | None = None) -> None:
        super().__init__(message)
        self.plugin = plugin
        self.hook = hook


@dataclass(frozen=True, slots=True)
class Loaded:
    """A plugin as it was found."""

    distribution: Distribution
    entry_point: EntryPoint
    module: ModuleType


def find() -> list[tuple[Distribution, EntryPoint]]:
    """Entry points of the plugins' group, ordered by distribution, one for each however often a path is listed."""
    found: dict[tuple[str, str], tuple[Distribution, EntryPoint]] = {}
    for distribution in distributions():
        for entry_point in distribution.entry_points:
            if entry_point.group == ENTRY_POINTS:
                found.setdefault((distribution.name, entry_point.name), (distribution, entry_point))
    return [found[key] for key in sorted(found)]


def load(found: list[tuple[Distribution, EntryPoint]] | None = None) -> list[Loaded]:
    """Imports the plugins and checks their hooks. Raises `PluginError`, naming the plugin and the hook."""
    loaded: list[Loaded] = []
    for distribution, entry_point in find() if found is None else found:
        try:
            module = entry_point.load()
        except Exception as error:
            raise PluginError(
                f"plugin {distribution.name}: {entry_point.value} cannot be imported: {error}", plugin=distribution.name
            ) from error
        check(module, distribution.name)
        loaded.append(Loaded(distribution, entry_point, module))
    return loaded


def check(module: ModuleType, plugin: str) -> None:
    """Raises `PluginError` for a function marked as a hook that is none, or that takes what no hook gives."""
    manager = _manager()
    try:
        manager.register(module, name=plugin)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        known = {name for name in vars(Hooks) if not name.startswith("_")}
        marked = [name for name, value in vars(module).items() if hasattr(value, f"{PROJECT}_impl")]
        wrong = next((name for name in marked if name not in known), None) or next(iter(marked), None)
        raise PluginError(
            f"plugin {plugin}: {wrong} is not a hook as the SDK knows it. Hooks are: {', '.join(sorted(known))}.",
            plugin=plugin,
            hook=wrong,
        ) from error


def ask(loaded: Loaded, hook: str) -> list[Any]:
    """What the plugin's hook declares; nothing if it does not implement it. Raises `PluginError`."""
    manager = _manager()
    manager.register(loaded.module)
    plugin = loaded.distribution.name
    try:
        return [declaration for answer in getattr(manager.hook, hook)() for declaration in answer]
    except Exception as error:
        raise PluginError(f"plugin {plugin}: hook {hook} raised: {error}", plugin=plugin, hook=hook) from error


def by_key(hook: str) -> dict[str, Any]:
    """What installed plugins declare by the hook, by its `key`. Plugins whose manifest says that they do not implement
    it are not loaded. Raises `PluginError`, also for a key that two of them offer."""
    found: dict[str, Any] = {}
    for plugin in load([(distribution, entry) for distribution, entry in find() if _may(entry, hook)]):
        for declaration in ask(plugin, hook):
            if declaration.key in found:
                name = plugin.distribution.name
                raise PluginError(
                    f"plugin {name}: hook {hook} offers “{declaration.key}”, which another plugin offers already.",
                    plugin=name,
                    hook=hook,
                )
            found[declaration.key] = declaration
    return found


def _may(entry_point: EntryPoint, hook: str) -> bool:
    """Whether the plugin's manifest names the hook; True where there is none that can be read."""
    spec = find_spec(entry_point.module.partition(".")[0])  # of a top-level package: it runs nothing
    for folder in (spec.submodule_search_locations if spec else None) or ():
        try:
            return hook in tomllib.loads((Path(folder) / "andon-plugin.toml").read_text("utf-8"))["capabilities"]
        except (OSError, ValueError, LookupError, TypeError):
            continue  # it is the kit's to say what is wrong with a manifest
    return True


def _manager() -> pluggy.PluginManager:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Hooks)
    return manager
