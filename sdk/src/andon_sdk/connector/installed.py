"""The connectors of the plugins that are installed here."""

from andon_sdk.connector.source import Connector
from andon_sdk.plugin.loading import PluginError, ask, load


def installed() -> dict[str, Connector]:
    """By key. Raises `PluginError` for a plugin that cannot be used, or a key that two of them offer."""
    found: dict[str, Connector] = {}
    for plugin in load():
        for connector in ask(plugin, "connectors"):
            if connector.key in found:
                name = plugin.distribution.name
                raise PluginError(
                    f"plugin {name}: hook connectors offers “{connector.key}”, which another plugin offers already.",
                    plugin=name,
                    hook="connectors",
                )
            found[connector.key] = connector
    return found
