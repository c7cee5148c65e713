"""Everything the installed plugins declare, checked once. Imports no database, so that the clusters can use it too."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import Distribution
from typing import Any

from andon_sdk.plugin import AlarmRule, Contract, DemoPlant, Gate, Recipe, SuitabilityFactor
from andon_sdk.plugin.loading import Loaded, PluginError, ask, load
from services.blueprints.contracts import OfferedBlueprint, PluginInfo
from services.blueprints.declaration import declaration
from services.blueprints.errors import PluginBroken
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

    def gates_for(self, contract_key: str) -> list[Gate]:
        """What plugins demand of models of that contract, by key."""
        return [gate for _, gate in sorted(self.gates.items()) if gate.contract == contract_key]


@cache
def installed() -> PluginHost:
    """The plugins of this process's environment, loaded once. Raises `PluginBroken`."""
    try:
        return host(load())
    except PluginError as error:
        raise PluginBroken(str(error), plugin=error.plugin, hook=error.hook) from error


def host(loaded: Iterable[Loaded]) -> PluginHost:
    """Gathers the declarations of loaded plugins. Raises `PluginError`, or `PluginBroken` for a key offered twice."""
    plugins: dict[str, PluginInfo] = {}
    contracts: dict[str, Contract] = {}
    recipes: dict[str, tuple[PluginInfo, Recipe]] = {}
    rules: dict[str, AlarmRule] = {}
    factors: dict[str, SuitabilityFactor] = {}
    gates: dict[str, Gate] = {}
    plants: dict[str, DemoPlant] = {}
    for plugin in loaded:
        info = _info(plugin.distribution)
        plugins[info.name] = info
        for contract in ask(plugin, "contracts"):
            _offer(contracts, contract.key, contract, info, "contracts")
        for blueprint in ask(plugin, "blueprints"):
            _offer(recipes, blueprint.key, (info, blueprint), info, "blueprints")
        for rule in ask(plugin, "alarm_rules"):
            _offer(rules, rule.contract, rule, info, "alarm_rules")
        for factor in ask(plugin, "suitability_factors"):
            _offer(factors, factor.key, factor, info, "suitability_factors")
        for gate in ask(plugin, "gates"):
            _offer(gates, gate.key, gate, info, "gates")
        for plant in ask(plugin, "demo_plants"):
            _offer(plants, plant.key, plant, info, "demo_plants")
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
