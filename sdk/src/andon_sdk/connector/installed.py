"""The connectors of the plugins that are installed here."""

from andon_sdk.connector.source import Connector
from andon_sdk.plugin.loading import by_key


def installed() -> dict[str, Connector]:
    """By key. Raises `PluginError` for a plugin that cannot be used, or a key that two of them offer."""
    return by_key("connectors")
