"""The environment that trains, as it is recorded in every pack: the one that serves must be the same."""

import json
import os
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from types import MappingProxyType
from typing import Any

from andon_sdk.link.differences import Differences, Kind, compare
from andon_sdk.link.environment import FILES, Lock, lock, requirements_of
from andon_sdk.plugin import Estimator
from services.blueprints.contracts import OfferedBlueprint
from services.enclaves.box.config import ENVIRONMENTS

_TRAINER = ("torch", "numpy", "safetensors", "andon-sdk")
_SCORES = frozenset({"torch", "numpy"})
_MOST_TOLD = 3
_STALE = frozenset({"andon", "andon-sdk"})


def folder_of(plugin: str) -> str | None:
    """Where the packages lie that a plugin of this box has of its own; None for one that has none."""
    return json.loads(os.environ.get(ENVIRONMENTS) or "{}").get(plugin)


@cache
def environment(plugin: str, path: tuple[str, ...] | None = None, *, processor: bool = True) -> Mapping[str, str]:
    """All that can change a model's numbers: what we are made of, and what the plugin asks for with all that this asks
    for. A lock's plain form.

    `plugin` is the distribution of the blueprint; `path` are the folders its environment is made of, this process's
    unless said. Read once: a process works with what it has imported, whatever is installed meanwhile. `processor` is
    for processes that compute; it imports torch.
    """
    asked = requirements_of(plugin, path)
    found = lock(asked, plugin=plugin, beside=_TRAINER, path=path, processor=processor)
    return MappingProxyType({**found.plain(), "andon": version("andon")})


def refusal(facts: Mapping[str, Any], offered: OfferedBlueprint) -> str | None:
    """Why a pack with these facts must not be served by this process, with what mends it; None when it may.

    A fitted model is arrays: what fitted it need not be here, but for torch and numpy.
    """
    plugin = offered.plugin
    found = compared(facts, plugin.name, plugin.digest, environment(plugin.name)).that_matter
    if isinstance(offered.blueprint, Estimator):
        found = tuple(each for each in found if each.kind is not Kind.PACKAGE or each.what in _SCORES)
    if not found:
        return None
    told = [each.sentence for each in found[:_MOST_TOLD]]
    more = [f"And {len(found) - _MOST_TOLD} more."] if len(found) > _MOST_TOLD else []
    command = Differences(found).command
    return " ".join([*told, *more, f"Train it again, or on the host: {command}" if command else "Train it again."])


def compared(facts: Mapping[str, Any], plugin: str, digest: str, here: Mapping[str, str]) -> Differences:
    """What differs between the environment a pack with these facts was made in and `here`, a lock's plain form.
    `digest` is that of the plugin's files here."""
    made = dict(facts.get("environment", {}))
    if made_by := facts.get("plugin", {}).get("digest"):
        made[f"{FILES}{plugin}"] = str(made_by)
    return compare(Lock.of(made), Lock.of({**here, f"{FILES}{plugin}": digest}))


def differences_of(
    facts: Mapping[str, Any], plugin: str, digest: str, path: tuple[str, ...] | None = None
) -> tuple[str, ...]:
    """What is held against a version that was just trained, each in words: what can change its numbers, and that
    Andon's own version is another, since then the cluster that trained it was started before an upgrade."""
    found = compared(facts, plugin, digest, environment(plugin, path, processor=False)).found
    return tuple(str(each) for each in found if each.matters or each.what in _STALE)
