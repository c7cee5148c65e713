"""The only door to what plugins offer. Every tenant sees the same installed plugins, so nothing here is a secret."""

from andon_sdk.plugin import AlarmRule, Contract, DemoPlant
from services.blueprints.contracts import OfferedBlueprint
from services.blueprints.errors import BlueprintNotFound
from services.blueprints.host import PluginHost, installed


def plugins() -> PluginHost:
    """The plugins of this process, loaded at the first call. Raises `PluginBroken`, naming plugin and hook."""
    return installed()


def list_blueprints() -> list[OfferedBlueprint]:
    """All blueprints, by key."""
    return [offered for _, offered in sorted(installed().blueprints.items())]


def get_blueprint(key: str) -> OfferedBlueprint:
    """Raises `BlueprintNotFound`."""
    offered = installed().blueprints.get(key)
    if offered is None:
        raise BlueprintNotFound(f"No installed plugin offers the blueprint “{key}”.", field="blueprint", key=key)
    return offered


def alarm_rule_for(contract_key: str) -> AlarmRule:
    """The rule a plugin gives for the contract, else one with the defaults."""
    rule = installed().alarm_rules.get(contract_key)
    return rule or AlarmRule(key=f"{contract_key}-default", title="Score above its threshold", contract=contract_key)


def offered_contracts() -> list[Contract]:
    """Kinds of row that plugins know, by key."""
    return [contract for _, contract in sorted(installed().contracts.items())]


def demo_plants() -> list[DemoPlant]:
    """Plants that can be simulated, by key."""
    return [plant for _, plant in sorted(installed().demo_plants.items())]
