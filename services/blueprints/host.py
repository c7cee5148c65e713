"""Everything that plugins declare, gathered by key. Imports no database, so that the clusters can use it too.

`installed` loads the plugins into this process: for a tenant's clusters only, whose boxes that code may not leave.
Everywhere else declarations come from plugins' own processes (`services.plugins`), and `gather` puts them together.
"""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import Distribution
from typing import Any

from andon_sdk.boundary.wire import KINDS
from andon_sdk.plugin import AlarmRule, Contract, DemoPlant, Gate, Recipe, SuitabilityFactor
from andon_sdk.plugin.loading import Loaded, PluginError, ask, find, load
from services.blueprints.contracts import OfferedBlueprint, PluginInfo
from services.blueprints.declaration import declaration
from services.blueprints.errors import PluginBroken
from services.enclaves.box.config import LEFT_OUT, PATHS
from services.plugins.digest import digest_of


@dataclass(frozen=True, slots=True)
class PluginHost:
    """What is installed, by key."""

    plugins: Mapping[str, PluginInfo] = field(default_factory=dict[str, PluginInfo])
    contracts: Mapping[str, Contract] = field(default_factory=dict[str, Contract])
    blueprints: Mapping[str, OfferedBlueprint] = field(default_factory=dict[str, OfferedBlueprint])
    alarm_rules: Mapping[str, AlarmRule] = field(default_factory=dict[str, AlarmRule])
    """By key of the contract."""
    suitability_factors: Mapping[str, SuitabilityFactor] = field(default_factory=dict[str, SuitabilityFactor])
    gates: Mapping[str, Gate] = field(default_factory=dict[str, Gate])
    demo_plants: Mapping[str, DemoPlant] = field(default_factory=dict[str, DemoPlant])

    def alarm_rule_for(self, contract_key: str) -> AlarmRule:
        """The rule a plugin gives for the contract, else one with the defaults."""
        rule = self.alarm_rules.get(contract_key)
        return rule or AlarmRule(f"{contract_key}-default", "Score above its threshold", contract_key)

    def suitability_factors_for(self, contract_key: str) -> list[SuitabilityFactor]:
        """What plugins hold against ranges of the contract's rows, by key."""
        return [factor for _, factor in sorted(self.suitability_factors.items()) if factor.contract == contract_key]

    def gates_for(self, contract_key: str) -> list[Gate]:
        """What plugins demand of models of that contract, by key."""
        return [gate for _, gate in sorted(self.gates.items()) if gate.contract == contract_key]


@cache
def installed() -> PluginHost:
    """The plugins of this process's environment, loaded once: in a tenant's box those that the tenant uses. Raises
    `PluginBroken`."""
    sys.path += [path for path in os.environ.get(PATHS, "").split(os.pathsep) if path and path not in sys.path]
    left_out = os.environ.get(LEFT_OUT, "").split(",")
    try:
        return host(load([each for each in find() if each[0].name not in left_out]))
    except PluginError as error:
        raise PluginBroken(str(error), plugin=error.plugin, hook=error.hook) from error


def host(loaded: Iterable[Loaded]) -> PluginHost:
    """Gathers the declarations of loaded plugins. Raises `PluginError`, or `PluginBroken` for a key offered twice."""
    return gather((_info(plugin.distribution), {hook: ask(plugin, hook) for hook in KINDS}) for plugin in loaded)


def gather(declared: Iterable[tuple[PluginInfo, Mapping[str, Sequence[Any]]]]) -> PluginHost:
    """Puts together what plugins declare, by hook. Raises `PluginBroken` for a key offered twice."""
    plugins: dict[str, PluginInfo] = {}
    contracts: dict[str, Contract] = {}
    recipes: dict[str, tuple[PluginInfo, Recipe]] = {}
    rules: dict[str, AlarmRule] = {}
    factors: dict[str, SuitabilityFactor] = {}
    gates: dict[str, Gate] = {}
    plants: dict[str, DemoPlant] = {}
    taken: dict[str, dict[str, Any]] = {
        "contracts": contracts,
        "blueprints": recipes,
        "alarm_rules": rules,
        "suitability_factors": factors,
        "gates": gates,
        "demo_plants": plants,
    }
    for info, hooks in declared:
        plugins[info.name] = info
        for hook, found in taken.items():
            for each in hooks.get(hook, ()):
                key = each.contract if hook == "alarm_rules" else each.key
                _offer(found, key, (info, each) if hook == "blueprints" else each, info, hook)
    blueprints = {
        key: OfferedBlueprint(info, recipe, declaration(recipe, contracts.get(recipe.contract or "")))
        for key, (info, recipe) in recipes.items()
    }
    return PluginHost(plugins, contracts, blueprints, rules, factors, gates, plants)


def _offer(taken: dict[str, Any], key: str, declaration: object, plugin: PluginInfo, hook: str) -> None:
    if key in taken:
        raise PluginBroken(
            f"plugin {plugin.name}: hook {hook} offers “{key}”, which another declaration holds already.",
            plugin=plugin.name,
            hook=hook,
        )
    taken[key] = declaration


def _info(distribution: Distribution) -> PluginInfo:
    return PluginInfo(distribution.name, distribution.version, digest_of(distribution))
