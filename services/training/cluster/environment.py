"""The environment that trains, as it is recorded in every pack: the one that serves must be the same."""

import platform
import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from types import MappingProxyType
from typing import Any


@cache
def environment(plugin: str) -> Mapping[str, str]:
    """Versions by name of what can change a model's numbers: what we are made of, and what the plugin asks for.

    `plugin` is the distribution of the blueprint. Read once: a process works with what it has imported, whatever is
    installed meanwhile.
    """
    names = ("torch", "numpy", "safetensors", "andon", "andon-sdk", plugin)
    found = {"python": platform.python_version()} | {name: version(name) for name in names}
    for requirement in requires(plugin) or ():
        name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower()
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # asked for elsewhere: by an extra, or on another system
            continue
    return MappingProxyType(found)


def differences_of(facts: Mapping[str, Any], plugin: str, digest: str) -> tuple[str, ...]:
    """What differs between the environment a pack with these facts was made in and this process's, which is the one
    that serving clusters are started from; each in words. `digest` is that of the plugin's files here."""
    trained, here = facts.get("environment", {}), environment(plugin)
    found = [
        f"{name} {trained.get(name, 'none')}, here {here.get(name, 'none')}"
        for name in sorted({*trained, *here})
        if trained.get(name) != here.get(name)
    ]
    made_by = str(facts.get("plugin", {}).get("digest", ""))
    if made_by != digest:
        found.insert(0, f"files of {plugin} {made_by[:12]}, here {digest[:12]}")
    return tuple(found)
