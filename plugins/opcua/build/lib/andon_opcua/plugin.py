"""The plugin's declarations."""

from andon_opcua.alarms import Alarms, AlarmSettings
from andon_opcua.settings import OpcUaSettings
from andon_opcua.source import OpcUaSource
from andon_sdk.connector import Connector
from andon_sdk.destination import Destination
from andon_sdk.plugin import hook


@hook
def connectors() -> list[Connector]:
    return [
        Connector(
            "opc-ua",
            "OPC UA",
            OpcUaSettings,
            OpcUaSource,
            "PLCs, SCADA systems and gateways that speak OPC UA. After an outage, what the server recorded is read.",
        )
    ]


@hook
def destinations() -> list[Destination]:
    return [
        Destination(
            "opc-ua-alarms",
            "OPC UA",
            AlarmSettings,
            Alarms,
            "A node of a controller for each asset that shows its alarm, behind an interlock.",
        )
    ]
