"""The plugin's declarations."""

from andon_s7.settings import S7Settings
from andon_s7.source import S7Source
from andon_sdk.connector import Connector
from andon_sdk.plugin import hook


@hook
def connectors() -> list[Connector]:
    return [
        Connector(
            "s7",
            "Siemens S7",
            S7Settings,
            S7Source,
            "S7-300, 400, 1200 and 1500 controllers without an OPC UA server. You bring the addresses.",
        )
    ]
